//! How many calls the commands make, and how many of them had to wait for each other: the shipped stack, counted by a proxy in
//! front of an AWS where every call takes equally long.

use crate::world::{SHIPPED, World};
use tests::proxy::{CallLog, ProxyClock};

/// The numbers may fall; a change that raises them has to say why here.
#[track_caller]
fn takes(calls: &CallLog, number: usize, depth: usize) {
    assert_eq!((calls.len(), calls.depth()), (number, depth), "(calls, depth) of\n{calls}");
}

#[test]
fn the_shipped_stack_takes_few_calls_in_short_chains() {
    let world = World::with_clock(SHIPPED, ProxyClock::Lockstep);

    let up = world.run(&["up"]).ok();
    takes(&up.calls, 41, 5);
    assert_eq!(up.calls.uploads(), 2, "{}", up.calls);

    let again = world.run(&["up"]).ok();
    takes(&again.calls, 33, 2);
    assert_eq!(again.calls.writes(), [""; 0]);
    assert!(again.calls.sent() < 2000, "{}", again.calls);
    let plan = world.run(&["plan"]).ok();
    takes(&plan.calls, 33, 2);
    assert_eq!(plan.calls.writes(), [""; 0]);
    // One call more tells what came of the last hour.
    let status = world.run(&["status"]).ok();
    takes(&status.calls, 34, 2);
    assert_eq!(status.calls.writes(), [""; 0]);

    world.project.edit("[function.api.environment]\n", "[function.api.environment]\nLOG_LEVEL = \"debug\"\n");
    let environment = world.run(&["up"]).ok();
    takes(&environment.calls, 34, 3);
    assert_eq!(environment.calls.writes(), ["lambda:UpdateFunctionConfiguration"]);
    assert_eq!(environment.calls.uploads(), 0);

    world.recode("second");
    let code = world.run(&["up"]).ok();
    takes(&code.calls, 35, 3);
    assert_eq!(code.calls.writes(), ["lambda:UpdateFunctionCode"; 2], "one for each function");

    let down = world.run(&["down"]).ok();
    takes(&down.calls, 51, 7);
    let nothing = world.run(&["down"]).ok();
    assert_eq!(nothing.calls.writes(), [""; 0]);
    assert!(nothing.calls.depth() <= 2, "{}", nothing.calls);
}

#[test]
fn every_change_sends_only_what_differs() {
    let world = World::up(SHIPPED);
    for (from, to, writes) in [
        ("memory = 256", "memory = 512", &["lambda:UpdateFunctionConfiguration"][..]),
        ("timeout = 10 ", "timeout = 11 ", &["lambda:UpdateFunctionConfiguration"]),
        ("log_retention_days = 30", "log_retention_days = 60", &["logs:PutRetentionPolicy"]),
        ("rate = 100", "rate = 50", &["apigateway:UpdateStage"]),
        ("point_in_time_recovery = true", "point_in_time_recovery = false", &["dynamodb:UpdateContinuousBackups"]),
        ("\"DeleteItem\", ", "", &["iam:PutRolePolicy"]),
        (
            "\"GET /orders\" = \"api\"",
            "\"GET /orders\" = \"api\"\n\"GET /health\" = \"api\"",
            // The grant covers the new path as well.
            &[
                "apigateway:CreateDeployment",
                "apigateway:PutRestApi",
                "apigateway:UpdateStage",
                "lambda:AddPermission",
                "lambda:RemovePermission",
            ],
        ),
        (
            "bin = \"orders-api\"",
            "bin = \"orders-api\"\ntags.tier = \"front\"",
            &["iam:TagRole", "lambda:TagResource", "logs:TagResource"],
        ),
        ("tags.tier = \"front\"\n", "", &["iam:UntagRole", "lambda:UntagResource", "logs:UntagResource"]),
    ] {
        world.project.edit(from, to);
        let up = world.run(&["up"]).ok();
        let mut sent = up.calls.writes();
        sent.sort();
        assert_eq!(sent, writes, "{to}\n{}", *up);
        world.plans_nothing();
    }
}
