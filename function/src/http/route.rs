//! Routes of the API, and how a request is matched to one.

use super::event::ApiRequest;
use crate::orders::OrderId;
use percent_encoding::percent_decode_str;

/// A resource of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiRoute {
    /// `/orders`
    Orders,
    /// `/orders/{order_id}`, with the percent-decoded text in place of the id, which need not be a valid id.
    Order(String),
}

impl ApiRoute {
    /// Finds the resource that a request is for. `None` if the API has no such resource.
    ///
    /// If API Gateway matched a route of this API, `resource` of the event names it, whatever stage or base path the client
    /// requested. In other cases (a greedy route, a function URL, an event that somebody wrote by hand) the path is matched
    /// here, with or without the stage in front.
    pub fn match_request(request: &ApiRequest) -> Option<Self> {
        match request.resource.as_deref() {
            Some("/orders" | "/orders/") => return Some(Self::Orders),
            Some(template) if is_order_template(template) => {
                if let Some(id) = request.path_parameters.values().next() {
                    return Some(Self::Order(percent_decode(id)));
                }
            }
            _ => {}
        }
        let mut segments: Vec<_> = request.path.split('/').collect();
        // A leading slash makes an empty first segment, a trailing one an empty last.
        if segments.first().is_some_and(|first| first.is_empty()) {
            segments.remove(0);
        }
        if segments.last().is_some_and(|last| last.is_empty()) {
            segments.pop();
        }
        match (segments.as_slice(), request.stage.as_deref()) {
            ([stage, "orders", rest @ ..], Some(name)) if *stage == name => Self::from_segments(rest),
            (["orders", rest @ ..], _) => Self::from_segments(rest),
            _ => None,
        }
    }

    /// Finds the resource by the segments of a path after `orders`.
    fn from_segments(rest: &[&str]) -> Option<Self> {
        match rest {
            [] => Some(Self::Orders),
            [id] => Some(Self::Order(percent_decode(id))),
            _ => None,
        }
    }

    /// Returns the order id in the route. `None` if there is none or its text is not a valid id.
    pub fn order_id(&self) -> Option<OrderId> {
        match self {
            Self::Orders => None,
            Self::Order(id) => id.parse().ok(),
        }
    }

    /// Returns the template of the route, its name in log and metrics.
    pub fn template(&self) -> &'static str {
        match self {
            Self::Orders => "/orders",
            Self::Order(_) => "/orders/{order_id}",
        }
    }

    /// Lists the methods of the resource, as the value of the `Allow` header.
    pub fn allowed_methods(&self) -> &'static str {
        match self {
            Self::Orders => "GET, HEAD, POST",
            Self::Order(_) => "GET, HEAD, PUT, DELETE",
        }
    }
}

/// Tells whether a template is `/orders/{…}` with one parameter that matches one segment.
fn is_order_template(template: &str) -> bool {
    let name = template.strip_prefix("/orders/{").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['+', '/', '{', '}']))
}

/// Decodes a percent-encoded segment. Bytes that are not UTF-8 become U+FFFD.
fn percent_decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// Returns the path of the collection `/orders` with the stage or base path that the client has to put in front.
pub fn collection_path(request: &ApiRequest) -> String {
    let requested = request.public_path.as_deref().map(|path| path.trim_end_matches('/'));
    match requested {
        Some(path)
            if path.starts_with('/') && path.ends_with("/orders") && path.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            path.to_owned()
        }
        _ => "/orders".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str, stage: Option<&str>) -> Option<ApiRoute> {
        ApiRoute::match_request(&ApiRequest {
            path: path.into(),
            stage: stage.map(Into::into),
            ..ApiRequest::default()
        })
    }

    #[test]
    fn paths() {
        let order = |id: &str| Some(ApiRoute::Order(id.into()));
        let cases = [
            ("/orders", None, Some(ApiRoute::Orders)),
            ("/orders/", None, Some(ApiRoute::Orders)),
            ("orders", None, Some(ApiRoute::Orders)),
            ("/prod/orders", Some("prod"), Some(ApiRoute::Orders)),
            ("/orders", Some("prod"), Some(ApiRoute::Orders)),
            ("/prod/orders/a", Some("prod"), order("a")),
            ("/orders/a", Some("prod"), order("a")),
            ("/orders/a/", None, order("a")),
            ("/orders/%61%2Fb", None, order("a/b")),
            ("/orders/%ff", None, order("\u{fffd}")),
            ("/orders", Some("orders"), Some(ApiRoute::Orders)),
            ("/orders/orders", Some("orders"), Some(ApiRoute::Orders)),
            ("/orders/orders/a", Some("orders"), order("a")),
            ("/orders/a", Some("orders"), order("a")),
            ("/dev/orders", Some("prod"), None),
            ("/prod/orders", None, None),
            ("//orders", None, None),
            ("/orders//a", None, None),
            ("/orders/a/b", None, None),
            ("/ORDERS", None, None),
            ("/", None, None),
            ("", None, None),
            ("/prod", Some("prod"), None),
        ];
        for (path, stage, expected) in cases {
            assert_eq!(route(path, stage), expected, "{path} on {stage:?}");
        }
    }

    #[test]
    fn the_route_that_the_gateway_matched_counts() {
        let with = |resource: &str, parameter: Option<&str>| {
            ApiRoute::match_request(&ApiRequest {
                resource: Some(resource.into()),
                path: "/v1/shop/orders/a".into(),
                path_parameters: parameter.map(|id| ("order_id".to_owned(), id.to_owned())).into_iter().collect(),
                ..ApiRequest::default()
            })
        };
        assert_eq!(with("/orders", None), Some(ApiRoute::Orders));
        assert_eq!(with("/orders/{order_id}", Some("a")), Some(ApiRoute::Order("a".into())));
        assert_eq!(with("/orders/{id}", Some("a")), Some(ApiRoute::Order("a".into())));
        assert_eq!(with("/orders/{order_id}", None), None);
        assert_eq!(with("/{proxy+}", Some("v1/shop/orders/a")), None);
        assert_eq!(with("/orders/{proxy+}", Some("a/b")), None);
    }

    #[test]
    fn the_collection_as_the_client_calls_it() {
        let path = |public: Option<&str>| {
            collection_path(&ApiRequest { public_path: public.map(Into::into), ..ApiRequest::default() })
        };
        assert_eq!(path(Some("/prod/orders")), "/prod/orders");
        assert_eq!(path(Some("/prod/orders/")), "/prod/orders");
        assert_eq!(path(Some("/shop/v1/orders")), "/shop/v1/orders");
        assert_eq!(path(Some("/prod/orders\r\nx: y/orders")), "/orders");
        assert_eq!(path(Some("https://elsewhere/orders")), "/orders");
        assert_eq!(path(None), "/orders");
    }
}
