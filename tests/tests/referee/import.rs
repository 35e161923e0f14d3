//! Moving over from Terraform, on an AWS that we did not write. moto cannot change the tags of an API, so that it stays out here.

use crate::world::{SHIPPED, World};
use serde_json::{Value, json};
use tests::terraform;

/// A zip that holds nothing. moto looks only at its bytes.
const ZIP: &str = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";

fn make(world: &World) {
    let account = &world.account;
    let key = |name: &str| json!([{"AttributeName": name, "KeyType": "HASH"}]);
    account.call("dynamodb", "create_table", json!({
        "TableName": "Orders", "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("order_id"),
        "AttributeDefinitions": [{"AttributeName": "order_id", "AttributeType": "S"}, {"AttributeName": "customer_name", "AttributeType": "S"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by-customer", "KeySchema": key("customer_name"), "Projection": {"ProjectionType": "ALL"}}],
        "Tags": [{"Key": "Environment", "Value": "production"}],
    }));
    for order in terraform::orders() {
        let attribute =
            |value: &Value| value.as_str().map_or_else(|| json!({"N": value.to_string()}), |text| json!({"S": text}));
        let item: serde_json::Map<_, _> =
            order.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), attribute(value))).collect();
        account.call("dynamodb", "put_item", json!({"TableName": "Orders", "Item": item}));
    }
    account.call(
        "iam",
        "create_role",
        json!({"RoleName": terraform::ROLE, "AssumeRolePolicyDocument": terraform::TRUST}),
    );
    for name in [terraform::HANDLER, terraform::EXPIRER] {
        account.call(
            "lambda",
            "create_function",
            json!({
                "FunctionName": name, "Runtime": "python3.12", "Handler": "lambda_function.lambda_handler",
                "Role": format!("arn:aws:iam::{}:role/{}", account.id, terraform::ROLE), "Code": {"ZipFile": ZIP},
            }),
        );
    }
    let group = format!("/aws/lambda/{}", terraform::HANDLER);
    account.call("logs", "create_log_group", json!({"logGroupName": group}));
    let retention = json!({"logGroupName": group, "retentionInDays": terraform::RETENTION_DAYS});
    account.call("logs", "put_retention_policy", retention);
    account.call("events", "put_rule", json!({"Name": terraform::RULE, "ScheduleExpression": "rate(1 hour)"}));
    let arn = format!("arn:aws:lambda:ap-south-1:{}:function:{}", account.id, terraform::EXPIRER);
    account.call("events", "put_targets", json!({"Rule": terraform::RULE, "Targets": [{"Id": "expirer", "Arn": arn}]}));
}

#[test]
fn the_former_system_is_taken_over() {
    let world = World::new(SHIPPED);
    make(&world);
    world.project.write("infra/terraform.tfstate", &terraform::state(&world.account.id, None));
    let look = world.run(&["import-terraform", "infra", "--write"]).ok();
    assert_eq!(look.calls.writes(), [""; 0], "{}", *look);

    let adopted = world.run(&["import-terraform", "infra", "--adopt"]).ok();
    assert!(adopted.stderr.contains("destroy"), "{}", *adopted);
    world.plans_nothing();
    let after = world.inspect();
    assert_eq!(after["tables"]["Orders"]["items"], terraform::orders().len());
    for (kind, names) in [
        ("tables", &["Orders"][..]),
        ("functions", &[terraform::EXPIRER, terraform::HANDLER]),
        ("roles", &[terraform::EXPIRER, terraform::HANDLER, terraform::ROLE]),
        ("rules", &[terraform::RULE]),
        ("log_groups", &["/aws/lambda/order-expirer", "/aws/lambda/order-handler"]),
    ] {
        let found: Vec<_> = after[kind].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        assert_eq!(found, names, "{kind}");
    }
    let again = world.run(&["import-terraform", "infra", "--adopt"]).ok();
    assert!(again.stderr.contains("everything is adopted already"), "{}", *again);
    assert_eq!(again.calls.writes(), [""; 0]);
}

/// What Terraform knows of another account is not looked for in this one.
#[test]
fn of_another_account_is_refused() {
    let world = World::new(SHIPPED);
    make(&world);
    world.project.write("infra/terraform.tfstate", &terraform::state("123456789012", None));
    world.run(&["import-terraform", "infra", "--write"]).ok();
    let refused = world.run(&["import-terraform", "infra", "--adopt"]).fails("is in account 123456789012");
    assert_eq!(refused.calls.writes(), [""; 0]);
}
