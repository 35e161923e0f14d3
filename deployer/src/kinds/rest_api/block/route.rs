//! A route: `GET /orders/{order_id}`.

use std::fmt;

/// Methods of a route; `ANY` stands for all of them.
pub const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// A method and a path, as API Gateway knows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiRoute {
    /// One of [`METHODS`].
    pub method: &'static str,
    /// Path, starting with `/` and ending without one unless it is `/`.
    pub path: String,
}

impl fmt::Display for ApiRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl ApiRoute {
    /// Reads `METHOD /path`. Only this spelling is taken: one blank, capital letters, no `/` at the end.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<ApiRoute, String> {
        let route = ApiRoute::normalise(text)?;
        let canonical = route.to_string();
        if canonical == text { Ok(route) } else { Err(format!("write it as {canonical:?}")) }
    }

    /// Reads a route in any letter case of the method, with any blanks, with or without a `/` at the end: what two
    /// spellings have to share to be the same route.
    pub(super) fn normalise(text: &str) -> Result<ApiRoute, String> {
        let (written, path) = match text.trim().split_once(char::is_whitespace) {
            Some((method, path)) => (method, path.trim()),
            None if text.trim().starts_with('/') => return Err("it has no method".to_owned()),
            None => return Err("it has no path".to_owned()),
        };
        let upper = written.to_ascii_uppercase();
        let method = METHODS.into_iter().find(|method| *method == upper);
        let method =
            method.ok_or_else(|| format!("{:?} is not a method", written.chars().take(20).collect::<String>()))?;
        let Some(below) = path.strip_prefix('/') else {
            return Err("its path does not start with '/'".to_owned());
        };
        let below = below.strip_suffix('/').unwrap_or(below);
        if !below.is_empty() {
            check_segments(&below.split('/').collect::<Vec<_>>())?;
        }
        Ok(ApiRoute { method, path: format!("/{below}") })
    }

    /// Returns the segments of the path; none for `/`.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }
}

/// Returns the name in `{name}` or `{name+}`.
pub(super) fn parameter(segment: &str) -> Option<&str> {
    let inner = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(inner.strip_suffix('+').unwrap_or(inner))
}

fn check_segments(segments: &[&str]) -> Result<(), String> {
    let mut parameters = Vec::new();
    for (number, segment) in segments.iter().enumerate() {
        if segment.is_empty() {
            return Err("it has an empty segment, '//'".to_owned());
        }
        let Some(name) = parameter(segment) else {
            if let Some(other) = segment.chars().find(|c| !(c.is_ascii_alphanumeric() || "-._:".contains(*c))) {
                return Err(match other {
                    '{' | '}' => format!("a parameter is a whole segment: {segment:?}"),
                    '*' => "'*' is not allowed in its path: `{rest+}` takes the rest of a path".to_owned(),
                    other => format!("{other:?} is not allowed in its path"),
                });
            }
            continue;
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)) {
            return Err(format!("{segment:?} is not a parameter: letters, digits, '-', '_' and '.' in braces"));
        }
        if segment.ends_with("+}") && number + 1 < segments.len() {
            return Err(format!("{segment:?} takes the rest of the path and has to be last"));
        }
        if parameters.contains(&name) {
            return Err(format!("the parameter {name:?} is in its path twice"));
        }
        parameters.push(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_api_gateway_takes() {
        for good in
            ["GET /", "ANY /{proxy+}", "POST /v1/orders", "GET /orders/{order_id}/items/{item.id}", "PUT /a.b_c-d:e"]
        {
            assert_eq!(ApiRoute::parse(good).map(|route| route.to_string()), Ok(good.to_owned()));
        }
    }

    #[test]
    fn says_what_is_wrong_with_the_others() {
        for (text, reason) in [
            ("", "it has no path"),
            ("GET", "it has no path"),
            ("/orders", "it has no method"),
            ("FETCH /orders", "\"FETCH\" is not a method"),
            ("GET orders", "its path does not start with '/'"),
            ("get /orders", "write it as \"GET /orders\""),
            ("GET  /orders", "write it as \"GET /orders\""),
            ("GET /orders/", "write it as \"GET /orders\""),
            ("GET //", "write it as \"GET /\""),
            ("GET /a//b", "it has an empty segment, '//'"),
            ("GET /files/*rest", "'*' is not allowed in its path: `{rest+}` takes the rest of a path"),
            ("GET /a b", "' ' is not allowed in its path"),
            ("GET /a?b=1", "'?' is not allowed in its path"),
            ("GET /é", "'é' is not allowed in its path"),
            ("GET /orders-{id}", "a parameter is a whole segment: \"orders-{id}\""),
            ("GET /{id", "a parameter is a whole segment: \"{id\""),
            ("GET /{}", "\"{}\" is not a parameter: letters, digits, '-', '_' and '.' in braces"),
            ("GET /{+}", "\"{+}\" is not a parameter: letters, digits, '-', '_' and '.' in braces"),
            ("GET /{a b}", "\"{a b}\" is not a parameter: letters, digits, '-', '_' and '.' in braces"),
            ("GET /{proxy+}/x", "\"{proxy+}\" takes the rest of the path and has to be last"),
            ("GET /{id}/{id}", "the parameter \"id\" is in its path twice"),
        ] {
            assert_eq!(ApiRoute::parse(text), Err(reason.to_owned()), "{text}");
        }
    }
}
