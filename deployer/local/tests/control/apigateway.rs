//! REST APIs.

use crate::wire::{Wire, error};
use serde_json::{Value, json};

fn integration() -> Value {
    json!({
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:000000000000:function:f/invocations",
    })
}

/// A document with `GET` on these paths.
fn document(paths: &[&str]) -> Value {
    let get = json!({"get": {"x-amazon-apigateway-integration": integration()}});
    let paths: serde_json::Map<_, _> = paths.iter().map(|path| ((*path).to_owned(), get.clone())).collect();
    json!({"openapi": "3.0.1", "info": {"title": "orders", "version": "1"}, "paths": paths})
}

async fn api(wire: &Wire) -> String {
    let input = json!({"name": "orders", "endpointConfiguration": {"types": ["REGIONAL"]}});
    wire.gateway("POST", "/restapis", input).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn put(wire: &Wire, id: &str, mode: &str, document: Value) -> crate::wire::Reply {
    wire.gateway("PUT", &format!("/restapis/{id}?mode={mode}&failonwarnings=true"), document).await
}

/// Paths with their ids and methods.
async fn resources(wire: &Wire, id: &str) -> Vec<(String, String, Vec<String>)> {
    let found =
        wire.gateway("GET", &format!("/restapis/{id}/resources?embed=methods&limit=500"), Value::Null).await.ok();
    let mut resources: Vec<_> = found["item"]
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| {
            let methods = resource["resourceMethods"].as_object().into_iter().flatten();
            let text = |name: &str| resource[name].as_str().unwrap().to_owned();
            (text("path"), text("id"), methods.map(|(verb, _)| verb.clone()).collect())
        })
        .collect();
    resources.sort();
    resources
}

#[tokio::test]
async fn names_are_not_unique_and_titles_are_names() {
    let wire = Wire::start().await;
    let (one, two) = (api(&wire).await, api(&wire).await);
    assert_ne!(one, two);
    let mut renamed = document(&["/orders"]);
    renamed["info"]["title"] = json!("renamed");
    assert_eq!(put(&wire, &one, "overwrite", renamed).await.ok()["name"], "renamed");
    let all = wire.gateway("GET", "/restapis?limit=1", Value::Null).await.ok();
    assert_eq!(all["item"].as_array().unwrap().len(), 1);
    let position = all["position"].as_str().unwrap();
    let rest = wire.gateway("GET", &format!("/restapis?limit=1&position={position}"), Value::Null).await.ok();
    assert_eq!((rest["item"].as_array().unwrap().len(), rest.get("position")), (1, None));
    assert_eq!(wire.gateway("DELETE", &format!("/restapis/{one}"), Value::Null).await.status, 202);
    let gone = wire.gateway("GET", &format!("/restapis/{one}"), Value::Null).await;
    assert_eq!(gone.error(), error(404, "NotFoundException"));
}

#[tokio::test]
async fn overwriting_keeps_the_ids_of_paths_and_drops_the_rest() {
    let wire = Wire::start().await;
    let id = api(&wire).await;
    put(&wire, &id, "overwrite", document(&["/orders", "/orders/{id}", "/deep/er"])).await.ok();
    let before = resources(&wire, &id).await;
    let paths: Vec<_> = before.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(paths, ["/", "/deep", "/deep/er", "/orders", "/orders/{id}"]);
    put(&wire, &id, "overwrite", document(&["/orders", "/orders/{id}"])).await.ok();
    let after = resources(&wire, &id).await;
    let kept: Vec<_> = before.into_iter().filter(|(path, ..)| !path.starts_with("/deep")).collect();
    assert_eq!(after, kept);
    put(&wire, &id, "merge", document(&["/more"])).await.ok();
    assert_eq!(resources(&wire, &id).await.len(), 4);
}

#[tokio::test]
async fn an_import_with_an_error_changes_nothing() {
    let wire = Wire::start().await;
    let id = api(&wire).await;
    put(&wire, &id, "overwrite", document(&["/orders"])).await.ok();
    let before = resources(&wire, &id).await;
    let with = |pointer: &str, value: Value| {
        let mut document = document(&["/orders", "/x"]);
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[name] = value;
        document
    };
    let get = "/paths/~1orders/get/x-amazon-apigateway-integration";
    let bad = || error(400, "BadRequestException");
    let absent = || error(501, "NotImplementedException");
    for (document, expected) in [
        (with(&format!("{get}/uri"), json!("nonsense")), bad()),
        (with(&format!("{get}/uri"), json!("arn:aws:apigateway:eu-west-1:lambda:nothing")), bad()),
        (with(&format!("{get}/httpMethod"), json!("")), bad()),
        (with(&format!("{get}/timeoutInMillis"), json!(30_000)), bad()),
        (with(&format!("{get}/type"), json!("http")), absent()),
        (with(&format!("{get}/tlsConfig"), json!({})), absent()),
        (with("/x-amazon-apigateway-cors", json!({})), bad()),
        (with("/x-amazon-apigateway-documentation", json!({})), absent()),
        (with("/security", json!([])), bad()),
        (with("/openapi", json!("3.1.0")), bad()),
        (with("/info/title", json!("")), bad()),
        (with("/paths", json!([])), bad()),
        (document(&["/{a}/b", "/{c}/d"]), bad()),
        (document(&["/{a+}/b"]), bad()),
        (document(&["/a b"]), bad()),
        (document(&["orders"]), bad()),
        (json!({"swagger": "2.0"}), absent()),
        (json!([]), bad()),
    ] {
        let reply = put(&wire, &id, "overwrite", document.clone()).await;
        assert_eq!(reply.error(), expected, "{document} {reply:?}");
        assert_eq!(resources(&wire, &id).await, before);
    }
}

#[tokio::test]
async fn extensions_become_settings() {
    let wire = Wire::start().await;
    let id = api(&wire).await;
    let mut document = document(&["/orders"]);
    document["x-amazon-apigateway-binary-media-types"] = json!(["image/png"]);
    document["x-amazon-apigateway-minimum-compression-size"] = json!(1024);
    document["x-amazon-apigateway-gateway-responses"] = json!({"THROTTLED": {"statusCode": "503"}});
    document["x-amazon-apigateway-request-validators"] = json!({"all": {"validateRequestParameters": true}});
    document["x-amazon-apigateway-request-validator"] = json!("all");
    document["x-amazon-apigateway-policy"] = json!({"Version": "2012-10-17", "Statement": []});
    document["components"] = json!({
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        "parameters": {"customer": {"name": "customer", "in": "query", "required": true}},
    });
    let get = &mut document["paths"]["/orders"]["get"];
    get["operationId"] = json!("listOrders");
    get["security"] = json!([{"key": []}]);
    get["parameters"] = json!([{"$ref": "#/components/parameters/customer"}]);
    get["responses"] = json!({"200": {"headers": {"x-total": {}}}});
    let api = put(&wire, &id, "overwrite", document).await.ok();
    assert_eq!(api["binaryMediaTypes"], json!(["image/png"]));
    assert_eq!(api["minimumCompressionSize"], 1024);
    assert!(api["policy"].as_str().unwrap().contains(r#"\"Statement\""#));
    let orders = resources(&wire, &id).await.pop().unwrap().1;
    let mut method =
        wire.gateway("GET", &format!("/restapis/{id}/resources/{orders}/methods/GET"), Value::Null).await.ok();
    assert_eq!(method["methodIntegration"]["cacheNamespace"], json!(orders));
    method.as_object_mut().unwrap().retain(|name, _| name != "methodIntegration" && name != "requestValidatorId");
    insta::assert_json_snapshot!(method, @r#"
    {
      "apiKeyRequired": true,
      "authorizationType": "NONE",
      "httpMethod": "GET",
      "methodResponses": {
        "200": {
          "responseParameters": {
            "method.response.header.x-total": false
          },
          "statusCode": "200"
        }
      },
      "operationName": "listOrders",
      "requestParameters": {
        "method.request.querystring.customer": true
      }
    }
    "#);
    let throttled = wire.gateway("GET", &format!("/restapis/{id}/gatewayresponses/THROTTLED"), Value::Null).await.ok();
    assert_eq!((&throttled["statusCode"], &throttled["defaultResponse"]), (&json!("503"), &json!(false)));
}

#[tokio::test]
async fn deployments_are_frozen_and_stages_point_at_them() {
    let wire = Wire::start().await;
    let id = api(&wire).await;
    let deployments = format!("/restapis/{id}/deployments");
    let stages = format!("/restapis/{id}/stages");
    let nothing = wire.gateway("POST", &deployments, json!({})).await;
    assert_eq!(nothing.message(), "The REST API doesn't contain any methods");
    put(&wire, &id, "overwrite", document(&["/orders"])).await.ok();
    let first = wire.gateway("POST", &deployments, json!({"description": "one"})).await.ok();
    let second = wire.gateway("POST", &deployments, json!({"description": "two"})).await.ok();
    assert_ne!(first["id"], second["id"]);
    let stage = json!({"stageName": "prod", "deploymentId": first["id"], "tags": {"a": "b"}});
    assert_eq!(wire.gateway("POST", &stages, stage.clone()).await.status, 201);
    assert_eq!(wire.gateway("POST", &stages, stage).await.error(), error(409, "ConflictException"));
    let used = format!("{deployments}/{}", first["id"].as_str().unwrap());
    let refused = wire.gateway("DELETE", &used, Value::Null).await;
    assert_eq!(refused.message(), "Active stages pointing to this deployment must be moved or deleted");
    let patch =
        |path: &str, value: Value| json!({"patchOperations": [{"op": "replace", "path": path, "value": value}]});
    let prod = format!("{stages}/prod");
    let moved = wire.gateway("PATCH", &prod, patch("/deploymentId", second["id"].clone())).await.ok();
    assert_eq!(moved["deploymentId"], second["id"]);
    assert_eq!(wire.gateway("DELETE", &used, Value::Null).await.status, 202);
    for (path, value, expected) in [
        ("/deploymentId", "none", error(400, "BadRequestException")),
        ("/*/*/logging/loglevel", "INFO", error(400, "BadRequestException")),
        ("/accessLogSettings/destinationArn", "arn", error(400, "BadRequestException")),
        ("/*/*/throttling/rateLimit", "fast", error(400, "BadRequestException")),
        ("/cacheClusterEnabled", "true", error(501, "NotImplementedException")),
    ] {
        assert_eq!(wire.gateway("PATCH", &prod, patch(path, json!(value))).await.error(), expected, "{path}");
    }
    wire.gateway("PATCH", &prod, patch("/*/*/throttling/rateLimit", json!("5"))).await.ok();
    let one = wire.gateway("PATCH", &prod, patch("/~1orders/GET/throttling/burstLimit", json!("2"))).await.ok();
    assert_eq!(one["methodSettings"]["*/*"]["throttlingRateLimit"], 5.0);
    assert_eq!(one["methodSettings"]["orders/GET"]["throttlingBurstLimit"], 2);
    let named = json!({"stageName": "prod", "variables": {"a": "b"}, "tracingEnabled": true});
    let third = wire.gateway("POST", &deployments, named).await.ok();
    let after = wire.gateway("GET", &prod, Value::Null).await.ok();
    assert_eq!(
        (&after["deploymentId"], &after["tags"]),
        (&third["id"], &json!({"a": "b"})),
        "repointed, not recreated"
    );
}

#[tokio::test]
async fn drafts_can_be_edited_by_hand() {
    let wire = Wire::start().await;
    let id = api(&wire).await;
    put(&wire, &id, "overwrite", document(&["/orders"])).await.ok();
    let orders = resources(&wire, &id).await.pop().unwrap().1;
    let method = format!("/restapis/{id}/resources/{orders}/methods/GET");
    let slower = json!({"patchOperations": [{"op": "replace", "path": "/timeoutInMillis", "value": "3000"}]});
    let edited = wire.gateway("PATCH", &format!("{method}/integration"), slower).await.ok();
    assert_eq!(edited["timeoutInMillis"], 3000);
    let mut input = integration();
    input["type"] = json!("AWS_PROXY");
    let replaced = wire.gateway("PUT", &format!("{method}/integration"), input).await.ok();
    assert_eq!((&replaced["timeoutInMillis"], &replaced["httpMethod"]), (&json!(29_000), &json!("POST")));
    assert_eq!(wire.gateway("DELETE", &method, Value::Null).await.status, 204);
    assert_eq!(wire.gateway("GET", &method, Value::Null).await.error(), error(404, "NotFoundException"));
    wire.gateway("PUT", &method, json!({"authorizationType": "NONE"})).await.ok();
    let undeployable = wire.gateway("POST", &format!("/restapis/{id}/deployments"), json!({})).await;
    assert_eq!(undeployable.message(), "No integration defined for method");
}

#[tokio::test]
async fn a_usage_plan_with_stages_is_not_deleted() {
    let wire = Wire::start().await;
    let id = api(&wire).await;
    put(&wire, &id, "overwrite", document(&["/orders"])).await.ok();
    wire.gateway("POST", &format!("/restapis/{id}/deployments"), json!({"stageName": "prod"})).await.ok();
    let input = json!({"name": "plan", "apiStages": [{"apiId": id, "stage": "prod"}], "throttle": {"rateLimit": 5, "burstLimit": 2}});
    let plan = wire.gateway("POST", "/usageplans", input).await.ok();
    let path = format!("/usageplans/{}", plan["id"].as_str().unwrap());
    let key = wire.gateway("POST", "/apikeys", json!({"name": "key", "enabled": true})).await.ok();
    let join = json!({"keyId": key["id"], "keyType": "API_KEY"});
    assert_eq!(wire.gateway("POST", &format!("{path}/keys"), join.clone()).await.status, 201);
    assert_eq!(wire.gateway("POST", &format!("{path}/keys"), join).await.error(), error(409, "ConflictException"));
    let hidden = wire.gateway("GET", "/apikeys", Value::Null).await.ok();
    assert_eq!(hidden["item"][0].get("value"), None);
    let shown = wire.gateway("GET", "/apikeys?includeValues=true", Value::Null).await.ok();
    assert_eq!(shown["item"][0]["value"], key["value"]);
    let own = format!("/apikeys/{}", key["id"].as_str().unwrap_or_default());
    let change =
        |path: &str, value: &str| json!({"patchOperations": [{"op": "replace", "path": path, "value": value}]});
    let off = wire.gateway("PATCH", &own, change("/enabled", "false")).await.ok();
    assert_eq!((&off["enabled"], off.get("value")), (&json!(false), None));
    wire.gateway("PATCH", &own, change("/name", "renamed")).await.ok();
    assert_eq!(wire.gateway("GET", &own, Value::Null).await.ok()["name"], "renamed");
    assert_eq!(
        wire.gateway("PATCH", "/apikeys/none", change("/name", "x")).await.error(),
        error(404, "NotFoundException")
    );
    assert_eq!(wire.gateway("DELETE", &path, Value::Null).await.error(), error(400, "BadRequestException"));
    let leave = json!({"patchOperations": [{"op": "remove", "path": "/apiStages", "value": format!("{id}:prod")}]});
    wire.gateway("PATCH", &path, leave).await.ok();
    assert_eq!(wire.gateway("DELETE", &path, Value::Null).await.status, 202);
}

/// The importer warns of responses for any other status, and with `failonwarnings` that is an error.
#[tokio::test]
async fn a_default_response_is_a_warning() {
    let wire = Wire::start().await;
    let id = api(&wire).await;
    let mut document = document(&["/orders"]);
    document["paths"]["/orders"]["get"]["responses"] = json!({"default": {"description": "anything"}});
    let refused = put(&wire, &id, "overwrite", document.clone()).await;
    assert_eq!(refused.error(), error(400, "BadRequestException"));
    assert_eq!(refused.message(), "Warnings found during import:\n\tDefault response not supported, skipping");
    let taken = wire.gateway("PUT", &format!("/restapis/{id}?mode=overwrite"), document).await.ok();
    assert_eq!(taken["warnings"], json!(["Default response not supported, skipping"]));
}

/// What AWS reads with patience.
#[tokio::test]
async fn flags_limits_and_authorization_types_are_read_as_aws_reads_them() {
    let wire = Wire::start().await;
    let made = wire.gateway("POST", "/restapis", json!({"name": "shop"})).await.ok();
    let [id, root] = ["id", "rootResourceId"].map(|member| made[member].as_str().unwrap().to_owned());
    let method = format!("/restapis/{id}/resources/{root}/methods/GET");
    let put = wire.gateway("PUT", &method, json!({"authorizationType": "none"})).await.ok();
    assert_eq!(put["authorizationType"], "NONE");
    let patch = |path: &str, value: &str| json!({"patchOperations": [{"op": "replace", "path": path, "value": value}]});
    for (value, required) in [("true", true), ("whatever", false)] {
        let method = wire.gateway("PATCH", &method, patch("/apiKeyRequired", value)).await.ok();
        assert_eq!(method["apiKeyRequired"], required);
    }
    let key = wire.gateway("POST", "/apikeys", json!({"name": "k", "enabled": true})).await.ok();
    let path = format!("/apikeys/{}", key["id"].as_str().unwrap());
    assert_eq!(wire.gateway("PATCH", &path, patch("/enabled", "not-a-boolean")).await.ok()["enabled"], false);
    let keys = wire.gateway("GET", "/apikeys?limit=-1", Value::Null).await.ok();
    assert_eq!(keys["item"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_stage_that_is_not_in_a_usage_plan_cannot_leave_it() {
    let wire = Wire::start().await;
    let plan = wire.gateway("POST", "/usageplans", json!({"name": "p"})).await.ok();
    let id = plan["id"].as_str().unwrap();
    let patch = json!({"patchOperations": [{"op": "remove", "path": "/apiStages", "value": "abc:prod"}]});
    let refused = wire.gateway("PATCH", &format!("/usageplans/{id}"), patch.clone()).await;
    assert_eq!(refused.error(), error(404, "NotFoundException"));
    let message = format!("Invalid API Stage {{api: abc, stage: prod}} specified for usageplan {id}");
    assert_eq!(refused.message(), message);
    for (verb, path, body) in [
        ("GET", "/usageplans/none", Value::Null),
        ("PATCH", "/usageplans/none", patch),
        ("DELETE", "/usageplans/none", Value::Null),
        ("GET", "/usageplans/none/keys", Value::Null),
        ("POST", "/usageplans/none/keys", json!({"keyId": "none", "keyType": "API_KEY"})),
    ] {
        assert_eq!(wire.gateway(verb, path, body).await.error(), error(404, "NotFoundException"), "{verb} {path}");
    }
}
