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

/// Sends a call and returns the code of the error with its words.
async fn refusal(wire: &Wire, method: &str, path: &str, body: Value) -> (u16, String, String) {
    let reply = wire.gateway(method, path, body).await;
    let (status, code) = reply.error();
    (status, code, reply.message())
}

#[tokio::test]
async fn words_of_api_gateway() {
    let wire = Wire::start().await;
    let made = wire.gateway("POST", "/restapis", json!({"name": "shop"})).await.ok();
    let [id, root] = ["id", "rootResourceId"].map(|member| made[member].as_str().unwrap_or_default().to_owned());
    let api = format!("/restapis/{id}");
    let patch =
        |op: &str, path: &str, value: &str| json!({"patchOperations": [{"op": op, "path": path, "value": value}]});
    let types = |types: Value| json!({"name": "x", "endpointConfiguration": {"types": types}});
    let greedy = wire.gateway("POST", &format!("{api}/resources/{root}"), json!({"pathPart": "{proxy+}"})).await.ok();
    let greedy = format!("{api}/resources/{}", greedy["id"].as_str().unwrap_or_default());
    let method = format!("{api}/resources/{root}/methods/GET");
    wire.gateway("PUT", &method, json!({"authorizationType": "NONE"})).await.ok();
    let verbs = "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY";
    let twice = json!({
        "authorizationType": "NONE",
        "requestParameters": {"method.request.path.id": true, "method.request.querystring.id": false},
    });
    let op =
        "failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]";
    let two = json!({"patchOperations": [
        {"op": "wrong", "path": "/name", "value": "a"}, {"op": "wrong", "path": "/name", "value": "b"},
    ]});
    let of_ops = format!(
        "2 validation errors detected: Value 'wrong' at 'updateRestApiInput.patchOperations.1.member.op' {op}; \
         Value 'wrong' at 'updateRestApiInput.patchOperations.2.member.op' {op}"
    );
    let replace = "Invalid patch operation specified. Must be one of: [replace]";
    let size = "Invalid minimum compression size, must be between 0 and 10485760";
    let bad = "BadRequestException";
    let none = "Invalid Resource identifier specified";
    for (verb, path, body, code, words) in [
        (
            "POST",
            "/restapis".to_owned(),
            json!({"name": "x", "description": ""}),
            bad,
            "Description cannot be an empty string",
        ),
        (
            "POST",
            "/restapis".to_owned(),
            types(json!([])),
            bad,
            "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
        ),
        (
            "POST",
            "/restapis".to_owned(),
            types(json!(["EDGE", "REGIONAL"])),
            bad,
            "Cannot create an api with multiple Endpoint Types.",
        ),
        ("PATCH", api.clone(), patch("add", "/minimumCompressionSize", "1"), bad, replace),
        ("PATCH", api.clone(), patch("replace", "/minimumCompressionSize", "test"), bad, size),
        (
            "PATCH",
            api.clone(),
            patch("replace", "/endpointConfiguration/types/0", "wrong"),
            bad,
            "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
        ),
        (
            "PATCH",
            api.clone(),
            patch("remove", "/endpointConfiguration/types/0", "EDGE"),
            bad,
            "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
        ),
        ("PATCH", api.clone(), two, "ValidationException", &of_ops),
        ("PATCH", method.clone(), patch("add", "/operationName", "x"), bad, replace),
        (
            "POST",
            greedy,
            json!({"pathPart": "a"}),
            bad,
            "Cannot create a child of a resource with a greedy path variable: {proxy+}",
        ),
        (
            "PUT",
            format!("{api}/resources/none/methods/WRONG"),
            json!({"authorizationType": "NONE"}),
            "NotFoundException",
            none,
        ),
        (
            "PUT",
            format!("/restapis/none/resources/{root}/methods/GET"),
            json!({"authorizationType": "NONE"}),
            "NotFoundException",
            none,
        ),
        ("PUT", format!("{api}/resources/{root}/methods/WRONG"), json!({"authorizationType": "NONE"}), bad, verbs),
        (
            "PUT",
            format!("{api}/resources/{root}/methods/POST"),
            twice,
            bad,
            "Parameter names must be unique across querystring, header and path",
        ),
        (
            "DELETE",
            format!("{api}/gatewayresponses/UNAUTHORIZED"),
            Value::Null,
            "NotFoundException",
            "Gateway response type not defined on api",
        ),
        (
            "POST",
            "/apikeys".to_owned(),
            json!({"value": "short"}),
            bad,
            "API Key value should be at least 20 characters",
        ),
        (
            "POST",
            "/apikeys".to_owned(),
            json!({"value": "x".repeat(129)}),
            bad,
            "API Key value exceeds maximum size of 128 characters",
        ),
    ] {
        let (_, found, said) = refusal(&wire, verb, &path, body.clone()).await;
        assert_eq!((found.as_str(), said.as_str()), (code, words), "{verb} {path} {body}");
    }
    for verb in ["GET", "PUT", "DELETE"] {
        let path = format!("{api}/gatewayresponses/FAKE");
        let (status, code, said) = refusal(&wire, verb, &path, json!({})).await;
        assert_eq!((status, code.as_str()), (400, "ValidationException"), "{verb}");
        assert!(said.starts_with("1 validation error detected: Value 'FAKE' at 'responseType' failed"), "{said}");
    }
    let integration = json!({"type": "HTTPS_PROXY"});
    let (_, code, said) = refusal(&wire, "PUT", &format!("{method}/integration"), integration).await;
    assert_eq!(code, "ValidationException");
    assert!(said.ends_with("[HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]"), "{said}");
    let private = wire.gateway("POST", "/restapis", types(json!(["PRIVATE"]))).await.ok();
    assert_eq!(private["endpointConfiguration"]["ipAddressType"], "dualstack");
}

#[tokio::test]
async fn names_of_secrets() {
    let wire = Wire::start().await;
    for operation in ["GetSecretValue", "DeleteSecret", "PutSecretValue"] {
        let input = |name: &str| match operation {
            "PutSecretValue" => json!({"SecretId": name, "SecretString": "x"}),
            _ => json!({"SecretId": name}),
        };
        let odd = wire.json("secretsmanager", operation, input(" Inv*Name? ")).await;
        assert_eq!(odd.error(), error(400, "ValidationException"), "{operation}");
        let missing = wire.json("secretsmanager", operation, input("none")).await;
        assert_eq!(missing.error(), error(400, "ResourceNotFoundException"), "{operation}");
        let body = missing.json();
        assert_eq!(body["Message"], "Secrets Manager can't find the specified secret.", "{operation}");
    }
}
