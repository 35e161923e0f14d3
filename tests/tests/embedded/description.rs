//! The description: where it is looked for, and what is wrong with it. Nothing is contacted before it is right.

use tests::Sandbox;
use tests::fake_endpoint::{FakeAnswer, FakeEndpoint};
use tests::sandbox::SHOP;

/// Every command that contacts something.
const COMMANDS: [&[&str]; 8] = [
    &["up", "--yes"],
    &["plan"],
    &["status"],
    &["outputs"],
    &["down", "--yes"],
    &["logs"],
    &["invoke", "api"],
    &["build"],
];

#[test]
fn a_wrong_one_contacts_nothing() {
    let fake = FakeEndpoint::start(|_| FakeAnswer::identity("123456789012"));
    let endpoint = fake.endpoint();
    let sandbox = Sandbox::new(SHOP).with("AWS_ACCESS_KEY_ID", "key").with("AWS_SECRET_ACCESS_KEY", "secret");
    for (from, to) in [
        ("partition_key = \"order_id\"", "partition_kei = \"order_id\""),
        ("artifact = \"code\"", "artifact = \"code\"\nmemory = 100"),
        ("tables.orders = \"read_write\"", "tables.order = \"read_write\""),
        ("\"POST /orders\" = \"api\"", "\"POST /orders\" = \"apj\""),
        ("${table.orders.name}", "${table.order.name}"),
        ("name = \"shop\"", "name = \"Shop!\""),
        ("[table.orders]", "[table.orders"),
    ] {
        sandbox.describe(SHOP);
        sandbox.edit(from, to);
        for command in COMMANDS {
            let args = [command, &["--endpoint-url", &endpoint]].concat();
            let outcome = sandbox.run(&args).exits(1);
            assert!(outcome.stderr.contains("deployer.toml"), "{outcome}");
        }
        let outcome = sandbox.local(&["up", "--yes"]).exits(1);
        assert!(!sandbox.path(".deployer").exists(), "no cloud is started for it\n{outcome}");
        sandbox.run(&["validate"]).exits(1);
    }
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn every_mistake_is_shown_where_it_is() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.edit("partition_key = \"order_id\"", "partition_kei = \"order_id\"\nbilling_mode = \"PAY\"");
    sandbox.edit("artifact = \"code\"", "artifact = \"code\"\nmemory = 100");
    insta::assert_snapshot!("invalid", sandbox.run(&["validate"]).exits(1).transcript());
    insta::assert_snapshot!("invalid_json", sandbox.run(&["validate", "--output", "json"]).exits(1).transcript());
}

#[test]
fn validate_says_what_it_read() {
    let sandbox = Sandbox::new(SHOP);
    insta::assert_snapshot!("validate", sandbox.run(&["validate"]).ok().transcript());
    insta::assert_snapshot!("validate_json", sandbox.run(&["validate", "--output", "json"]).ok().transcript());
}

#[test]
fn is_looked_for_in_order() {
    let named = |name: &str| format!("name = \"{name}\"\nregion = \"ap-south-1\"\n[table.t]\npartition_key = \"id\"\n");
    let stack = |sandbox: &Sandbox, args: &[&str]| {
        let outcome = sandbox.run(&[&["validate", "--output", "json"], args].concat()).ok();
        outcome.json()["stack"].as_str().map(str::to_owned).unwrap_or_default()
    };
    let sandbox = Sandbox::empty().with("DEPLOYER_CONFIG", "elsewhere/env.toml");
    let plain = Sandbox::empty();
    let none = plain.run(&["validate"]).exits(1);
    insta::assert_snapshot!("no_description", none.transcript());
    for sandbox in [&sandbox, &plain] {
        sandbox.write("config/only.toml", &named("only"));
    }
    assert_eq!(stack(&plain, &[]), "only");
    plain.write("config/second.toml", &named("second"));
    let several = plain.run(&["validate"]).exits(1);
    assert!(several.stderr.contains("only.toml") && several.stderr.contains("second.toml"), "{several}");
    plain.write("deployer.toml", &named("usual"));
    assert_eq!(stack(&plain, &[]), "usual");
    assert_eq!(stack(&plain, &["--config", "config/second.toml"]), "second");

    let missing = sandbox.run(&["validate"]).exits(1);
    assert!(missing.stderr.contains("elsewhere/env.toml"), "{missing}");
    sandbox.write("elsewhere/env.toml", &named("env"));
    sandbox.write("deployer.toml", &named("usual"));
    assert_eq!(stack(&sandbox, &[]), "env");
    assert_eq!(stack(&sandbox, &["--config", "deployer.toml"]), "usual");
    let missing = sandbox.run(&["validate", "--config", "nowhere.toml"]).exits(1);
    assert!(missing.stderr.contains("nowhere.toml"), "{missing}");
}

/// Each stage is a stack of its own, with what it overrides.
#[test]
fn stages_differ_in_what_they_say() {
    let sandbox = Sandbox::new(&format!(
        "default_stage = \"dev\"\n{SHOP}\n[stage.dev]\n[stage.prod]\nfunction.api.memory = 512\ntable.orders.name = \"Orders\"\napi.stage = \"v1\"\n"
    ));
    sandbox.up();
    sandbox.local(&["up", "--yes", "--stage", "prod"]).ok();
    let cloud = sandbox.cloud();
    assert_eq!(
        cloud.census(),
        [
            "api shop-dev-api",
            "api shop-prod-api",
            "function shop-dev-api",
            "function shop-prod-api",
            "log group /aws/lambda/shop-dev-api",
            "log group /aws/lambda/shop-prod-api",
            "role shop-dev-api",
            "role shop-prod-api",
            "table Orders",
            "table shop-dev-orders",
        ]
    );
    for (function, memory) in [("shop-dev-api", 128), ("shop-prod-api", 512)] {
        let live = cloud.sdk(async |aws| {
            aws.lambda
                .get_function_configuration()
                .function_name(function)
                .send()
                .await
                .expect("GetFunctionConfiguration")
        });
        assert_eq!(live.memory_size(), Some(memory));
    }
    let prod = sandbox.local(&["outputs", "--stage", "prod", "--output", "json"]).ok().json();
    assert!(prod["endpoint"].as_str().is_some_and(|url| url.ends_with("/v1")), "{prod}");
    assert_eq!(prod["table.orders.name"], "Orders");
    let unknown = sandbox.local(&["plan", "--stage", "prid"]).exits(1);
    assert!(unknown.stderr.contains("prod"), "{unknown}");

    // One goes, the other stays and goes on to answer.
    let down = sandbox.local(&["down", "--yes", "--stage", "prod"]).ok();
    assert!(down.stderr.contains("the embedded cloud goes on"), "{down}");
    let status = |sandbox: &Sandbox| sandbox.run(&["local", "status", "--json"]).ok().json()["running"].clone();
    assert_eq!(status(&sandbox), true);
    assert_eq!(cloud.census().len(), 5);
    sandbox.is_converged();
    let down = sandbox.local(&["down", "--yes"]).ok();
    assert!(!down.stderr.contains("goes on"), "{down}");
    assert_eq!(status(&sandbox), false);

    let from_environment = Sandbox::new(&std::fs::read_to_string(sandbox.path("deployer.toml")).expect("it is there"))
        .with("DEPLOYER_STAGE", "prod");
    assert_eq!(from_environment.run(&["validate", "--output", "json"]).ok().json()["stage"], "prod");
}
