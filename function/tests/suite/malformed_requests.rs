//! Malformed requests and events: each gets an answer with a status of 4xx.

use crate::backend::{api, call, invoke, place};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use function::http::problem::ProblemDetails;
use function::store::StoreError;
use function::store::memory::MemoryStore;
use proptest::prelude::*;
use serde_json::{Value, json};

#[tokio::test]
async fn bodies() {
    let api = api(MemoryStore::default());
    let order = |extra: &str| format!(r#"{{"item":"x","quantity":1,"x":{extra}}}"#);
    let cases = [
        (String::new(), 400),
        ("null".into(), 400),
        ("[{\"item\":\"x\",\"quantity\":1}]".into(), 400),
        ("item=x&quantity=1".into(), 400),
        ("<order/>".into(), 400),
        ("\u{feff}{}".into(), 400),
        ("[".repeat(60_000), 400),
        ("{\"a\":".repeat(10_000), 400),
        (order("NaN"), 400),
        (order("Infinity"), 400),
        (order(&"[".repeat(100)), 400),
        (order(&format!("{}{}", "[".repeat(5_000), "]".repeat(5_000))), 200),
        (order("1e999"), 200),
        (order(&format!("\"{}\"", "y".repeat(64 * 1024))), 413),
        (r#"{"item":"x","quantity":NaN}"#.into(), 400),
        (r#"{"item":"x","quantity":1e999}"#.into(), 422),
        (r#"{"item":"x","quantity":-1}"#.into(), 422),
        (r#"{"item":"\u0000","quantity":1}"#.into(), 422),
        (r#"{"item":{"$ne":null},"quantity":1}"#.into(), 422),
        // A gateway puts U+FFFD in place of a byte that is not UTF-8.
        ("{\"item\":\"a\u{fffd}b\",\"quantity\":1}".into(), 400),
    ];
    for (body, status) in cases {
        let answer = call("POST", "/orders").body(body.clone()).send(&api).await;
        assert_eq!(answer.status, status, "{body:.60} {answer:?}");
    }
    let mut none = call("POST", "/orders");
    none.event["body"] = Value::Null;
    assert_eq!(none.send(&api).await.status, 400);
    let both = call("POST", "/orders").body(r#"{"item":"","quantity":0,"customer_email":"x"}"#).send(&api).await;
    let fields: Vec<_> = both.body["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["item", "quantity", "customer_email"]);
}

#[tokio::test]
async fn any_content_type_will_do_for_json() {
    let api = api(MemoryStore::default());
    for media_type in
        ["application/x-www-form-urlencoded", "text/plain", "image/png", "application/json; charset=utf-16", ""]
    {
        let post = call("POST", "/orders").header("Content-Type", media_type).body(r#"{"item":"x","quantity":1}"#);
        assert_eq!(post.send(&api).await.status, 200, "{media_type}");
    }
}

#[tokio::test]
async fn base64() {
    let api = api(MemoryStore::default());
    let send = async |bytes: &[u8], encoded: Option<&str>| {
        let mut post = call("POST", "/orders").body(encoded.map_or_else(|| BASE64.encode(bytes), Into::into));
        post.event["isBase64Encoded"] = json!(true);
        post.send(&api).await.status
    };
    assert_eq!(send(br#"{"item":"x","quantity":1}"#, None).await, 200);
    assert_eq!(send(b"\xff\xfe\x00", None).await, 400);
    assert_eq!(send("{\"item\":\"a\u{fffd}b\",\"quantity\":1}".as_bytes(), None).await, 200);
    assert_eq!(send(b"", Some("no base64!")).await, 400);
    assert_eq!(send(b"", Some(r#"{"item":"x","quantity":1}"#)).await, 400);
    assert_eq!(send(&vec![b' '; 64 * 1024], None).await, 400, "exactly the limit: too blank, not too long");
    assert_eq!(send(&vec![b' '; 64 * 1024 + 1], None).await, 413);
    assert_eq!(send(&vec![b' '; 1024 * 1024], None).await, 413);
}

#[tokio::test]
async fn a_failure_of_ours_shows_the_request_id_and_nothing_else() {
    let secret = StoreError::Failed("arn:aws:dynamodb:secret".into());
    let problem = serde_json::to_value(ProblemDetails::from_store_error(&secret, "request-1")).unwrap();
    insta::assert_json_snapshot!(problem, @r#"
    {
      "detail": "the request failed on our side; quote request id request-1 when asking for help",
      "error": "the request failed on our side; quote request id request-1 when asking for help",
      "request_id": "request-1",
      "status": 500,
      "title": "Internal error",
      "type": "urn:orders:internal"
    }
    "#);
    let busy = StoreError::Unavailable("arn:aws:dynamodb:secret".into());
    let problem = serde_json::to_value(ProblemDetails::from_store_error(&busy, "request-1")).unwrap();
    insta::assert_json_snapshot!(problem, @r#"
    {
      "detail": "the service is busy, try again in a moment; the request id is request-1",
      "error": "the service is busy, try again in a moment; the request id is request-1",
      "request_id": "request-1",
      "status": 503,
      "title": "Service unavailable",
      "type": "urn:orders:unavailable"
    }
    "#);
}

#[tokio::test]
async fn a_function_that_is_not_set_up_says_so_in_the_log_only() {
    // There is no TABLE_NAME in the environment of a test.
    let api = api(function::store::dynamodb::DynamoDb::from_environment());
    let answer = call("GET", "/orders").send(&api).await;
    assert_eq!((answer.status, &answer.body["request_id"]), (500, &json!("request-1")));
    assert!(!answer.body.to_string().contains("TABLE_NAME"));
    assert_eq!(call("GET", "/orders/x").send(&api).await.status, 404, "what needs no table works");
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Generates any JSON. The names of an event's members occur often.
fn event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!("GET")),
        Just(json!("POST")),
        Just(json!("/orders")),
        Just(json!("/orders/{order_id}")),
    ];
    let name = prop_oneof![
        Just("httpMethod".to_owned()),
        Just("path".to_owned()),
        Just("resource".to_owned()),
        Just("body".to_owned()),
        Just("headers".to_owned()),
        Just("multiValueHeaders".to_owned()),
        Just("queryStringParameters".to_owned()),
        Just("pathParameters".to_owned()),
        Just("requestContext".to_owned()),
        Just("rawQueryString".to_owned()),
        Just("isBase64Encoded".to_owned()),
        ".{0,8}",
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..10).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_event_has_an_answer(event in event()) {
        let answer = run(invoke(&api(MemoryStore::default()), &event.to_string()));
        prop_assert!(answer.status < 500, "{event} {answer:?}");
    }

    #[test]
    fn any_bytes_are_a_body(bytes in prop::collection::vec(any::<u8>(), 0..200), method in "POST|PUT") {
        run(async {
            let api = api(MemoryStore::default());
            let id = place(&api, "x").await;
            let path = if method == "POST" { "/orders".to_owned() } else { format!("/orders/{id}") };
            let mut request = call(&method, &path).body(BASE64.encode(&bytes));
            request.event["isBase64Encoded"] = json!(true);
            assert!([400, 422].contains(&request.send(&api).await.status));
        });
    }

    #[test]
    fn any_json_is_a_body(body in event()) {
        let answer = run(call("POST", "/orders").json(&body).send(&api(MemoryStore::default())));
        prop_assert!([400, 422].contains(&answer.status), "{body} {answer:?}");
    }

    #[test]
    fn any_path_method_and_query_have_an_answer(method in ".{0,8}", path in ".{0,40}", query in ".{0,40}", header in ".{0,40}") {
        let mut request = call("GET", "/orders").header("If-Match", &header).header("Idempotency-Key", &header);
        request.event["path"] = json!(path);
        request.event["httpMethod"] = json!(method);
        request.event["multiValueQueryStringParameters"] = json!({"cursor": [query.clone()], "limit": [query.clone()], "status": [query]});
        let answer = run(request.send(&api(MemoryStore::default())));
        prop_assert!(answer.status < 500);
    }

    #[test]
    fn any_json_is_a_payload_of_the_runtime(value in any_json()) {
        let answer = run(invoke(&api(MemoryStore::default()), &value.to_string()));
        prop_assert!((400..500).contains(&answer.status), "{value}: {}", answer.status);
    }

    #[test]
    fn any_number_is_a_payload_of_the_runtime(text in "-?[1-9][0-9]{0,40}([.][0-9]{1,40})?(e-?[0-9]{1,4})?") {
        let answer = run(invoke(&api(MemoryStore::default()), &text));
        prop_assert!((400..500).contains(&answer.status), "{text}: {}", answer.status);
    }
}

/// Makes any JSON value; some of its members have the names of an event's.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let name = prop_oneof!["(body|headers|httpMethod|path|requestContext|version)", ".{0,8}"];
    leaf.prop_recursive(3, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
