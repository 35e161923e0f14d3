//! Calls from pages of other origins (Fetch Standard, "CORS protocol").
//!
//! A gateway in front hands the function's answers on as they are, so it is the function that says which pages may read them.

use super::event::ApiRequest;
use super::response::ApiResponse;
use super::route::ApiRoute;
use crate::config;
use crate::config::VariableLookup;

/// Request headers that a page may send: the API's own, and those by which a gateway knows callers.
const REQUEST_HEADERS: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, X-Amz-Date, X-Amz-Security-Token, X-Api-Key";
/// Response headers that a page may read, beside those that it always may.
const RESPONSE_HEADERS: &str = "ETag, Idempotency-Replayed, Location, Retry-After";
/// How long a browser may remember the answer to a preflight request, in seconds.
const MAX_AGE: &str = "600";

/// The pages that may call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorsPolicy {
    origins: Vec<String>,
}

impl CorsPolicy {
    /// Reads `CORS_ALLOW_ORIGINS`.
    pub fn read(var: VariableLookup<'_>) -> Self {
        Self { origins: config::cors_origins(var) }
    }

    /// The answer to a preflight request: what a browser asks before it sends a request for a page. `None` when this is none, or
    /// when no page may call.
    pub fn preflight(&self, request: &ApiRequest, route: &ApiRoute) -> Option<ApiResponse> {
        let asks = request.method.eq_ignore_ascii_case("OPTIONS")
            && request.header("Access-Control-Request-Method").next().is_some();
        if !asks || self.origins.is_empty() {
            return None;
        }
        let answer = ApiResponse::no_content();
        Some(match self.allowed(request) {
            None => answer,
            Some(_) => answer
                .with("Access-Control-Allow-Methods", route.allowed())
                .with("Access-Control-Allow-Headers", REQUEST_HEADERS)
                .with("Access-Control-Max-Age", MAX_AGE),
        })
    }

    /// Lets the page that asks read the answer, if it may. An answer that depends on who asks says so, for caches.
    pub fn open(&self, request: &ApiRequest, response: ApiResponse) -> ApiResponse {
        if self.origins.is_empty() {
            return response;
        }
        let response = if self.any() { response } else { response.with("Vary", "Origin") };
        match self.allowed(request) {
            None => response,
            Some(origin) => response
                .with("Access-Control-Allow-Origin", origin)
                .with("Access-Control-Expose-Headers", RESPONSE_HEADERS),
        }
    }

    fn any(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// What the answer allows: one of our own words, never the caller's.
    fn allowed(&self, request: &ApiRequest) -> Option<&str> {
        if self.any() {
            return Some("*");
        }
        let mut given = request.header("Origin");
        let (origin, None) = (given.next()?, given.next()) else { return None };
        self.origins.iter().find(|known| *known == origin).map(String::as_str)
    }
}
