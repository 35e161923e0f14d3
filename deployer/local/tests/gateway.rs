//! The API Gateway data plane: a deployed definition, a real function, plain HTTP.

mod lab;

use lab::cloud::{Started, start};
use lab::http::{Reply, own, send};
use serde_json::{Value, json};

const PROXY: &str = "arn:aws:apigateway:ap-south-1:lambda:path/2015-03-31/functions/arn:aws:lambda:ap-south-1:000000000000:function:probe/invocations";

/// An API `orders` whose stage `prod` serves the function.
struct Api {
    started: Started,
    id: String,
}

fn proxy() -> Value {
    json!({ "x-amazon-apigateway-integration": { "type": "aws_proxy", "httpMethod": "POST", "uri": PROXY } })
}

/// A definition with these paths.
fn definition(paths: Value, more: Value) -> Value {
    let mut definition = json!({
        "openapi": "3.0.1",
        "info": { "title": "orders", "version": "1" },
        "paths": paths,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        definition[name] = value.clone();
    }
    definition
}

impl Api {
    async fn deploy(definition: Value) -> Self {
        let started = start().await;
        started.create_function();
        let created = started.gateway(
            "POST",
            "/restapis",
            &json!({ "name": "orders", "endpointConfiguration": { "types": ["REGIONAL"] } }),
        );
        let api = Self { id: created["id"].as_str().unwrap().to_owned(), started };
        api.started.permit("api", "apigateway.amazonaws.com", &Started::execute_api(&api.id, "prod/*"));
        api.import(&definition);
        api.started.gateway("POST", &format!("/restapis/{}/deployments", api.id), &json!({ "stageName": "prod" }));
        api
    }

    fn import(&self, definition: &Value) {
        self.started.gateway("PUT", &format!("/restapis/{}?mode=overwrite&failonwarnings=true", self.id), definition);
    }

    fn patch_stage(&self, operations: &[(&str, &str)]) {
        let operations: Vec<Value> =
            operations.iter().map(|(path, value)| json!({ "op": "replace", "path": path, "value": value })).collect();
        let input = json!({ "patchOperations": operations });
        self.started.gateway("PATCH", &format!("/restapis/{}/stages/prod", self.id), &input);
    }

    fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        send(self.started.addr, method, &format!("/_aws/execute-api/{}/prod{path}", self.id), headers, body)
    }

    /// What the function was sent, what changes from run to run replaced.
    fn event(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
        let reply = self.call(method, path, headers, body);
        assert_eq!(reply.status, 200, "{reply:?}");
        let mut event = reply.json();
        let context = &mut event["requestContext"];
        let path = context["path"].as_str().unwrap_or_default().replace(&self.id, "…");
        context["path"] = json!(path);
        for member in
            ["apiId", "domainPrefix", "deploymentId", "extendedRequestId", "requestId", "resourceId", "requestTime"]
        {
            assert!(context[member].is_string(), "{member}");
            context[member] = json!("…");
        }
        assert!(context["requestTimeEpoch"].is_number());
        context["requestTimeEpoch"] = json!(0);
        for headers in ["headers", "multiValueHeaders"] {
            let port = &mut event[headers]["X-Forwarded-Port"];
            assert_eq!(port.take().to_string().trim_matches(['[', ']', '"']), self.started.addr.port().to_string());
            event[headers]["X-Amzn-Trace-Id"].take();
        }
        event
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_the_proxy_event() {
    let api = Api::deploy(definition(
        json!({
            "/orders": { "get": proxy(), "post": proxy() },
            "/orders/{order_id}": { "get": proxy() },
            "/files/{path+}": { "x-amazon-apigateway-any-method": proxy() },
        }),
        json!({ "x-amazon-apigateway-binary-media-types": ["image/*"] }),
    ))
    .await;
    // Of these the second half does not reach a function, as it was recorded.
    let headers = [
        ("Host", "localhost:1"),
        ("accept", "a"),
        ("x-TWICE", "1"),
        ("X-Twice", "2"),
        ("user-agent", "test/1"),
        ("Via", "p.example.net"),
        ("Content-MD5", "1"),
        ("Max-Forwards", "2"),
        ("Proxy-Authenticate", "Basic"),
        ("Server", "https://example.com/"),
        ("TE", "deflate"),
        ("Trailer", "Expires"),
        ("Upgrade", "HTTP/2.0"),
        ("WWW-Authenticate", "Basic"),
    ];
    let event = api.event("GET", "/orders/a%2Fb+c/?status=A%20b&status=C+d&empty", &headers, b"");
    insta::assert_json_snapshot!("proxy_event", event);

    let event = api.event("GET", "/orders", &[("host", "localhost:1")], b"");
    for member in
        ["body", "pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables"]
    {
        assert_eq!(event.get(member), Some(&Value::Null), "{member}");
    }
    let event = api.event("POST", "/orders", &[("content-type", "application/json")], "{\"item\":\"ü\"}".as_bytes());
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{\"item\":\"ü\"}"), &json!(false)));
    let event = api.event("POST", "/orders", &[("content-type", "image/png")], &[0, 255]);
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("AP8="), &json!(true)));
    let event = api.event("DELETE", "/files/a/b.txt", &[], b"");
    assert_eq!(event["pathParameters"], json!({ "path": "a/b.txt" }));
    assert_eq!(event["resource"], "/files/{path+}");
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_answer_on() {
    let api =
        Api::deploy(definition(json!({ "/orders": { "x-amazon-apigateway-any-method": proxy() } }), json!({}))).await;
    let answer = |answer: Value| json!({ "do": "answer", "answer": answer }).to_string().into_bytes();
    let body = answer(json!({ "statusCode": 201, "multiValueHeaders": { "Location": ["/orders/1"] }, "body": "made" }));
    let reply = api.call("POST", "/orders", &[], &body);
    assert_eq!((reply.status, reply.text().as_str()), (201, "made"));
    assert_eq!(reply.header("location"), Some("/orders/1"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    for name in ["x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"] {
        assert!(reply.header(name).is_some(), "{name}");
    }
    let trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8";
    for (sent, expected) in [
        (trace.to_owned(), format!("{trace};Parent=")),
        (format!("{trace};Parent=7fa8c0f79203be72;Sampled=1"), format!("{trace};Parent=7fa8c0f79203be72;Sampled=1")),
        ("Parent=7fa8c0f79203be72".to_owned(), "Root=1-".to_owned()),
    ] {
        let reply = api.call("GET", "/orders", &[("x-amzn-trace-id", &sent)], b"");
        let found = reply.header("x-amzn-trace-id").unwrap_or_default();
        assert!(found.starts_with(&expected) && found.contains(";Sampled="), "{sent}: {found}");
    }
    let reply = api.call("GET", "/orders", &[("x-long", &"x".repeat(10_000))], b"");
    assert_eq!(reply.status, 200);
    let reply = api.call("GET", "/orders", &[("x-long", &"x".repeat(10_200))], b"");
    assert_eq!((reply.status, reply.text().as_str()), (431, r#"{"message":"Request Header Fields Too Large"}"#));
    let reply = api.call("HEAD", "/orders", &[], b"");
    assert_eq!((reply.status, reply.body.len()), (200, 0));

    let failed = Some("the function probe failed (");
    for (what, status, text, reason) in [
        (
            answer(json!({ "oops": 1 })),
            502,
            r#"{"message":"Internal server error"}"#,
            Some("(function probe, request "),
        ),
        (br#"{"do":"fail"}"#.to_vec(), 502, r#"{"message":"Internal server error"}"#, failed),
        (br#"{"do":"exit","code":1}"#.to_vec(), 502, r#"{"message":"Internal server error"}"#, failed),
        (vec![b'x'; 10 * 1024 * 1024 + 1], 413, r#"{"message":"Request Too Long"}"#, None),
        // What the function says itself needs no reason.
        (answer(json!({ "statusCode": 502, "body": "mine" })), 502, "mine", None),
    ] {
        let reply = api.call("POST", "/orders", &[], &what);
        assert_eq!((reply.status, reply.text().as_str()), (status, text));
        let told = reply.header("x-deployer-local-reason");
        assert_eq!(told.is_some(), reason.is_some(), "{told:?}");
        assert!(reason.is_none_or(|reason| told.is_some_and(|told| told.contains(reason))), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_cloudwatch_what_came_of_requests() {
    let api =
        Api::deploy(definition(json!({ "/orders": { "x-amazon-apigateway-any-method": proxy() } }), json!({}))).await;
    for _ in 0..3 {
        assert_eq!(api.call("POST", "/orders", &[], br#"{"do":"answer","answer":{"statusCode":200}}"#).status, 200);
    }
    assert_eq!(api.call("POST", "/orders", &[], br#"{"do":"answer","answer":{"statusCode":404}}"#).status, 404);
    assert_eq!(api.call("POST", "/orders", &[], br#"{"do":"fail"}"#).status, 502);
    assert_eq!(api.call("GET", "/nothing", &[], b"").status, 403);
    let of_api = [("ApiName", "orders")];
    let of_stage = [("Stage", "prod"), ("ApiName", "orders")];
    let of_function = [("FunctionName", "probe")];
    for (namespace, metric, stat, dimensions, value) in [
        ("AWS/ApiGateway", "Count", "Sum", &of_stage[..], 6.0),
        ("AWS/ApiGateway", "Count", "SampleCount", &of_api, 6.0),
        ("AWS/ApiGateway", "4XXError", "Sum", &of_stage, 2.0),
        ("AWS/ApiGateway", "5XXError", "Sum", &of_stage, 1.0),
        ("AWS/Lambda", "Invocations", "Sum", &of_function, 5.0),
        ("AWS/Lambda", "Errors", "Sum", &of_function, 1.0),
    ] {
        assert_eq!(api.started.metric(namespace, metric, stat, dimensions), [value], "{metric}");
    }
    let [latency] = api.started.metric("AWS/ApiGateway", "Latency", "p99", &of_stage)[..] else { panic!("one value") };
    let [duration] = api.started.metric("AWS/Lambda", "Duration", "Minimum", &of_function)[..] else { panic!("one") };
    assert!(0.0 < duration && duration < latency, "{duration} {latency}");
    assert_eq!(api.started.metric("AWS/Lambda", "Throttles", "Sum", &of_function), [0.0; 0], "none was counted");
    assert_eq!(api.started.metric("AWS/Lambda", "Errors", "Sum", &[]), [0.0; 0], "another metric");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_itself_where_no_route_is() {
    let api = Api::deploy(definition(
        json!({ "/orders": { "get": proxy() } }),
        json!({ "x-amazon-apigateway-gateway-responses": {
            "MISSING_AUTHENTICATION_TOKEN": {
                "statusCode": 404,
                "responseParameters": { "gatewayresponse.header.Content-Type": "'application/problem+json'" },
                "responseTemplates": { "application/json": r#"{"error":$context.error.messageString,"path":"$context.path"}"# },
            },
        } }),
    ))
    .await;
    for (method, path) in [("GET", "/nothing"), ("DELETE", "/orders"), ("GET", "/")] {
        let reply = api.call(method, path, &[], b"");
        assert_eq!(reply.status, 404, "{method} {path}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        let path = format!("/_aws/execute-api/{}/prod{path}", api.id);
        assert_eq!(reply.json(), json!({ "error": "Missing Authentication Token", "path": path }));
    }
    let elsewhere = format!("/_aws/execute-api/{}/dev/orders", api.id);
    let reply = send(api.started.addr, "GET", &elsewhere, &[], b"");
    assert_eq!((reply.status, reply.text().as_str()), (403, r#"{"message":"Forbidden"}"#));
    let host = format!("{}.execute-api.localhost:1", api.id);
    let reply = send(api.started.addr, "GET", "/prod/orders", &[("host", &host)], b"");
    assert_eq!(reply.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_the_permission_of_the_function() {
    let api = Api::deploy(definition(json!({ "/orders/{id}": { "get": proxy() } }), json!({}))).await;
    assert_eq!(api.call("GET", "/orders/1", &[], b"").status, 200);
    let remove = "/2015-03-31/functions/probe/policy/api";
    lab::http::rest(api.started.addr, "lambda", "DELETE", remove, &Value::Null);
    let reply = api.call("GET", "/orders/1", &[], b"");
    assert_eq!((reply.status, reply.text().as_str()), (500, r#"{"message":"Internal server error"}"#));
    for (sid, source, status) in
        [("other", "prod/GET/orders", 500), ("stage", "dev/*", 500), ("right", "prod/GET/orders/*", 200)]
    {
        api.started.permit(sid, "apigateway.amazonaws.com", &Started::execute_api(&api.id, source));
        assert_eq!(api.call("GET", "/orders/1", &[], b"").status, status, "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_what_was_deployed() {
    let api = Api::deploy(definition(json!({ "/orders": { "get": proxy() } }), json!({}))).await;
    api.import(&definition(json!({ "/new": { "get": proxy() } }), json!({})));
    assert_eq!(api.call("GET", "/orders", &[], b"").status, 200);
    assert_eq!(api.call("GET", "/new", &[], b"").status, 403);
    let deployment = api.started.gateway("POST", &format!("/restapis/{}/deployments", api.id), &json!({}));
    assert_eq!(api.call("GET", "/new", &[], b"").status, 403, "no stage serves the new deployment yet");
    api.patch_stage(&[("/deploymentId", deployment["id"].as_str().unwrap())]);
    assert_eq!(api.call("GET", "/new", &[], b"").status, 200);
    assert_eq!(api.call("GET", "/orders", &[], b"").status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn throttles() {
    let api =
        Api::deploy(definition(json!({ "/orders": { "get": proxy() }, "/free": { "get": proxy() } }), json!({}))).await;
    api.patch_stage(&[("/~1orders/GET/throttling/rateLimit", "0.001"), ("/~1orders/GET/throttling/burstLimit", "2")]);
    let statuses: Vec<u16> = (0..4).map(|_| api.call("GET", "/orders", &[], b"").status).collect();
    assert_eq!(statuses, [200, 200, 429, 429]);
    assert_eq!(api.call("GET", "/orders", &[], b"").text(), r#"{"message":"Too Many Requests"}"#);
    assert_eq!(api.call("GET", "/free", &[], b"").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_an_api_key() {
    let mut guarded = proxy();
    guarded["security"] = json!([{ "api_key": [] }]);
    let api = Api::deploy(definition(
        json!({ "/orders": { "get": guarded } }),
        json!({ "components": { "securitySchemes": { "api_key": { "type": "apiKey", "name": "x-api-key", "in": "header" } } } }),
    ))
    .await;
    let value = "0123456789abcdefghij";
    let key = api.started.gateway("POST", "/apikeys", &json!({ "name": "k", "enabled": true, "value": value }));
    let call = |value: &str| api.call("GET", "/orders", &[("x-api-key", value)], b"").status;
    assert_eq!(call(value), 403, "the key is in no usage plan");
    let plan = json!({ "name": "p", "apiStages": [{ "apiId": api.id, "stage": "prod" }], "quota": { "limit": 2, "period": "DAY" } });
    let plan = api.started.gateway("POST", "/usageplans", &plan);
    let keys = format!("/usageplans/{}/keys", plan["id"].as_str().unwrap());
    api.started.gateway("POST", &keys, &json!({ "keyId": key["id"], "keyType": "API_KEY" }));
    assert_eq!(call("wrong"), 403);
    let reply = api.call("GET", "/orders", &[], b"");
    assert_eq!((reply.status, reply.text().as_str()), (403, r#"{"message":"Forbidden"}"#));
    assert_eq!([call(value), call(value)], [200, 200]);
    api.started.gateway(
        "PATCH",
        &format!("/usageplans/{}", plan["id"].as_str().unwrap()),
        &json!({ "patchOperations": [{ "op": "replace", "path": "/quota/limit", "value": "3" }] }),
    );
    let event = api.event("GET", "/orders", &[("x-api-key", value)], b"");
    let identity = &event["requestContext"]["identity"];
    assert_eq!((&identity["apiKey"], &identity["apiKeyId"]), (&json!(value), &key["id"]));
    assert_eq!(call(value), 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_preflights_from_a_mock() {
    let mock = json!({
        "responses": { "204": { "description": "ok", "headers": {
            "Access-Control-Allow-Origin": { "schema": { "type": "string" } },
            "Access-Control-Allow-Methods": { "schema": { "type": "string" } },
        } } },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": { "application/json": "{\"statusCode\": 204}" },
            "responses": { "default": { "statusCode": "204", "responseParameters": {
                "method.response.header.Access-Control-Allow-Origin": "'*'",
                "method.response.header.Access-Control-Allow-Methods": "'GET,POST'",
            } } },
        },
    });
    let api = Api::deploy(definition(json!({ "/orders": { "get": proxy(), "options": mock } }), json!({}))).await;
    let reply = api.call("OPTIONS", "/orders", &[("origin", "https://example.com")], b"");
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("GET,POST"));
}

/// With binary media types a mock needs to be told that a request is text, even a preflight without a body.
#[tokio::test(flavor = "multi_thread")]
async fn a_mock_transforms_only_text() {
    for (types, handling, status) in
        [("*/*", None, 500), ("*/*", Some("CONVERT_TO_TEXT"), 200), ("image/png", None, 200)]
    {
        let mut mock = json!({
            "type": "mock",
            "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "responses": { "default": { "statusCode": "200" } },
        });
        if let Some(handling) = handling {
            mock["contentHandling"] = json!(handling);
        }
        let options = json!({ "responses": { "200": {} }, "x-amazon-apigateway-integration": mock });
        let more = json!({ "x-amazon-apigateway-binary-media-types": [types] });
        let api = Api::deploy(definition(json!({ "/orders": { "options": options } }), more)).await;
        let reply = api.call("OPTIONS", "/orders", &[("origin", "https://example.com")], b"");
        assert_eq!(reply.status, status, "{types} {handling:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_a_function_with_post_alone() {
    let mut get = proxy();
    get["x-amazon-apigateway-integration"]["httpMethod"] = json!("GET");
    let api = Api::deploy(definition(json!({ "/orders": { "get": get } }), json!({}))).await;
    let reply = api.call("GET", "/orders", &[], b"");
    assert_eq!((reply.status, reply.text().as_str()), (500, r#"{"message":"Internal server error"}"#));
}

/// A route with `AWS_IAM` is open to who signs for it and may invoke it, and the function is told who that is.
#[tokio::test(flavor = "multi_thread")]
async fn tells_a_function_who_signed() {
    let mut signed = proxy();
    signed["security"] = json!([{ "iam": [] }]);
    let scheme = json!({ "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4" });
    let schemes = json!({ "components": { "securitySchemes": { "iam": scheme } } });
    let api = Api::deploy(definition(json!({ "/orders": { "get": signed } }), schemes)).await;
    let signature = |key: &str| {
        let scope = format!("{key}/20260101/ap-south-1/execute-api/aws4_request");
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0")
    };
    let by = |authorization: &str| {
        api.call("GET", "/orders", &[("authorization", authorization), ("x-amz-date", "20260101T000000Z")], b"")
    };
    assert_eq!(api.call("GET", "/orders", &[], b"").status, 403);
    let refused = by("foo");
    assert_eq!((refused.status, refused.header("x-amzn-errortype")), (403, Some("IncompleteSignatureException")));
    let headers = [("authorization", signature("AKIA1")), ("x-amz-date", "20260101T000000Z".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let identity = api.event("GET", "/orders", &headers, b"")["requestContext"]["identity"].take();
    assert_eq!(identity["accessKey"], "AKIA1");
    assert_eq!(identity["userArn"], "arn:aws:iam::000000000000:user/local");
    for member in ["accountId", "caller", "user"] {
        assert!(identity[member].is_string(), "{member}");
    }

    let allow = |action: &str| {
        let statement = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    };
    own(api.started.addr, "PUT", "/_deployer/callers/other", &allow("iam:GetRole"));
    let refused = by(&signature("other"));
    let message = format!(
        "User: arn:aws:iam::000000000000:user/other is not authorized to perform: execute-api:Invoke on resource: \
         arn:aws:execute-api:ap-south-1:********0000:{}/prod/GET/orders",
        api.id
    );
    assert_eq!((refused.status, &refused.json()["message"]), (403, &json!(message)));
    own(api.started.addr, "PUT", "/_deployer/callers/other", &allow("execute-api:Invoke"));
    assert_eq!(by(&signature("other")).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_up_after_the_integration_timeout() {
    let mut slow = proxy();
    slow["x-amazon-apigateway-integration"]["timeoutInMillis"] = json!(1000);
    let api = Api::deploy(definition(json!({ "/orders": { "post": slow } }), json!({}))).await;
    let reply = api.call("POST", "/orders", &[], br#"{"do":"sleep","ms":5000}"#);
    assert_eq!((reply.status, reply.text().as_str()), (504, r#"{"message":"Endpoint request timed out"}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn obeys_the_resource_policy() {
    let statement = |effect: &str, resource: &str| json!({ "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [statement("Allow", "execute-api:/prod/*"), statement("Deny", "execute-api:/prod/GET/secret")],
    });
    let api = Api::deploy(definition(
        json!({ "/orders": { "get": proxy() }, "/secret": { "get": proxy() } }),
        json!({ "x-amazon-apigateway-policy": policy }),
    ))
    .await;
    assert_eq!(api.call("GET", "/orders", &[], b"").status, 200);
    let reply = api.call("GET", "/secret", &[], b"");
    assert_eq!(reply.status, 403);
    assert!(
        reply.text().contains("is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:")
    );
    assert!(reply.text().contains("/prod/GET/secret with an explicit deny"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn compresses_large_answers() {
    let api = Api::deploy(definition(
        json!({ "/orders": { "get": proxy() } }),
        json!({ "x-amazon-apigateway-minimum-compression-size": 100 }),
    ))
    .await;
    let packed = api.call("GET", "/orders", &[("accept-encoding", "gzip")], b"");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    let plain = api.call("GET", "/orders", &[], b"");
    assert_eq!(plain.header("content-encoding"), None);
    assert!(plain.body.len() > packed.body.len());
}
