use super::*;
use crate::service::{SERVICES, find_service};
use crate::state::{RestrictedCallers, access_key};
use crate::store::function::FunctionRecord;
use crate::store::role::RoleRecord;
use crate::wire::{CallEffect, WireProtocol};
use serde_json::json;
use std::collections::BTreeMap;

fn call(operation: &str, input: Value) -> Call {
    Call {
        region: "eu-west-1".to_owned(),
        operation: operation.to_owned(),
        payload: input.to_string().into(),
        body: input,
        ..Call::default()
    }
}

fn role(name: &str, path: &str, inline: &[Value]) -> RoleRecord {
    serde_json::from_value(json!({
        "name": name, "id": "AROA", "path": path, "arn": format!("arn:aws:iam::000000000000:role{path}{name}"), "trust": "{}",
        "description": null, "max_session_s": 3600, "attached": [], "tags": {}, "created": "2026-01-01T00:00:00Z",
        "inline": inline.iter().enumerate().map(|(n, policy)| (n.to_string(), json!(policy.to_string()))).collect::<serde_json::Map<_, _>>(),
    }))
    .unwrap()
}

fn document() -> CloudDocument {
    let mut document = CloudDocument::default();
    document.iam.roles.insert("there".to_owned(), role("there", "/deployer/", &[]));
    document
}

/// Judges a call of a service.
fn check(
    caller: &CallerIdentity,
    document: &CloudDocument,
    service: &str,
    call: &Call,
) -> (Vec<PermissionDecision>, ServiceResult<AllowedCall>) {
    let service = find_service(service).unwrap();
    authorize(caller, document, service, service.operation(&call.operation), call)
}

#[test]
fn operations_are_declared_consistently() {
    const READS: &[&str] = &["Get", "List", "Describe", "Filter", "Query", "Scan", "BatchGet", "TransactGet"];
    let mut served = 0;
    for service in SERVICES {
        for operation in service.operations {
            let (name, spec) = (operation.spec.name, operation.spec);
            let reads = READS.iter().any(|verb| name.starts_with(verb));
            assert_eq!(spec.effect == CallEffect::Read, reads, "{} {name}", service.spec.name);
            let same = service.operations.iter().filter(|other| other.spec.name == name).count();
            assert_eq!(same, 1, "{} {name} is declared once", service.spec.name);
            let rest = matches!(service.spec.protocol, WireProtocol::Rest);
            assert_eq!(spec.route.is_some(), rest, "{} {name}", service.spec.name);
        }
        served += service.operations.len();
        assert!(std::ptr::eq(find_service(service.spec.name).unwrap(), *service), "{}", service.spec.name);
    }
    assert!(served > 130, "{served}");
}

fn restricted(statements: Value) -> CallerIdentity {
    let callers = RestrictedCallers::default();
    callers.restrict("ci", &json!({"Version": "2012-10-17", "Statement": statements}).to_string()).unwrap();
    callers.of("ci", &CloudDocument::default())
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
    let said = |caller: &CallerIdentity, service: &str, operation: &str, input: &Value| {
        let (judged, permit) = check(caller, &document(), service, &call(operation, input.clone()));
        let last = judged.last().map(|it| (it.action.clone(), it.allowed));
        (permit.err().map(|error| format!("{} {} {}", error.status, error.code, error.message)), last)
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
        permit.unwrap().redact(&mut answer);
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
    let asked = |document: &CloudDocument, key: &str, operation: &str| {
        let get = call(operation, json!({"TableName": "t"}));
        check(&RestrictedCallers::default().of(key, document), document, "dynamodb", &get)
            .1
            .map(drop)
            .map_err(|error| error.message)
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
    let record: FunctionRecord = serde_json::from_value(record).unwrap();
    let key = access_key(&record);
    document.region_mut("eu-west-1").functions.insert("f".to_owned(), record);
    assert_eq!(asked(&document, &key, "GetItem"), Ok(()));
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
    let callers = RestrictedCallers::default();
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
