//! Least privilege: the policies that `deployer policy` prints are enough, and nothing in them is too much.

use aws_sdk_iam::types::Tag;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::cloud::{REGION, RequiredPermission};
use tests::sandbox::SHOP;
use tests::{Cloud, ProgramOutput, Sandbox, function_code, http, shipped};

/// The access key of whoever runs the program.
const OPERATOR: &str = "OPERATOR";
/// What every refusal says.
const REFUSED: [&str; 2] = ["is not authorized to perform", "lacks the permission"];
const LIMITS: &str = "[api.usage_plan]\nrate = 10\nburst = 20\nquota = { limit = 1000, period = \"DAY\" }\n";

/// Where secrets come from, for the first function's environment.
const SECRETS: &str = "[function.api.environment]\n\
    KEY = { secret = true, from = \"ssm:/orders/key\" }\n\
    PASSWORD = { secret = true, from = \"secretsmanager:orders/db\" }\n";

/// The shipped stack with an API key and secrets: all that a policy can be about.
fn everything() -> String {
    shipped::edited(&[
        ("auth = \"none\" ", "auth = \"api_key\" "),
        ("[function.api.environment]\n", SECRETS),
        ("# For all callers together.", LIMITS),
    ])
}

/// The same description with every kind of change in it that is an action of its own.
fn changed(description: &str) -> String {
    let edits = [
        ("service = \"orders\"", "team = \"red\""),
        ("ttl_attribute = ", "# ttl_attribute = "),
        ("# --- Code", "[table.orders.index.by-item]\npartition_key = \"item\"\n\n# --- Code"),
        ("memory = 256 ", "memory = 512 "),
        ("log_retention_days = 30", "log_retention_days = 0"),
        ("\"DeleteItem\", \"GetItem\"", "\"DeleteItem\", \"GetItem\", \"Query\""),
        ("reserved_concurrency = 1\n", ""),
        ("rate(1 hour)", "rate(2 hours)"),
        ("stage = \"prod\" ", "stage = \"live\" "),
        ("rate = 100 ", "rate = 50 "),
        ("point_in_time_recovery = true", "point_in_time_recovery = false"),
    ];
    edits.iter().fold(description.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from:?}");
        text.replacen(from, to, 1)
    })
}

/// The same without the second function and its schedule.
fn without_expiry(description: &str) -> String {
    let (before, rest) = description.split_once("# Gives up orders").expect("the second function");
    let (_, after) = rest.split_once("# --- HTTP").expect("the API");
    format!("{before}# --- HTTP{after}").replace("function.expiry.log_retention_days = 7\n", "")
}

/// A project whose caller is [`OPERATOR`].
struct Place {
    sandbox: Sandbox,
    cloud: Cloud,
}

impl Place {
    fn new(description: &str) -> Place {
        let sandbox = Sandbox::empty()
            .with("AWS_ACCESS_KEY_ID", OPERATOR)
            .with("AWS_SECRET_ACCESS_KEY", "secret")
            .with("AWS_EC2_METADATA_DISABLED", "true");
        sandbox.describe(description);
        function_code::write(&sandbox.path("code"), "first");
        let cloud = sandbox.start_cloud();
        if !description.contains("secret = true") {
            return Place { sandbox, cloud };
        }
        cloud.sdk(async |aws| {
            let kind = aws_sdk_ssm::types::ParameterType::SecureString;
            let parameter = aws.ssm.put_parameter().name("/orders/key").value("secret").r#type(kind);
            parameter.send().await.expect("PutParameter");
            let secret = aws.secretsmanager.create_secret().name("orders/db").secret_string("secret");
            secret.send().await.expect("CreateSecret");
        });
        Place { sandbox, cloud }
    }

    /// What `deployer policy` prints.
    #[track_caller]
    fn policy(&self, options: &[&str]) -> Value {
        self.sandbox.run(&[&["policy", "--account", "000000000000"], options].concat()).ok().json()
    }

    fn send(&self, args: &[&str]) -> ProgramOutput {
        self.sandbox.run(&[args, &["--endpoint-url", &self.cloud.endpoint]].concat())
    }

    /// A run that must succeed, and to which nothing was refused on the way.
    fn run(&self, args: &[&str]) -> Result<ProgramOutput, ProgramOutput> {
        let outcome = self.send(args);
        let refused = REFUSED.iter().any(|words| outcome.to_string().contains(words));
        if outcome.code == Some(0) && !refused { Ok(outcome) } else { Err(outcome) }
    }

    /// A command that needs the code of the functions; `expiry` is the second one's, if there is one.
    fn with_code(&self, args: &[&str], expiry: Option<&str>) -> Result<ProgramOutput, ProgramOutput> {
        let mut code = vec![format!("api={}", function_code::orders().display())];
        code.extend(expiry.map(|path| format!("expiry={path}")));
        let code: Vec<_> = code.iter().flat_map(|one| ["--artifact", one]).collect();
        self.run(&[args, &code].concat())
    }
}

const UP: [&str; 4] = ["up", "--yes", "--output", "json"];

/// All that can be done with a stack, from nothing to nothing. The first run that fails, or to which anything was refused, ends it.
fn life(place: &Place, description: &str) -> Result<(), ProgramOutput> {
    let Place { sandbox, cloud } = place;
    sandbox.describe(description);
    let keyed = description.contains("\nauth = \"api_key\"");
    let expiry = function_code::expiry().display().to_string();
    let up = place.with_code(&UP, Some(&expiry))?;
    let endpoint = up.finished()["outputs"]["endpoint"].as_str().expect("the API has an endpoint").to_owned();
    place.with_code(&["plan"], Some(&expiry))?;
    for looking in ["status", "outputs"] {
        place.run(&[looking])?;
    }
    let mut headers = vec![("content-type", "application/json".to_owned())];
    place.run(&["openapi"])?;
    if keyed {
        headers.push(("x-api-key", place.run(&["outputs", "api_key"])?.stdout.trim().to_owned()));
    }
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let order = json!({"item": "Laptop", "quantity": 1}).to_string();
    http::send("POST", &format!("{endpoint}/orders"), &headers, &order).is(200);
    for using in [&["invoke", "expiry"][..], &["schedule", "fire", "expiry"], &["logs"]] {
        place.run(using)?;
    }

    // Somebody else was at it.
    cloud.sdk(async |aws| {
        let (role, iam) = ("orders-prod-api", &aws.iam);
        let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let put = iam.put_role_policy().role_name(role).policy_name("backdoor").policy_document(all);
        put.send().await.expect("PutRolePolicy");
        let attach = iam.attach_role_policy().role_name(role).policy_arn("arn:aws:iam::aws:policy/AdministratorAccess");
        attach.send().await.expect("AttachRolePolicy");
        let anybody =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#;
        let update = iam.update_assume_role_policy().role_name(role).policy_document(anybody);
        update.send().await.expect("UpdateAssumeRolePolicy");
        let tag = Tag::builder().key("stray").value("x").build().expect("key and value are given");
        iam.tag_role().role_name(role).tags(tag).send().await.expect("TagRole");
        let group = format!("arn:aws:logs:{REGION}:000000000000:log-group:/aws/lambda/orders-prod-api");
        let keys = ["deployer:stack", "deployer:stage", "deployer:id"].map(str::to_owned).to_vec();
        let untag = aws.logs.untag_resource().resource_arn(group).set_tag_keys(Some(keys));
        untag.send().await.expect("UntagResource");
    });
    place.with_code(&["up", "--yes", "--adopt"], Some(&expiry))?;

    let changed = changed(description);
    sandbox.describe(&changed);
    place.with_code(&UP, Some("code"))?;
    let plan = place.with_code(&["plan", "--output", "json", "--detailed-exitcode"], Some("code"))?;
    assert_eq!(plan.steps(), [""; 0], "{plan}");

    // Without what the policy named as well, but still under it.
    sandbox.describe(
        &without_expiry(&changed).replacen("\nauth = \"api_key\"", "\nauth = \"none\"", 1).replace(LIMITS, ""),
    );
    let up = place.with_code(&UP, None)?;
    for gone in ["schedule.expiry", "function.expiry", "role.expiry", "log_group.expiry"] {
        assert!(up.steps().contains(&format!("delete {gone}")), "{gone}\n{up}");
    }
    assert_eq!(up.steps().contains(&"delete usage_plan.api".to_owned()), keyed, "{up}");
    for backup in [&["create"][..], &["list"], &["export", "orders", "--to", "orders.jsonl"]] {
        place.run(&[&["backup"], backup].concat())?;
    }
    place.run(&["restore", "orders", "--import", "orders.jsonl", "--overwrite"])?;
    place.run(&["down", "--yes", "--delete-data", "Orders"])?;
    assert_eq!(cloud.census(), [""; 0]);
    place.run(&["restore", "orders", "--from", "latest"])?;
    place.run(&["down", "--yes", "--delete-data", "Orders"])?;
    assert_eq!(cloud.census(), [""; 0]);
    Ok(())
}

/// The descriptions that are tried, as they are at first.
fn descriptions() -> [String; 2] {
    let limited = |text: &str| text.replacen("timeout = 60\n", "timeout = 60\nreserved_concurrency = 1\n", 1);
    [limited(&everything()), limited(shipped::DESCRIPTION)]
}

/// `*` stands for any run of characters, `?` for one.
fn like(pattern: &str, text: &str) -> bool {
    let mut rest = text.chars();
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| like(&pattern[1..], &text[at..]))
        }
        Some(wanted) => {
            rest.next().is_some_and(|found| wanted == '?' || wanted == found)
                && like(&pattern[wanted.len_utf8()..], rest.as_str())
        }
    }
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().expect("statements")
}

fn covers(statement: &Value, needed: &RequiredPermission) -> bool {
    texts(&statement["Action"]).contains(&needed.action.as_str())
        && texts(&statement["Resource"]).iter().any(|pattern| like(pattern, &needed.resource))
}

/// The actions and the resources of a policy that no call needed, or that another statement allows as well.
fn superfluous(policy: &Value, needed: &BTreeSet<RequiredPermission>) -> Vec<String> {
    let mut out = Vec::new();
    for (at, statement) in statements(policy).iter().enumerate() {
        let alone =
            |it: &&RequiredPermission| statements(policy).iter().enumerate().all(|(n, s)| (n == at) == covers(s, it));
        let by_this: Vec<_> = needed.iter().filter(alone).collect();
        let unused_action = |action: &&str| !by_this.iter().any(|it| it.action == *action);
        let unused_resource = |pattern: &&str| !by_this.iter().any(|it| like(pattern, &it.resource));
        out.extend(texts(&statement["Action"]).into_iter().filter(unused_action).map(str::to_owned));
        out.extend(texts(&statement["Resource"]).into_iter().filter(unused_resource).map(str::to_owned));
    }
    out
}

/// With the policy a whole life succeeds; every action and every resource in it was needed, and allowed by one statement alone.
#[test]
fn the_policy_is_enough_and_not_more() {
    for description in descriptions() {
        let place = Place::new(&description);
        let policy = place.policy(&[]);
        place.cloud.restrict(OPERATOR, &policy);
        life(&place, &description).unwrap_or_else(|refused| panic!("{refused}"));
        let needed: BTreeSet<_> = place.cloud.required_permissions(OPERATOR).into_iter().collect();
        let actions: usize = statements(&policy).iter().map(|statement| texts(&statement["Action"]).len()).sum();
        println!(
            "{} statements with {actions} actions; the life needed {} things",
            statements(&policy).len(),
            needed.len()
        );
        assert_eq!(superfluous(&policy, &needed), [""; 0]);
    }
}

/// A policy is about what its stack has; that is enough for stacks that have little, too.
#[test]
fn a_policy_for_less() {
    const TABLE: &str = "name = \"shop\"\nregion = \"ap-south-1\"\n[table.orders]\npartition_key = \"id\"\n";
    const JOB: &str = "name = \"shop\"\nregion = \"ap-south-1\"\n[function.job]\nartifact = \"code\"\n";
    for (description, services) in [
        (TABLE, &["apigateway", "cloudwatch", "dynamodb", "events", "iam", "tag"][..]),
        (JOB, &["apigateway", "cloudwatch", "events", "iam", "lambda", "logs", "tag"]),
        (SHOP, &["apigateway", "cloudwatch", "dynamodb", "events", "iam", "lambda", "logs", "tag"]),
    ] {
        let place = Place::new(description);
        let policy = place.policy(&[]);
        let actions = statements(&policy).iter().flat_map(|statement| texts(&statement["Action"]));
        let named: BTreeSet<_> = actions.filter_map(|action| Some(action.split_once(':')?.0)).collect();
        assert_eq!(Vec::from_iter(named), services, "{description}");
        place.cloud.restrict(OPERATOR, &policy);
        for args in
            [&["up", "--yes"][..], &["status", "--detailed-exitcode"], &["outputs"], &["metrics"], &["down", "--yes"]]
        {
            place.run(args).unwrap_or_else(|refused| panic!("{refused}"));
        }
        assert_eq!(place.cloud.census(), [""; 0]);
    }
}

/// The policy without one of its statements, or, with `DEPLOYER_EVERY_ACTION`, without one of its actions; and what is missing.
fn reductions(policy: &Value) -> Vec<(Value, Vec<String>)> {
    let each_action = std::env::var_os("DEPLOYER_EVERY_ACTION").is_some();
    let mut out = Vec::new();
    for (at, statement) in statements(policy).iter().enumerate() {
        let actions = texts(&statement["Action"]);
        if !each_action || actions.len() == 1 {
            let mut less = policy.clone();
            less["Statement"].as_array_mut().expect("statements").remove(at);
            out.push((less, actions.iter().map(|action| (*action).to_owned()).collect()));
            continue;
        }
        for (n, action) in actions.iter().enumerate() {
            let mut less = policy.clone();
            less["Statement"][at]["Action"].as_array_mut().expect("actions").remove(n);
            out.push((less, vec![(*action).to_owned()]));
        }
    }
    out
}

/// Without any one of its statements the life ends with an error that names an action of the statement.
#[test]
fn nothing_of_the_policy_can_be_left_out() {
    let [description, _] = descriptions();
    let policy = Place::new(&description).policy(&[]);
    let reductions = reductions(&policy);
    println!("{} lives with less than the policy", reductions.len());
    for (less, missing) in reductions {
        let place = Place::new(&description);
        place.cloud.restrict(OPERATOR, &less);
        let Err(refused) = life(&place, &description) else { panic!("nobody missed any of {missing:?}") };
        let said = refused.to_string();
        let named = |action: &String| {
            said.contains(&format!("not authorized to perform: {action} ")) || said.contains(&format!("`{action}`"))
        };
        assert!(missing.iter().any(named), "{missing:?}\n{refused}");
    }
}

/// What only looks works with the read-only policy, before there is anything and after; all of that policy is needed.
#[test]
fn looking_takes_the_read_only_policy() {
    for description in descriptions() {
        let place = Place::new(&description);
        let policy = place.policy(&["--read-only"]);
        let expiry = function_code::expiry().display().to_string();
        let look = |runs: &[&[&str]]| -> Result<(), ProgramOutput> {
            place.with_code(&["plan"], Some(&expiry))?;
            runs.iter().try_for_each(|args| place.run(args).map(drop))
        };
        place.cloud.restrict(OPERATOR, &policy);
        look(&[&["status"], &["outputs"]]).unwrap_or_else(|refused| panic!("{refused}"));
        // By somebody who may.
        let artifacts = shipped::artifacts();
        let artifacts: Vec<_> = artifacts.iter().map(String::as_str).collect();
        place.sandbox.local(&[&["up", "--yes"], &artifacts[..]].concat()).ok();
        let keyed: &[&[&str]] =
            if description.contains("\nauth = \"api_key\"") { &[&["outputs", "api_key"]] } else { &[] };
        let looks: [&[&str]; 5] =
            [&["status", "--detailed-exitcode"], &["outputs"], &["openapi"], &["logs"], &["backup", "list"]];
        look(&[&looks, keyed].concat()).unwrap_or_else(|refused| panic!("{refused}"));
        let needed: BTreeSet<_> = place.cloud.required_permissions(OPERATOR).into_iter().collect();
        println!("{} statements to look; {} things were needed", statements(&policy).len(), needed.len());
        assert_eq!(superfluous(&policy, &needed), [""; 0]);
    }
}

/// Who may only look and runs `up`: told once for every resource what is missing, nothing is made, nothing is tried again.
#[test]
fn up_by_who_may_only_look() {
    let place = Place::new(SHOP);
    place.cloud.restrict(OPERATOR, &place.policy(&["--read-only"]));
    let up = place.send(&["up", "--yes", "--output", "json"]).exits(1);
    assert_eq!(
        told(&up),
        [
            "log_group.api logs:CreateLogGroup lacks logs:CreateLogGroup",
            "rest_api.api apigateway:CreateRestApi lacks apigateway:POST",
            "role.api iam:CreateRole lacks iam:CreateRole",
            "table.orders dynamodb:CreateTable lacks dynamodb:CreateTable",
        ]
    );
    assert_eq!(place.cloud.census(), [""; 0]);
    let denied: Vec<_> =
        place.cloud.required_permissions(OPERATOR).into_iter().filter(|needed| !needed.allowed).collect();
    let once: BTreeSet<_> = denied.iter().cloned().collect();
    assert_eq!(once.len(), denied.len(), "nothing is tried twice: {denied:?}");

    // A change of what is there.
    place.sandbox.local(&["up", "--yes"]).ok();
    place.sandbox.edit("artifact = \"code\"", "artifact = \"code\"\nmemory = 512");
    let change = place.send(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("read_only_change", change.transcript());
}

/// What a run said was missing: resource, operation and action, sorted. Every error has a code, a request id and advice.
#[track_caller]
fn told(run: &ProgramOutput) -> Vec<String> {
    let finished = run.finished();
    let errors = finished["errors"].as_array().expect("a list of errors").iter();
    let mut told: Vec<_> = errors
        .map(|error| {
            let fact = |name: &str| error["facts"][name].as_str().unwrap_or_else(|| panic!("no {name}: {error}"));
            assert!(fact("code").starts_with("AccessDenied") && !fact("request id").is_empty(), "{error}");
            let hint = error["hints"][0].as_str().unwrap_or_else(|| panic!("no advice: {error}"));
            assert!(hint.contains("`deployer policy` prints"), "{hint}");
            let missing = hint.split('`').nth(1).unwrap_or_default();
            format!("{} {} lacks {missing}", fact("resource"), fact("operation"))
        })
        .collect();
    told.sort();
    told
}

/// Who may not even look: each thing that is missing, for each resource.
#[test]
fn up_by_who_may_do_nothing() {
    let place = Place::new(SHOP);
    let nothing =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]});
    place.cloud.restrict(OPERATOR, &nothing);
    let up = place.send(&["up", "--yes", "--output", "json"]).exits(1);
    assert_eq!(
        told(&up),
        [
            "function.api lambda:GetFunction lacks lambda:GetFunction",
            "grant.api lambda:GetPolicy lacks lambda:GetPolicy",
            "log_group.api logs:DescribeLogGroups lacks logs:DescribeLogGroups",
            "rest_api.api apigateway:GetRestApis lacks apigateway:GET",
            "role.api iam:GetRole lacks iam:GetRole",
            "table.orders dynamodb:DescribeTable lacks dynamodb:DescribeTable",
        ]
    );
    assert_eq!(place.cloud.writes(), [""; 0]);
}

/// Without `lambda:ListTags` GetFunction tells no tags. The function is not taken for somebody else's.
#[test]
fn tags_that_may_not_be_read() {
    let place = Place::new(SHOP);
    place.sandbox.local(&["up", "--yes"]).ok();
    let mut policy = place.policy(&[]);
    for statement in policy["Statement"].as_array_mut().expect("statements") {
        statement["Action"].as_array_mut().expect("actions").retain(|action| action != "lambda:ListTags");
    }
    place.cloud.restrict(OPERATOR, &policy);
    for args in [&["plan"][..], &["status"], &["up", "--yes"], &["down", "--yes"]] {
        let refused = place.send(args).exits(1);
        assert!(refused.to_string().contains("lacks the permission `lambda:ListTags`"), "{refused}");
        assert!(!refused.to_string().contains("--adopt"), "{refused}");
    }
}

/// As on AWS, a function may do with its tables what the description gives it: here `PutItem` is missing.
#[test]
fn a_function_may_do_what_its_role_allows() {
    let (sandbox, endpoint) = shipped::up_as(&shipped::edited(&[("\"GetItem\", \"PutItem\"", "\"GetItem\"")]));
    http::get(&format!("{endpoint}/orders")).is(200);
    let refused = http::send_json("POST", &format!("{endpoint}/orders"), &json!({"item": "Laptop", "quantity": 1}));
    assert!(refused.status >= 500, "{refused:?}");
    let needed = sandbox.cloud().required_permissions(&format!("function/{REGION}/orders-prod-api"));
    let denied: BTreeSet<_> = needed.into_iter().filter(|it| !it.allowed).collect();
    let table = format!("arn:aws:dynamodb:{REGION}:000000000000:table/Orders");
    let put = RequiredPermission { action: "dynamodb:PutItem".to_owned(), resource: table, allowed: false };
    assert_eq!(denied, BTreeSet::from([put]));
}
