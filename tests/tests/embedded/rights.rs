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

const BOUND: &str = "arn:aws:iam::000000000000:policy/team/bound";
const LOGS: &str = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess";

/// The shop, whose role is bounded and has a managed policy.
fn bounded() -> String {
    let shop = shop(&format!("managed_policies = [\"{LOGS}\"]\n"));
    format!("permissions_boundary = \"{BOUND}\"\n{shop}")
}

fn make_boundary(sandbox: &Sandbox) {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    sandbox.start_cloud().sdk(async |aws| {
        let create = aws.iam.create_policy().policy_name("bound").path("/team/").policy_document(document);
        create.send().await.expect("CreatePolicy");
    });
}

/// Returns the managed policies of the role and its boundary.
fn attached(sandbox: &Sandbox) -> (Vec<String>, Option<String>) {
    sandbox.cloud().sdk(async |aws| {
        let listed = aws.iam.list_attached_role_policies().role_name("shop-dev-api").send().await.expect("it is there");
        let arns = listed.attached_policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn);
        let role = aws.iam.get_role().role_name("shop-dev-api").send().await.expect("it is there").role;
        let boundary = role.and_then(|role| role.permissions_boundary?.permissions_boundary_arn);
        (arns.collect(), boundary)
    })
}

#[test]
fn managed_policies_and_a_boundary_are_kept_in_step() {
    let sandbox = Sandbox::new(&bounded());
    make_boundary(&sandbox);
    sandbox.up();
    sandbox.is_converged();
    assert_eq!(attached(&sandbox), (vec![LOGS.to_owned()], Some(BOUND.to_owned())));

    // What somebody attached is detached, and what somebody detached is attached.
    sandbox.cloud().sdk(async |aws| {
        let role = "shop-dev-api";
        aws.iam.detach_role_policy().role_name(role).policy_arn(LOGS).send().await.expect("DetachRolePolicy");
        let all = "arn:aws:iam::aws:policy/AdministratorAccess";
        aws.iam.attach_role_policy().role_name(role).policy_arn(all).send().await.expect("AttachRolePolicy");
    });
    let plan = sandbox.local(&["plan"]).ok();
    assert!(plan.stdout.contains(&format!("+ may now: all that {LOGS} allows")), "{plan}");
    assert!(plan.stdout.contains("- may no longer: all that arn:aws:iam::aws:policy/AdministratorAccess"), "{plan}");
    sandbox.converges(&["update role.api"]);

    // A boundary that the description does not name is not taken away.
    sandbox.describe(&bounded().replace(&format!("permissions_boundary = \"{BOUND}\"\n"), ""));
    let plan = sandbox.local(&["plan"]).ok();
    assert!(plan.to_string().contains("permissions_boundary"), "{plan}");
    sandbox.is_converged();
    assert_eq!(attached(&sandbox).1.as_deref(), Some(BOUND));

    sandbox.describe(sandbox::SHOP);
    sandbox.converges(&["update role.api"]);
    assert_eq!(attached(&sandbox), (Vec::new(), Some(BOUND.to_owned())));

    // A boundary that somebody took away is put back where the description names it, and only there.
    let unbound = || {
        sandbox.cloud().sdk(async |aws| {
            let unbind = aws.iam.delete_role_permissions_boundary().role_name("shop-dev-api");
            unbind.send().await.expect("DeleteRolePermissionsBoundary");
        });
    };
    unbound();
    sandbox.is_converged();
    sandbox.describe(&bounded());
    sandbox.converges(&["update role.api"]);
    assert_eq!(attached(&sandbox), (vec![LOGS.to_owned()], Some(BOUND.to_owned())));
    unbound();
    sandbox.converges(&["update role.api"]);
    assert_eq!(attached(&sandbox).1.as_deref(), Some(BOUND));
    sandbox.local(&["down", "--yes", "--delete-data", "orders"]).ok();
    assert!(!sandbox.start_cloud().census().iter().any(|line| line.starts_with("role")), "the role is gone");
}

#[test]
fn a_managed_policy_that_is_not_there_is_named() {
    let sandbox = Sandbox::new(&bounded());
    let failed = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(failed.stderr.contains(&format!("{BOUND} does not exist or is not attachable")), "{failed}");
    assert!(failed.stderr.contains("NoSuchEntity"), "{failed}");
    let shown = sandbox.run(&["policy", "--account", "000000000000"]).ok();
    assert!(shown.stdout.contains("iam:AttachRolePolicy") && shown.stdout.contains("iam:PutRolePermissionsBoundary"));
    sandbox.describe(sandbox::SHOP);
    let shown = sandbox.run(&["policy", "--account", "000000000000"]).ok();
    assert!(!shown.stdout.contains("iam:AttachRolePolicy") && !shown.stdout.contains("Boundary"), "{shown}");
    sandbox.describe(&bounded().replace(LOGS, "CloudWatchLogsFullAccess"));
    let refused = sandbox.run(&["validate"]).exits(1);
    assert!(refused.stderr.contains("it is no ARN of IAM"), "{refused}");
}

/// Waiting does not make it appear, and AWS's words do not say where it is named.
#[test]
fn a_policy_that_does_not_exist_is_told_by_its_key() {
    let none = "arn:aws:iam::000000000000:policy/none";
    let boundary = format!("permissions_boundary = \"{none}\"\n{}", sandbox::SHOP);
    let attached = shop(&format!("managed_policies = [\"{none}\"]\n"));
    for (description, key, call) in
        [(&boundary, "permissions_boundary", "iam:CreateRole"), (&attached, "managed_policies", "iam:AttachRolePolicy")]
    {
        let sandbox = Sandbox::new(description);
        let cloud = sandbox.start_cloud();
        let up = sandbox.local(&["up", "--yes"]).exits(1);
        assert!(up.stderr.contains(none) && up.stderr.contains(&format!("`{key}` of the")), "{up}");
        let sent = cloud.writes().into_iter().filter(|write| write == call).count();
        assert_eq!(sent, 1, "{call} is sent once\n{up}");
        // Mended, the next run goes on.
        sandbox.describe(sandbox::SHOP);
        sandbox.up();
        sandbox.is_converged();
    }
    // A role that has its boundary taken and another one given.
    let sandbox = Sandbox::new(sandbox::SHOP);
    sandbox.up();
    sandbox.describe(&boundary);
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(up.stderr.contains("`permissions_boundary` of the"), "{up}");
}
