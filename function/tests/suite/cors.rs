//! Cross-origin requests from browsers.

use crate::backend::{Answer, api, call};
use function::http::OrdersApi;
use function::http::cors::CorsPolicy;
use function::store::memory::MemoryStore;
use serde_json::json;

const SHOP: &str = "https://shop.example";
const DESK: &str = "http://localhost:3000";

fn open_to(origins: &str) -> OrdersApi<MemoryStore> {
    api(MemoryStore::default())
        .with_cors(CorsPolicy::read(&|name| (name == "CORS_ALLOW_ORIGINS").then(|| origins.to_owned())))
}

/// Returns the headers `Access-Control-Allow-Origin` and `Vary` of an answer, `-` for one that is absent.
fn cors_headers(answer: &Answer) -> (&str, &str) {
    let header = |name: &str| answer.headers.get(name).map_or("-", String::as_str);
    (header("Access-Control-Allow-Origin"), header("Vary"))
}

#[tokio::test]
async fn only_listed_pages_may_read_the_answers() {
    let several = format!("{SHOP}, {DESK}");
    for (origins, origin, expected) in [
        ("", Some(SHOP), ("-", "-")),
        ("*", Some(SHOP), ("*", "-")),
        ("*", None, ("*", "-")),
        (SHOP, Some(SHOP), (SHOP, "Origin")),
        (SHOP, Some(DESK), ("-", "Origin")),
        (&several, Some(SHOP), (SHOP, "Origin")),
        (&several, Some(DESK), (DESK, "Origin")),
        (&several, None, ("-", "Origin")),
        (&several, Some(""), ("-", "Origin")),
        (&several, Some("null"), ("-", "Origin")),
        (&several, Some("*"), ("-", "Origin")),
        (&several, Some("https://shop.example.evil.example"), ("-", "Origin")),
        (&several, Some("https://shop.example/"), ("-", "Origin")),
        (&several, Some("HTTPS://SHOP.EXAMPLE"), ("-", "Origin")),
        (&several, Some("https://shop.example\r\nX: y"), ("-", "Origin")),
    ] {
        let api = open_to(origins);
        let from = |mut request: crate::backend::Call| {
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            request
        };
        // The headers are on errors, too, so that a page can show why a request failed.
        for (request, status) in [
            (call("GET", "/orders"), 200),
            (call("POST", "/orders").json(&json!({"item": "x", "quantity": 1})), 200),
            (call("POST", "/orders").body("{"), 400),
            (call("GET", "/nowhere"), 404),
            (call("PATCH", "/orders"), 405),
        ] {
            let answer = from(request).send(&api).await;
            assert_eq!((answer.status, cors_headers(&answer)), (status, expected), "{origins:?} {origin:?}");
            let exposed = answer.headers.get("Access-Control-Expose-Headers").map(String::as_str);
            let headers = "ETag, Idempotency-Replayed, Location, Retry-After";
            assert_eq!(exposed, (expected.0 != "-").then_some(headers), "{origins:?} {origin:?}");
        }
    }
}

#[tokio::test]
async fn several_origins_in_one_request_are_none() {
    let mut request = call("GET", "/orders");
    request.event["multiValueHeaders"]["Origin"] = json!([SHOP, DESK]);
    let answer = request.send(&open_to(SHOP)).await;
    assert_eq!(cors_headers(&answer), ("-", "Origin"));
}

#[tokio::test]
async fn preflight_requests() {
    let preflight = |path: &str, origin: &str| {
        call("OPTIONS", path).header("Origin", origin).header("Access-Control-Request-Method", "PUT")
    };
    let api = open_to(&format!("{SHOP},{DESK}"));
    for (path, methods) in [("/orders", "GET, HEAD, POST"), ("/orders/1", "GET, HEAD, PUT, DELETE")] {
        let answer = preflight(path, DESK).send(&api).await;
        assert_eq!((answer.status, cors_headers(&answer)), (204, (DESK, "Origin")));
        assert_eq!(answer.headers["Access-Control-Allow-Methods"], methods);
        assert_eq!(answer.headers["Access-Control-Max-Age"], "600");
        for header in ["Content-Type", "Idempotency-Key", "If-Match", "X-Api-Key"] {
            let allowed = &answer.headers["Access-Control-Allow-Headers"];
            assert!(allowed.split(", ").any(|name| name == header), "{header} in {allowed}");
        }
        let refused = preflight(path, "https://evil.example").send(&api).await;
        assert_eq!((refused.status, cors_headers(&refused)), (204, ("-", "Origin")));
        assert!(!refused.headers.contains_key("Access-Control-Allow-Methods"));
    }
    assert_eq!(preflight("/nowhere", SHOP).send(&api).await.status, 404);
    // Without `Access-Control-Request-Method`, or without allowed origins, OPTIONS is a method that is not allowed.
    assert_eq!(call("OPTIONS", "/orders").header("Origin", SHOP).send(&api).await.status, 405);
    assert_eq!(preflight("/orders", SHOP).send(&open_to("")).await.status, 405);
    assert_eq!(cors_headers(&preflight("/orders", SHOP).send(&open_to("*")).await), ("*", "-"));
}
