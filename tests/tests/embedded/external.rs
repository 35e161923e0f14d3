//! Things that others manage: looked at, used, never changed.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::Sandbox;

/// What others have.
const OTHERS: &str = r#"name = "books"
region = "ap-south-1"

[table.ledger]
name = "Ledger"
partition_key = "entry"

[function.mailer]
name = "mailer"
artifact = "code"
"#;

/// A stack that uses it.
const SHOP: &str = r#"name = "shop"
region = "ap-south-1"

[external.table.ledger]
name = "Ledger"
partition_key = "entry"

[external.function.mailer]
name = "mailer"

[external.secret.mail]
name = "mail/key"

[function.api]
artifact = "code"
tables.ledger = ["GetItem", "Query"]

[[function.api.allow]]
actions = ["secretsmanager:GetSecretValue"]
resources = ["${external.secret.mail.arn}"]

[function.api.environment]
TABLE_NAME = "${external.table.ledger.name}"
MAILER = "${external.function.mailer.arn}"
"#;

/// A project with a cloud in which others have what [`SHOP`] uses.
fn beside_others() -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("others.toml", OTHERS);
    sandbox.local(&["up", "--yes", "--config", "others.toml"]).ok();
    sandbox.cloud().sdk(async |aws| {
        let create = aws.secretsmanager.create_secret().name("mail/key").secret_string("hunter2");
        create.send().await.expect("CreateSecret");
    });
    sandbox
}

/// What others have is as they describe it.
fn is_untouched(sandbox: &Sandbox) {
    let plan = sandbox.local(&["plan", "--output", "json", "--config", "others.toml"]).ok();
    assert_eq!(plan.steps(), [""; 0], "{plan}");
    sandbox.cloud().sdk(async |aws| {
        aws.secretsmanager.get_secret_value().secret_id("mail/key").send().await.expect("GetSecretValue");
    });
}

#[test]
fn what_is_missing_or_different_is_an_error_before_anything_is_changed() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("external_is_missing", up.transcript());
    assert_eq!(cloud.writes(), [""; 0]);

    sandbox.write("others.toml", &OTHERS.replace("\"entry\"", "{ name = \"entry\", type = \"N\" }"));
    sandbox.local(&["up", "--yes", "--config", "others.toml"]).ok();
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(
        up.stderr.contains("external.table.ledger Ledger has the partition key entry (N), not entry (S) as described"),
        "{up}"
    );
    assert!(!up.stderr.contains("external.function.mailer"), "that is there\n{up}");
    assert_eq!(cloud.writes(), [""; 0]);
}

#[test]
fn they_are_used_and_outlive_the_stack() {
    let sandbox = beside_others();
    let cloud = sandbox.cloud();
    sandbox.up();
    sandbox.is_converged();
    let (variables, policy) = cloud.sdk(async |aws| {
        let function = aws.lambda.get_function_configuration().function_name("shop-dev-api").send().await;
        let variables = function.expect("it is there").environment.and_then(|environment| environment.variables);
        let policy = aws.iam.get_role_policy().role_name("shop-dev-api").policy_name("deployer").send().await;
        (variables.unwrap_or_default(), policy.expect("it is there").policy_document)
    });
    assert_eq!(variables["TABLE_NAME"], "Ledger");
    assert_eq!(variables["MAILER"], "arn:aws:lambda:ap-south-1:000000000000:function:mailer");
    let policy = percent_encoding::percent_decode_str(&policy).decode_utf8_lossy().into_owned();
    for right in ["table/Ledger\"", "table/Ledger/index/*\"", "secret:mail/key-??????\""] {
        assert!(policy.contains(right), "{right} in {policy}");
    }

    // Its whole life needs no right to change them.
    let granted = sandbox.run(&["policy", "--account", "000000000000"]).ok().json();
    for statement in granted["Statement"].as_array().into_iter().flatten() {
        if statement["Resource"].to_string().contains("Ledger") || statement["Resource"].to_string().contains("mailer")
        {
            let actions = statement["Action"].as_array().into_iter().flatten().filter_map(|action| action.as_str());
            let reads =
                |action: &str| action.contains(":Get") || action.contains(":List") || action.contains(":Describe");
            assert!(actions.clone().count() > 0 && actions.clone().all(reads), "{statement}");
        }
    }
    cloud.restrict("OPERATOR", &granted);
    let operator = Sandbox::new(SHOP).with("AWS_ACCESS_KEY_ID", "OPERATOR").with("AWS_SECRET_ACCESS_KEY", "b");
    let as_operator = |args: &[&str]| operator.run(&[args, &["--endpoint-url", &cloud.endpoint]].concat());
    as_operator(&["plan"]).ok();
    as_operator(&["down", "--yes"]).ok();
    is_untouched(&sandbox);
}

/// A table that the stack gave away is not deleted as a leftover, whatever its tags say.
#[test]
fn what_was_the_stacks_own_is_not_deleted() {
    let own = "name = \"shop\"\nregion = \"ap-south-1\"\n[table.ledger]\nname = \"Ledger\"\npartition_key = \"entry\"\n\
               [function.mailer]\nname = \"mailer\"\nartifact = \"code\"\n";
    let sandbox = Sandbox::new(own).with("AWS_ACCESS_KEY_ID", "a").with("AWS_SECRET_ACCESS_KEY", "b");
    sandbox.up();
    let cloud = sandbox.cloud();
    let given = "name = \"shop\"\nregion = \"ap-south-1\"\n[external.table.ledger]\nname = \"Ledger\"\n[external.function.mailer]\nname = \"mailer\"\n";
    sandbox.describe(given);
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(up.stderr.contains("external.table.ledger Ledger is this stack's own, not others'"), "{up}");
    assert!(up.stderr.contains("external.function.mailer mailer is this stack's own, not others'"), "{up}");
    sandbox.run(&["down", "--yes", "--endpoint-url", &cloud.endpoint]).ok();
    assert_eq!(cloud.writes(), [""; 0]);
    cloud.sdk(async |aws| {
        let key = AttributeValue::S("1".to_owned());
        aws.dynamodb.put_item().table_name("Ledger").item("entry", key).send().await.expect("the table is there");
        aws.lambda.get_function().function_name("mailer").send().await.expect("the function is there");
        aws.iam.get_role().role_name("mailer").send().await.expect("its role is there");
        aws.logs.describe_log_groups().log_group_name_prefix("/aws/lambda/mailer").send().await.expect("it answers");
    });
    assert_eq!(json!(cloud.writes()), json!(["dynamodb:PutItem"]));
}
