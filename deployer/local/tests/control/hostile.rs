//! What no client should send to DynamoDB: nested, huge, cut and wrongly typed. Every request is answered, and the
//! process stays: a stack that overflows would end this one.

use crate::wire::{REGION, Wire};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const OPERATIONS: [&str; 13] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "GetItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
];

const PARTS: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "NOT ",
    " AND ",
    " OR ",
    "a",
    "#n",
    ":v",
    "id",
    "=",
    "<>",
    "<",
    ">=",
    ",",
    ".",
    " BETWEEN ",
    " IN ",
    "size(",
    "contains(",
    "attribute_exists(",
    "attribute_type(",
    "begins_with(",
    "SET ",
    "REMOVE ",
    "ADD ",
    "DELETE ",
    "if_not_exists(",
    "list_append(",
    "+",
    "-",
    "[0]",
    "'",
    "\"",
    "\\",
    "\u{0}",
    "é",
    "{'a':",
    "<<",
];

const STATEMENTS: [&str; 6] = [
    "SELECT * FROM orders WHERE ",
    "INSERT INTO orders VALUE ",
    "UPDATE orders SET a = ",
    "UPDATE orders REMOVE ",
    "DELETE FROM orders WHERE id = 'a' AND ",
    "EXISTS(SELECT * FROM orders WHERE ",
];

fn expression() -> impl Strategy<Value = String> {
    let part = || prop::sample::select(&PARTS[..]);
    let soup = prop::collection::vec(part(), 0..60).prop_map(|parts| parts.concat());
    let nested = (part(), part(), part(), part(), 1..4200_usize, any::<bool>()).prop_map(
        |(open, second, core, close, depth, closed)| {
            let close = if closed { close.repeat(depth) } else { String::new() };
            format!("{}{core}{close}", format!("{open}{second}").repeat(depth))
        },
    );
    let whole = (prop::sample::select(&["(", "NOT (", "NOT ", "a = :v OR (", "size("][..]), 1..1400_usize).prop_map(
        |(open, depth)| {
            format!(
                "{}a = :v{}",
                open.repeat(depth),
                if open.contains('(') { ")".repeat(depth) } else { String::new() }
            )
        },
    );
    let chain = (prop::sample::select(&[" OR ", " AND ", " + ", ", ", "."][..]), 1..600_usize)
        .prop_map(|(joint, count)| vec!["a = :v"; count].join(joint));
    prop_oneof![soup, nested, whole, chain]
}

/// A value, nested up to far beyond what is allowed.
fn attribute() -> impl Strategy<Value = String> {
    let levels = prop_oneof![8 => 0..40_usize, 1 => 40..20_000_usize];
    let leaf = prop::sample::select(
        &[
            r#"{"S":"x"}"#,
            r#"{"N":"1e999"}"#,
            r#"{"N":[]}"#,
            r#"{"SS":[]}"#,
            r#"{"B":"?"}"#,
            "{}",
            "null",
            "7",
            r#"{"M":{"a":1}}"#,
        ][..],
    );
    (levels, any::<bool>(), leaf).prop_map(|(levels, list, leaf)| {
        let (open, close) = if list { (r#"{"L":["#, "]}") } else { (r#"{"M":{"a":"#, "}}") };
        format!("{}{leaf}{}", open.repeat(levels), close.repeat(levels))
    })
}

/// The members of every operation, with the same expression wherever one can be.
fn body(expression: &str, value: &str, statement: &str) -> String {
    let key = r#"{"id":{"S":"a"}}"#;
    let text = json!(expression);
    let condition = format!(
        r##""TableName":"orders","Key":{key},"ConditionExpression":{text},"ExpressionAttributeNames":{{"#n":"n"}},"ExpressionAttributeValues":{{":v":{value}}}"##
    );
    let update = format!(r#"{condition},"UpdateExpression":{text}"#);
    let statement = format!(r#"{{"Statement":{},"Parameters":[{value}]}}"#, json!(format!("{statement}{expression}")));
    format!(
        r#"{{{update},"FilterExpression":{text},"KeyConditionExpression":{text},"ProjectionExpression":{text},
        "Item":{{"id":{{"S":"a"}},"x":{value}}},"ExclusiveStartKey":{{"id":{value}}},"Expected":{{"a":{{"Value":{value}}}}},
        "RequestItems":{{"orders":{{"Keys":[{key}],"ProjectionExpression":{text}}}}},
        "TransactItems":[{{"Update":{{{update}}}}},{{"ConditionCheck":{{{condition}}}}}],
        "Statement":{},"Statements":[{statement}],"TransactStatements":[{statement}]}}"#,
        json!(format!("{statement}{expression}")),
    )
}

/// The members that an operation takes, some of them missing or of another type, and the end cut off now and then.
fn request() -> impl Strategy<Value = (&'static str, String)> {
    const WRONG: [&str; 6] = ["null", "7", "[]", "{}", "\"\"", "[[[[[]]]]]"];
    let operation = prop::sample::select(&OPERATIONS[..]);
    let wrong = prop::option::weighted(0.2, (any::<prop::sample::Index>(), prop::sample::select(&WRONG[..])));
    let missing = any::<u32>();
    let cut = prop::option::weighted(0.1, any::<prop::sample::Index>());
    let statement = prop::sample::select(&STATEMENTS[..]);
    (operation, expression(), attribute(), statement, wrong, missing, cut).prop_map(
        |(operation, expression, value, statement, wrong, missing, cut)| {
            let mut text = body(&expression, &value, statement);
            if let Ok(Value::Object(mut members)) = serde_json::from_str(&text) {
                let used = |name: &str| match operation {
                    "PutItem" => ["TableName", "Item", "ConditionExpression"].contains(&name),
                    "UpdateItem" => ["TableName", "Key", "UpdateExpression", "ConditionExpression"].contains(&name),
                    "DeleteItem" => ["TableName", "Key", "ConditionExpression", "Expected"].contains(&name),
                    "GetItem" => ["TableName", "Key", "ProjectionExpression"].contains(&name),
                    "Query" | "Scan" => {
                        name.ends_with("Expression") || name == "TableName" || name == "ExclusiveStartKey"
                    }
                    "TransactGetItems" | "TransactWriteItems" => name == "TransactItems",
                    _ => name.ends_with('s') || name == "Statement",
                };
                let mut place = 0;
                members.retain(|name, _| {
                    place += 1;
                    let needed = ["TableName", "Key", "Item", "TransactItems", "Statement"].contains(&name.as_str());
                    (used(name) && (needed || missing >> (place % 32) & 1 == 0))
                        || name.starts_with("ExpressionAttribute") && missing >> (place % 32) & 1 == 0
                });
                if let Some((which, wrong)) = wrong
                    && !members.is_empty()
                {
                    let name = members.keys().nth(which.index(members.len())).cloned().unwrap_or_default();
                    members.insert(name, serde_json::from_str(wrong).unwrap());
                }
                text = Value::Object(members).to_string();
            }
            if let Some(cut) = cut {
                let end = (0..=cut.index(text.len() + 1)).rev().find(|end| text.is_char_boundary(*end));
                text.truncate(end.unwrap_or_default());
            }
            (operation, text)
        },
    )
}

async fn cloud() -> Wire {
    let wire = Wire::start().await;
    let table = json!({
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    wire.dynamodb("CreateTable", table).await.ok();
    let item = json!({"id": {"S": "a"}, "a": {"L": [{"M": {"b": {"S": "c"}}}]}});
    wire.dynamodb("PutItem", json!({"TableName": "orders", "Item": item})).await.ok();
    wire
}

/// Sends a body and returns the status and the code of its answer.
async fn answer(wire: &Wire, operation: &str, body: &str) -> (u16, String) {
    let target = format!("DynamoDB_20120810.{operation}");
    let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.0")];
    let reply = wire.call(("dynamodb", REGION), "POST", "/", &headers, body.as_bytes()).await;
    let reply = reply.unwrap_or_else(|| panic!("no answer to {operation} {body}"));
    if reply.status == 200 { (200, String::new()) } else { reply.error() }
}

#[test]
fn every_hostile_request_is_answered() {
    let runtime = Runtime::new().unwrap();
    let wire = runtime.block_on(cloud());
    let mut runner = TestRunner::new(Config { failure_persistence: None, max_shrink_iters: 64, ..Config::default() });
    let tried = runner.run(&request(), |(operation, body)| {
        let (status, code) = runtime.block_on(answer(&wire, operation, &body));
        prop_assert!(status == 200 || status == 400, "{status} {code} for {operation} {body}");
        Ok(())
    });
    tried.unwrap();
}

#[tokio::test]
async fn what_nests_most_is_answered() {
    let wire = cloud().await;
    let deep = |open: &str, core: &str, close: &str| {
        let depth = (4096 - core.len()) / (open.len() + close.len());
        format!("{}{core}{}", open.repeat(depth), close.repeat(depth))
    };
    for expression in [
        deep("(", "", ""),
        deep("(", "a = id", ")"),
        deep("NOT ", "a = id", ""),
        deep("NOT (", "a = id", ")"),
        deep("a<b or (", "a<b", ")"),
        deep("a=b or ", "a=b", ""),
        deep("a < size(", "a", ")"),
        deep("(a = id AND ", "a = id", ")"),
        deep("a.", "a", ""),
        deep("a", "", "[0]"),
    ] {
        let members = [
            ("PutItem", json!({"Item": {"id": {"S": "a"}}, "ConditionExpression": expression})),
            ("DeleteItem", json!({"Key": {"id": {"S": "a"}}, "ConditionExpression": expression})),
            ("UpdateItem", json!({"Key": {"id": {"S": "a"}}, "UpdateExpression": format!("SET z = {expression}")})),
            ("UpdateItem", json!({"Key": {"id": {"S": "a"}}, "UpdateExpression": format!("REMOVE {expression}")})),
            ("Query", json!({"KeyConditionExpression": expression})),
            ("Scan", json!({"FilterExpression": expression})),
            ("Scan", json!({"ProjectionExpression": expression})),
        ];
        for (operation, mut body) in members {
            body["TableName"] = json!("orders");
            let (status, code) = answer(&wire, operation, &body.to_string()).await;
            assert_eq!((status, code.as_str()), (400, "ValidationException"), "{operation} {expression}");
        }
        let check = json!({"TableName": "orders", "Key": {"id": {"S": "a"}}, "ConditionExpression": expression});
        let transaction = json!({"TransactItems": [{"ConditionCheck": check}]});
        assert_eq!(answer(&wire, "TransactWriteItems", &transaction.to_string()).await.0, 400);
        let statement = json!({"Statement": format!("SELECT * FROM orders WHERE {expression}")});
        assert_eq!(answer(&wire, "ExecuteStatement", &statement.to_string()).await.0, 400);
    }
}
