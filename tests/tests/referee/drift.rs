//! Changes made behind our back with another client: `status` shows them, `up` takes them back.

use crate::world::{SHIPPED, World, differences};
use serde_json::{Value, json};

struct Drift {
    service: &'static str,
    operation: &'static str,
    arguments: Value,
    /// What `status` shows.
    status: &'static [&'static str],
}

fn drift(service: &'static str, operation: &'static str, arguments: Value, status: &'static [&'static str]) -> Drift {
    Drift { service, operation, arguments, status }
}

/// `ACCOUNT` and `API` stand for the account's number and the API's id.
fn drifts() -> Vec<Drift> {
    let table = "arn:aws:dynamodb:ap-south-1:ACCOUNT:table/Orders";
    let function = "arn:aws:lambda:ap-south-1:ACCOUNT:function:orders-prod-api";
    let group = "arn:aws:logs:ap-south-1:ACCOUNT:log-group:/aws/lambda/orders-prod-api";
    let (name, rule) = ("orders-prod-api", "orders-prod-expiry");
    let rule_arn = "arn:aws:events:ap-south-1:ACCOUNT:rule/orders-prod-expiry";
    // moto forgets those that are not named.
    let attributes = ["order_id", "status_shard", "created_key", "other"];
    let attributes = attributes.map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"},
    ]});
    let anything = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    vec![
        // Tables.
        drift(
            "dynamodb",
            "update_table",
            json!({"TableName": "Orders", "DeletionProtectionEnabled": true}),
            &["table.orders deletion_protection"],
        ),
        drift(
            "dynamodb",
            "update_table",
            json!({
                "TableName": "Orders",
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }),
            &[
                "table.orders billing_mode",
                "table.orders index.status-index.read_capacity",
                "table.orders index.status-index.write_capacity",
                "table.orders read_capacity",
                "table.orders write_capacity",
            ],
        ),
        drift(
            "dynamodb",
            "update_table",
            json!({
                "TableName": "Orders",
                "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"},
            }),
            &["table.orders stream"],
        ),
        drift(
            "dynamodb",
            "update_table",
            json!({
                "TableName": "Orders",
                "AttributeDefinitions": attributes,
                "GlobalSecondaryIndexUpdates": [{"Create": {
                    "IndexName": "extra",
                    "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }}],
            }),
            &["table.orders index.extra"],
        ),
        drift(
            "dynamodb",
            "update_table",
            json!({"TableName": "Orders", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "status-index"}}]}),
            &["table.orders index.status-index"],
        ),
        drift(
            "dynamodb",
            "update_time_to_live",
            json!({"TableName": "Orders", "TimeToLiveSpecification": {"Enabled": false, "AttributeName": "expires_at"}}),
            &["table.orders ttl_attribute"],
        ),
        drift(
            "dynamodb",
            "update_continuous_backups",
            json!({"TableName": "Orders", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": false}}),
            &["table.orders point_in_time_recovery"],
        ),
        drift(
            "dynamodb",
            "tag_resource",
            json!({"ResourceArn": table, "Tags": [{"Key": "x", "Value": "y"}]}),
            &["table.orders tags.x"],
        ),
        drift(
            "dynamodb",
            "untag_resource",
            json!({"ResourceArn": table, "TagKeys": ["service"]}),
            &["table.orders tags.service"],
        ),
        // Roles.
        drift(
            "iam",
            "update_assume_role_policy",
            json!({"RoleName": name, "PolicyDocument": trust.to_string()}),
            &["role.api trust.Statement"],
        ),
        drift(
            "iam",
            "put_role_policy",
            json!({"RoleName": name, "PolicyName": "deployer", "PolicyDocument": anything.to_string()}),
            &["role.api policies.deployer.Statement"],
        ),
        drift(
            "iam",
            "put_role_policy",
            json!({"RoleName": name, "PolicyName": "more", "PolicyDocument": anything.to_string()}),
            &["role.api policies.more"],
        ),
        drift(
            "iam",
            "delete_role_policy",
            json!({"RoleName": name, "PolicyName": "deployer"}),
            &["role.api policies.deployer"],
        ),
        drift("iam", "tag_role", json!({"RoleName": name, "Tags": [{"Key": "x", "Value": "y"}]}), &["role.api tags.x"]),
        drift("iam", "untag_role", json!({"RoleName": name, "TagKeys": ["service"]}), &["role.api tags.service"]),
        // Functions.
        drift(
            "lambda",
            "update_function_configuration",
            json!({"FunctionName": name, "MemorySize": 3008}),
            &["function.api memory"],
        ),
        drift(
            "lambda",
            "update_function_configuration",
            json!({"FunctionName": name, "Timeout": 3}),
            &["function.api timeout"],
        ),
        drift(
            "lambda",
            "update_function_configuration",
            json!({"FunctionName": name, "Description": "by hand"}),
            &["function.api description"],
        ),
        drift(
            "lambda",
            "update_function_configuration",
            json!({"FunctionName": name, "Environment": {"Variables": {"TABLE_NAME": "Elsewhere", "DEBUG": "1"}}}),
            &["function.api environment.DEBUG", "function.api environment.TABLE_NAME"],
        ),
        drift(
            "lambda",
            "put_function_concurrency",
            json!({"FunctionName": name, "ReservedConcurrentExecutions": 1}),
            &["function.api reserved_concurrency"],
        ),
        drift("lambda", "tag_resource", json!({"Resource": function, "Tags": {"x": "y"}}), &["function.api tags.x"]),
        drift(
            "lambda",
            "untag_resource",
            json!({"Resource": function, "TagKeys": ["service"]}),
            &["function.api tags.service"],
        ),
        // Log groups.
        drift(
            "logs",
            "put_retention_policy",
            json!({"logGroupName": "/aws/lambda/orders-prod-api", "retentionInDays": 1}),
            &["log_group.api retention_days"],
        ),
        drift(
            "logs",
            "delete_retention_policy",
            json!({"logGroupName": "/aws/lambda/orders-prod-api"}),
            &["log_group.api retention_days"],
        ),
        drift("logs", "tag_resource", json!({"resourceArn": group, "tags": {"x": "y"}}), &["log_group.api tags.x"]),
        drift(
            "logs",
            "delete_log_group",
            json!({"logGroupName": "/aws/lambda/orders-prod-api"}),
            &["log_group.api missing"],
        ),
        // Schedules.
        drift("events", "disable_rule", json!({"Name": rule}), &["schedule.expiry enabled"]),
        drift(
            "events",
            "put_rule",
            json!({"Name": rule, "ScheduleExpression": "rate(1 day)", "Description": "by hand"}),
            &["schedule.expiry description", "schedule.expiry expression"],
        ),
        drift(
            "events",
            "put_targets",
            json!({"Rule": rule, "Targets": [{"Id": "function", "Arn": function, "Input": "{}"}]}),
            &["schedule.expiry targets.function.function", "schedule.expiry targets.function.input"],
        ),
        drift(
            "events",
            "put_targets",
            json!({"Rule": rule, "Targets": [{"Id": "stray", "Arn": function}]}),
            &["schedule.expiry targets.stray"],
        ),
        drift(
            "events",
            "remove_targets",
            json!({"Rule": rule, "Ids": ["function"]}),
            &["schedule.expiry targets.function"],
        ),
        drift(
            "events",
            "tag_resource",
            json!({"ResourceARN": rule_arn, "Tags": [{"Key": "x", "Value": "y"}]}),
            &["schedule.expiry tags.x"],
        ),
        // APIs, whose tags moto cannot change.
        drift(
            "apigateway",
            "update_rest_api",
            json!({"restApiId": "API", "patchOperations": [{"op": "replace", "path": "/description", "value": "by hand"}]}),
            &["rest_api.api description"],
        ),
        drift(
            "apigateway",
            "update_stage",
            json!({"restApiId": "API", "stageName": "prod", "patchOperations": [
                {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1"},
            ]}),
            &["rest_api.api throttle.rate"],
        ),
        drift(
            "apigateway",
            "update_stage",
            json!({"restApiId": "API", "stageName": "prod", "patchOperations": [
                {"op": "replace", "path": "/tracingEnabled", "value": "true"},
            ]}),
            &["rest_api.api tracing"],
        ),
        drift(
            "apigateway",
            "delete_stage",
            json!({"restApiId": "API", "stageName": "prod"}),
            &["rest_api.api deployed", "rest_api.api throttle"],
        ),
    ]
}

#[test]
fn of_one_field_is_shown_and_taken_back() {
    let world = World::new(SHIPPED);
    // What is not described would be left.
    world.project.edit("[table.orders]\n", "[table.orders]\nprotected = false\nstream = false\n");
    world.run(&["up"]).ok();
    let before = world.inspect();
    let mut wrong = Vec::new();
    for drift in drifts() {
        let api = world.api_id();
        let arguments =
            drift.arguments.to_string().replace("ACCOUNT", &world.account.id).replace("\"API\"", &format!("\"{api}\""));
        let what = format!("{} {} {arguments}", drift.service, drift.operation);
        let arguments = serde_json::from_str(&arguments).expect("only names were replaced");
        world.account.call(drift.service, drift.operation, arguments);
        let status = world.status();
        if status != drift.status {
            wrong.push(format!("{what}\n  status {status:?}"));
        }
        let up = world.run(&["up"]);
        let left: Vec<_> =
            differences(&before, &world.inspect()).into_iter().filter(|path| path != "apis.API0.deployments").collect();
        if up.code != Some(0) || !left.is_empty() {
            wrong.push(format!("{what}\n  left {left:?}\n{}", *up));
        }
        world.plans_nothing();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What moto keeps with ids of its own, or has no single call for.
#[test]
fn of_attached_policies_routes_grants_and_code_is_taken_back() {
    let world = World::up(SHIPPED);
    let before = world.inspect();
    let settled = |status: &[&str]| {
        assert_eq!(world.status(), status);
        world.run(&["up"]).ok();
        let left: Vec<_> =
            differences(&before, &world.inspect()).into_iter().filter(|path| path != "apis.API0.deployments").collect();
        assert_eq!(left, [""; 0]);
        world.plans_nothing();
    };
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
        .to_string();
    let policy = world.account.call("iam", "create_policy", json!({"PolicyName": "p", "PolicyDocument": document}));
    let arn = &policy["Policy"]["Arn"];
    world.account.call("iam", "attach_role_policy", json!({"RoleName": "orders-prod-api", "PolicyArn": arn}));
    let status = world.status();
    assert_eq!(status, ["role.api attached"]);
    world.run(&["up"]).ok();
    // It is detached, not deleted: it is not ours.
    world.account.call("iam", "delete_policy", json!({"PolicyArn": arn}));
    settled(&[]);

    let api = world.api_id();
    let resources = world.account.call("apigateway", "get_resources", json!({"restApiId": api}));
    let of = |path: &str| {
        let found = resources["items"].as_array().and_then(|items| items.iter().find(|item| item["path"] == path));
        found.map(|item| item["id"].clone()).unwrap_or_default()
    };
    world.account.call(
        "apigateway",
        "delete_method",
        json!({"restApiId": api, "resourceId": of("/orders"), "httpMethod": "GET"}),
    );
    settled(&["rest_api.api routes.GET /orders"]);

    let resources = world.account.call("apigateway", "get_resources", json!({"restApiId": api}));
    let root = resources["items"]
        .as_array()
        .and_then(|items| items.iter().find(|item| item["path"] == "/"))
        .cloned()
        .unwrap_or_default();
    world.account.call(
        "apigateway",
        "put_method",
        json!({"restApiId": api, "resourceId": root["id"], "httpMethod": "GET", "authorizationType": "NONE"}),
    );
    settled(&["rest_api.api routes.GET /"]);

    let policy = world.account.call("lambda", "get_policy", json!({"FunctionName": "orders-prod-api"}));
    let policy: Value = serde_json::from_str(policy["Policy"].as_str().unwrap_or_default()).expect("a policy is JSON");
    let statement = &policy["Statement"][0]["Sid"];
    world.account.call(
        "lambda",
        "remove_permission",
        json!({"FunctionName": "orders-prod-api", "StatementId": statement}),
    );
    settled(&["grant.api missing"]);
}

/// What is deleted behind our back is made again.
#[test]
fn of_whole_resources_is_made_again() {
    let world = World::up(SHIPPED);
    let before = world.inspect();
    let name = "orders-prod-api";
    world.account.call("lambda", "delete_function", json!({"FunctionName": name}));
    world.account.call("iam", "delete_role_policy", json!({"RoleName": name, "PolicyName": "deployer"}));
    world.account.call("iam", "delete_role", json!({"RoleName": name}));
    world.account.call("apigateway", "delete_rest_api", json!({"restApiId": world.api_id()}));
    world.account.call("dynamodb", "delete_table", json!({"TableName": "Orders"}));
    world.account.call("logs", "delete_log_group", json!({"logGroupName": format!("/aws/lambda/{name}")}));
    let rule = "orders-prod-expiry";
    world.account.call("events", "remove_targets", json!({"Rule": rule, "Ids": ["function"]}));
    world.account.call("events", "delete_rule", json!({"Name": rule}));
    assert_eq!(
        world.status(),
        [
            "table.orders missing",
            "log_group.api missing",
            "role.api missing",
            "function.api missing",
            "rest_api.api missing",
            "schedule.expiry missing",
            "grant.api missing",
        ]
    );
    world.run(&["up"]).ok();
    assert_eq!(differences(&before, &world.inspect()), [""; 0]);
    world.plans_nothing();
}
