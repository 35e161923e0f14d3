//! IAM policies as Terraform has them.

use super::graph::ResourceGraph;
use super::resource::TerraformResource;
use crate::stack::MANAGED_POLICY;
use serde_json::{Map, Value};

/// Policies of AWS's own that say nothing that a new role does not have.
const COVERED: &[&str] = &["service-role/AWSLambdaBasicExecutionRole"];

/// A statement that allows something.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyStatement {
    /// Actions, with their service.
    pub actions: Vec<String>,
    /// ARNs, references and all.
    pub resources: Vec<String>,
    /// Conditions, as IAM writes them.
    pub conditions: Map<String, Value>,
}

/// A policy of a role.
pub struct RolePolicy<'a> {
    /// What has it: the policy, its attachment, or the role itself.
    pub resource: &'a TerraformResource,
    /// What it allows, or why that is not known or cannot be described.
    pub allows: Result<RoleRights, String>,
}

/// What a policy of a role allows.
#[derive(Debug, Clone, PartialEq)]
pub enum RoleRights {
    /// What is written in the file.
    Statements(Vec<PolicyStatement>),
    /// What the managed policy with this ARN allows, which the file does not have: AWS's, or of others.
    Attached(String),
}

impl RolePolicy<'_> {
    /// Returns the statements that are in the file.
    pub fn statements(&self) -> &[PolicyStatement] {
        match &self.allows {
            Ok(RoleRights::Statements(statements)) => statements,
            Ok(RoleRights::Attached(_)) | Err(_) => &[],
        }
    }
}

/// Returns the policies of a role. Those that say nothing beyond what every new role may are left out.
pub fn of_role<'a>(graph: &ResourceGraph<'a>, role: &'a TerraformResource) -> Vec<RolePolicy<'a>> {
    let named = |resource: &'a TerraformResource| RolePolicy { resource, allows: statements(resource) };
    let mut policies: Vec<_> = graph.parts("aws_iam_role_policy", "role", role).into_iter().map(named).collect();
    let inline = role.blocks("inline_policy").filter_map(|policy| policy.get("policy")?.as_str());
    policies.extend(inline.map(|text| RolePolicy { resource: role, allows: parse(text) }));

    let of_several = graph.kind("aws_iam_policy_attachment").filter(|attachment| {
        let roles = attachment.references("roles");
        roles.iter().any(|text| graph.owner("aws_iam_role", text).is_some_and(|owner| owner.address == role.address))
    });
    let attachments = graph.parts("aws_iam_role_policy_attachment", "role", role).into_iter().chain(of_several);
    let attached = attachments.map(|attachment| (attachment, attachment.raw("policy_arn").unwrap_or_default()));
    let by_role = role.references("managed_policy_arns").into_iter().map(|arn| (role, arn));
    for (resource, arn) in attached.chain(by_role) {
        if arn.split_once(":aws:policy/").is_some_and(|(_, name)| COVERED.contains(&name)) {
            continue;
        }
        if MANAGED_POLICY.refuses(arn).is_none() && graph.owner("aws_iam_policy", arn).is_none() {
            policies.push(RolePolicy { resource, allows: Ok(RoleRights::Attached(arn.to_owned())) });
            continue;
        }
        policies.push(match graph.owner("aws_iam_policy", arn) {
            Some(policy) => named(policy),
            None => RolePolicy { resource, allows: Err("the file does not have the policy".to_owned()) },
        });
    }
    policies
}

/// Returns what a policy allows.
fn statements(policy: &TerraformResource) -> Result<RoleRights, String> {
    let text = policy.told_reference("policy").map_err(|why| format!("what it allows is not known: {why}"))?;
    parse(text.ok_or("what it allows is not in the file")?)
}

fn parse(text: &str) -> Result<RoleRights, String> {
    let document: Value = serde_json::from_str(text).map_err(|_| "what it allows is not known: it is no JSON")?;
    let statements = document.get("Statement").map(list).unwrap_or_default();
    statements.iter().map(statement).collect::<Result<_, _>>().map(RoleRights::Statements)
}

fn statement(statement: &Value) -> Result<PolicyStatement, String> {
    if statement.get("Effect").is_none_or(|effect| effect != "Allow") {
        return Err("it denies something, which a description cannot say".to_owned());
    }
    if statement.get("NotAction").is_some() || statement.get("NotResource").is_some() {
        return Err("it says what is not allowed, which a description cannot say".to_owned());
    }
    let texts = |member: &str| {
        let all = statement.get(member).map(list).unwrap_or_default();
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let conditions = statement.get("Condition").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(PolicyStatement { actions: texts("Action"), resources: texts("Resource"), conditions })
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    }
}
