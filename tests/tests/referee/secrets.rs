//! Secrets of functions, in an AWS that we did not write: read where boto3 put them, and seen by boto3 where they were sent.

use crate::world::World;
use serde_json::{Value, json};

const SHOP: &str = r#"name = "shop"
region = "ap-south-1"

[function.api]
artifact = "code"

[function.api.environment]
FROM_SSM = { secret = true, from = "ssm:/shop/key" }
FROM_MANAGER = { secret = true, from = "secretsmanager:shop/db#password" }
WHOLE = { secret = true, from = "secretsmanager:shop/db" }
"#;

fn put(world: &World, parameter: &str, password: &str) {
    let input = json!({"Name": "/shop/key", "Value": parameter, "Type": "SecureString", "Overwrite": true});
    world.account.call("ssm", "put_parameter", input);
    let text = json!({"password": password}).to_string();
    let made = json!({"Name": "shop/db", "SecretString": text});
    if world.account.try_call("secretsmanager", "create_secret", made).is_err() {
        let changed = json!({"SecretId": "shop/db", "SecretString": text});
        world.account.call("secretsmanager", "put_secret_value", changed);
    }
}

fn variables(world: &World) -> Value {
    let asked = json!({"FunctionName": "shop-dev-api"});
    world.account.call("lambda", "get_function_configuration", asked)["Environment"]["Variables"].clone()
}

#[test]
fn secrets_come_from_where_they_are() {
    let world = World::new(SHOP);
    let missing = world.run(&["up"]).exits(1);
    for says in ["there is no SSM parameter /shop/key", "there is no secret shop/db"] {
        assert!(missing.stderr.contains(says), "{}", *missing);
    }
    for (parameter, password) in [("first-key", "first-word"), ("second-key", "second-word")] {
        put(&world, parameter, password);
        let up = world.run(&["up", "--verbose"]).ok();
        assert!(!up.to_string().contains(parameter) && !up.to_string().contains(password), "{}", *up);
        let whole = json!({"password": password}).to_string();
        assert_eq!(variables(&world), json!({"FROM_SSM": parameter, "FROM_MANAGER": password, "WHOLE": whole}));
        world.plans_nothing();
    }
    let tags = world.account.call("lambda", "get_function", json!({"FunctionName": "shop-dev-api"}))["Tags"].clone();
    assert_eq!(tags["deployer:secrets"], "FROM_MANAGER FROM_SSM WHOLE");
}
