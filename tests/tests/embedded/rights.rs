//! What a function may do beside its tables: `[[function.X.allow]]`.

use tests::http::{get, send};
use tests::{Sandbox, sandbox, shipped};

/// The shop, whose function may also send mail.
fn shop(allow: &str) -> String {
    sandbox::SHOP.replace("[function.api.environment]", &format!("{allow}\n[function.api.environment]"))
}

const MAIL: &str = r#"[[function.api.allow]]
actions = ["ses:SendEmail"]
resources = ["arn:aws:ses:${stack.region}:${stack.account}:identity/shop.example"]
conditions.StringEquals."ses:FromAddress" = "orders@shop.example"
"#;

#[test]
fn a_right_is_given_shown_in_words_and_taken() {
    let sandbox = Sandbox::new(sandbox::SHOP);
    sandbox.up();
    sandbox.describe(&shop(MAIL));
    let plan = sandbox.local(&["plan"]).ok();
    let words = "+ may now: ses:SendEmail on identity/shop.example if ses:FromAddress StringEquals orders@shop.example";
    assert!(plan.stdout.contains(words), "{plan}");
    sandbox.converges(&["update role.api"]);
    let statement = role_policy(&sandbox)["Statement"]
        .as_array()
        .and_then(|all| all.iter().find(|statement| statement["Sid"] == "Allow0").cloned())
        .expect("the statement is there");
    assert_eq!(statement["Resource"], serde_json::json!(["arn:aws:ses:ap-south-1:000000000000:identity/shop.example"]));
    let printed = sandbox.run(&["policy", "--function", "api", "--account", "000000000000"]).ok().json();
    assert!(printed["Statement"].as_array().is_some_and(|all| all.contains(&statement)), "{printed} {statement}");

    sandbox.describe(sandbox::SHOP);
    let plan = sandbox.local(&["plan"]).ok();
    assert!(plan.stdout.contains("- may no longer: ses:SendEmail on identity/shop.example"), "{plan}");
    sandbox.converges(&["update role.api"]);
}

fn role_policy(sandbox: &Sandbox) -> serde_json::Value {
    sandbox.cloud().sdk(async |aws| {
        let asked = aws.iam.get_role_policy().role_name("shop-dev-api").policy_name("deployer").send().await;
        let text = asked.expect("the policy is there").policy_document;
        let plain = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        serde_json::from_str(&plain).expect("a policy is JSON")
    })
}

/// The embedded cloud judges the function by what `allow` says, action by action.
#[test]
fn a_function_may_do_what_is_allowed_and_nothing_else() {
    let tables = "[function.api.tables.orders]\nactions = [\"DeleteItem\", \"GetItem\", \"PutItem\", \"UpdateItem\"]\nindex.status-index = [\"Query\"]\n";
    let allow = "[[function.api.allow]]\nactions = [\"dynamodb:PutItem\"]\nresources = [\"${table.orders.arn}\"]\n";
    let (_sandbox, endpoint) = shipped::up_as(&shipped::edited(&[(tables, allow)]));
    let order = r#"{"item": "Laptop", "quantity": 2, "customer_name": "Ana"}"#;
    let placed = send("POST", &format!("{endpoint}/orders"), &[], order);
    assert_eq!(placed.status, 200, "{placed:?}");
    let listed = get(&format!("{endpoint}/orders"));
    assert_eq!(listed.status, 500, "Query is not allowed: {listed:?}");
}

#[test]
fn what_iam_would_refuse_is_refused_before() {
    let sandbox = Sandbox::new(&shop(
        r#"[[function.api.allow]]
actions = ["SendEmail", "SES:SendEmail"]
resources = ["identity/shop.example", "${table.order.arn}"]
conditions.StringIs."ses:FromAddress" = "a"
[[function.api.allow]]
actions = ["ses:SendEmail"]
"#,
    ));
    insta::assert_snapshot!(
        sandbox.run(&["validate"]).exits(1).stderr.replace(&*sandbox.project().to_string_lossy(), "[PROJECT]")
    );
    let many = (0..99).map(|at| format!("\"arn:aws:s3:::{at:0120}\"")).collect::<Vec<_>>().join(", ");
    sandbox.describe(&shop(&format!("[[function.api.allow]]\nactions = [\"s3:GetObject\"]\nresources = [{many}]\n")));
    let refused = sandbox.run(&["validate"]).exits(1);
    assert!(refused.stderr.contains("IAM takes 10240 in the policies of a role"), "{refused}");
}

#[test]
fn what_is_wide_is_told() {
    let sandbox = Sandbox::new(&shop("[[function.api.allow]]\nactions = [\"s3:*\"]\nresources = [\"*\"]\n"));
    let told = sandbox.run(&["validate"]).ok();
    assert!(told.stderr.contains("function.api may do everything that `s3:*` stands for"), "{told}");
}
