//! What `up` makes, read back by another client and compared with what the stack description says, written down by hand.

use crate::world::{SHIPPED, World, differences};
use serde_json::{Value, json};

/// As [`World::inspect`] writes account and ids.
const ACCOUNT: &str = "ACCOUNT";

#[track_caller]
fn is(found: &Value, wanted: Value) {
    assert_eq!(differences(found, &wanted), [""; 0], "found\n{found:#}\nwanted\n{wanted:#}");
}

fn route(function: &str) -> Value {
    let arn = function_arn(function);
    json!({
        "authorization": null,
        "key": false,
        "type": "aws_proxy",
        "verb": "POST",
        "uri": format!("arn:aws:apigateway:ap-south-1:lambda:path/2015-03-31/functions/{arn}/invocations"),
    })
}

fn granted(function: &str, source: &str) -> Value {
    json!({"STATEMENT": {
        "Sid": "STATEMENT",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn(function),
        "Condition": {"ArnLike": {"AWS:SourceArn": format!("arn:aws:execute-api:ap-south-1:{ACCOUNT}:API0/{source}")}},
    }})
}

fn scheduled(function: &str, rule: &str) -> Value {
    json!({"SCHEDULED": {
        "Sid": "SCHEDULED",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn(function),
        "Condition": {"ArnLike": {"AWS:SourceArn": format!("arn:aws:events:ap-south-1:{ACCOUNT}:rule/{rule}")}},
    }})
}

fn function_arn(function: &str) -> String {
    format!("arn:aws:lambda:ap-south-1:{ACCOUNT}:function:{function}")
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["sts:AssumeRole"]},
    ]})
}

fn allow(sid: &str, actions: &[&str], resources: &[&str]) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources})
}

/// In the order that the deployer gives them, which means nothing.
fn policy(statements: &[Value]) -> Value {
    let mut statements = statements.to_vec();
    statements.sort_by_key(Value::to_string);
    json!({"deployer": {"Version": "2012-10-17", "Statement": statements}})
}

#[test]
fn the_shipped_stack_is_made_as_described() {
    let world = World::up(SHIPPED);
    let tags = |id: &str| {
        json!({
            "service": "orders", "managed-by": "deployer",
            "deployer:stack": "orders", "deployer:stage": "prod", "deployer:id": id,
        })
    };
    let table = format!("arn:aws:dynamodb:ap-south-1:{ACCOUNT}:table/Orders");
    let role = |id: &str, actions: &[&str]| {
        let actions: Vec<_> = actions.iter().map(|action| format!("dynamodb:{action}")).collect();
        let actions: Vec<_> = actions.iter().map(String::as_str).collect();
        let streams = format!("arn:aws:logs:ap-south-1:{ACCOUNT}:log-group:/aws/lambda/orders-prod-{id}:*");
        json!({
            "path": "/deployer/orders/prod/",
            "description": format!("role.{id} of stack orders, stage prod (made by deployer)"),
            "trust": trust(),
            "inline": policy(&[
                allow("Table0", &actions, &[&table]),
                allow("Table0Index0", &["dynamodb:Query"], &[&format!("{table}/index/status-index")]),
                allow("WriteOwnLogs", &["logs:CreateLogStream", "logs:PutLogEvents"], &[&streams]),
            ]),
            "attached": [],
            "tags": tags(&format!("role.{id}")),
        })
    };
    let function = |id: &str, own: Value| {
        let mut all = json!({
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/deployer/orders/prod/orders-prod-{id}"),
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "Description": "",
            "TracingConfig": {"Mode": "PassThrough"},
            "CodeSha256": null,
            "CodeSize": null,
            "PackageType": "Zip",
            "State": "Active",
            "Layers": [],
            "VpcConfig": null,
            "concurrency": null,
            "versions": ["$LATEST"],
            "tags": tags(&format!("function.{id}")),
        });
        for (key, value) in own.as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        all
    };
    let mut found = world.inspect();
    // A hash each, over code and definition.
    for function in ["orders-prod-api", "orders-prod-expiry"] {
        let code = found["functions"][function]["CodeSha256"].take();
        assert_eq!(code.as_str().map(str::len), Some(44), "{code}");
        let size = found["functions"][function]["CodeSize"].take();
        assert!(size.as_i64().is_some_and(|size| size > 0), "{size}");
    }
    let deployments = found["apis"]["API0"]["deployments"].take();
    let shown = found["apis"]["API0"]["stages"]["prod"]["shows"].take();
    assert_eq!(deployments, json!([shown]), "the one deployment is the one that the stage shows");

    is(
        &found,
        json!({
            "tables": {"Orders": {
                "status": "ACTIVE",
                "keys": ["HASH order_id S"],
                "billing_mode": "PAY_PER_REQUEST",
                "units": null,
                "indexes": {"status-index": {
                    "keys": ["HASH status_shard S", "RANGE created_key S"], "projection": ["ALL"], "units": null,
                }},
                "local_indexes": {},
                "ttl": ["ENABLED", "expires_at"],
                "point_in_time_recovery": "ENABLED",
                "deletion_protection": false,
                "stream": null,
                "encryption": [null, null],
                "items": 0,
                "tags": tags("table.orders"),
            }},
            "roles": {
                "orders-prod-api": role("api", &["DeleteItem", "GetItem", "PutItem", "UpdateItem"]),
                "orders-prod-expiry": role("expiry", &["UpdateItem"]),
            },
            "functions": {
                "orders-prod-api": function(
                    "api",
                    json!({
                        "MemorySize": 256,
                        "Timeout": 10,
                        "Environment": {"Variables": {"TABLE_NAME": "Orders"}},
                        "policy": granted("orders-prod-api", "prod/*/orders*"),
                    }),
                ),
                "orders-prod-expiry": function(
                    "expiry",
                    json!({
                        "MemorySize": 128,
                        "Timeout": 60,
                        "Environment": {"Variables": {"TABLE_NAME": "Orders", "EXPIRY_AGE_HOURS": "60"}},
                        "policy": scheduled("orders-prod-expiry", "orders-prod-expiry"),
                    }),
                ),
            },
            "apis": {"API0": {
                "name": "orders-prod-api",
                "description": "API of stack orders, stage prod",
                "endpoint": ["REGIONAL"],
                "binary_media_types": [],
                "minimum_compression_size": null,
                "methods": {
                    "POST /orders": route("orders-prod-api"),
                    "GET /orders": route("orders-prod-api"),
                    "GET /orders/{order_id}": route("orders-prod-api"),
                    "PUT /orders/{order_id}": route("orders-prod-api"),
                    "DELETE /orders/{order_id}": route("orders-prod-api"),
                },
                "stages": {"prod": {"shows": null, "throttle": [100.0, 200], "tracing": false}},
                "deployments": null,
                "tags": tags("rest_api.api"),
            }},
            "log_groups": {
                "/aws/lambda/orders-prod-api": {"retention": 30, "tags": tags("log_group.api")},
                "/aws/lambda/orders-prod-expiry": {"retention": 30, "tags": tags("log_group.expiry")},
            },
            "policies": [],
            "backups": [],
            "rules": {"orders-prod-expiry": {
                "expression": "rate(1 hour)",
                "state": "ENABLED",
                "description": null,
                "targets": {"function": [function_arn("orders-prod-expiry"), null]},
                "tags": tags("schedule.expiry"),
            }},
            // moto's tagging does not know rules.
            "tagged": [
                table,
                function_arn("orders-prod-api"),
                function_arn("orders-prod-expiry"),
                format!("arn:aws:logs:ap-south-1:{ACCOUNT}:log-group:/aws/lambda/orders-prod-api"),
                format!("arn:aws:logs:ap-south-1:{ACCOUNT}:log-group:/aws/lambda/orders-prod-expiry"),
            ],
        }),
    );
}

/// The fields that the shipped stack leaves at their defaults.
#[test]
fn every_field_reaches_the_account() {
    let world = World::up(include_str!("rich.toml"));
    let found = world.inspect();
    let ledger = &found["tables"]["Ledger"];
    for (field, wanted) in [
        ("keys", json!(["HASH account S", "RANGE entry N"])),
        ("billing_mode", json!("PROVISIONED")),
        ("units", json!([3, 2])),
        (
            "indexes",
            json!({"by-day": {"keys": ["HASH day S", "RANGE amount S"], "projection": ["INCLUDE", "currency", "note"], "units": [5, 4]}}),
        ),
        (
            "local_indexes",
            json!({"by-amount": {"keys": ["HASH account S", "RANGE amount S"], "projection": ["KEYS_ONLY"], "units": [0, 0]}}),
        ),
        ("ttl", json!(["ENABLED", "leaves_at"])),
        ("point_in_time_recovery", json!("ENABLED")),
        ("stream", json!("NEW_AND_OLD_IMAGES")),
        ("encryption", json!(["ENABLED", "KMS"])),
        (
            "tags",
            json!({"team": "shop", "data": "money", "deployer:stack": "rich", "deployer:stage": "dev", "deployer:id": "table.ledger"}),
        ),
    ] {
        assert_eq!(ledger[field], wanted, "{field}");
    }
    assert_eq!(found["tables"]["rich-dev-events"]["keys"], json!(["HASH id B"]));

    let api = &found["functions"]["rich-dev-api"];
    for (field, wanted) in [
        ("Description", json!("answers")),
        ("MemorySize", json!(512)),
        ("Timeout", json!(29)),
        ("EphemeralStorage", json!({"Size": 1024})),
        ("TracingConfig", json!({"Mode": "Active"})),
        (
            "Environment",
            json!({"Variables": {
                "LEDGER": "Ledger",
                "LEDGER_ARN": format!("arn:aws:dynamodb:ap-south-1:{ACCOUNT}:table/Ledger"),
                "REGION": "ap-south-1",
            }}),
        ),
        ("concurrency", json!(7)),
        (
            "policy",
            json!({
                "STATEMENT": granted("rich-dev-api", "v1/*/ledger*")["STATEMENT"],
                "SCHEDULED": scheduled("rich-dev-api", "rich-nightly")["SCHEDULED"],
            }),
        ),
        (
            "tags",
            json!({"team": "shop", "tier": "front", "deployer:stack": "rich", "deployer:stage": "dev", "deployer:id": "function.api"}),
        ),
    ] {
        assert_eq!(api[field], wanted, "{field}");
    }
    let worker = &found["functions"]["rich-dev-worker"];
    assert_eq!(worker["Architectures"], json!(["arm64"]));
    assert_eq!(worker["policy"], granted("rich-dev-worker", "v1/*/work*"));
    is(
        &found["rules"],
        json!({"rich-nightly": {
            "expression": "cron(0 3 * * ? *)",
            "state": "DISABLED",
            "description": "closes the day",
            "targets": {"function": [function_arn("rich-dev-api"), "{\"day\": \"yesterday\"}"]},
            "tags": {"team": "shop", "tier": "back", "deployer:stack": "rich", "deployer:stage": "dev", "deployer:id": "schedule.nightly"},
        }}),
    );

    let ledger = format!("arn:aws:dynamodb:ap-south-1:{ACCOUNT}:table/Ledger");
    let statements = found["roles"]["rich-dev-worker"]["inline"]["deployer"]["Statement"].as_array().cloned();
    let on_table = allow("Table0", &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"], &[&ledger]);
    assert!(statements.unwrap_or_default().contains(&on_table), "{:#}", found["roles"]["rich-dev-worker"]);
    let traced = allow("Trace", &["xray:PutTelemetryRecords", "xray:PutTraceSegments"], &["*"]);
    let statements = found["roles"]["rich-dev-api"]["inline"]["deployer"]["Statement"].as_array().cloned();
    assert!(statements.unwrap_or_default().contains(&traced), "{:#}", found["roles"]["rich-dev-api"]);
    assert_eq!(found["roles"]["rich-dev-api"]["tags"]["tier"], "front");

    assert_eq!(found["log_groups"]["/aws/lambda/rich-dev-api"]["retention"], 14);
    assert_eq!(found["log_groups"]["/aws/lambda/rich-dev-worker"]["retention"], Value::Null);

    let gateway = &found["apis"]["API0"];
    assert_eq!((&gateway["name"], &gateway["description"]), (&json!("rich-api"), &json!("in front")));
    assert_eq!(gateway["minimum_compression_size"], 1024);
    assert_eq!(gateway["tags"]["tier"], "front");
    assert_eq!(gateway["stages"]["v1"]["throttle"], json!([12.5, 20]));
    assert_eq!(gateway["stages"]["v1"]["tracing"], true);
    is(
        &gateway["methods"],
        json!({
            "GET /ledger/{account}": route("rich-dev-api"),
            "POST /ledger": route("rich-dev-api"),
            // As moto keeps ANY.
            "X-AMAZON-APIGATEWAY-ANY-METHOD /work/{proxy+}": route("rich-dev-worker"),
        }),
    );
}

#[test]
fn the_second_up_changes_nothing_and_down_leaves_nothing() {
    for stack in [SHIPPED, include_str!("rich.toml")] {
        let world = World::up(stack);
        let before = world.inspect();
        let again = world.run(&["up"]).ok();
        assert_eq!(again.calls.writes(), [""; 0], "{}", *again);
        assert!(again.stderr.contains("No changes."), "{}", *again);
        assert_eq!(differences(&before, &world.inspect()), [""; 0]);
        // The code came with an option that `status` does not have.
        let status: Vec<_> = world.status().into_iter().filter(|field| !field.ends_with(" code_sha256")).collect();
        assert_eq!(status, [""; 0]);

        let down = world.run(&["down"]).ok();
        assert!(down.stderr.contains("is left"), "{}", *down);
        let left = world.inspect();
        for (what, there) in left.as_object().into_iter().flatten() {
            assert!(*there == json!({}) || *there == json!([]), "{what}: {there:#}");
        }
        world.run(&["down"]).ok();
    }
}
