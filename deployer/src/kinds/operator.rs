//! What whoever runs the deployer must be allowed to do, derived from the operations in [`op::ALL`]: an operation that is added there
//! and not here does not compile into a policy that lacks it, because a test compares the two.
use super::{FunctionBlock, ScheduleBlock, TableBlock, function, log_group, role_path, schedule};
use crate::{
    aws::{
        arn::ArnScope,
        op::{self, Effect, Op},
    },
    stack::Stack,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Statements by the resources that they are about.
type ByResource = BTreeMap<Vec<String>, BTreeSet<String>>;

/// The IAM policy for `up`, `plan`, `status`, `down`, `logs` and `invoke` on this stack.
pub fn policy(stack: &Stack, arn: &ArnScope) -> Value {
    let mut statements = ByResource::new();
    for op in op::ALL {
        let resources = resources(op, stack, arn);
        if !resources.is_empty() {
            statements.entry(resources).or_default().insert(action(op));
        }
    }
    let mut statements: Vec<Value> = statements
        .into_iter()
        .map(|(resources, actions)| json!({"Effect": "Allow", "Action": actions, "Resource": resources}))
        .collect();
    if !stack.all::<FunctionBlock>().is_empty() {
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

/// The IAM action of an operation. API Gateway's are HTTP verbs ("Actions, resources, and condition keys for API Gateway Management").
fn action(op: &Op) -> String {
    if op.service != "apigateway" {
        return format!("{}:{}", op.service, op.name);
    }
    let verb = match op.name {
        name if name.starts_with("Get") => "GET",
        name if name.starts_with("Create") => "POST",
        name if name.starts_with("Put") || name.starts_with("Tag") => "PUT",
        name if name.starts_with("Update") => "PATCH",
        _ => "DELETE",
    };
    format!("apigateway:{verb}")
}

fn roles(stack: &Stack, arn: &ArnScope) -> String {
    arn.role(&role_path(stack), "*")
}

/// What an operation is about; nothing when the stack has no such resource.
fn resources(op: &Op, stack: &Stack, arn: &ArnScope) -> Vec<String> {
    let tables = || {
        stack
            .all::<TableBlock>()
            .into_iter()
            .map(|(id, block)| arn.table(&stack.physical_name(&id, block.name.as_deref())))
    };
    let functions = || function::names(stack).into_iter().map(|(_, name)| name);
    let everything = || vec!["*".to_owned()];
    match (op.service, op.name) {
        // These cannot be restricted to resources.
        ("sts" | "tag", _) | ("iam", "ListRoles") | ("events", "ListRules") => everything(),
        ("logs", "DescribeLogGroups") if functions().next().is_some() => vec![arn.log_group("*")],
        ("dynamodb", "DescribeBackup") => tables().map(|table| format!("{table}/backup/*")).collect(),
        ("dynamodb", _) => tables().collect(),
        // IAM does not know the path of a role that does not exist yet: a first look is about its bare name.
        ("iam", _) if op.effect == Effect::Read => {
            let named = functions().map(|name| arn.role("/", &name));
            named.chain(functions().next().is_some().then(|| roles(stack, arn))).collect()
        }
        ("iam", _) if functions().next().is_some() => vec![roles(stack, arn)],
        ("lambda", _) => functions().map(|name| arn.function(&name)).collect(),
        // A log group is named with and without its streams.
        ("logs", name) if name != "DescribeLogGroups" => functions()
            .flat_map(|f| {
                [arn.log_group(&log_group::name_for(&f)), format!("{}:*", arn.log_group(&log_group::name_for(&f)))]
            })
            .collect(),
        ("events", _) if !stack.all::<ScheduleBlock>().is_empty() => {
            schedule::all(stack).into_iter().map(|(_, name, _)| arn.rule(&name)).collect()
        }
        ("apigateway", "TagResource" | "UntagResource") => vec![arn.gateway("/tags/*")],
        // The ids of these are not known before they exist. A stage that moves is looked for in usage plans, whether there is a key or not.
        ("apigateway", name) if name.contains("UsagePlan") => {
            vec![arn.gateway("/usageplans"), arn.gateway("/usageplans/*")]
        }
        ("apigateway", name) if name.contains("ApiKey") => {
            vec![arn.gateway("/apikeys"), arn.gateway("/apikeys/*")]
        }
        ("apigateway", _) => vec![arn.gateway("/restapis"), arn.gateway("/restapis/*")],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kinds::KINDS, stack};

    fn shipped() -> Stack {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/orders.toml");
        let sections: Vec<_> = KINDS.iter().filter_map(|kind| kind.section()).collect();
        stack::load(&path, None, &sections).unwrap()
    }

    #[test]
    fn every_operation_is_in_the_policy_of_a_stack_that_has_everything() {
        let text = std::fs::read_to_string(shipped().path).unwrap();
        let more = "\n[schedule.operator-test]\nfunction = \"api\"\nexpression = \"rate(1 hour)\"\n";
        let source = stack::Source { path: "all.toml".into(), text: format!("{text}{more}") };
        let sections: Vec<_> = KINDS.iter().filter_map(|kind| kind.section()).collect();
        let stack =
            stack::parse(source, None, &sections, &|_| Ok(include_str!("../../../function/openapi.json").to_owned()))
                .unwrap();
        let policy = policy(&stack, &ArnScope::new("123456789012", "ap-south-1"));
        let allowed: BTreeSet<_> = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|s| s["Action"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned()))
            .collect();
        let missing: Vec<_> = op::ALL.iter().map(|op| action(op)).filter(|action| !allowed.contains(action)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn nothing_but_what_cannot_be_restricted_is_about_everything() {
        let policy = policy(&shipped(), &ArnScope::new("123456789012", "ap-south-1"));
        for statement in policy["Statement"].as_array().unwrap() {
            if statement["Resource"].as_array().unwrap().iter().any(|r| r == "*") {
                assert_eq!(
                    statement["Action"],
                    json!(["events:ListRules", "iam:ListRoles", "sts:GetCallerIdentity", "tag:GetResources"])
                );
            }
        }
        assert!(policy.to_string().len() < 6144, "a managed policy may have 6,144 characters");
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
