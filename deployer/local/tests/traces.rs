//! What requests did: the gateway, the function, its calls, what failed and why.

mod lab;

use lab::cloud::{Started, start, start_in};
use lab::http::{own, query, send, target};
use serde_json::{Value, json};

/// An API whose stage `prod` leads to the function, and a table that the function may use.
struct TracedApi {
    started: Started,
    api: String,
}

impl TracedApi {
    async fn deploy() -> Self {
        let started = start().await;
        started.create_function();
        let created = started.gateway("POST", "/restapis", &json!({ "name": "orders" }));
        let api = created["id"].as_str().unwrap().to_owned();
        started.permit("api", "apigateway.amazonaws.com", &Started::execute_api(&api, "prod/*"));
        let proxy = "arn:aws:apigateway:ap-south-1:lambda:path/2015-03-31/functions/arn:aws:lambda:ap-south-1:000000000000:function:probe/invocations";
        let integration = json!({ "type": "aws_proxy", "httpMethod": "POST", "uri": proxy });
        let open = json!({ "x-amazon-apigateway-integration": integration });
        let keyed = json!({ "x-amazon-apigateway-integration": integration, "security": [{ "key": [] }] });
        let definition = json!({
            "openapi": "3.0.1",
            "info": { "title": "orders", "version": "1" },
            "paths": { "/orders": { "post": open, "get": keyed } },
            "components": { "securitySchemes": { "key": { "type": "apiKey", "name": "x-api-key", "in": "header" } } },
        });
        started.gateway("PUT", &format!("/restapis/{api}?mode=overwrite&failonwarnings=true"), &definition);
        started.gateway("POST", &format!("/restapis/{api}/deployments"), &json!({ "stageName": "prod" }));
        let table = json!({
            "TableName": "Orders",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        });
        target(started.addr, "dynamodb", "DynamoDB_20120810.CreateTable", &table);
        Self { started, api }
    }

    /// Lets the function do one thing with the table.
    fn allow(&self, action: &str) {
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "dynamodb:Query", "Resource": "*" },
            { "Sid": "Orders", "Effect": "Allow", "Action": action, "Resource": "arn:aws:dynamodb:*:*:table/Orders" },
        ]});
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("Action", "PutRolePolicy"), ("Version", "2010-05-08"), ("RoleName", "probe")])
            .extend_pairs([("PolicyName", "table"), ("PolicyDocument", policy.to_string().as_str())])
            .finish();
        query(self.started.addr, "iam", &form);
    }

    /// Sends a request to the API and returns its trace.
    fn trace(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/_aws/execute-api/{}/prod{path}", self.api);
        let reply = send(self.started.addr, method, &path, &[], body.to_string().as_bytes());
        let id = reply.header("x-amzn-requestid").unwrap().to_owned();
        let trace = own(self.started.addr, "GET", &format!("/_deployer/requests/{id}"), &Value::Null);
        assert_eq!((&trace["id"], &trace["status"]), (&json!(id), &json!(reply.status)));
        trace
    }
}

/// What the function is told to do: put an item.
fn put(id: &str) -> Value {
    let item = json!({ "id": { "S": id }, "card": { "S": "4242" } });
    let input = json!({ "TableName": "Orders", "Item": item });
    json!({ "do": "call", "service": "dynamodb", "target": "DynamoDB_20120810.PutItem", "input": input })
}

fn span<'a>(trace: &'a Value, kind: &str) -> &'a Value {
    let mut spans = trace["spans"].as_array().unwrap().iter().filter(|span| span["kind"] == kind);
    spans.next().unwrap_or_else(|| panic!("no {kind} in {trace:#}"))
}

fn kinds(trace: &Value) -> Vec<&str> {
    trace["spans"].as_array().unwrap().iter().map(|span| span["kind"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_followed_to_its_calls_and_to_what_allowed_them() {
    let api = TracedApi::deploy().await;
    api.allow("dynamodb:PutItem");
    let trace = api.trace("POST", "/orders?limit=5&token=hush", &put("o-1"));
    assert_eq!(trace["name"], "POST /orders?limit=5&token=…");
    assert_eq!(kinds(&trace), ["gateway", "authorization", "function", "cold_start", "run", "call"]);
    assert_eq!((&trace["failed"], &trace["reason"]), (&json!(false), &Value::Null));
    let call = span(&trace, "call");
    assert_eq!((&call["name"], &call["status"]), (&json!("dynamodb:PutItem"), &json!(200)));
    let attributes = &call["attributes"];
    assert_eq!(attributes["item"], "id=o-1", "the key alone");
    assert_eq!(attributes["verdict"], "allowed by statement 2 \"Orders\" of the policy table of the role probe");
    assert_eq!(attributes["resource"], "arn:aws:dynamodb:ap-south-1:000000000000:table/Orders");
    assert_eq!(attributes["attempt"], "2");
    assert_eq!(call["capacity"], json!({ "read": 0.0, "write": 1.0 }), "nobody asked for it");
    assert_eq!(trace["capacity"], call["capacity"]);
    assert!(span(&trace, "run")["capacity"].is_null());
    let id = trace["id"].as_str().unwrap();
    let exported = own(api.started.addr, "GET", &format!("/_deployer/requests/{id}/otlp"), &Value::Null);
    let spans = exported["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    assert_eq!(spans.len(), kinds(&trace).len());
    let named = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap();
    assert_eq!(named("dynamodb:PutItem")["parentSpanId"], named("run")["spanId"]);
    let run = span(&trace, "run");
    assert!(run["attributes"]["memory"].as_str().unwrap().ends_with(" of 128 MB"), "{run}");
    let (from, to) =
        (run["startUs"].as_u64().unwrap(), run["startUs"].as_u64().unwrap() + run["durationUs"].as_u64().unwrap());
    let at = call["startUs"].as_u64().unwrap();
    assert!(from <= at && at <= to, "the call is within the run: {trace:#}");

    // The same process again: warm, and its calls belong to the second request.
    let again = api.trace("POST", "/orders", &put("o-2"));
    let invocation = span(&again, "function")["attributes"]["request"].as_str().unwrap();
    let found = own(api.started.addr, "GET", &format!("/_deployer/requests/{invocation}"), &Value::Null);
    assert_eq!(found["id"], again["id"], "the function knows this id alone");
    assert_eq!(kinds(&again), ["gateway", "authorization", "function", "run", "call"]);
    assert_eq!(span(&again, "call")["attributes"]["item"], "id=o-2");
    let stored = std::fs::read_to_string(api.started.dir.path().join("requests.jsonl")).unwrap();
    assert!(stored.contains("o-2"), "{stored}");
    for secret in ["hush", "4242"] {
        assert!(!stored.contains(secret), "{secret} is in {stored}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_for_a_failure_is_told() {
    let api = TracedApi::deploy().await;
    api.allow("dynamodb:GetItem");
    let denied = api.trace("POST", "/orders", &put("o-1"));
    let call = span(&denied, "call");
    assert_eq!(call["status"], 400);
    assert!(call["problem"].as_str().unwrap().starts_with("AccessDeniedException: "), "{call}");
    assert_eq!(
        call["attributes"]["verdict"],
        "denied: no statement of the role probe allows dynamodb:PutItem on arn:aws:dynamodb:ap-south-1:000000000000:table/Orders"
    );
    api.allow("dynamodb:PutItem");
    let fault = json!({ "planned": [{ "operation": "PutItem", "nth": 1, "effect": "throttle" }] });
    own(api.started.addr, "PUT", "/_deployer/faults", &fault);
    let throttled = api.trace("POST", "/orders", &put("o-1"));
    let fault = span(&throttled, "call")["attributes"]["fault"].as_str().unwrap();
    assert!(fault.starts_with("injected: "), "{fault}");

    for (method, path, body, problem) in [
        ("POST", "/orders", json!({ "do": "fail" }), "as you wish"),
        ("POST", "/orders", json!({ "do": "exit", "code": 3 }), "Runtime exited with error: exit status 3"),
        ("POST", "/orders", json!({ "do": "answer", "answer": 5 }), "function probe"),
        ("GET", "/orders", Value::Null, "INVALID_API_KEY: Forbidden"),
        ("GET", "/nothing", Value::Null, "MISSING_AUTHENTICATION_TOKEN"),
    ] {
        let trace = api.trace(method, path, &body);
        let reason = trace["reason"].as_str().unwrap_or_else(|| panic!("{trace:#}"));
        assert!(reason.contains(problem), "{method} {path} {body}: {reason}");
        assert_eq!(trace["failed"], true);
    }
    let failed = own(api.started.addr, "GET", "/_deployer/requests?failed=true&limit=2", &Value::Null);
    let failed = failed["requests"].as_array().unwrap();
    let names: Vec<_> = failed.iter().map(|request| request["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["GET /nothing", "GET /orders"], "newest first");
    assert!(failed[0].get("spans").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_survive_a_restart_and_are_guarded_as_the_rest() {
    let api = TracedApi::deploy().await;
    let id = api.trace("POST", "/orders", &json!({ "do": "pid" }))["id"].as_str().unwrap().to_owned();
    let TracedApi { started: Started { dir, cloud, .. }, .. } = api;
    cloud.shutdown().await;
    let started = start_in(dir).await;
    let found = own(started.addr, "GET", &format!("/_deployer/requests/{}", &id[..8]), &Value::Null);
    assert_eq!(found["id"], json!(id), "a beginning is enough");
    for (method, path, headers, status, said) in [
        ("GET", "requests", &[][..], 403, "x-deployer-local"),
        ("GET", "requests/none", &[("x-deployer-local", "1")][..], 404, "or more than one"),
        ("GET", "requests?limit=-1", &[("x-deployer-local", "1")][..], 400, "0 to 1000"),
        ("GET", "requests?failed=maybe", &[("x-deployer-local", "1")][..], 400, "true or false"),
        ("GET", "requests?colour=red", &[("x-deployer-local", "1")][..], 400, "after, before"),
        ("PUT", "requests", &[("x-deployer-local", "1")][..], 400, "DELETE"),
        ("GET", "requests", &[("x-deployer-local", "1"), ("host", "evil.example")][..], 403, "localhost"),
    ] {
        let reply = send(started.addr, method, &format!("/_deployer/{path}"), headers, b"");
        assert_eq!(reply.status, status, "{method} {path}");
        assert!(reply.text().contains(said), "{method} {path}: {}", reply.text());
    }
    own(started.addr, "DELETE", "/_deployer/requests", &Value::Null);
    let none = own(started.addr, "GET", "/_deployer/requests", &Value::Null);
    assert_eq!(none["requests"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_endpoints_that_are_there() {
    let started = start().await;
    let document = own(started.addr, "GET", "/_deployer/openapi.json", &Value::Null);
    let mut described = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "parameters") {
            // It would end the cloud that the others are asked of.
            if path == "/_deployer/shutdown" {
                continue;
            }
            let path = path.replace("{id}", "none").replace("{accessKeyId}", "none");
            let reply = send(started.addr, &method.to_uppercase(), &path, &[("x-deployer-local", "1")], b"");
            assert_ne!(reply.text(), "no such endpoint", "{method} {path}");
            described += 1;
        }
    }
    assert_eq!(described, 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn capacity_is_counted_as_cloudwatch_does_and_shown_to_nobody_who_did_not_ask() {
    let api = TracedApi::deploy().await;
    let addr = api.started.addr;
    let dynamodb =
        |operation: &str, input: &Value| target(addr, "dynamodb", &format!("DynamoDB_20120810.{operation}"), input);
    let index = json!({ "Create": {
        "IndexName": "by-card",
        "KeySchema": [{ "AttributeName": "card", "KeyType": "HASH" }],
        "Projection": { "ProjectionType": "ALL" },
    } });
    let attributes =
        [("id", "S"), ("card", "S")].map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind }));
    dynamodb(
        "UpdateTable",
        &json!({ "TableName": "Orders", "AttributeDefinitions": attributes, "GlobalSecondaryIndexUpdates": [index] }),
    );
    let item = json!({ "id": { "S": "1" }, "card": { "S": "x" }, "long": { "S": "y".repeat(9_000) } });
    let put = json!({ "TableName": "Orders", "Item": item });
    assert_eq!(dynamodb("PutItem", &put), json!({}));
    let key = json!({ "TableName": "Orders", "Key": { "id": { "S": "1" } } });
    let got = dynamodb("GetItem", &key);
    assert_eq!(got["ConsumedCapacity"], Value::Null);
    let mut asked = key.clone();
    asked["ReturnConsumedCapacity"] = json!("TOTAL");
    assert_eq!(dynamodb("GetItem", &asked)["ConsumedCapacity"], json!({ "TableName": "Orders", "CapacityUnits": 1.5 }));
    // An update of nothing that only removes is a write all the same.
    let nothing = json!({ "TableName": "Orders", "Key": { "id": { "S": "none" } }, "UpdateExpression": "REMOVE a" });
    assert_eq!(dynamodb("UpdateItem", &nothing), json!({}));
    // Looking at the dashboard is nobody's traffic.
    send(addr, "GET", "/_dashboard/tables/ap-south-1/Orders", &[("accept", "text/html")], b"");
    let sum = |metric: &str, dimensions: &[(&str, &str)]| {
        api.started.metric("AWS/DynamoDB", metric, "Sum", dimensions).iter().sum::<f64>()
    };
    let table = ("TableName", "Orders");
    assert_eq!(sum("ConsumedReadCapacityUnits", &[table]), 3.0);
    assert_eq!(sum("ConsumedWriteCapacityUnits", &[table]), 9.0 + 1.0);
    assert_eq!(sum("ConsumedWriteCapacityUnits", &[table, ("GlobalSecondaryIndexName", "by-card")]), 9.0);
}
