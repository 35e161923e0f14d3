//! The dashboard: what its pages show, that nothing in them is obeyed, and who may read them.

mod lab;

use lab::REGION;
use lab::cloud::{Started, start};
use lab::http::{Reply, own, rest, send, target};
use serde_json::{Value, json};
use std::path::Path;

/// What is dangerous where it is not escaped.
const HOSTILE: &str = "<script>document.title='owned'</script>\"'><img src=x onerror=alert(1)>&\u{202e}\u{1b}[31m";

fn page(started: &Started, path: &str) -> Reply {
    send(started.addr, "GET", path, &[("accept", "text/html")], b"")
}

/// Returns a page that must be there.
fn html(started: &Started, path: &str) -> String {
    let reply = page(started, path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.text()
}

fn create_table(started: &Started) {
    let table = json!({
        "TableName": "Orders",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }, { "AttributeName": "n", "AttributeType": "N" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }, { "AttributeName": "n", "KeyType": "RANGE" }],
    });
    target(started.addr, "dynamodb", "DynamoDB_20120810.CreateTable", &table);
}

fn put(started: &Started, item: &Value) {
    target(started.addr, "dynamodb", "DynamoDB_20120810.PutItem", &json!({ "TableName": "Orders", "Item": item }));
}

/// A cloud in which every field that a page shows holds what is dangerous.
async fn hostile_cloud() -> Started {
    let started = start().await;
    started.create_function();
    let input =
        json!({ "Environment": { "Variables": { "NOTE": HOSTILE, "API_TOKEN": "hush" } }, "Description": HOSTILE });
    rest(started.addr, "lambda", "PUT", "/2015-03-31/functions/probe/configuration", &input);
    create_table(&started);
    put(&started, &json!({ "id": { "S": HOSTILE }, "n": { "N": "1" }, HOSTILE: { "L": [{ "S": HOSTILE }] } }));
    let event = json!({ "do": "say", "lines": [HOSTILE] });
    rest(started.addr, "lambda", "POST", "/2015-03-31/functions/probe/invocations", &event);
    let query = "?x=%3Cscript%3E&y='onmouseover=alert(1)%22";
    send(started.addr, "GET", &format!("/_aws/execute-api/none/prod/%3Cb%3E{query}"), &[], b"");
    started
}

fn pages(started: &Started) -> Vec<String> {
    let mut pages = ["/", "/_dashboard/requests", "/_dashboard/requests?failed=true"].map(str::to_owned).to_vec();
    pages.push(format!("/_dashboard/functions/{REGION}/probe"));
    pages.push(format!("/_dashboard/tables/{REGION}/Orders"));
    let items = html(started, &pages[4]);
    let (_, rest) = items.split_once(&format!("/_dashboard/tables/{REGION}/Orders/item?")).expect("a link");
    let link = rest.split_once('"').expect("the end of the link").0.replace("&amp;", "&");
    pages.push(format!("/_dashboard/tables/{REGION}/Orders/item?{link}"));
    let requests = own(started.addr, "GET", "/_deployer/requests", &Value::Null);
    for request in requests["requests"].as_array().unwrap() {
        pages.push(format!("/_dashboard/requests/{}", request["id"].as_str().unwrap()));
    }
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_shown_is_escaped() {
    let started = hostile_cloud().await;
    let pages = pages(&started);
    assert_eq!(pages.len(), 8);
    let mut shown = 0;
    for path in pages {
        let text = html(&started, &path);
        for broken in ["<script>", "<img", "onerror=alert(1)>", "'><", "<b>"] {
            assert!(!text.contains(broken), "{broken} in {path}:\n{text}");
        }
        shown += text.matches("&lt;script&gt;document.title=").count();
    }
    assert!(shown >= 6, "what is dangerous is shown all the same, as text: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_for_a_browser_on_this_machine_alone() {
    let started = hostile_cloud().await;
    let policy = page(&started, "/").header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for (method, path, headers, status) in [
        // Who does not ask for HTML is a client that forgot to sign.
        ("GET", "/", &[][..], 403),
        ("POST", "/", &[("accept", "text/html")][..], 403),
        ("GET", "/", &[("accept", "text/html"), ("host", "evil.example")][..], 403),
        ("GET", "/", &[("accept", "text/html"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")][..], 403),
        ("GET", "/_dashboard/requests", &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")][..], 403),
        (
            "GET",
            "/_dashboard/requests",
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")][..],
            403,
        ),
        (
            "GET",
            "/_dashboard/requests",
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")][..],
            200,
        ),
        ("GET", "/_dashboard/requests", &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")][..], 200),
        ("POST", "/_dashboard/requests", &[][..], 405),
        ("DELETE", "/_dashboard/tables/ap-south-1/Orders", &[][..], 405),
        ("GET", "/_dashboard/nothing", &[][..], 404),
        ("GET", "/_dashboard/requests/none", &[][..], 404),
        ("GET", "/_dashboard/tables/ap-south-1/None", &[][..], 404),
        ("GET", "/_dashboard/tables/..%2F..%2Fx/Orders", &[][..], 404),
        ("GET", "/_dashboard/functions/ap-south-1/none", &[][..], 404),
        ("GET", "/_dashboard/tables/ap-south-1/Orders/item?key=5", &[][..], 404),
    ] {
        let reply = send(started.addr, method, path, headers, b"");
        assert_eq!(reply.status, status, "{method} {path} {headers:?}: {}", reply.text());
        assert!(reply.header("access-control-allow-origin").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_tells_why_a_request_failed_and_hides_secrets() {
    let started = hostile_cloud().await;
    let event = json!({ "do": "exit", "code": 3 });
    send_invocation(&started, &event);
    let failures = html(&started, "/_dashboard/requests?failed=true");
    assert!(failures.contains("Runtime exited with error: exit status 3"), "{failures}");
    assert!(failures.contains("there is no stage prod of an API none"), "{failures}");
    let function = html(&started, &format!("/_dashboard/functions/{REGION}/probe"));
    assert!(function.contains("API_TOKEN") && !function.contains("hush"), "{function}");
    assert!(function.contains("logs:PutLogEvents"), "what its role allows: {function}");
    assert!(function.contains("REPORT RequestId"), "its log: {function}");
}

fn send_invocation(started: &Started, event: &Value) {
    rest(started.addr, "lambda", "POST", "/2015-03-31/functions/probe/invocations", event);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_paged_and_queried() {
    let started = start().await;
    create_table(&started);
    for n in 0..120 {
        put(
            &started,
            &json!({ "id": { "S": format!("o-{}", n % 2) }, "n": { "N": n.to_string() }, "long": { "S": "x".repeat(9_000) } }),
        );
    }
    let table = format!("/_dashboard/tables/{REGION}/Orders");
    let (mut path, mut seen, mut bytes) = (table.clone(), 0, 0);
    loop {
        let text = html(&started, &path);
        seen += text.matches("Whole item").count();
        bytes = bytes.max(text.len());
        let Some((before, _)) = text.split_once("\">Further items") else { break };
        path = before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&");
    }
    assert_eq!(seen, 120, "no item twice, none missed");
    assert!(bytes < 100_000, "long values are shortened in a list: {bytes}");
    let found = html(&started, &format!("{table}?partition=o-1&begins=7"));
    assert_eq!(found.matches("Whole item").count(), 1, "a sort key that is a number is compared");
    assert_eq!(html(&started, &format!("{table}?partition=o-1")).matches("Whole item").count(), 50);
    let refused = html(&started, &format!("{table}?partition=o-1&begins=seven"));
    assert!(refused.contains("ValidationException"), "{refused}");
    let unknown = html(&started, &format!("{table}?index=none&partition=x"));
    assert!(unknown.contains("ValidationException"), "{unknown}");
}

#[test]
fn the_assets_are_small() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dashboard/assets");
    let sizes = std::fs::read_dir(assets).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    let total: u64 = sizes.sum();
    assert!((1_000..=150_000).contains(&total), "{total}");
}
