//! Tags over all services.

use crate::wire::{Wire, error};
use serde_json::{Value, json};

async fn arns(wire: &Wire, input: Value) -> Vec<String> {
    let found = wire.json("tagging", "GetResources", input).await.ok();
    let list = found["ResourceTagMappingList"].as_array().unwrap();
    list.iter().map(|resource| resource["ResourceARN"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn finds_what_carries_the_tag() {
    let wire = Wire::start().await;
    wire.function("f").await;
    let tags = json!({"stack": "shop"});
    let arn = "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af";
    wire.lambda("POST", &format!("/2017-03-31/tags/{arn}"), json!({"Tags": tags})).await.ok();
    let api = wire.gateway("POST", "/restapis", json!({"name": "x", "tags": tags})).await.ok();
    let listed = json!([{"Key": "stack", "Value": "shop"}]);
    let table = json!({
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": listed,
    });
    wire.dynamodb("CreateTable", table).await.ok();
    wire.json("logs", "CreateLogGroup", json!({"logGroupName": "/g", "tags": tags})).await.ok();
    wire.json("logs", "CreateLogGroup", json!({"logGroupName": "/other", "tags": {"stack": "other"}})).await.ok();
    let rule = json!({"Name": "expire", "ScheduleExpression": "rate(1 minute)", "State": "DISABLED", "Tags": listed});
    wire.json("events", "PutRule", rule).await.ok();
    let all = [
        format!("arn:aws:apigateway:eu-west-1::/restapis/{}", api["id"].as_str().unwrap()),
        "arn:aws:dynamodb:eu-west-1:000000000000:table/orders".to_owned(),
        "arn:aws:events:eu-west-1:000000000000:rule/expire".to_owned(),
        "arn:aws:lambda:eu-west-1:000000000000:function:f".to_owned(),
        "arn:aws:logs:eu-west-1:000000000000:log-group:/g".to_owned(),
    ];
    let filter = json!([{"Key": "stack", "Values": ["shop"]}]);
    assert_eq!(arns(&wire, json!({"TagFilters": filter})).await, all);
    assert_eq!(arns(&wire, json!({"TagFilters": [{"Key": "stack"}]})).await.len(), 6);
    let types = json!({"ResourceTypeFilters": ["lambda:function", "dynamodb"]});
    assert_eq!(arns(&wire, types).await, [all[1].clone(), all[3].clone()]);
    let first = wire.json("tagging", "GetResources", json!({"TagFilters": filter, "ResourcesPerPage": 3})).await.ok();
    let token = first["PaginationToken"].clone();
    let second = arns(&wire, json!({"TagFilters": filter, "ResourcesPerPage": 3, "PaginationToken": token})).await;
    assert_eq!(second, all[3..]);
    let foreign = wire.json("tagging", "GetResources", json!({"PaginationToken": "?"})).await;
    assert_eq!(foreign.error(), error(400, "PaginationTokenExpiredException"));
}
