//! What `[api]` says beside its routes: the document, who may call, pages of other origins.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use serde_json::{Value, json};
use tests::sandbox::SHOP;
use tests::{Cloud, Sandbox, http, shipped};

const DOCUMENT: &str = r##"{"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "paths": {"/orders": {
    "get": {"operationId": "listOrders", "summary": "List", "parameters": [{"name": "status", "in": "query", "required": true}]},
    "post": {"operationId": "placeOrder", "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}}}
}}}"##;

/// The small stack with more lines in `[api]`.
fn stack_with(lines: &str) -> String {
    SHOP.replace("[api.routes]", &format!("[api]\n{lines}\n[api.routes]"))
}

/// The steps and the plan's warnings, of `plan`.
fn warnings(plan: &Value) -> Vec<&str> {
    plan["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn routes_and_document_cannot_drift_apart() {
    let sandbox = Sandbox::new(&stack_with("openapi = \"openapi.json\"\n"));
    let validate = || sandbox.run(&["validate"]);
    let absent = validate().exits(1);
    assert!(absent.stderr.contains("cannot read the OpenAPI document \"openapi.json\""), "{absent}");
    sandbox.write("openapi.json", "{");
    let broken = validate().exits(1);
    assert!(broken.stderr.contains("it is not JSON"), "{broken}");
    sandbox.write("openapi.json", &DOCUMENT.replace("\"get\"", "\"put\""));
    let other = validate().exits(1);
    insta::assert_snapshot!("api_drifted", other.transcript());
    // A route that is tried out is no reason to refuse a deployment.
    let up = sandbox.up();
    assert!(up.stderr.contains("route GET /orders is not in the OpenAPI document"), "every command says so\n{up}");
    sandbox.write("openapi.json", DOCUMENT);
    validate().ok();
}

#[test]
fn the_document_with_the_live_endpoint() {
    let sandbox = Sandbox::new(SHOP);
    let none = sandbox.local(&["openapi"]).exits(1);
    assert!(none.stderr.contains("names no OpenAPI document"), "{none}");
    sandbox.describe(&stack_with("openapi = \"openapi.json\"\n"));
    sandbox.write("openapi.json", DOCUMENT);
    let stopped = sandbox.local(&["openapi"]).exits(1);
    assert!(stopped.stderr.contains("deployer up --local"), "{stopped}");
    sandbox.start_cloud();
    let absent = sandbox.local(&["openapi"]).exits(1);
    assert!(absent.stderr.contains("no endpoint"), "{absent}");

    let endpoint = sandbox.up().finished()["outputs"]["endpoint"].clone();
    let mut expected: Value = serde_json::from_str(DOCUMENT).expect("it is JSON");
    expected["servers"] = json!([{"url": endpoint}]);
    assert_eq!(sandbox.local(&["openapi"]).ok().json(), expected);
    assert_eq!(sandbox.local(&["openapi", "--output", "json"]).ok().json(), expected);

    // What the import took from it: names and parameters.
    let methods = sandbox.cloud().sdk(async |aws| {
        let apis = aws.apigateway.get_rest_apis().send().await.expect("GetRestApis");
        let id = apis.items()[0].id().expect("an API has an id").to_owned();
        let resources = aws.apigateway.get_resources().rest_api_id(id).embed("methods").send().await;
        let mut out = Vec::new();
        for resource in resources.expect("GetResources").items() {
            for method in resource.resource_methods().into_iter().flat_map(|methods| methods.values()) {
                let parameters: Vec<_> = method.request_parameters().into_iter().flatten().collect();
                out.push(format!("{:?} {parameters:?}", method.operation_name().unwrap_or_default()));
            }
        }
        out.sort();
        out
    });
    assert_eq!(methods, ["\"listOrders\" [(\"method.request.querystring.status\", true)]", "\"placeOrder\" []"]);

    // Another word in the document is another definition, and nothing else.
    sandbox.write("openapi.json", &DOCUMENT.replace("listOrders", "allOrders"));
    let plan = sandbox.plan();
    assert_eq!(plan.changes(), ["rest_api.api deployed"], "{plan}");
    sandbox.converges(&["update rest_api.api"]);
}

/// The shipped document describes what the shipped function does, and the gateway takes it.
#[test]
fn the_shipped_document_is_served() {
    let (sandbox, endpoint) = shipped::up();
    let document = sandbox.local(&["openapi"]).ok().json();
    assert_eq!(document["servers"], json!([{"url": endpoint}]));
    for (path, item) in document["paths"].as_object().expect("there are paths") {
        for method in item.as_object().expect("a path has operations").keys() {
            let url = format!("{endpoint}{}", path.replace("{order_id}", "6f1c1e6e-0d5e-4f5a-9d0a-7d2f6c0b8a11"));
            let reply = http::send(&method.to_uppercase(), &url, &[], "");
            let described = &document["paths"][path][method]["responses"][reply.status.to_string()];
            assert!(described.is_object(), "{method} {path}: {reply:?}");
        }
    }
}

#[test]
fn an_api_with_a_key() {
    let limits = "[api.usage_plan]\nrate = 1\nburst = 2\nquota = { limit = 1000, period = \"DAY\" }\n";
    let (sandbox, endpoint) = shipped::up_as(&shipped::edited(&[
        ("auth = \"none\" ", "auth = \"api_key\" "),
        ("# For all callers together.", limits),
    ]));
    let orders = format!("{endpoint}/orders");
    for headers in [&[][..], &[("x-api-key", "guess")], &[("x-api-key", "")]] {
        let refused = http::send("GET", &orders, headers, "").is(403);
        assert_eq!(refused.headers["content-type"], "application/problem+json", "{refused:?}");
        assert_eq!(refused.json()["status"], 403);
    }

    let all = sandbox.local(&["outputs"]).ok();
    let key = sandbox.local(&["outputs", "api_key"]).ok().stdout.trim().to_owned();
    assert!(key.len() >= 20, "{key:?}");
    let json = sandbox.local(&["outputs", "--output", "json"]).ok();
    let artifacts = shipped::artifacts();
    let artifacts: Vec<_> = artifacts.iter().map(String::as_str).collect();
    let plan = sandbox.local(&[&["plan", "--verbose"], &artifacts[..]].concat()).ok();
    for said in [&all, &json, &plan, &sandbox.local(&["status", "--verbose"]).ok()] {
        assert!(!said.to_string().contains(&key), "the key is shown only when it is asked for\n{said}");
    }
    assert!(all.stdout.contains("-H \"x-api-key: $API_KEY\""), "{all}");
    http::send("GET", &orders, &[("x-api-key", &key)], "").is(200);
    // The plan's burst is 2, and a request a second comes back.
    let statuses: Vec<u16> = (0..6).map(|_| http::send("GET", &orders, &[("x-api-key", &key)], "").status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");

    sandbox.cloud().forget_calls();
    sandbox.local(&[&["up", "--yes"], &artifacts[..]].concat()).ok();
    assert_eq!(sandbox.cloud().writes(), [""; 0]);
    let down = sandbox.local(&["down", "--yes", "--output", "json"]).ok();
    let position = |event: &str, id: &str| down.json_lines().iter().position(|l| l["event"] == event && l["id"] == id);
    let (closed, deleted) = (position("done", "usage_plan.api"), position("started", "rest_api.api"));
    assert!(closed.is_some() && closed < deleted, "the plan lets go of the stage before the API goes\n{down}");
}

const KEYED: &str = "auth = \"api_key\"\n[api.usage_plan]\nrate = 10\nburst = 20\n";

/// Plans and keys with their members, as AWS tells them.
fn keys_and_plans(sandbox: &Sandbox) -> Vec<String> {
    sandbox.cloud().sdk(async |aws| {
        let gateway = &aws.apigateway;
        let mut out = Vec::new();
        for key in gateway.get_api_keys().send().await.expect("GetApiKeys").items() {
            out.push(format!("key {} enabled={}", key.name().unwrap_or_default(), key.enabled()));
        }
        for plan in gateway.get_usage_plans().send().await.expect("GetUsagePlans").items() {
            let members = gateway.get_usage_plan_keys().usage_plan_id(plan.id().unwrap_or_default()).send().await;
            let stages: Vec<_> = plan.api_stages().iter().filter_map(|stage| stage.stage()).collect();
            let rate = plan.throttle().map(|throttle| throttle.rate_limit());
            let members = members.expect("GetUsagePlanKeys").items().len();
            out.push(format!("plan {} {stages:?} {rate:?} keys={members}", plan.name().unwrap_or_default()));
        }
        out
    })
}

#[test]
fn a_key_comes_changes_and_goes() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.describe(&stack_with(KEYED));
    sandbox.converges(&["update rest_api.api", "create usage_plan.api"]);
    let made = ["key shop-dev-api enabled=true", "plan shop-dev-api [\"dev\"] Some(10.0) keys=1"];
    assert_eq!(keys_and_plans(&sandbox), made);

    sandbox.edit("rate = 10", "rate = 30\nquota = { limit = 5, period = \"WEEK\" }");
    let plan = sandbox.plan();
    assert_eq!(plan.changes(), ["usage_plan.api plan.quota", "usage_plan.api plan.throttle.rate"], "{plan}");
    sandbox.converges(&["update usage_plan.api"]);
    sandbox.edit("\n[api.usage_plan]", "\nstage = \"v2\"\n[api.usage_plan]");
    sandbox.cloud().forget_calls();
    sandbox.converges(&["update rest_api.api", "update usage_plan.api", "update grant.api"]);
    // The API's own step has moved the plan on: what is there now is asked for.
    assert_eq!(sandbox.cloud().refused_writes(), [""; 0]);
    assert_eq!(keys_and_plans(&sandbox)[1], "plan shop-dev-api [\"v2\"] Some(30.0) keys=1");

    // Signatures instead: the key goes after the API asks for it no more.
    sandbox.describe(&stack_with("stage = \"v2\"\nauth = \"iam\"\n"));
    let up = sandbox.converges(&["update rest_api.api", "delete usage_plan.api"]);
    assert_eq!(keys_and_plans(&sandbox), [""; 0], "{up}");
    let url = up.finished()["outputs"]["endpoint"].as_str().map(|url| format!("{url}/orders")).unwrap_or_default();
    assert_eq!(http::get(&url).is(404).json()["status"], 404, "no signature, no API");
}

#[test]
fn what_others_did_to_the_key_is_undone() {
    let sandbox = Sandbox::new(&stack_with(KEYED));
    sandbox.up();
    let made = keys_and_plans(&sandbox);
    let patch = |kind: Op, path: &str, value: &str| PatchOperation::builder().op(kind).path(path).value(value).build();
    sandbox.cloud().sdk(async |aws| {
        let gateway = &aws.apigateway;
        let key =
            gateway.get_api_keys().send().await.expect("GetApiKeys").items()[0].id().unwrap_or_default().to_owned();
        let off = patch(Op::Replace, "/enabled", "false");
        gateway.update_api_key().api_key(&key).patch_operations(off).send().await.expect("UpdateApiKey");
        let plan = gateway.get_usage_plans().send().await.expect("GetUsagePlans").items()[0]
            .id()
            .unwrap_or_default()
            .to_owned();
        gateway.delete_usage_plan_key().usage_plan_id(&plan).key_id(&key).send().await.expect("DeleteUsagePlanKey");
        let rate = patch(Op::Replace, "/throttle/rateLimit", "99");
        gateway.update_usage_plan().usage_plan_id(&plan).patch_operations(rate).send().await.expect("UpdateUsagePlan");
        gateway
            .tag_resource()
            .resource_arn(format!("arn:aws:apigateway:ap-south-1::/apikeys/{key}"))
            .tags("by", "hand")
            .send()
            .await
            .expect("TagResource");
    });
    let plan = sandbox.plan();
    let drifted = [
        "usage_plan.api key.enabled",
        "usage_plan.api key.in_plan",
        "usage_plan.api key.tags.by",
        "usage_plan.api plan.throttle.rate",
    ];
    assert_eq!(plan.changes(), drifted, "{plan}");
    sandbox.converges(&["update usage_plan.api"]);
    assert_eq!(keys_and_plans(&sandbox), made);

    // A key that somebody deleted is made anew; a second one, left by a lost answer, goes.
    sandbox.cloud().sdk(async |aws| {
        let gateway = &aws.apigateway;
        let keys = gateway.get_api_keys().send().await.expect("GetApiKeys");
        let tags = keys.items()[0].tags().cloned();
        gateway.create_api_key().name("twin").enabled(true).set_tags(tags).send().await.expect("CreateApiKey");
    });
    sandbox.converges(&["update usage_plan.api"]);
    assert_eq!(keys_and_plans(&sandbox), made);
    sandbox.cloud().sdk(async |aws| {
        let gateway = &aws.apigateway;
        let keys = gateway.get_api_keys().send().await.expect("GetApiKeys");
        gateway.delete_api_key().api_key(keys.items()[0].id().unwrap_or_default()).send().await.expect("DeleteApiKey");
    });
    sandbox.converges(&["update usage_plan.api"]);
    assert_eq!(keys_and_plans(&sandbox), made);
}

/// AWS refuses all of a call that closes a stage which is gone, so a plan that opens several closes each by a call of its own.
#[test]
fn a_plan_closes_its_stages_one_by_one() {
    let sandbox = Sandbox::new(&stack_with(KEYED));
    sandbox.up();
    let cloud = sandbox.cloud();
    cloud.sdk(async |aws| {
        let gateway = &aws.apigateway;
        let apis = gateway.get_rest_apis().send().await.expect("GetRestApis");
        let api = apis.items()[0].id().unwrap_or_default();
        let plans = gateway.get_usage_plans().send().await.expect("GetUsagePlans");
        let plan = plans.items()[0].id().unwrap_or_default();
        gateway.create_deployment().rest_api_id(api).stage_name("other").send().await.expect("CreateDeployment");
        let open = PatchOperation::builder().op(Op::Add).path("/apiStages").value(format!("{api}:other")).build();
        gateway.update_usage_plan().usage_plan_id(plan).patch_operations(open).send().await.expect("UpdateUsagePlan");
    });
    sandbox.describe(&stack_with("auth = \"iam\"\n"));
    cloud.forget_calls();
    sandbox.up();
    let closed = cloud.writes().iter().filter(|call| *call == "apigateway:UpdateUsagePlan").count();
    assert_eq!((closed, cloud.refused_writes()), (2, Vec::new()));
    assert_eq!(keys_and_plans(&sandbox), [""; 0]);
}

/// Whatever answer is lost, the next look finds what was made: there is never a second plan or key.
#[test]
fn lost_answers_leave_one_key() {
    for operation in ["CreateApiKey", "CreateUsagePlan", "CreateUsagePlanKey"] {
        let sandbox = Sandbox::new(&stack_with(KEYED));
        let cloud = sandbox.start_cloud();
        let operation = format!("apigateway:{operation}");
        cloud.faults(json!({"planned": [{"operation": operation, "nth": 1, "effect": "cut_after"}]}));
        sandbox.local(&["up", "--yes"]).ok();
        cloud.faults(json!({}));
        sandbox.is_converged();
        let made = ["key shop-dev-api enabled=true", "plan shop-dev-api [\"dev\"] Some(10.0) keys=1"];
        assert_eq!(keys_and_plans(&sandbox), made, "{operation}");
    }
}

/// Lets anybody call a method of `/orders`, as somebody might outside of a description.
fn open_orders(cloud: &Cloud, verb: &str) {
    cloud.sdk(async |aws| {
        let gateway = &aws.apigateway;
        let apis = gateway.get_rest_apis().send().await.expect("GetRestApis");
        let api = apis.items()[0].id().unwrap_or_default();
        let resources = gateway.get_resources().rest_api_id(api).send().await.expect("GetResources");
        let orders = resources.items().iter().find(|resource| resource.path() == Some("/orders")).expect("it is there");
        let open = PatchOperation::builder().op(Op::Replace).path("/authorizationType").value("NONE").build();
        let update = gateway.update_method().rest_api_id(api).resource_id(orders.id().unwrap_or_default());
        update.http_method(verb).patch_operations(open).send().await.expect("UpdateMethod");
    });
}

#[test]
fn security_that_somebody_took_away_comes_back() {
    let sandbox = Sandbox::new(&stack_with("auth = \"iam\"\n"));
    sandbox.up();
    open_orders(&sandbox.cloud(), "GET");
    let plan = sandbox.plan();
    assert_eq!(plan.changes(), ["rest_api.api routes.GET /orders"], "{plan}");
    sandbox.converges(&["update rest_api.api"]);
}

/// One API whose routes ask for different things: who gets in, what drifts, and what is not lowered without a word.
#[test]
fn routes_with_guards_of_their_own() {
    const SIGNED: &str = "\"POST /orders\" = { function = \"api\", auth = \"iam\" }";
    let keyed = "\"PUT /orders\" = { function = \"api\", auth = \"api_key\" }";
    let mixed = SHOP.replace("\"POST /orders\" = \"api\"", &format!("{SIGNED}\n{keyed}"));
    let sandbox = Sandbox::new(&mixed);
    let endpoint = sandbox.up().finished()["outputs"]["endpoint"].as_str().map(str::to_owned).unwrap_or_default();
    let orders = format!("{endpoint}/orders");
    let key = sandbox.local(&["outputs", "api_key"]).ok().stdout.trim().to_owned();
    // The function fails, so 502 is what a caller sees who was let in.
    for (method, headers, status) in [
        ("GET", &[][..], 502),
        ("POST", &[], 404),
        ("POST", &[("x-api-key", key.as_str())], 404),
        ("PUT", &[], 403),
        ("PUT", &[("x-api-key", key.as_str())], 502),
    ] {
        http::send(method, &orders, headers, "").is(status);
    }
    sandbox.is_converged();

    let elsewhere = Sandbox::new(&mixed).with("AWS_ACCESS_KEY_ID", "a").with("AWS_SECRET_ACCESS_KEY", "b");
    let plan = elsewhere.run(&["plan", "--output", "json", "--endpoint-url", &sandbox.cloud().endpoint]).ok().json();
    let open = "anybody who knows the API's address may call GET /orders: `auth = \"iam\"` or `auth = \"api_key\"` of a route changes that";
    assert_eq!(warnings(&plan), [open]);

    let cloud = sandbox.cloud();
    open_orders(&cloud, "POST");
    let plan = sandbox.plan();
    assert_eq!(plan.changes(), ["rest_api.api routes.POST /orders"], "{plan}");
    sandbox.converges(&["update rest_api.api"]);

    // The guard goes only with a word: of the route, of the API, or on the command line.
    cloud.forget_calls();
    sandbox.edit(SIGNED, "\"POST /orders\" = \"api\"");
    let refused = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(refused.stderr.contains("asks callers of POST /orders for authorization AWS_IAM"), "{refused}");
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.edit("\"POST /orders\" = \"api\"", &SIGNED.replace("iam", "none"));
    sandbox.converges(&["update rest_api.api"]);
    http::send("POST", &orders, &[], "").is(502);

    // With the last route that asks for it the key goes.
    sandbox.edit(keyed, "");
    sandbox.converges(&["update rest_api.api", "delete usage_plan.api"]);
    assert_eq!(keys_and_plans(&sandbox), [""; 0]);
}

/// On this machine nobody else can call; anywhere else an open API is worth a word.
#[test]
fn an_open_api_is_mentioned_where_others_can_reach_it() {
    for (lines, open) in [("", true), ("auth = \"none\"\n", true), ("auth = \"iam\"\n", false), (KEYED, false)] {
        let sandbox = Sandbox::new(&stack_with(lines));
        let endpoint = sandbox.start_cloud().endpoint;
        let elsewhere =
            Sandbox::new(&stack_with(lines)).with("AWS_ACCESS_KEY_ID", "a").with("AWS_SECRET_ACCESS_KEY", "b");
        let plan = elsewhere.run(&["plan", "--output", "json", "--endpoint-url", &endpoint]).ok().json();
        let said = warnings(&plan).iter().any(|warning| warning.contains("answers anybody"));
        assert_eq!(said, open, "{lines}: {plan}");
        assert_eq!(warnings(&sandbox.plan().json()), [""; 0], "{lines}");
    }
}

/// One origin is answered by the gateway, several by the function; a page sees the same.
#[test]
fn pages_of_other_origins() {
    const SHOP_PAGE: &str = "https://shop.example";
    let variable = |origins: &str| format!("[function.api.environment]\nCORS_ALLOW_ORIGINS = \"{origins}\"\n");
    for (origins, allowed, refused) in [
        (&["*"][..], &["https://anything.example"][..], &[][..]),
        (&[SHOP_PAGE], &[SHOP_PAGE], &["https://evil.example"]),
        (
            &[SHOP_PAGE, "http://localhost:3000"],
            &[SHOP_PAGE, "http://localhost:3000"],
            &["https://evil.example", "null"],
        ),
    ] {
        let (_sandbox, endpoint) = shipped::up_as(&shipped::edited(&[
            ("[function.api.environment]\nTABLE_NAME", &(variable(&origins.join(",")) + "TABLE_NAME")),
            (
                "# What the key may do, with",
                &format!("[api.cors]\nallow_origins = {origins:?}\n\n# What the key may do, with"),
            ),
        ]));
        let orders = format!("{endpoint}/orders");
        let allows = |reply: &http::Reply, origin: &str| {
            let header = reply.headers.get("access-control-allow-origin").map(String::as_str);
            header == Some("*") || header == Some(origin)
        };
        for origin in allowed {
            let asked = [("origin", *origin), ("access-control-request-method", "POST")];
            let preflight = http::send("OPTIONS", &orders, &asked, "").is(204);
            assert!(allows(&preflight, origin), "{origin}: {preflight:?}");
            assert!(preflight.headers["access-control-allow-methods"].contains("POST"), "{preflight:?}");
            assert!(preflight.headers["access-control-allow-headers"].contains("Idempotency-Key"), "{preflight:?}");
            for (method, url, status) in
                [("GET", &orders, 200), ("POST", &orders, 400), ("GET", &format!("{endpoint}/no"), 404)]
            {
                let reply = http::send(method, url, &[("origin", *origin)], "").is(status);
                assert!(allows(&reply, origin), "{method} {origin}: {reply:?}");
            }
        }
        for origin in refused {
            let reply = http::send("GET", &orders, &[("origin", *origin)], "").is(200);
            assert!(!allows(&reply, origin) && reply.headers["vary"].contains("Origin"), "{origin}: {reply:?}");
            let asked = [("origin", *origin), ("access-control-request-method", "POST")];
            let preflight = http::send("OPTIONS", &orders, &asked, "").is(204);
            assert!(!allows(&preflight, origin), "{origin}: {preflight:?}");
        }
    }
}
