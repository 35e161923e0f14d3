//! What whoever runs the deployer must be allowed to do, derived from the operations in [`op::ALL`]: an operation that is added there
//! and not here does not compile into a policy that lacks it, because a test compares the two. That nothing in it is missing or
//! too much is shown by a whole life of a stack under exactly this policy (`tests/tests/embedded/permissions.rs`).

use super::secret::SecretSource;
use super::{
    ApiAuth, ApiBlock, FunctionBlock, ScheduleBlock, TableBlock, function, log_group, rest_api, role_path, room,
    schedule,
};
use crate::aws::arn::ArnScope;
use crate::aws::op;
use crate::aws::op::{AwsOperation, CallEffect};
use crate::stack::Stack;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What AWS does with the table in the name of whoever restores it, beside operations that are sent anyway ("Actions, resources, and
/// condition keys for Amazon DynamoDB", dependent actions of RestoreTableFromBackup).
const RESTORES_WITH: [&str; 5] = ["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"];

/// Statements by the resources that they are about.
type ByResource = BTreeMap<Vec<String>, BTreeSet<String>>;

/// What the policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyPurpose {
    /// `up`, `plan`, `status`, `outputs`, `openapi`, `down`, `logs`, `invoke`, `schedule fire`, `backup` and `restore`.
    Deploy,
    /// What changes nothing: `plan`, `status`, `outputs`, `openapi`, `logs` and `backup list`.
    Look,
}

impl PolicyPurpose {
    /// Whether an operation is sent for this. Into tables looks only who is about to delete or to export one, and into a backup
    /// who has made it.
    fn sends(self, op: &AwsOperation) -> bool {
        self == PolicyPurpose::Deploy
            || (op.effect == CallEffect::Read && ![&op::SCAN, &op::DESCRIBE_BACKUP].contains(&op))
    }
}

/// The IAM policy of whoever runs the deployer on this stack.
pub fn policy(stack: &Stack, arn: &ArnScope, purpose: PolicyPurpose) -> Value {
    let mut statements = ByResource::new();
    for op in op::ALL.iter().filter(|op| purpose.sends(op)) {
        let resources = resources(op, stack, arn);
        if !resources.is_empty() {
            statements.entry(resources).or_default().insert(op.action());
        }
    }
    if purpose == PolicyPurpose::Deploy
        && let Some(actions) = statements.get_mut(&resources(&op::BATCH_WRITE_ITEM, stack, arn))
    {
        actions.extend(RESTORES_WITH.iter().map(|action| format!("dynamodb:{action}")));
    }
    let mut statements: Vec<Value> = statements
        .into_iter()
        .map(|(resources, actions)| json!({"Effect": "Allow", "Action": actions, "Resource": resources}))
        .collect();
    if purpose == PolicyPurpose::Deploy && !stack.all::<FunctionBlock>().is_empty() {
        // Handing a role to Lambda is what makes a deployment powerful: only this stack's roles, only to Lambda.
        statements.push(json!({
            "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": [roles(stack, arn)],
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        }));
    }
    for (number, statement) in statements.iter_mut().enumerate() {
        statement["Sid"] = json!(format!("Deployer{number}"));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The trust policy of a role that a GitHub workflow of `repository` (`owner/name`) on `branch` may assume.
pub fn github_trust(repository: &str, branch: &str, arn: &ArnScope) -> Value {
    let provider = "token.actions.githubusercontent.com";
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:{}:iam::{}:oidc-provider/{provider}", arn.partition, arn.account)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            format!("{provider}:aud"): "sts.amazonaws.com",
            format!("{provider}:sub"): format!("repo:{repository}:ref:refs/heads/{branch}"),
        }},
    }]})
}

fn roles(stack: &Stack, arn: &ArnScope) -> String {
    arn.role(&role_path(stack), "*")
}

/// What an operation is about; nothing when the stack has no such resource.
fn resources(op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
    let tables = || {
        stack
            .all::<TableBlock>()
            .into_iter()
            .map(|(id, block)| arn.table(&stack.physical_name(&id, block.name.as_deref())))
    };
    let functions = || function::names(stack).into_iter().map(|(_, name)| name);
    let everything = || vec!["*".to_owned()];
    let groups = || functions().map(|function| arn.log_group(&log_group::name_for(&function)));
    match (op.service, op.name) {
        // It takes no permission (GetCallerIdentity).
        ("sts", _) => Vec::new(),
        // These cannot be restricted to resources.
        ("tag", _) | ("iam", "ListRoles") | ("events", "ListRules") => everything(),
        ("dynamodb", "ListBackups") if tables().next().is_some() => everything(),
        ("dynamodb", "DescribeBackup") => tables().map(|table| format!("{table}/backup/*")).collect(),
        ("dynamodb", "RestoreTableFromBackup") => {
            tables().flat_map(|table| [format!("{table}/backup/*"), table]).collect()
        }
        ("dynamodb", _) => tables().collect(),
        // IAM does not know the path of a role that does not exist yet: a first look is about its bare name.
        ("iam", _) if op.effect == CallEffect::Read => {
            let named = functions().map(|name| arn.role("/", &name));
            named.chain(functions().next().is_some().then(|| roles(stack, arn))).collect()
        }
        ("iam", _) if functions().next().is_some() => vec![roles(stack, arn)],
        // What the account has left is asked only where some of it is to be reserved.
        ("lambda", "GetAccountSettings") if room::wanted(stack) > 0 => everything(),
        ("lambda", "GetAccountSettings") => Vec::new(),
        ("ssm" | "secretsmanager", _) => secrets(op, stack, arn),
        ("lambda", _) => functions().map(|name| arn.function(&name)).collect(),
        ("logs", "DescribeLogGroups") if functions().next().is_some() => vec![arn.log_group("*")],
        ("logs", "DescribeLogGroups") => Vec::new(),
        // Tags are read and changed under the bare ARN, everything else is about the one with `:*` ("CloudWatch Logs resources and
        // operations"), also giving tags to a new group.
        ("logs", "ListTagsForResource" | "UntagResource") => groups().collect(),
        ("logs", "TagResource") => groups().flat_map(|group| [format!("{group}:*"), group]).collect(),
        ("logs", _) => groups().map(|group| format!("{group}:*")).collect(),
        ("events", _) if !stack.all::<ScheduleBlock>().is_empty() => {
            schedule::all(stack).into_iter().map(|(_, name, _)| arn.rule(&name)).collect()
        }
        ("apigateway", name) => gateway(name, stack).into_iter().map(|path| arn.gateway(path)).collect(),
        _ => Vec::new(),
    }
}

/// The places that the stack's secrets are read from. Reading needs no right to the keys that AWS manages for both services; which
/// key of the account's own may encrypt a value, the description does not know.
fn secrets(op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
    let sources = stack.all::<FunctionBlock>().into_iter().flat_map(|(_, block)| block.secrets(stack));
    let resources = sources.filter_map(|(_, source)| match source {
        SecretSource::Parameter(name) if op.service == "ssm" => Some(arn.parameter(&name)),
        SecretSource::Managed { name, .. } if op.service == "secretsmanager" => Some(arn.secret(&name)),
        _ => None,
    });
    resources.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The path of API Gateway's own API that an operation goes to. Ids are not known before there is something to have one.
fn gateway(operation: &str, stack: &Stack) -> Option<&'static str> {
    let api = stack.get::<ApiBlock>(rest_api::ID);
    let keyed = api.as_ref().is_some_and(|api| api.auth == ApiAuth::ApiKey);
    match operation {
        // What an earlier description had is looked for where there is none now, too.
        "GetRestApis" => Some("/restapis"),
        "GetUsagePlans" => Some("/usageplans"),
        "GetApiKeys" => Some("/apikeys"),
        _ if api.is_none() => None,
        "CreateRestApi" => Some("/restapis"),
        "TagResource" | "UntagResource" => Some("/tags/*"),
        "CreateUsagePlan" => keyed.then_some("/usageplans"),
        "CreateApiKey" => keyed.then_some("/apikeys"),
        name if name.contains("UsagePlan") => keyed.then_some("/usageplans/*"),
        name if name.contains("ApiKey") => keyed.then_some("/apikeys/*"),
        _ => Some("/restapis/*"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::KINDS;
    use crate::stack;

    fn shipped() -> Stack {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/orders.toml");
        let sections: Vec<_> = KINDS.iter().filter_map(|kind| kind.section()).collect();
        stack::load(&path, None, &sections, stack::DocumentDrift::Refused).unwrap()
    }

    #[test]
    fn every_operation_is_in_the_policy_of_a_stack_that_has_everything() {
        let text = std::fs::read_to_string(shipped().path).unwrap();
        let more = "\n[function.more]\nartifact = \"x\"\nreserved_concurrency = 1\n[function.more.environment]\n\
                    AA = { secret = true, from = \"ssm:/a\" }\nBB = { secret = true, from = \"secretsmanager:b\" }\n";
        let text = text.replacen("auth = \"none\"", "auth = \"api_key\"", 1) + more;
        let source = stack::StackSource { path: "all.toml".into(), text };
        let sections: Vec<_> = KINDS.iter().filter_map(|kind| kind.section()).collect();
        let stack = stack::parse(source, None, &sections, stack::DocumentDrift::Refused, &|_| {
            Ok(include_str!("../../../function/openapi.json").to_owned())
        })
        .unwrap();
        let policy = policy(&stack, &ArnScope::new("123456789012", "ap-south-1"), PolicyPurpose::Deploy);
        let allowed: BTreeSet<_> = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|s| s["Action"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned()))
            .collect();
        let missing: Vec<_> = op::ALL
            .iter()
            .map(|op| op.action())
            .filter(|action| !allowed.contains(action) && action != "sts:GetCallerIdentity")
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn nothing_but_what_cannot_be_restricted_is_about_everything() {
        let policy = policy(&shipped(), &ArnScope::new("123456789012", "ap-south-1"), PolicyPurpose::Deploy);
        for statement in policy["Statement"].as_array().unwrap() {
            if statement["Resource"].as_array().unwrap().iter().any(|r| r == "*") {
                let unrestricted = ["dynamodb:ListBackups", "events:ListRules", "iam:ListRoles", "tag:GetResources"];
                assert_eq!(statement["Action"], json!(unrestricted));
            }
        }
        assert!(policy.to_string().len() < 6144, "a managed policy may have 6,144 characters");
    }

    #[test]
    fn who_only_looks_may_change_nothing_and_read_no_items() {
        let looking = policy(&shipped(), &ArnScope::new("123456789012", "ap-south-1"), PolicyPurpose::Look);
        let actions: Vec<_> = looking["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|s| s["Action"].as_array().unwrap().iter().filter_map(Value::as_str))
            .collect();
        let reads = [":Get", ":List", ":Describe", ":Filter", ":GET"];
        assert!(actions.iter().all(|action| reads.iter().any(|read| action.contains(read))), "{actions:?}");
    }

    #[test]
    fn only_one_branch_of_one_repository_is_trusted() {
        let trust = github_trust("acme/orders", "main", &ArnScope::new("123456789012", "ap-south-1"));
        assert_eq!(
            trust["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"],
            "repo:acme/orders:ref:refs/heads/main"
        );
    }
}
