//! Answers as AWS was recorded to give them, by the members that clients read. Each was another one here before.

use crate::wire::{REGION, Wire, error, function};
use serde_json::{Value, json};

const FUNCTIONS: &str = "/2015-03-31/functions";

/// The version of the runtime is told everywhere, and an environment without variables when it was given.
#[tokio::test]
async fn configurations_of_functions() {
    let wire = Wire::start().await;
    let role = wire.role("r").await;
    let mut input = function("empty", &role);
    input["Environment"] = json!({"Variables": {}});
    let created = wire.lambda("POST", FUNCTIONS, input).await.json();
    let read = wire.lambda("GET", &format!("{FUNCTIONS}/empty"), Value::Null).await.ok()["Configuration"].clone();
    let updated = json!({"Description": "x"});
    let updated = wire.lambda("PUT", &format!("{FUNCTIONS}/empty/configuration"), updated).await.ok();
    let version = format!("arn:aws:lambda:{REGION}::runtime:");
    for configuration in [created, read, updated] {
        assert_eq!(configuration["Environment"], json!({"Variables": {}}));
        let arn = configuration["RuntimeVersionConfig"]["RuntimeVersionArn"].as_str().unwrap_or_default();
        assert_eq!(arn.strip_prefix(&version).map(str::len), Some(64), "{configuration}");
    }
    let without = wire.lambda("POST", FUNCTIONS, function("without", &role)).await.json();
    assert_eq!(without["Environment"], Value::Null);
}

/// Lambda writes the message of some errors with a capital.
#[tokio::test]
async fn members_of_errors() {
    let wire = Wire::start().await;
    let missing = wire.lambda("GET", &format!("{FUNCTIONS}/none"), Value::Null).await;
    assert_eq!(missing.error(), error(404, "ResourceNotFoundException"));
    let message = format!("Function not found: arn:aws:lambda:{REGION}:000000000000:function:none");
    assert_eq!(missing.json(), json!({"Type": "User", "Message": message}));
    let role = wire.role("r").await;
    wire.lambda("POST", FUNCTIONS, function("orders", &role)).await;
    let again = wire.lambda("POST", FUNCTIONS, function("orders", &role)).await;
    assert_eq!(again.json(), json!({"Type": "User", "message": "Function already exist: orders"}));
}

#[tokio::test]
async fn roles() {
    let wire = Wire::start().await;
    let trust = crate::wire::TRUST;
    let create = |name: &'static str, more: &[(&'static str, &'static str)]| {
        let mut parameters = vec![("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        parameters.extend(more);
        parameters
    };
    assert_eq!(wire.iam(&create("plain", &[])).await.element("MaxSessionDuration"), None);
    let long = wire.iam(&create("long", &[("MaxSessionDuration", "7200")])).await;
    assert_eq!(long.element("MaxSessionDuration"), Some("7200"));
    let read = wire.iam(&[("Action", "GetRole"), ("RoleName", "plain")]).await;
    assert_eq!(read.element("MaxSessionDuration"), Some("3600"));
    assert!(read.body.contains("<RoleLastUsed"), "{read:?}");
}

/// Only the answer of an update has the tags of an API that has none.
#[tokio::test]
async fn tags_of_an_api() {
    let wire = Wire::start().await;
    let api = wire.gateway("POST", "/restapis", json!({"name": "shop"})).await.json();
    let path = format!("/restapis/{}", api["id"].as_str().unwrap_or_default());
    assert_eq!(api["tags"], Value::Null);
    let patch = json!({"patchOperations": [{"op": "replace", "path": "/description", "value": "x"}]});
    assert_eq!(wire.gateway("PATCH", &path, patch).await.ok()["tags"], json!({}));
    assert_eq!(wire.gateway("GET", &path, Value::Null).await.ok()["tags"], Value::Null);
}

#[tokio::test]
async fn words_of_events() {
    let wire = Wire::start().await;
    let put = |expression: &str| json!({"Name": "r", "ScheduleExpression": expression});
    for expression in ["cron(0 1 * * * *)", "cron(INVALID)", "rate(1 hours)", "rate(dummy)"] {
        let refused = wire.json("events", "AWSEvents.PutRule", put(expression)).await;
        assert_eq!(refused.message(), "Parameter ScheduleExpression is not valid.", "{expression}");
    }
    let arn = |rest: &str| format!("arn:aws:events:{REGION}:000000000000:{rest}");
    for (rest, message) in [
        ("rule/none", "Rule none does not exist on EventBus default."),
        ("event-bus/none", "Event bus none does not exist."),
    ] {
        let input = json!({"ResourceARN": arn(rest)});
        let refused = wire.json("events", "AWSEvents.ListTagsForResource", input).await;
        assert_eq!(refused.message(), message, "{rest}");
    }
}
