use super::*;
use bytes::Bytes;
use serde_json::json;

fn call(operation: &str, input: Value) -> Call {
    Call {
        region: "eu-west-1".to_owned(),
        operation: operation.to_owned(),
        payload: Bytes::from(input.to_string()),
        body: input,
        request_id: String::new(),
    }
}

fn role(name: &str, path: &str, inline: &[Value]) -> crate::store::role::Role {
    serde_json::from_value(json!({
        "name": name, "id": "AROA", "path": path, "arn": format!("arn:aws:iam::000000000000:role{path}{name}"), "trust": "{}",
        "description": null, "max_session_s": 3600, "attached": [], "tags": {}, "created": "2026-01-01T00:00:00Z",
        "inline": inline.iter().enumerate().map(|(n, policy)| (n.to_string(), json!(policy.to_string()))).collect::<serde_json::Map<_, _>>(),
    }))
    .unwrap()
}

fn document() -> Document {
    let mut document = Document::default();
    document.iam.roles.insert("there".to_owned(), role("there", "/deployer/", &[]));
    document
}

/// What a call needs: `action resource`, with condition keys behind it.
fn needs(service: &str, operation: &str, input: Value) -> Vec<String> {
    let (call, document) = (call(operation, input), document());
    let asked = Asked { region: &call.region, operation: &call.operation, input: &call.body, document: &document };
    let demands = demands(service, &asked).unwrap_or_else(|| panic!("{service} {operation} has no entry"));
    let keys = |demand: &Demand| demand.keys.iter().map(|(key, value)| format!(" {key}={value}")).collect::<String>();
    demands.iter().map(|demand| format!("{} {}{}", demand.action, demand.resource, keys(demand))).collect()
}

#[test]
fn what_calls_need() {
    const DB: &str = "arn:aws:dynamodb:eu-west-1:000000000000:table";
    const FN: &str = "arn:aws:lambda:eu-west-1:000000000000:function";
    const ROLE: &str = "arn:aws:iam::000000000000:role";
    const GW: &str = "arn:aws:apigateway:eu-west-1::";
    const TAGS: &str = "arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2F";
    const GROUP: &str = "arn:aws:logs:eu-west-1:000000000000:log-group:g";
    const RULE: &str = "arn:aws:events:eu-west-1:000000000000:rule/r";
    let tag = json!([{"Key": "Team", "Value": "red"}]);
    for (service, operation, input, expected) in [
        ("sts", "GetCallerIdentity", json!({}), vec![]),
        ("tagging", "GetResources", json!({}), vec!["tag:GetResources *".to_owned()]),
        ("dynamodb", "CreateTable", json!({"TableName": "t"}), vec![format!("dynamodb:CreateTable {DB}/t")]),
        (
            "dynamodb",
            "CreateTable",
            json!({"TableName": "t", "Tags": tag}),
            vec![
                format!("dynamodb:CreateTable {DB}/t aws:requesttag/team=red"),
                format!("dynamodb:TagResource {DB}/t aws:requesttag/team=red"),
            ],
        ),
        ("dynamodb", "GetItem", json!({"TableName": format!("{DB}/t")}), vec![format!("dynamodb:GetItem {DB}/t")]),
        ("dynamodb", "Query", json!({"TableName": "t"}), vec![format!("dynamodb:Query {DB}/t")]),
        (
            "dynamodb",
            "Query",
            json!({"TableName": "t", "IndexName": "i"}),
            vec![format!("dynamodb:Query {DB}/t/index/i")],
        ),
        ("dynamodb", "ListTables", json!({}), vec!["dynamodb:ListTables *".to_owned()]),
        (
            "dynamodb",
            "BatchWriteItem",
            json!({"RequestItems": {"t": [], "u": []}}),
            vec![format!("dynamodb:BatchWriteItem {DB}/t"), format!("dynamodb:BatchWriteItem {DB}/u")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]}),
            vec![format!("dynamodb:PutItem {DB}/t"), format!("dynamodb:ConditionCheckItem {DB}/u")],
        ),
        (
            "dynamodb",
            "ExecuteStatement",
            json!({"Statement": "select * from \"t\".\"i\" where a = 1"}),
            vec![format!("dynamodb:PartiQLSelect {DB}/t/index/i")],
        ),
        (
            "dynamodb",
            "BatchExecuteStatement",
            json!({"Statements": [{"Statement": "INSERT INTO t VALUE {}"}, {"Statement": "UPDATE \"t\" SET a=1"}, {"Statement": ""}]}),
            vec![
                format!("dynamodb:PartiQLInsert {DB}/t"),
                format!("dynamodb:PartiQLUpdate {DB}/t"),
                "dynamodb:PartiQLSelect *".to_owned(),
            ],
        ),
        // Only a role that is there has a path; who makes one says which.
        ("iam", "GetRole", json!({"RoleName": "there"}), vec![format!("iam:GetRole {ROLE}/deployer/there")]),
        ("iam", "GetRole", json!({"RoleName": "new"}), vec![format!("iam:GetRole {ROLE}/new")]),
        (
            "iam",
            "CreateRole",
            json!({"RoleName": "new", "Path": "/deployer/", "Tags": tag}),
            vec![
                format!("iam:CreateRole {ROLE}/deployer/new aws:requesttag/team=red"),
                format!("iam:TagRole {ROLE}/deployer/new aws:requesttag/team=red"),
            ],
        ),
        ("iam", "CreateRole", json!({"RoleName": "new", "Tags": ""}), vec![format!("iam:CreateRole {ROLE}/new")]),
        ("iam", "ListRoles", json!({"PathPrefix": "/x/"}), vec!["iam:ListRoles *".to_owned()]),
        (
            "lambda",
            "CreateFunction",
            json!({"FunctionName": "f", "Role": format!("{ROLE}/r"), "Tags": {"Team": "red"}}),
            vec![
                format!("lambda:CreateFunction {FN}:f aws:requesttag/team=red"),
                format!("iam:PassRole {ROLE}/r iam:passedtoservice=lambda.amazonaws.com"),
                format!("lambda:TagResource {FN}:f aws:requesttag/team=red"),
            ],
        ),
        (
            "lambda",
            "UpdateFunctionConfiguration",
            json!({"FunctionName": "f", "Timeout": 3}),
            vec![format!("lambda:UpdateFunctionConfiguration {FN}:f")],
        ),
        ("lambda", "Invoke", json!({"FunctionName": format!("{FN}:f")}), vec![format!("lambda:InvokeFunction {FN}:f")]),
        ("lambda", "ListTags", json!({"Resource": format!("{FN}:f")}), vec![format!("lambda:ListTags {FN}:f")]),
        ("apigateway", "GetRestApis", json!({}), vec![format!("apigateway:GET {GW}/restapis")]),
        (
            "apigateway",
            "CreateRestApi",
            json!({"name": "x", "tags": {"Team": "red"}}),
            vec![
                format!("apigateway:POST {GW}/restapis aws:requesttag/team=red"),
                format!("apigateway:PUT {TAGS}restapis%2F* aws:requesttag/team=red"),
            ],
        ),
        (
            "apigateway",
            "UpdateStage",
            json!({"restApiId": "a", "stageName": "s"}),
            vec![format!("apigateway:PATCH {GW}/restapis/a/stages/s")],
        ),
        (
            "apigateway",
            "UpdateRestApi",
            json!({"restApiId": "a", "patchOperations": [{"path": "/policy"}]}),
            vec![
                format!("apigateway:PATCH {GW}/restapis/a"),
                format!("apigateway:UpdateRestApiPolicy {GW}/restapis/a"),
            ],
        ),
        (
            "apigateway",
            "TagResource",
            json!({"resourceArn": format!("{GW}/apikeys/k"), "tags": {"a": "b"}}),
            vec![
                format!("apigateway:PUT {TAGS}apikeys%2Fk aws:requesttag/a=b"),
                format!("apigateway:PATCH {GW}/apikeys/k"),
            ],
        ),
        (
            "apigateway",
            "UntagResource",
            json!({"resourceArn": format!("{GW}/apikeys/k")}),
            vec![format!("apigateway:DELETE {TAGS}apikeys%2Fk")],
        ),
        (
            "events",
            "PutRule",
            json!({"Name": "r", "Tags": tag}),
            vec![
                format!("events:PutRule {RULE} aws:requesttag/team=red"),
                format!("events:TagResource {RULE} aws:requesttag/team=red"),
            ],
        ),
        ("events", "PutTargets", json!({"Rule": "r"}), vec![format!("events:PutTargets {RULE}")]),
        (
            "logs",
            "CreateLogGroup",
            json!({"logGroupName": "g", "tags": {"Team": "red"}}),
            vec![
                format!("logs:CreateLogGroup {GROUP}:log-stream: aws:requesttag/team=red"),
                format!("logs:TagResource {GROUP}:log-stream: aws:requesttag/team=red"),
            ],
        ),
        (
            "logs",
            "FilterLogEvents",
            json!({"logGroupIdentifier": format!("{GROUP}:*")}),
            vec![format!("logs:FilterLogEvents {GROUP}:log-stream:")],
        ),
        (
            "logs",
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s"}),
            vec![format!("logs:PutLogEvents {GROUP}:log-stream:s")],
        ),
        (
            "ssm",
            "GetParameters",
            json!({"Names": ["/a/b", "c"]}),
            ["a/b", "c"]
                .map(|name| format!("ssm:GetParameters arn:aws:ssm:eu-west-1:000000000000:parameter/{name}"))
                .to_vec(),
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            json!({"SecretId": "s"}),
            vec![
                "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:000000000000:secret:s-??????"
                    .to_owned(),
            ],
        ),
        (
            "logs",
            "ListTagsForResource",
            json!({"resourceArn": GROUP}),
            vec![format!("logs:ListTagsForResource {GROUP}")],
        ),
    ] {
        assert_eq!(needs(service, operation, input.clone()), expected, "{service} {operation} {input}");
    }
}

/// The names of operations in front of `=>` in the source of a service's handler.
fn dispatched(source: &str) -> Vec<&str> {
    let arms = source.lines().filter_map(|line| line.trim().split_once(" => ").map(|(names, _)| names));
    let names = arms.flat_map(|names| names.split(" | ")).filter_map(|name| name.strip_prefix('"')?.strip_suffix('"'));
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())).collect()
}

#[test]
fn every_operation_that_is_served_has_an_entry() {
    let rest = |operations: &'static [crate::front::rest::Operation]| operations.iter().map(|it| it.name).collect();
    let items = crate::control::dynamodb::ITEMS.iter().copied();
    let mut served = 0;
    for (service, operations) in [
        ("sts", dispatched(include_str!("../control/sts.rs"))),
        ("iam", dispatched(include_str!("../control/iam/mod.rs"))),
        ("lambda", rest(crate::control::lambda::OPERATIONS)),
        ("apigateway", rest(crate::control::apigateway::OPERATIONS)),
        ("dynamodb", dispatched(include_str!("../control/dynamodb/mod.rs")).into_iter().chain(items).collect()),
        ("logs", dispatched(include_str!("../logs/mod.rs"))),
        ("events", dispatched(include_str!("../events/mod.rs"))),
        ("secretsmanager", dispatched(include_str!("../control/secretsmanager.rs"))),
        ("ssm", dispatched(include_str!("../control/ssm.rs"))),
        ("tagging", dispatched(include_str!("../control/tagging.rs"))),
    ] {
        assert!(!operations.is_empty(), "{service}: the source reads differently now");
        served += operations.len();
        for operation in operations {
            // It panics when there is none.
            needs(service, operation, json!({}));
        }
    }
    assert!(served > 130, "{served}");
}

fn restricted(statements: Value) -> Caller {
    let callers = Callers::default();
    callers.restrict("ci", &json!({"Version": "2012-10-17", "Statement": statements}).to_string()).unwrap();
    callers.of("ci", &Document::default())
}

#[test]
fn refusals_are_the_services_own() {
    let nothing = restricted(json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]));
    let all = restricted(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let guarded = restricted(json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["iam:CreateRole", "logs:TagResource"], "Resource": "*"},
    ]));
    let group = json!({"logGroupName": "g", "tags": {"a": "b"}});
    let said = |caller: &Caller, service: &str, operation: &str, input: &Value| {
        let (judged, permit) = check(caller, &document(), service, &call(operation, input.clone()));
        let last = judged.last().map(|it| (it.action.clone(), it.allowed));
        (permit.err().map(|fault| format!("{} {} {}", fault.status, fault.code, fault.message)), last)
    };
    let role = json!({"RoleName": "r"});
    assert_eq!(
        said(&nothing, "iam", "CreateRole", &role),
        (
            Some("403 AccessDenied User: arn:aws:iam::000000000000:user/ci is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::000000000000:role/r because no identity-based policy allows the iam:CreateRole action".to_owned()),
            Some(("iam:CreateRole".to_owned(), false))
        )
    );
    assert_eq!(said(&all, "iam", "CreateRole", &role), (None, Some(("iam:CreateRole".to_owned(), true))));
    assert_eq!(said(&nothing, "sts", "GetCallerIdentity", &json!({})), (None, None));
    let denied = said(&guarded, "iam", "CreateRole", &role).0.unwrap();
    assert!(denied.ends_with("with an explicit deny in an identity-based policy"), "{denied}");
    for (service, operation, input, start) in [
        ("lambda", "GetPolicy", json!({"FunctionName": "f"}), "403 AccessDeniedException User: "),
        ("apigateway", "GetStages", json!({"restApiId": "a"}), "403 AccessDeniedException User: "),
        ("dynamodb", "DescribeTable", json!({"TableName": "t"}), "400 AccessDeniedException User: "),
        ("logs", "DeleteLogGroup", json!({"logGroupName": "g"}), "400 AccessDeniedException User: "),
        ("events", "DeleteRule", json!({"Name": "r"}), "400 AccessDeniedException User: "),
        ("tagging", "GetResources", json!({}), "400 AccessDeniedException User: "),
    ] {
        assert!(said(&nothing, service, operation, &input).0.unwrap().starts_with(start), "{operation}");
    }
    assert_eq!(
        said(&guarded, "logs", "CreateLogGroup", &group).0.unwrap(),
        "400 AccessDeniedException User with accountId: 000000000000 is not authorized to perform CreateLogGroup with Tags. An additional permission \"logs:TagResource\" is required."
    );
    // What no table knows is not even allowed to who may do everything.
    let unknown = said(&all, "dynamodb", "ExportTableToPointInTime", &json!({}));
    assert_eq!(unknown.1, Some(("dynamodb:ExportTableToPointInTime".to_owned(), false)));
}

#[test]
fn conditions_are_asked() {
    let role = "arn:aws:iam::000000000000:role/r";
    let pass = |service: &str| {
        restricted(json!([
            {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": {"StringEquals": {"iam:PassedToService": service}}},
        ]))
    };
    let create = call("CreateFunction", json!({"FunctionName": "f", "Role": role}));
    assert!(check(&pass("lambda.amazonaws.com"), &document(), "lambda", &create).1.is_ok());
    let denied = check(&pass("ec2.amazonaws.com"), &document(), "lambda", &create).1.unwrap_err();
    assert!(denied.message.contains("iam:PassRole on resource: arn:aws:iam::000000000000:role/r "), "{denied}");
    let tagged = restricted(json!([
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/Team": "red"}}},
    ]));
    for (team, allowed) in [("red", true), ("blue", false)] {
        let create = call("CreateRole", json!({"RoleName": "r", "Tags": [{"Key": "Team", "Value": team}]}));
        assert_eq!(check(&tagged, &document(), "iam", &create).1.is_ok(), allowed, "{team}");
    }
}

/// Since 2024 GetFunction tells tags only to who may list them.
#[test]
fn tags_of_functions_are_told_to_who_may_list_them() {
    let get = call("GetFunction", json!({"FunctionName": "f"}));
    for (actions, told) in
        [(json!(["lambda:GetFunction"]), false), (json!(["lambda:GetFunction", "lambda:ListTags"]), true)]
    {
        let caller = restricted(json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]));
        let (judged, permit) = check(&caller, &document(), "lambda", &get);
        let mut answer = json!({"Configuration": {}, "Tags": {"a": "b"}});
        permit.unwrap().withhold(&mut answer);
        assert_eq!((answer.get("Tags").is_some(), answer.get("TagsError").is_none()), (told, told), "{answer}");
        assert_eq!(judged.len(), 2);
    }
}

#[test]
fn a_function_may_do_what_its_role_says() {
    let mut document = document();
    let allow = |action: &str| json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
    document.iam.roles.insert("r".to_owned(), role("r", "/", &[allow("dynamodb:GetItem")]));
    let arn = "arn:aws:iam::000000000000:role/r";
    let asked = |document: &Document, key: &str, operation: &str| {
        let get = call(operation, json!({"TableName": "t"}));
        check(&Callers::default().of(key, document), document, "dynamodb", &get).1.map_err(|fault| fault.message)
    };
    let gone = asked(&document, "function/eu-west-1/f", "GetItem");
    assert!(gone.is_err_and(|message| message.contains("assumed-role//f ")), "there is no such function");
    let record = json!({
        "name": "f", "arn": "", "region": "eu-west-1", "role": arn, "runtime": "", "handler": "", "description": "",
        "memory_mb": 128, "timeout_s": 3, "ephemeral_storage_mb": 512, "environment": {}, "code_sha256": "", "code_size": 0,
        "revision": "", "architecture": "", "tracing_mode": "", "policy": [], "policy_revision": "", "tags": {},
        "logging": {"format": "Text", "group": "g", "application_level": null, "system_level": null},
        "reserved_concurrency": null, "modified": "2026-01-01T00:00:00Z",
    });
    let record: crate::store::function::FunctionRecord = serde_json::from_value(record).unwrap();
    let key = access_key(&record);
    document.region_mut("eu-west-1").functions.insert("f".to_owned(), record);
    assert_eq!(asked(&document, &key, "GetItem"), Ok(Permit::default()));
    assert_eq!(
        asked(&document, &key, "Scan").unwrap_err(),
        "User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:eu-west-1:000000000000:table/t because no identity-based policy allows the dynamodb:Scan action"
    );
    // A change of the role is seen at once, and an attached policy that is not known here does not get in the way.
    document.iam.roles.insert("r".to_owned(), role("r", "/", &[allow("dynamodb:Scan")]));
    assert!(asked(&document, &key, "Scan").is_ok() && asked(&document, &key, "GetItem").is_err());
    let mut attached = role("r", "/", &[]);
    attached.attached.insert("arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess".to_owned());
    document.iam.roles.insert("r".to_owned(), attached);
    assert!(asked(&document, &key, "Scan").is_ok());
}

#[test]
fn only_policies_of_plain_keys_restrict() {
    let callers = Callers::default();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    for (key, document) in [
        ("", policy.to_string()),
        ("a/b", policy.to_string()),
        ("function/eu-west-1/f", policy.to_string()),
        (&"x".repeat(129), policy.to_string()),
        ("ci", "{}".to_owned()),
        ("ci", "nonsense".to_owned()),
        ("ci", json!({"Statement": [{"Effect": "Allow", "Action": "*"}]}).to_string()),
        (
            "ci",
            json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}).to_string(),
        ),
    ] {
        assert!(callers.restrict(key, &document).is_err(), "{key} {document}");
    }
    assert!(callers.all().is_empty());
    callers.restrict("ci", &policy.to_string()).unwrap();
    assert_eq!(callers.all(), BTreeMap::from([("ci".to_owned(), policy)]));
    assert!(callers.release("ci") && !callers.release("ci"));
}
