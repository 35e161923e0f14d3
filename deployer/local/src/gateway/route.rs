//! Which route a request takes.

use crate::store::rest_api::DeployedRoute;
use std::collections::BTreeMap;

/// A route and what the path says about its parameters.
#[derive(Debug)]
pub struct RouteMatch<'a> {
    /// The deployed method.
    pub route: &'a DeployedRoute,
    /// By name, as they stand in the path: a REST API does not decode them for a Lambda proxy.
    pub parameters: BTreeMap<String, String>,
}

/// How specific a segment of a route is; the smallest wins, the leftmost segment first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SegmentRank {
    Literal,
    Parameter,
    Greedy,
}

/// Finds the most specific route of a path that has the method, or `ANY`. API Gateway chooses the resource by the
/// path alone: a
/// more specific one without the method hides a less specific one that has it.
pub fn find<'a>(routes: &'a [DeployedRoute], method: &str, path: &str) -> Option<RouteMatch<'a>> {
    let segments = segments(path);
    let resource =
        routes.iter().filter_map(|route| rank(&route.path, &segments).map(|rank| (rank, route.path.as_str()))).min()?.1;
    let with = |method: &str| routes.iter().find(|route| route.path == resource && route.method == method);
    let route = with(method).or_else(|| with("ANY"))?;
    Some(RouteMatch { route, parameters: parameters(&route.path, &segments) })
}

/// Returns the segments of a path. Slashes at the ends do not count; an empty one within does.
fn segments(path: &str) -> Vec<&str> {
    match path.trim_matches('/') {
        "" => Vec::new(),
        path => path.split('/').collect(),
    }
}

fn rank(pattern: &str, path: &[&str]) -> Option<Vec<SegmentRank>> {
    let pattern = self::segments(pattern);
    let mut ranks = Vec::with_capacity(pattern.len());
    for (index, segment) in pattern.iter().enumerate() {
        let found = path.get(index)?;
        match parameter(segment) {
            Some((_, true)) => {
                ranks.push(SegmentRank::Greedy);
                return Some(ranks);
            }
            Some((_, false)) if !found.is_empty() => ranks.push(SegmentRank::Parameter),
            None if segment == found => ranks.push(SegmentRank::Literal),
            _ => return None,
        }
    }
    (pattern.len() == path.len()).then_some(ranks)
}

fn parameters(pattern: &str, path: &[&str]) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for (index, segment) in segments(pattern).into_iter().enumerate() {
        if let Some((name, greedy)) = parameter(segment) {
            let end = if greedy { path.len() } else { index + 1 };
            let value = path.get(index..end).unwrap_or_default().join("/");
            parameters.insert(name.to_owned(), value);
        }
    }
    parameters
}

/// Returns the name in `{name}` or `{name+}`, and whether it is the greedy form.
fn parameter(segment: &str) -> Option<(&str, bool)> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(match name.strip_suffix('+') {
        Some(name) => (name, true),
        None => (name, false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::fixture::route;

    #[test]
    fn matching() {
        let routes = [
            ("GET", "/"),
            ("GET", "/orders"),
            ("POST", "/orders"),
            ("GET", "/orders/{order_id}"),
            ("ANY", "/orders/{order_id}/items"),
            ("GET", "/orders/latest"),
            ("GET", "/{proxy+}"),
            ("ANY", "/files/{path+}"),
            ("GET", "/files/{name}"),
            ("PUT", "/a/{b}/c"),
        ]
        .map(|(method, path)| route(method, path));
        let found = |method: &str, path: &str| {
            find(&routes, method, path).map(|found| {
                let parameters: Vec<String> =
                    found.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{} {} {}", found.route.method, found.route.path, parameters.join(",")).trim().to_owned()
            })
        };
        for (method, path, expected) in [
            ("GET", "/", Some("GET /")),
            ("GET", "", Some("GET /")),
            ("GET", "/orders", Some("GET /orders")),
            ("GET", "/orders/", Some("GET /orders")),
            ("GET", "//orders", Some("GET /orders")),
            ("POST", "/orders", Some("POST /orders")),
            ("GET", "/orders/latest", Some("GET /orders/latest")),
            ("GET", "/orders/7", Some("GET /orders/{order_id} order_id=7")),
            ("GET", "/orders/a%2Fb", Some("GET /orders/{order_id} order_id=a%2Fb")),
            ("GET", "/orders/a%20b+c", Some("GET /orders/{order_id} order_id=a%20b+c")),
            ("PATCH", "/orders/7/items", Some("ANY /orders/{order_id}/items order_id=7")),
            ("GET", "/Orders", Some("GET /{proxy+} proxy=Orders")),
            ("GET", "/x/y/z", Some("GET /{proxy+} proxy=x/y/z")),
            ("GET", "/orders/7/8", Some("GET /{proxy+} proxy=orders/7/8")),
            ("GET", "/files/one", Some("GET /files/{name} name=one")),
            ("GET", "/files/one/two", Some("ANY /files/{path+} path=one/two")),
            // The more specific resource has no such method.
            ("DELETE", "/orders", None),
            ("PUT", "/files/one", None),
            ("POST", "/x", None),
            ("GET", "/a//c", Some("GET /{proxy+} proxy=a//c")),
            ("PUT", "/a/b/c", Some("PUT /a/{b}/c b=b")),
            ("get", "/orders", None),
        ] {
            assert_eq!(found(method, path).as_deref(), expected, "{method} {path}");
        }
    }
}
