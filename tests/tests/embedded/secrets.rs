//! Secrets of functions: where they come from, what changes with them, and that nobody sees them.

use std::fs;
use std::path::Path;
use tests::{Cloud, ProgramOutput, Sandbox};

/// Three secrets from three places, and a variable that is none.
const SHOP: &str = r#"name = "shop"
region = "ap-south-1"

[function.api]
artifact = "code"

[function.api.environment]
LEVEL = "info"
FROM_ENV = { secret = true, from = "env:SHOP_KEY" }
FROM_SSM = { secret = true, from = "ssm:/${stack.name}/${stack.stage}/key" }
FROM_MANAGER = { secret = true, from = "secretsmanager:shop/db#password" }
"#;

/// What must be seen nowhere; the last are those of a second round.
const SECRETS: [&str; 6] = [
    "first-of-the-environment",
    "first-of-a-parameter",
    "first-of-the-manager",
    "second-of-the-environment",
    "second-of-a-parameter",
    "second-of-the-manager",
];

fn put(cloud: &Cloud, parameter: &str, password: &str) {
    cloud.sdk(async |clients| {
        let secure = aws_sdk_ssm::types::ParameterType::SecureString;
        let put = clients.ssm.put_parameter().name("/shop/dev/key").value(parameter).r#type(secure).overwrite(true);
        put.send().await.expect("a parameter is put");
        let text = format!(r#"{{"user": "ana", "password": "{password}"}}"#);
        let manager = &clients.secretsmanager;
        if manager.put_secret_value().secret_id("shop/db").secret_string(&text).send().await.is_err() {
            manager.create_secret().name("shop/db").secret_string(&text).send().await.expect("a secret is made");
        }
    });
}

fn environment(cloud: &Cloud) -> Vec<(String, String)> {
    cloud.sdk(async |clients| {
        let function = clients.lambda.get_function_configuration().function_name("shop-dev-api").send().await;
        let variables = function.expect("the function is there").environment.and_then(|e| e.variables);
        let mut variables: Vec<_> = variables.unwrap_or_default().into_iter().collect();
        variables.sort();
        variables
    })
}

fn live(cloud: &Cloud, name: &str) -> String {
    environment(cloud).into_iter().find(|(variable, _)| variable == name).map(|(_, value)| value).unwrap_or_default()
}

/// Nobody said a secret; the outcome passes through.
#[track_caller]
fn discreet(outcome: ProgramOutput) -> ProgramOutput {
    for secret in SECRETS {
        assert!(!outcome.to_string().contains(secret), "{outcome}");
    }
    outcome
}

#[track_caller]
fn everything(sandbox: &Sandbox) {
    for command in [&["plan"][..], &["status"], &["up", "--dry-run"]] {
        for manner in [&[][..], &["--verbose"], &["--output", "json"]] {
            discreet(sandbox.local(&[command, manner].concat()).ok());
        }
    }
    discreet(sandbox.local(&["plan", "--output", "markdown"]).ok());
    discreet(sandbox.local(&["outputs"]));
    discreet(sandbox.run(&["policy"]).ok());
    discreet(sandbox.run(&["validate", "--verbose"]).ok());
}

/// The files of the cloud but its stores: what the control plane knows, and the queue of invocations.
fn said_in_files(dir: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            said_in_files(&path, out);
        } else if path.file_name().is_none_or(|name| name != "cloud.json" && name != "cloud.journal") {
            let text = fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
            out.push(format!("{}\n{text}", path.display()));
        }
    }
}

#[test]
fn a_life_in_which_nobody_sees_a_secret() {
    let sandbox = Sandbox::new(SHOP).with("SHOP_KEY", SECRETS[0]);
    let cloud = sandbox.start_cloud();
    put(&cloud, SECRETS[1], SECRETS[2]);
    everything(&sandbox);
    discreet(sandbox.local(&["up", "--yes", "--verbose"]).ok());
    assert_eq!(live(&cloud, "FROM_ENV"), SECRETS[0]);
    assert_eq!(live(&cloud, "FROM_SSM"), SECRETS[1]);
    assert_eq!(live(&cloud, "FROM_MANAGER"), SECRETS[2]);
    sandbox.is_converged();
    everything(&sandbox);

    // Others now.
    put(&cloud, SECRETS[4], SECRETS[5]);
    let sandbox = sandbox.with("SHOP_KEY", SECRETS[3]);
    everything(&sandbox);
    let plan = sandbox.local(&["plan"]).ok();
    insta::assert_snapshot!("secrets_changed", plan.transcript());
    let up = discreet(sandbox.local(&["up", "--yes", "--output", "json"]).ok());
    assert_eq!(
        up.changes(),
        [
            "function.api environment.FROM_ENV",
            "function.api environment.FROM_MANAGER",
            "function.api environment.FROM_SSM"
        ]
    );
    assert_eq!(live(&cloud, "FROM_SSM"), SECRETS[4]);
    sandbox.is_converged();

    // Changed behind our back, to what another secret was.
    cloud.sdk(async |clients| {
        let environment = aws_sdk_lambda::types::Environment::builder()
            .variables("LEVEL", "debug")
            .variables("FROM_ENV", SECRETS[0])
            .build();
        let update =
            clients.lambda.update_function_configuration().function_name("shop-dev-api").environment(environment);
        update.send().await.expect("it is changed");
    });
    everything(&sandbox);
    sandbox.up();

    // A secret that becomes plain, one that goes, and one that AWS refuses.
    sandbox.edit("FROM_ENV = { secret = true, from = \"env:SHOP_KEY\" }\n", "FROM_ENV = \"plain\"\n");
    sandbox.edit("FROM_SSM = { secret = true, from = \"ssm:/${stack.name}/${stack.stage}/key\" }\n", "");
    everything(&sandbox);
    let plan = sandbox.local(&["plan"]).ok();
    insta::assert_snapshot!("secrets_leave", plan.transcript());
    discreet(sandbox.local(&["up", "--yes"]).ok());
    sandbox.is_converged();
    assert_eq!(live(&cloud, "FROM_ENV"), "plain");

    let calls = format!("{:?}", cloud.calls());
    discreet(sandbox.local(&["down", "--yes", "--verbose"]).ok());
    let mut said = vec![calls];
    said_in_files(&sandbox.path(".deployer"), &mut said);
    assert!(said.len() > 2, "{said:?}");
    for text in said {
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    }
}

#[test]
fn a_secret_that_is_not_where_it_should_be() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("secrets_missing", up.transcript());
    assert_eq!(cloud.writes(), [""; 0]);
    insta::assert_snapshot!("secrets_missing_json", sandbox.local(&["plan", "--output", "json"]).exits(1).transcript());

    put(&cloud, "x", "");
    let sandbox = sandbox.with("SHOP_KEY", "");
    insta::assert_snapshot!("secrets_empty", sandbox.local(&["status"]).exits(1).transcript());
    sandbox.edit("#password", "#pass");
    insta::assert_snapshot!("secrets_no_member", sandbox.local(&["status"]).exits(1).transcript());
    // Whoever only takes it down needs none of them.
    sandbox.local(&["down", "--yes"]).ok();
}

/// Who may not read a secret is told which permission is missing, and who needs it.
#[test]
fn a_secret_that_may_not_be_read() {
    let sandbox = Sandbox::new(SHOP).with("SHOP_KEY", "x");
    let cloud = sandbox.start_cloud();
    put(&cloud, "x", "y");
    let denied = |operation: &str, action: &str| {
        let message = format!("User: arn:aws:iam::000000000000:user/local is not authorized to perform: {action}");
        let effect =
            serde_json::json!({"refuse": {"status": 400, "code": "AccessDeniedException", "message": message}});
        serde_json::json!({"operation": operation, "nth": 1, "times": 9, "effect": effect})
    };
    let planned = [
        denied("ssm:GetParameters", "ssm:GetParameters on resource: parameter/shop/dev/key"),
        denied("secretsmanager:GetSecretValue", "secretsmanager:GetSecretValue on resource: shop/db"),
    ];
    cloud.faults(serde_json::json!({"planned": planned}));
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("secrets_denied", up.transcript());
    assert_eq!(cloud.writes(), [""; 0]);
}

/// Values that do not fit together are refused before anything is made.
#[test]
fn secrets_that_are_too_large() {
    let sandbox = Sandbox::new(SHOP).with("SHOP_KEY", &"k".repeat(4000));
    let cloud = sandbox.start_cloud();
    put(&cloud, &"p".repeat(200), "x");
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(up.stderr.contains("the environment of function.api has 42"), "{up}");
    assert_eq!(cloud.writes(), [""; 0]);
}

/// The file is no place for a secret, and what is written there is not shown.
#[test]
fn a_secret_in_the_file() {
    let sandbox = Sandbox::new(SHOP);
    for value in [
        r#"{ secret = true, value = "hunter2-in-the-file" }"#,
        r#"{ secret = true, from = "hunter2-in-the-file" }"#,
        r#"{ secret = true, from = "env:hunter2-in-the-file" }"#,
        r#"{ secret = "hunter2-in-the-file" }"#,
        "{ secret = true, from = 48151623, vaule = \"\"\"hunter2\n-in-the-file\"\"\" }",
        r#"{ secret = true, vaule = "hunter2-in-the-file", from = "env:A" }"#,
        "{ secret = false, from = \"env:A\" }",
        "{ secret = true }",
        "{ from = \"env:A\" }",
        "{ secret = true, from = \"ssm:/${table.orders.name}\" }",
        "{ secret = true, from = \"ssm:orders/key\" }",
    ] {
        sandbox.describe(&SHOP.replace(r#"{ secret = true, from = "env:SHOP_KEY" }"#, value));
        for manner in [&["validate"][..], &["validate", "--output", "json"]] {
            let outcome = sandbox.run(manner).exits(1);
            for secret in ["hunter2", "in-the-file", "48151623"] {
                assert!(!outcome.to_string().contains(secret), "{outcome}");
            }
        }
    }
    sandbox.describe(
        &SHOP.replace(
            r#"{ secret = true, from = "env:SHOP_KEY" }"#,
            r#"{ secret = true, value = "hunter2-in-the-file" }"#,
        ),
    );
    insta::assert_snapshot!("secret_in_the_file", sandbox.run(&["validate"]).exits(1).transcript());
}

/// A stage says where its own secrets are.
#[test]
fn another_place_in_another_stage() {
    let stages = "\n[stage.dev]\n[stage.prod.function.api.environment]\nFROM_ENV.from = \"env:PROD_KEY\"\n";
    let sandbox = Sandbox::new(&format!("{SHOP}{stages}"));
    let cloud = sandbox.start_cloud();
    put(&cloud, "x", "y");
    let missing = |stage: &str| sandbox.local(&["plan", "--stage", stage]).exits(1).stderr;
    assert!(missing("dev").contains("the environment variable SHOP_KEY is not set"), "{}", missing("dev"));
    let prod = missing("prod");
    assert!(prod.contains("the environment variable PROD_KEY is not set"), "{prod}");
    assert!(prod.contains("there is no SSM parameter /shop/prod/key in ap-south-1"), "{prod}");
}

/// More reservations than the account has are refused while nothing is made yet.
#[test]
fn a_reservation_that_does_not_fit() {
    let stack = SHOP.split("[function.api.environment]").next().unwrap_or_default();
    let sandbox = Sandbox::new(&format!("{stack}reserved_concurrency = 901\n"));
    let cloud = sandbox.start_cloud();
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("no_room", up.transcript());
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.edit("901", "900");
    sandbox.up();
    sandbox.is_converged();
}
