//! What an earlier description made and this one does not have, where the tagging API says nothing of it: moto's knows neither rules nor
//! usage plans nor API keys.

use crate::world::{SHIPPED, World};
use serde_json::json;

/// The shipped stack with a key.
fn keyed() -> String {
    SHIPPED.replacen("auth = \"none\"", "auth = \"api_key\"", 1)
}

/// The shipped stack without its schedule, and without the function behind it.
fn without_expiry() -> String {
    let begin = SHIPPED.find("[function.expiry]").expect("it has that function");
    let end = SHIPPED.find("# --- HTTP").expect("the API comes after it");
    let stages = SHIPPED.find("# --- Stages").expect("the stages come last");
    // The stages differ in that function, too.
    format!("{}{}[stage.prod]\ntable.orders.point_in_time_recovery = true\n", &SHIPPED[..begin], &SHIPPED[end..stages])
}

#[test]
fn a_schedule_and_a_key_are_found_by_lists() {
    let world = World::up(&keyed());
    let edited = without_expiry();
    world.project.describe(&edited);
    let plan = world.run(&["plan", "--output", "json"]).ok();
    for orphan in ["schedule.expiry", "usage_plan.api", "function.expiry", "log_group.expiry", "role.expiry"] {
        assert!(plan.steps().contains(&format!("delete {orphan}")), "{orphan}\n{}", *plan);
    }
    world.run(&["up"]).ok();
    world.plans_nothing();
    let lean = World::up(&edited);
    let left = crate::world::differences(&lean.comparable(), &world.comparable());
    // The API was imported twice: what is left of that is a deployment more or less.
    let left: Vec<_> = left.into_iter().filter(|path| !path.contains("deployment")).collect();
    assert_eq!(left, [""; 0]);
    let call = |operation| world.account.call("apigateway", operation, json!({}));
    assert_eq!(call("get_usage_plans")["items"], json!([]));
    assert_eq!(call("get_api_keys")["items"], json!([]));
    assert_eq!(world.account.call("events", "list_rules", json!({}))["Rules"], json!([]));
}

/// A run that was cut short after the plan, or before it.
#[test]
fn a_key_without_its_plan_is_found() {
    let world = World::up(&keyed());
    let plans = world.account.call("apigateway", "get_usage_plans", json!({}));
    let plan = &plans["items"][0]["id"];
    let stage = &plans["items"][0]["apiStages"][0];
    let opened =
        format!("{}:{}", stage["apiId"].as_str().unwrap_or_default(), stage["stage"].as_str().unwrap_or_default());
    let patch = json!([{"op": "remove", "path": "/apiStages", "value": opened}]);
    world.account.call("apigateway", "update_usage_plan", json!({"usagePlanId": plan, "patchOperations": patch}));
    world.account.call("apigateway", "delete_usage_plan", json!({"usagePlanId": plan}));
    world.project.describe(SHIPPED);
    world.run(&["up"]).ok();
    world.plans_nothing();
    assert_eq!(world.account.call("apigateway", "get_api_keys", json!({}))["items"], json!([]));
}

/// Somebody else's rule may begin like ours.
#[test]
fn a_rule_of_somebody_else_is_left_alone() {
    let world = World::up(SHIPPED);
    let rule = json!({"Name": "orders-prod-reports", "ScheduleExpression": "rate(1 day)"});
    world.account.call("events", "put_rule", rule);
    world.plans_nothing();
    world.run(&["down"]).ok();
    let rules = world.account.call("events", "list_rules", json!({}));
    assert_eq!(rules["Rules"][0]["Name"], "orders-prod-reports");
}

/// Cut short between the function and its role: the role tells of the log group.
#[test]
fn what_a_function_leaves_behind_is_found_by_its_role() {
    let world = World::up(SHIPPED);
    world.account.call("events", "remove_targets", json!({"Rule": "orders-prod-expiry", "Ids": ["function"]}));
    world.account.call("events", "delete_rule", json!({"Name": "orders-prod-expiry"}));
    world.account.call("lambda", "delete_function", json!({"FunctionName": "orders-prod-expiry"}));
    world.account.call(
        "logs",
        "untag_log_group",
        json!({"logGroupName": "/aws/lambda/orders-prod-expiry", "tags": ["service"]}),
    );
    world.project.describe(&without_expiry());
    let up = world.run(&["up", "--output", "json"]).ok();
    assert_eq!(up.steps(), ["delete log_group.expiry", "delete role.expiry"], "{}", *up);
    world.plans_nothing();
}
