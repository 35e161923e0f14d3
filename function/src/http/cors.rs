//! Cross-origin requests from browsers (Fetch Standard, "CORS protocol").
//!
//! API Gateway passes the responses of a proxy integration on unchanged, so the function itself has to set the headers
//! that tell a browser which pages may read a response.

use super::event::ApiRequest;
use super::response::ApiResponse;
use super::route::ApiRoute;
use crate::config;
use crate::config::VariableLookup;

/// Request headers that a page may send: those of this API, and those by which API Gateway authorizes callers.
const REQUEST_HEADERS: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, X-Amz-Date, X-Amz-Security-Token, X-Api-Key";
/// Response headers that a page may read, in addition to those that the Fetch Standard always allows.
const RESPONSE_HEADERS: &str = "ETag, Idempotency-Replayed, Location, Retry-After";
/// How long a browser may cache the response to a preflight request, in seconds.
const MAX_AGE: &str = "600";

/// Decides which origins may call the API from a browser.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorsPolicy {
    origins: Vec<String>,
}

impl CorsPolicy {
    /// Reads the allowed origins from `CORS_ALLOW_ORIGINS`.
    pub fn read(lookup: VariableLookup<'_>) -> Self {
        Self { origins: config::cors_origins(lookup) }
    }

    /// Returns the response to a preflight request, by which a browser asks whether it may send a request for a page.
    /// `None` if `request` is not one, or if no origin is allowed.
    pub fn preflight(&self, request: &ApiRequest, route: &ApiRoute) -> Option<ApiResponse> {
        let is_preflight = request.method.eq_ignore_ascii_case("OPTIONS")
            && request.header("Access-Control-Request-Method").next().is_some();
        if !is_preflight || self.origins.is_empty() {
            return None;
        }
        let response = ApiResponse::no_content();
        Some(match self.allowed_origin(request) {
            None => response,
            Some(_) => response
                .with_header("Access-Control-Allow-Methods", route.allowed_methods())
                .with_header("Access-Control-Allow-Headers", REQUEST_HEADERS)
                .with_header("Access-Control-Max-Age", MAX_AGE),
        })
    }

    /// Adds the headers that let the requesting page read the response, if its origin is allowed. A response that depends
    /// on the origin gets `Vary: Origin`, for caches.
    pub fn add_headers(&self, request: &ApiRequest, response: ApiResponse) -> ApiResponse {
        if self.origins.is_empty() {
            return response;
        }
        let response = if self.allows_any_origin() { response } else { response.with_header("Vary", "Origin") };
        match self.allowed_origin(request) {
            None => response,
            Some(origin) => response
                .with_header("Access-Control-Allow-Origin", origin)
                .with_header("Access-Control-Expose-Headers", RESPONSE_HEADERS),
        }
    }

    fn allows_any_origin(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// Returns the value for `Access-Control-Allow-Origin`. It comes from the configuration, never from the request, so a
    /// request cannot put text into the header.
    fn allowed_origin(&self, request: &ApiRequest) -> Option<&str> {
        if self.allows_any_origin() {
            return Some("*");
        }
        let mut values = request.header("Origin");
        let (origin, None) = (values.next()?, values.next()) else { return None };
        self.origins.iter().find(|known| *known == origin).map(String::as_str)
    }
}
