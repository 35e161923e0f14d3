//! A cloud with ten thousand orders, in which every field that a page shows holds what is dangerous where it is not escaped.

use super::REGION;
use super::cloud::{FUNCTION, Started, start};
use super::http::{own, query, rest, send, target};
use super::pages::look;
use serde_json::{Value, json};

/// What is dangerous: an element, the end of an attribute, a change of direction, control characters.
pub const HOSTILE: &str = "<script>document.title='owned';window.owned=1</script>\"'><img src=x onerror=alert(1)>&\u{202e}\u{1b}[31m\u{7}\u{0}";
/// Characters of the longest values: an item has 400 KB at most.
const LONG: usize = 300_000;

/// [`HOSTILE`] without what XML 1.0, and so SQS, does not take.
fn printable() -> String {
    HOSTILE.chars().filter(|character| !character.is_ascii_control()).collect()
}

/// Text of 300,000 characters that begins and ends with what is dangerous.
fn long() -> String {
    format!("{HOSTILE}{}{HOSTILE}", "0123456789abcdef".repeat(LONG / 16))
}

/// Makes the cloud, and sends a few requests to it.
pub async fn hostile_cloud() -> Started {
    let started = start().await;
    create_function(&started);
    create_tables(&started);
    create_queues(&started);
    create_schedule(&started);
    let api = create_api(&started);
    for (method, path, body) in [
        ("GET", "/orders/1?x=%3Cscript%3E&y='onmouseover=alert(1)%22", ""),
        ("POST", "/orders", r#"{"do": "fail"}"#),
        ("GET", "/none/%3Cb%3E", ""),
    ] {
        send(started.addr, method, &format!("/_aws/execute-api/{api}/prod{path}"), &[], body.as_bytes());
    }
    started
}

fn create_function(started: &Started) {
    started.create_function();
    let input = json!({
        "Environment": { "Variables": { "NOTE": printable(), "API_TOKEN": "hush" } },
        "Description": printable(),
    });
    rest(started.addr, "lambda", "PUT", "/2015-03-31/functions/probe/configuration", &input);
    let lines: Vec<_> = (0..150).map(|number| format!("line {number} {HOSTILE}")).collect();
    let invoke = |event: &Value| rest(started.addr, "lambda", "POST", "/2015-03-31/functions/probe/invocations", event);
    invoke(&json!({ "do": "say", "lines": lines }));
    invoke(&json!({ "do": "say", "lines": ["z".repeat(200_000)] }));
    let allow = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["sqs:*", "dynamodb:*"], "Resource": "*" },
        { "Sid": "Deny", "Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*" },
    ] });
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "PutRolePolicy"), ("Version", "2010-05-08"), ("RoleName", "probe")])
        .extend_pairs([("PolicyName", "data"), ("PolicyDocument", &allow.to_string())])
        .finish();
    query(started.addr, "iam", &form);
}

fn create_tables(started: &Started) {
    let dynamodb = |operation: &str, input: &Value| {
        target(started.addr, "dynamodb", &format!("DynamoDB_20120810.{operation}"), input)
    };
    dynamodb(
        "CreateTable",
        &json!({
            "TableName": "Orders",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        }),
    );
    for batch in 0..400 {
        let puts: Vec<_> = (0..25)
            .map(|one| {
                let item = json!({
                    "id": { "S": format!("order-{:05}", batch * 25 + one) }, "status": { "S": "PENDING" },
                    "quantity": { "N": one.to_string() }, "tags": { "SS": ["a", "b"] }, "note": { "S": HOSTILE },
                });
                json!({ "PutRequest": { "Item": item } })
            })
            .collect();
        dynamodb("BatchWriteItem", &json!({ "RequestItems": { "Orders": puts } }));
    }
    let item = json!({ "id": { "S": HOSTILE }, HOSTILE: { "L": [{ "S": HOSTILE }] }, "long": { "S": long() } });
    dynamodb("PutItem", &json!({ "TableName": "Orders", "Item": item }));
    let call = json!({ "do": "call", "service": "dynamodb", "target": "DynamoDB_20120810.DeleteItem",
        "input": { "TableName": "Orders", "Key": { "id": { "S": HOSTILE } } } });
    rest(started.addr, "lambda", "POST", "/2015-03-31/functions/probe/invocations", &call);
}

fn create_queues(started: &Started) {
    let sqs = |operation: &str, input: &Value| target(started.addr, "sqs", &format!("AmazonSQS.{operation}"), input);
    sqs("CreateQueue", &json!({ "QueueName": "dead" }));
    let policy =
        json!({ "deadLetterTargetArn": format!("arn:aws:sqs:{REGION}:000000000000:dead"), "maxReceiveCount": 3 });
    let jobs =
        sqs("CreateQueue", &json!({ "QueueName": "jobs", "Attributes": { "RedrivePolicy": policy.to_string() } }));
    let mapping = json!({
        "FunctionName": "probe", "EventSourceArn": format!("arn:aws:sqs:{REGION}:000000000000:jobs"), "Enabled": false,
        "FilterCriteria": { "Filters": [{ "Pattern": json!({ "body": { printable(): [1] } }).to_string() }] },
    });
    rest(started.addr, "lambda", "POST", "/2015-03-31/event-source-mappings", &mapping);
    let attributes = json!({ "note": { "DataType": "String", "StringValue": printable() } });
    let mut bodies =
        vec![printable(), format!("{}{}", printable(), "x".repeat(LONG)), json!({ "order": 1 }).to_string()];
    bodies.extend((0..60).map(|number| format!("message {number}")));
    for body in bodies {
        sqs(
            "SendMessage",
            &json!({ "QueueUrl": jobs["QueueUrl"], "MessageBody": body, "MessageAttributes": attributes }),
        );
    }
}

fn create_schedule(started: &Started) {
    started.events(
        "PutRule",
        &json!({ "Name": "tick", "ScheduleExpression": "rate(1 hour)", "Description": printable() }),
    );
    let input = json!({ "note": printable() }).to_string();
    started
        .events("PutTargets", &json!({ "Rule": "tick", "Targets": [{ "Id": "1", "Arn": FUNCTION, "Input": input }] }));
}

/// Makes an API whose stage `prod` serves the function, and returns its id.
fn create_api(started: &Started) -> String {
    let input = json!({ "name": printable(), "endpointConfiguration": { "types": ["REGIONAL"] } });
    let id = started.gateway("POST", "/restapis", &input)["id"].as_str().unwrap().to_owned();
    started.permit("api", "apigateway.amazonaws.com", &Started::execute_api(&id, "prod/*"));
    let uri = format!("arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations");
    let operation = json!({
        "operationId": "operation",
        "summary": HOSTILE,
        "x-amazon-apigateway-integration": { "type": "aws_proxy", "httpMethod": "POST", "uri": uri },
    });
    let definition = json!({
        "openapi": "3.0.1",
        "info": { "title": HOSTILE, "version": "1" },
        "paths": {
            "/orders": { "post": operation },
            "/orders/{id}": { "get": { "x-amazon-apigateway-integration": operation["x-amazon-apigateway-integration"] } },
        },
    });
    started.gateway("PUT", &format!("/restapis/{id}?mode=overwrite"), &definition);
    started.gateway("POST", &format!("/restapis/{id}/deployments"), &json!({ "stageName": "prod" }));
    id
}

/// Returns the path of every sort of page, with a name for it.
pub fn pages(started: &Started) -> Vec<(&'static str, String)> {
    let mut pages: Vec<(&str, String)> = [
        ("overview", "/"),
        ("requests", "/_dashboard/requests"),
        ("failures", "/_dashboard/requests?failed=true"),
        ("cloud", "/_dashboard/cloud"),
    ]
    .map(|(name, path)| (name, path.to_owned()))
    .to_vec();
    let overview = look(started, "/");
    let link = |page: &str, begin: &str| -> String {
        let (_, rest) = page.split_once(&format!("href=\"{begin}")).unwrap_or_else(|| panic!("{begin}: {page}"));
        format!("{begin}{}", rest.split('"').next().unwrap().replace("&amp;", "&"))
    };
    for (name, folder) in [("function", "functions"), ("table", "tables"), ("schedule", "schedules"), ("api", "apis")] {
        pages.push((name, link(&overview, &format!("/_dashboard/{folder}/"))));
    }
    for (name, queue) in [("queue", "jobs"), ("queue-empty", "dead")] {
        pages.push((name, format!("/_dashboard/queues/{REGION}/{queue}")));
    }
    let queue = look(started, &format!("/_dashboard/queues/{REGION}/jobs"));
    let messages: Vec<&str> = queue.split(&format!("/_dashboard/queues/{REGION}/jobs/")).skip(1).collect();
    for (name, number) in [("message", 0), ("message-long", 1)] {
        let sequence = messages[number].split('"').next().unwrap();
        pages.push((name, format!("/_dashboard/queues/{REGION}/jobs/{sequence}")));
    }
    for (name, id) in [("item", "order-00000"), ("item-hostile", HOSTILE)] {
        let key = json!({ "id": { "S": id } }).to_string();
        let key = form_urlencoded::Serializer::new(String::new()).append_pair("key", &key).finish();
        pages.push((name, format!("/_dashboard/tables/{REGION}/Orders/item?{key}")));
    }
    let requests = own(started.addr, "GET", "/_deployer/requests", &Value::Null);
    for (number, request) in requests["requests"].as_array().unwrap().iter().enumerate() {
        let name = ["request-1", "request-2", "request-3", "request-4", "request-5", "request-6"].get(number);
        pages.extend(name.map(|name| (*name, format!("/_dashboard/requests/{}", request["id"].as_str().unwrap()))));
    }
    pages.push(("nothing", "/_dashboard/nothing".to_owned()));
    pages
}
