//! What can be changed from the dashboard, and who may do it.

mod lab;

use lab::REGION;
use lab::cloud::{Started, start};
use lab::http::{own, rest, send, target};
use lab::pages::{FORM, done, encoded, look, own_host, refused, submit, value_of};
use serde_json::{Value, json};

fn create_table(started: &Started) {
    let table = json!({
        "TableName": "Orders",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    target(started.addr, "dynamodb", "DynamoDB_20120810.CreateTable", &table);
}

fn put(started: &Started, item: &Value) {
    target(started.addr, "dynamodb", "DynamoDB_20120810.PutItem", &json!({ "TableName": "Orders", "Item": item }));
}

fn item(started: &Started, id: &str) -> Value {
    let key = json!({ "TableName": "Orders", "Key": { "id": { "S": id } } });
    target(started.addr, "dynamodb", "DynamoDB_20120810.GetItem", &key)["Item"].clone()
}

fn item_page(id: &str) -> String {
    let key = json!({ "id": { "S": id } }).to_string();
    format!("/_dashboard/tables/{REGION}/Orders/item?{}", encoded(&[("key", &key)]))
}

/// A deployed function's page has the endpoint's origin: it reads no token and changes nothing, neither through the dashboard nor beside it.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_dashboards_own_pages_change_something() {
    let started = start().await;
    create_table(&started);
    let (host, endpoint) = (own_host(&started), started.addr.to_string());
    let (own_origin, origin) = (format!("http://{host}"), format!("http://{endpoint}"));
    let shown = send(started.addr, "GET", "/_dashboard/cloud", &[("host", &endpoint)], b"").text();
    assert!(!shown.contains("name=\"token\"") && shown.contains(&own_origin), "{shown}");
    let token = value_of(&look(&started, "/_dashboard/cloud"), "token");
    let good = encoded(&[("token", &token), ("do", "add"), ("fault", "throttle=10x")]);
    let no_token = encoded(&[("do", "add"), ("fault", "throttle=10x")]);
    let other_token = encoded(&[("token", "0123456789abcdef"), ("do", "add"), ("fault", "throttle=10x")]);
    for (host, from, site, kind, body, status) in [
        (&endpoint, &origin, "same-origin", FORM, &good, 405),
        (&host, &origin, "cross-site", FORM, &good, 403),
        (&host, &origin, "same-site", FORM, &good, 403),
        (&host, &origin, "same-origin", FORM, &good, 403),
        (&host, &"null".to_owned(), "same-origin", FORM, &good, 403),
        // Whatever says to be the own origin.
        (&host, &own_origin, "cross-site", FORM, &good, 403),
        (&host, &own_origin, "same-origin", "text/plain", &good, 403),
        (&host, &own_origin, "same-origin", FORM, &no_token, 403),
        (&host, &own_origin, "same-origin", FORM, &other_token, 403),
        (&host, &own_origin, "same-origin", FORM, &good, 200),
    ] {
        let headers = [("host", host.as_str()), ("origin", from), ("sec-fetch-site", site), ("content-type", kind)];
        let reply = send(started.addr, "POST", "/_dashboard/cloud", &headers, body.as_bytes());
        assert_eq!(reply.status, status, "{headers:?} {body}: {}", reply.text());
        let faults = own(started.addr, "GET", "/_deployer/faults", &Value::Null);
        assert_eq!(faults["published_rates"].is_null(), status != 200, "{headers:?} {body}");
    }
    // A browser names the origin of a form only if the page's policy lets it name the page to its own origin.
    let page = send(started.addr, "GET", "/_dashboard/cloud", &[("host", &host)], b"");
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    // Neither the cloud's own endpoints nor the services are for pages.
    let page = [("host", endpoint.as_str()), ("sec-fetch-site", "same-origin"), ("x-deployer-local", "1")];
    assert_eq!(send(started.addr, "PUT", "/_deployer/faults", &page, b"{}").status, 403);
    assert_eq!(send(started.addr, "GET", "/_deployer/requests", &page, b"").status, 403);
    let signed =
        "AWS4-HMAC-SHA256 Credential=local/20260101/ap-south-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
    let delete = [("authorization", signed), ("origin", &origin), ("x-amz-target", "DynamoDB_20120810.DeleteTable")];
    assert_eq!(send(started.addr, "POST", "/", &delete, br#"{"TableName":"Orders"}"#).status, 403);
    // No API is served where things can be changed.
    let served = send(started.addr, "GET", "/_aws/execute-api/x/prod/", &[("host", &host)], b"");
    assert_eq!((served.status, served.text().contains("There is no such page")), (404, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_changed_if_it_is_as_it_was_shown_and_changed_back() {
    let started = start().await;
    create_table(&started);
    let before =
        json!({ "id": { "S": "1" }, "tags": { "SS": ["a", "b"] }, "n": { "N": "1.50" }, "<b>\"": { "S": "<script>" } });
    put(&started, &before);
    let stored = item(&started, "1");
    let page = look(&started, &item_page("1"));
    let shown = value_of(&page, "before");
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), stored);

    let mut wanted = stored.clone();
    wanted["n"] = json!({ "N": "2.0" });
    let save = [("do", "save"), ("before", shown.as_str()), ("item", &wanted.to_string())];
    done(&started, &item_page("1"), &save);
    assert_eq!(item(&started, "1")["n"], json!({ "N": "2" }));
    // What was shown is old now.
    assert!(refused(&started, &item_page("1"), &save).contains("changed meanwhile"));
    let gone = [("do", "delete"), ("before", shown.as_str())];
    assert!(refused(&started, &item_page("1"), &gone).contains("changed meanwhile"));

    let table = format!("/_dashboard/tables/{REGION}/Orders");
    assert!(look(&started, &table).contains("Take the last change back"));
    done(&started, &table, &[("do", "undo")]);
    assert_eq!(item(&started, "1"), stored);
    // Undone again is done again.
    done(&started, &table, &[("do", "undo")]);
    assert_eq!(item(&started, "1")["n"], json!({ "N": "2" }));

    let now = value_of(&look(&started, &item_page("1")), "before");
    done(&started, &item_page("1"), &[("do", "delete"), ("before", &now)]);
    assert_eq!(item(&started, "1"), Value::Null);
    done(&started, &table, &[("do", "undo")]);
    assert_eq!(item(&started, "1")["n"], json!({ "N": "2" }));
    // Another's change is not taken back.
    put(&started, &json!({ "id": { "S": "1" }, "whose": { "S": "another's" } }));
    assert!(refused(&started, &table, &[("do", "undo")]).contains("changed meanwhile"));
    assert_eq!(item(&started, "1")["whose"], json!({ "S": "another's" }));

    let new = json!({ "id": { "S": "2" } }).to_string();
    done(&started, &table, &[("do", "new"), ("item", &new)]);
    assert!(refused(&started, &table, &[("do", "new"), ("item", &new)]).contains("changed meanwhile"));
    for (broken, said) in [
        ("nonsense", "this is no JSON"),
        ("[]", "an item is an object"),
        (r#"{"name":{"S":"x"}}"#, "a key of the table"),
        (r#"{"id":{"N":"1"}}"#, "ValidationException"),
    ] {
        let page = refused(&started, &table, &[("do", "new"), ("item", broken)]);
        assert!(page.contains(said), "{broken}: {page}");
    }
    let other_key = json!({ "id": { "S": "3" } }).to_string();
    let moved = refused(&started, &item_page("2"), &[("do", "save"), ("before", &new), ("item", &other_key)]);
    assert!(moved.contains("the key of an item cannot be changed"), "{moved}");
}

/// An expression takes 300 operators, and an item may have more attributes than it can compare.
#[tokio::test(flavor = "multi_thread")]
async fn every_attribute_of_an_item_is_compared() {
    let started = start().await;
    create_table(&started);
    let values = [
        json!({ "S": "" }),
        json!({ "N": "-1.5" }),
        json!({ "B": "AAE=" }),
        json!({ "SS": ["b", "a"] }),
        json!({ "NS": ["2", "1"] }),
        json!({ "BS": ["AAE=", "AA=="] }),
        json!({ "M": { "a": { "L": [{ "NULL": true }, { "BOOL": false }] } } }),
        json!({ "L": [] }),
        json!({ "NULL": true }),
        json!({ "BOOL": true }),
    ];
    let mut wide = json!({ "id": { "S": "wide" } });
    for (number, value) in (0..400).zip(values.iter().cycle()) {
        wide[format!("a-{number:03} \"<b>")] = value.clone();
    }
    put(&started, &wide);
    let before = value_of(&look(&started, &item_page("wide")), "before");
    let mut wanted: Value = serde_json::from_str(&before).unwrap();
    wanted["new"] = json!({ "S": "x" });
    done(&started, &item_page("wide"), &[("do", "save"), ("before", &before), ("item", &wanted.to_string())]);
    assert_eq!(item(&started, "wide")["new"], json!({ "S": "x" }));
    // Whichever attribute another one has changed since, and if it is the last.
    let shown = value_of(&look(&started, &item_page("wide")), "before");
    let mut changed: Value = serde_json::from_str(&shown).unwrap();
    changed["zzz"] = json!({ "S": "another's" });
    put(&started, &changed);
    let page = refused(&started, &item_page("wide"), &[("do", "delete"), ("before", &shown)]);
    assert!(page.contains("changed meanwhile"), "{page}");
    assert_eq!(item(&started, "wide")["zzz"], json!({ "S": "another's" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_says_that_it_is_cut_and_offers_the_whole() {
    let started = start().await;
    started.create_function();
    let function = format!("/_dashboard/functions/{REGION}/probe");
    let page = done(&started, &function, &[("do", "invoke"), ("event", r#"{"do": "large", "bytes": 99998}"#)]);
    assert!(page.contains(&"x".repeat(99_998)) && !page.contains("/_dashboard/answers/"), "exactly as long as fits");
    let page = done(&started, &function, &[("do", "invoke"), ("event", r#"{"do": "large", "bytes": 300000}"#)]);
    assert!(page.contains("It has 300002 bytes: the first 100000 characters are shown."), "{}", page.len());
    assert!(page.contains(&"x".repeat(99_999)) && !page.contains(&"x".repeat(100_000)));
    let link = page.split_once("/_dashboard/answers/").unwrap().1.split('"').next().unwrap();
    let whole = send(started.addr, "GET", &format!("/_dashboard/answers/{link}"), &[], b"");
    assert_eq!((whole.status, whole.body.len()), (200, 300_002));
    // It is a file, never a page of the dashboard's origin.
    assert_eq!(whole.header("content-type"), Some("application/octet-stream"));
    assert!(whole.header("content-disposition").unwrap().starts_with("attachment"));
    let script = whole.header("content-security-policy").unwrap().to_owned();
    assert!(script.contains("default-src 'none'"), "{script}");
    for _ in 0..4 {
        done(&started, &function, &[("do", "invoke"), ("event", r#"{"do": "large", "bytes": 100001}"#)]);
    }
    assert_eq!(
        send(started.addr, "GET", &format!("/_dashboard/answers/{link}"), &[], b"").status,
        404,
        "four are kept"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn items_go_out_and_come_in_as_lines() {
    let started = start().await;
    create_table(&started);
    let table = format!("/_dashboard/tables/{REGION}/Orders");
    let lines: String = (0..30).map(|n| format!("{{\"Item\":{{\"id\":{{\"S\":\"{n}\"}}}}}}\r\n")).collect();
    let broken = format!("{lines}{{\"Item\":{{}}}}\n");
    assert!(refused(&started, &table, &[("do", "import"), ("lines", &broken)]).contains("line 31"));
    assert_eq!(item(&started, "0"), Value::Null, "nothing is put in when a line is wrong");
    assert!(done(&started, &table, &[("do", "import"), ("lines", &lines)]).contains("30 items were put in"));
    let export = send(started.addr, "GET", &format!("{table}/export"), &[], b"");
    assert_eq!((export.status, export.header("content-type")), (200, Some("application/x-ndjson")));
    let mut out: Vec<_> = export.text().lines().map(str::to_owned).collect();
    let mut expected: Vec<_> = lines.lines().map(str::to_owned).collect();
    out.sort();
    expected.sort();
    assert_eq!(out, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_schedules_clock_and_faults_are_worked_from_pages() {
    let started = start().await;
    started.create_function();
    let function = format!("/_dashboard/functions/{REGION}/probe");
    let event = r#"{"do": "say", "lines": ["<b>from the page</b>"]}"#;
    let invoked = done(&started, &function, &[("do", "invoke"), ("event", event)]);
    assert!(invoked.contains("Its answer") && invoked.contains("What it did"), "{invoked}");
    assert!(look(&started, &function).contains("&lt;b&gt;from the page&lt;/b&gt;"));
    let id = invoked.split_once("/_dashboard/requests/").unwrap().1.split('"').next().unwrap().to_owned();
    assert!(id.len() > 8 || look(&started, "/_dashboard/requests").contains(&id));
    let failed = done(&started, &function, &[("do", "invoke"), ("event", r#"{"do": "exit", "code": 3}"#)]);
    assert!(failed.contains("Its failure"), "{failed}");
    let charts = look(&started, &function);
    assert!(charts.contains("<dt>Requests</dt><dd>2<") && charts.contains("<dt>Errors</dt><dd>1<"), "{charts}");
    done(&started, &function, &[("do", "limit"), ("limit", "0")]);
    assert!(refused(&started, &function, &[("do", "invoke"), ("event", "{}")]).contains("TooManyRequestsException"));
    assert!(refused(&started, &function, &[("do", "limit"), ("limit", "many")]).contains("whole number"));
    done(&started, &function, &[("do", "limit"), ("limit", "")]);
    done(&started, &function, &[("do", "invoke"), ("event", event)]);

    let cloud = "/_dashboard/cloud";
    let clock = || own(started.addr, "GET", "/_deployer/clock", &Value::Null)["offsetMs"].as_u64().unwrap();
    done(&started, cloud, &[("do", "clock"), ("number", "2"), ("unit", "hours")]);
    assert_eq!(clock(), 7_200_000);
    refused(&started, cloud, &[("do", "clock"), ("number", "-1"), ("unit", "hours")]);
    refused(&started, cloud, &[("do", "clock"), ("number", "99999999999999"), ("unit", "days")]);
    assert_eq!(clock(), 7_200_000);
    done(&started, cloud, &[("do", "add"), ("fault", "throttle:PutItem#1x3")]);
    let page = done(&started, cloud, &[("do", "add"), ("fault", "cut-after=2%")]);
    assert!(page.contains("Faults are injected") && page.contains("throttle:PutItem#1x3"), "{page}");
    let page = done(&started, cloud, &[("do", "remove"), ("fault", "cut-after=2%")]);
    assert!(!page.contains("cut-after=2%<") && page.contains("throttle:PutItem#1x3"), "{page}");
    assert!(refused(&started, cloud, &[("do", "add"), ("fault", "rain")]).contains("there is no fault `rain`"));

    let rule = json!({ "Name": "tick", "ScheduleExpression": "rate(1 hour)", "State": "DISABLED" });
    target(started.addr, "events", "AWSEvents.PutRule", &rule);
    let schedule = format!("/_dashboard/schedules/{REGION}/tick");
    assert!(look(&started, &schedule).contains("it is switched off"));
    assert!(done(&started, &schedule, &[("do", "fire")]).contains("It fired: 0 reached"));
    let target_of = json!({ "Rule": "tick", "Targets": [{ "Id": "1", "Arn": format!("arn:aws:lambda:{REGION}:000000000000:function:probe") }] });
    target(started.addr, "events", "AWSEvents.PutTargets", &target_of);
    assert!(refused(&started, &schedule, &[("do", "fire")]).contains("allows events.amazonaws.com"));
    assert_eq!(submit(&started, &format!("/_dashboard/schedules/{REGION}/none"), &[("do", "fire")]).status, 404);
    let permission =
        json!({ "StatementId": "e", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com" });
    rest(started.addr, "lambda", "POST", "/2015-03-31/functions/probe/policy", &permission);
    assert!(done(&started, &schedule, &[("do", "fire")]).contains("It fired: 1 reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_tried_with_the_parameters_that_its_document_names() {
    let started = start().await;
    started.create_function();
    let id = started.gateway("POST", "/restapis", &json!({ "name": "orders" }))["id"].as_str().unwrap().to_owned();
    started.permit("api", "apigateway.amazonaws.com", &Started::execute_api(&id, "prod/*"));
    let function = format!("arn:aws:lambda:{REGION}:000000000000:function:probe");
    let uri = format!("arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations");
    let parameter = |name: &str, place: &str, required: bool| json!({ "name": name, "in": place, "required": required, "schema": { "type": "string" } });
    let operation = json!({
        "parameters": [parameter("id", "path", true), parameter("status", "query", true), parameter("Idempotency-Key", "header", false)],
        "x-amazon-apigateway-integration": { "type": "aws_proxy", "httpMethod": "POST", "uri": uri },
    });
    let definition = json!({
        "openapi": "3.0.1",
        "info": { "title": "orders", "version": "1" },
        "paths": { "/orders/{id}": { "put": operation } },
    });
    started.gateway("PUT", &format!("/restapis/{id}?mode=overwrite&failonwarnings=true"), &definition);
    started.gateway("POST", &format!("/restapis/{id}/deployments"), &json!({ "stageName": "prod" }));
    let api = format!("/_dashboard/apis/{REGION}/{id}/prod");
    let page = look(&started, &api);
    for field in ["path.id\" required", "querystring.status\" required", "header.Idempotency-Key\" autocomplete"] {
        assert!(page.contains(&format!("name=\"method.request.{field}")), "{field}: {page}");
    }
    let fields = [
        ("do", "try"),
        ("method", "PUT"),
        ("path", "/orders/{id}"),
        ("method.request.path.id", "a/b <i>"),
        ("method.request.querystring.status", "PENDING&x"),
        ("method.request.header.Idempotency-Key", "k 1"),
        ("query", "further=1"),
        ("body", "{\"quantity\": 2}"),
    ];
    // The function answers with what it was sent.
    let answer = done(&started, &api, &fields);
    for sent in [
        "/orders/a%2Fb%20%3Ci%3E",
        "PENDING&amp;x",
        "Idempotency-Key",
        "k 1",
        "further",
        "{\\&quot;quantity\\&quot;: 2}",
    ] {
        assert!(answer.contains(sent), "{sent}: {answer}");
    }
    assert!(answer.contains("Answer: 200") && !answer.contains("<i>"), "{answer}");
    let missing = [("do", "try"), ("method", "PUT"), ("path", "/orders/{id}")];
    assert!(refused(&started, &api, &missing).contains("the path needs a value for id"));
    let broken = [("do", "try"), ("method", "PUT"), ("path", "/orders"), ("method.request.header.a b", "x")];
    assert!(refused(&started, &api, &broken).contains("this is no request"));
}
