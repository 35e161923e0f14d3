//! What whoever runs the deployer must be allowed to do, derived from the operations in [`op::ALL`]: an operation that is added there
//! and not here does not compile into a policy that lacks it, because a test compares the two. That nothing in it is missing or
//! too much is shown by a whole life of a stack under exactly this policy (`tests/tests/embedded/permissions.rs`).

use super::erased::KindList;
use crate::aws::arn::ArnScope;
use crate::aws::op;
use crate::aws::op::{AwsOperation, CallEffect};
use crate::stack::Stack;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyPurpose {
    /// `up`, `plan`, `status`, `outputs`, `openapi`, `down`, `logs`, `invoke`, `schedule fire`, `queue`, `backup` and `restore`.
    Deploy,
    /// What changes nothing: `plan`, `status`, `outputs`, `openapi`, `logs` and `backup list`.
    Look,
}

impl PolicyPurpose {
    /// Tells whether an operation is sent for this. Into tables looks only who is about to delete or to export one, and into a backup
    /// who has made it.
    fn sends(self, op: &AwsOperation) -> bool {
        self == PolicyPurpose::Deploy
            || (op.effect == CallEffect::Read && ![&op::SCAN, &op::DESCRIBE_BACKUP].contains(&op))
    }
}

/// Returns the IAM policy of whoever runs the deployer on this stack: what every kind asks for, a statement for each set of resources.
pub fn policy(kinds: KindList<'_>, stack: &Stack, arn: &ArnScope, purpose: PolicyPurpose) -> Value {
    let mut statements = BTreeMap::<Vec<String>, BTreeSet<String>>::new();
    for op in op::ALL.iter().filter(|op| purpose.sends(op)) {
        for resources in [shared(op)].into_iter().chain(kinds.iter().map(|kind| kind.permission(op, stack, arn))) {
            if !resources.is_empty() {
                statements.entry(resources).or_default().insert(op.action());
            }
        }
    }
    let mut conditional = Vec::new();
    if purpose == PolicyPurpose::Deploy {
        for permission in kinds.iter().flat_map(|kind| kind.dependent_permissions(stack, arn)) {
            let actions = permission.actions.iter().map(|action| (*action).to_owned());
            match permission.condition {
                None => statements.entry(permission.resources).or_default().extend(actions),
                Some(condition) => conditional.push(json!({
                    "Effect": "Allow", "Action": permission.actions, "Resource": permission.resources,
                    "Condition": condition,
                })),
            }
        }
    }
    let statements = statements
        .into_iter()
        .map(|(resources, actions)| json!({"Effect": "Allow", "Action": actions, "Resource": resources}));
    let mut statements: Vec<Value> = statements.chain(conditional).collect();
    for (number, statement) in statements.iter_mut().enumerate() {
        statement["Sid"] = json!(format!("Deployer{number}"));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Returns what an operation is about that is sent for all kinds. GetCallerIdentity takes no permission.
fn shared(op: &AwsOperation) -> Vec<String> {
    // It cannot be restricted to resources.
    (op == &op::GET_TAGGED_RESOURCES).then(|| "*".to_owned()).into_iter().collect()
}

/// Which workflows of a repository on GitHub are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedWorkflow<'a> {
    /// Those of this branch.
    Branch(&'a str),
    /// Those of pull requests, whoever's they are: what they run is not merged yet.
    PullRequest,
}

/// Returns the trust policy of a role that a GitHub workflow of `repository` (`owner/name`) may assume. The forms of the subject are
/// those of "OpenID Connect reference" in GitHub's documentation.
pub fn github_trust(repository: &str, trusted: TrustedWorkflow<'_>, arn: &ArnScope) -> Value {
    let subject = match trusted {
        TrustedWorkflow::Branch(branch) => format!("repo:{repository}:ref:refs/heads/{branch}"),
        TrustedWorkflow::PullRequest => format!("repo:{repository}:pull_request"),
    };
    let provider = "token.actions.githubusercontent.com";
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:{}:iam::{}:oidc-provider/{provider}", arn.partition, arn.account)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            format!("{provider}:aud"): "sts.amazonaws.com",
            format!("{provider}:sub"): subject,
        }},
    }]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{KINDS, sections};
    use crate::stack;

    fn shipped() -> Stack {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/orders.toml");
        let sections = sections();
        stack::load(&path, None, &sections, stack::DocumentDrift::Refused).unwrap()
    }

    #[test]
    fn every_operation_is_in_the_policy_of_a_stack_that_has_everything() {
        let text = std::fs::read_to_string(shipped().path).unwrap();
        let more = "\n[function.more]\nartifact = \"x\"\nmanaged_policies = [\"arn:aws:iam::aws:policy/a\"]\nreserved_concurrency = 1\n[function.more.environment]\n\
                    AA = { secret = true, from = \"ssm:/a\" }\nBB = { secret = true, from = \"secretsmanager:b\" }\n\
                    [external.secret.mail]\nname = \"mail\"\n[queue.jobs]\n[[function.more.source]]\nqueue = \"jobs\"\n\
                    [function.more.asynchronous]\nretries = 1\n";
        let text = text.replacen("auth = \"none\"", "auth = \"api_key\"", 1) + more;
        let text = format!("permissions_boundary = \"arn:aws:iam::aws:policy/b\"\n{text}");
        let source = stack::StackSource { path: "all.toml".into(), text };
        let sections = sections();
        let stack = stack::parse(source, None, &sections, stack::DocumentDrift::Refused, &|_| {
            Ok(include_str!("../../../function/openapi.json").to_owned())
        })
        .unwrap();
        let policy = policy(KINDS, &stack, &ArnScope::new("123456789012", "ap-south-1"), PolicyPurpose::Deploy);
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
        let policy = policy(KINDS, &shipped(), &ArnScope::new("123456789012", "ap-south-1"), PolicyPurpose::Deploy);
        for statement in policy["Statement"].as_array().unwrap() {
            if statement["Resource"].as_array().unwrap().iter().any(|r| r == "*") {
                let unrestricted = [
                    "cloudwatch:GetMetricData",
                    "dynamodb:ListBackups",
                    "events:ListRules",
                    "iam:ListRoles",
                    "tag:GetResources",
                ];
                assert_eq!(statement["Action"], json!(unrestricted));
            }
        }
        assert!(policy.to_string().len() < 6144, "a managed policy may have 6,144 characters");
    }

    #[test]
    fn who_only_looks_may_change_nothing_and_read_no_items() {
        let looking = policy(KINDS, &shipped(), &ArnScope::new("123456789012", "ap-south-1"), PolicyPurpose::Look);
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
    fn only_one_branch_or_the_pull_requests_of_one_repository_are_trusted() {
        for (trusted, subject) in [
            (TrustedWorkflow::Branch("main"), "repo:acme/orders:ref:refs/heads/main"),
            (TrustedWorkflow::PullRequest, "repo:acme/orders:pull_request"),
        ] {
            let trust = github_trust("acme/orders", trusted, &ArnScope::new("123456789012", "ap-south-1"));
            let condition = &trust["Statement"][0]["Condition"]["StringEquals"];
            assert_eq!(condition["token.actions.githubusercontent.com:sub"], subject);
        }
    }
}
