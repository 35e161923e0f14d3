//! What has our names without being ours is left alone; what has nobody's tags can be taken over; another stack's cannot.

use crate::world::{SHIPPED, World, differences};
use serde_json::{Value, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":["sts:AssumeRole"]}]}"#;

struct Foreign {
    id: &'static str,
    service: &'static str,
    operation: &'static str,
    arguments: Value,
}

/// One of each kind, as somebody else would make it.
fn foreign() -> Vec<Foreign> {
    vec![
        Foreign {
            id: "table.orders",
            service: "dynamodb",
            operation: "create_table",
            arguments: json!({
                "TableName": "Orders",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "order_id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "order_id", "AttributeType": "S"}],
            }),
        },
        Foreign {
            id: "role.api",
            service: "iam",
            operation: "create_role",
            arguments: json!({"RoleName": "orders-prod-api", "Path": "/deployer/orders/prod/", "AssumeRolePolicyDocument": TRUST}),
        },
        Foreign {
            id: "log_group.api",
            service: "logs",
            operation: "create_log_group",
            arguments: json!({"logGroupName": "/aws/lambda/orders-prod-api"}),
        },
        Foreign {
            id: "rest_api.api",
            service: "apigateway",
            operation: "create_rest_api",
            arguments: json!({"name": "orders-prod-api"}),
        },
        Foreign {
            id: "schedule.expiry",
            service: "events",
            operation: "put_rule",
            arguments: json!({"Name": "orders-prod-expiry", "ScheduleExpression": "rate(1 day)"}),
        },
    ]
}

#[test]
fn without_tags_is_refused_and_can_be_adopted() {
    for thing in foreign() {
        let world = World::new(SHIPPED);
        world.account.call(thing.service, thing.operation, thing.arguments.clone());
        let before = world.inspect();
        assert!(world.status().contains(&format!("{} foreign", thing.id)), "{}: {:?}", thing.id, world.status());

        let up = world.run(&["up"]).fails("was not made by this stack");
        assert_eq!(up.calls.writes(), [""; 0], "{}", thing.id);
        let down = world.run(&["down"]).ok();
        assert_eq!(down.calls.writes(), [""; 0], "{}", thing.id);
        assert_eq!(differences(&before, &world.inspect()), [""; 0], "{}", thing.id);

        // moto cannot change the tags of an API.
        if thing.id == "rest_api.api" {
            continue;
        }
        world.run(&["up", "--adopt"]).ok();
        world.plans_nothing();
        assert_eq!(world.status(), [""; 0], "{}", thing.id);
        let reference = World::up(SHIPPED).comparable();
        let differs: Vec<_> = differences(&reference, &world.comparable())
            .into_iter()
            // What AWS lets nobody change later.
            .filter(|path| !path.ends_with(".description") && !path.ends_with(".endpoint"))
            .collect();
        assert_eq!(differs, [""; 0], "{}", thing.id);
        world.run(&["down"]).ok();
        assert_eq!(world.inspect()["tables"], json!({}), "{}", thing.id);
    }
}

#[test]
fn of_another_stack_is_refused_even_to_adopt() {
    let world = World::new(SHIPPED);
    let tags = json!([{"Key": "deployer:stack", "Value": "billing"}, {"Key": "deployer:stage", "Value": "prod"}]);
    let mut table = foreign().remove(0).arguments;
    table["Tags"] = tags;
    world.account.call("dynamodb", "create_table", table);
    for args in [&["up"][..], &["up", "--adopt"]] {
        let up = world.run(args).fails("belongs to stack billing, stage prod");
        assert_eq!(up.calls.writes(), [""; 0]);
    }
    let down = world.run(&["down"]).ok();
    assert_eq!(down.calls.writes(), [""; 0]);
}

/// Two stages share an account and do not touch each other.
#[test]
fn of_another_stage_is_left_alone() {
    let world = World::up(SHIPPED);
    let before = world.account.inspect();
    world.run(&["up", "--stage", "dev"]).ok();
    world.run(&["plan", "--stage", "dev"]).ok();
    world.plans_nothing();
    world.run(&["down", "--stage", "dev"]).ok();
    assert_eq!(differences(&before, &world.account.inspect()), [""; 0]);
}
