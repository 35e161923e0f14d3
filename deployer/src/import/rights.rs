//! What the policies of a function's role allow, as a description says it.

use super::graph::ResourceGraph;
use super::policy::{PolicyStatement, RoleRights};
use super::resource::TerraformResource;
use super::{policy, sections};
use crate::stack::{MANAGED_POLICY, ValueShape};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Rights that every new role has.
const LOGS: &[&str] = &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

/// The resource of a statement about all there are.
const EVERYTHING: &str = "*";

/// What a function may do with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableRights {
    /// These actions, without their prefix; none when no policy is about the table.
    Actions(Vec<String>),
    /// Not known.
    Unclear,
}

/// What a function may do beside its tables and its log.
#[derive(Debug, Default)]
pub struct OtherRights<'a> {
    /// Statements as `[[function.X.allow]]` has them.
    pub allow: Vec<Value>,
    /// Managed policies that the file does not have, by ARN.
    pub managed_policies: BTreeSet<String>,
    /// What becomes narrower without anybody missing it, as far as these files tell; each by what says it, in words.
    pub narrowed: Vec<(&'a TerraformResource, String)>,
    /// What cannot be described, each by what says it, with the reason.
    pub lost: Vec<(&'a TerraformResource, String)>,
}

/// Returns the actions on tables that a description can give to a function.
fn table_actions() -> &'static [&'static str] {
    let shape = sections::key("function", "tables").map(|key| key.shape);
    let Some(ValueShape::Map { of: ValueShape::Either(forms), .. }) = shape else { return &[] };
    let listed = forms.iter().find_map(|form| match form {
        ValueShape::List { of: ValueShape::OneOf(actions), .. } => Some(*actions),
        _ => None,
    });
    listed.unwrap_or_default()
}

/// Returns the table that a resource of a statement is about, itself or one of its indexes.
fn table_of<'a>(graph: &ResourceGraph<'a>, resource: &str) -> Option<&'a TerraformResource> {
    let arn = resource.split_once("/index/").map_or(resource, |(arn, _)| arn);
    graph.owner("aws_dynamodb_table", arn)
}

/// Returns the actions of a statement that `tables` can say, without their prefix. A condition it cannot say.
fn on_tables(statement: &PolicyStatement) -> impl Iterator<Item = &str> {
    let actions = statement.actions.iter().filter_map(|action| action.strip_prefix("dynamodb:"));
    actions.filter(|action| statement.conditions.is_empty() && table_actions().contains(action))
}

/// Returns what the policies of a function's role allow on a table.
pub fn on_table(graph: &ResourceGraph<'_>, function: &TerraformResource, table: &TerraformResource) -> TableRights {
    let Some(role) = graph.role_of(function) else { return TableRights::Unclear };
    let policies = policy::of_role(graph, role);
    let about = |resource: &String| {
        resource == EVERYTHING || table_of(graph, resource).is_some_and(|owner| owner.address == table.address)
    };
    let statements = policies.iter().flat_map(|policy| policy.statements());
    let about_it = statements.filter(|statement| statement.resources.iter().any(about));
    let actions: BTreeSet<&str> = about_it.flat_map(on_tables).collect();
    // What a policy allows that is not known is lost on its own account.
    if actions.is_empty() && policies.iter().any(|policy| policy.allows.is_err()) {
        return TableRights::Unclear;
    }
    TableRights::Actions(actions.into_iter().map(str::to_owned).collect())
}

/// Returns the ARN of the policy that bounds the rights of a function's role; the role and the reason where it is not known.
pub fn boundary<'a>(
    graph: &ResourceGraph<'a>,
    function: &TerraformResource,
) -> Option<Result<&'a str, (&'a TerraformResource, String)>> {
    let role = graph.role_of(function)?;
    let text = role.raw("permissions_boundary").filter(|text| !text.is_empty())?;
    let arn = graph.owner("aws_iam_policy", text).and_then(|policy| policy.text("arn")).unwrap_or(text);
    if MANAGED_POLICY.refuses(arn).is_none() {
        return Some(Ok(arn));
    }
    Some(Err((role, "the file does not tell the ARN of its permissions boundary".to_owned())))
}

/// Returns what the policies of a function's role allow beyond [`on_table`] and its log. `described` gives the id under which the
/// description has a table or a function.
pub fn others<'a>(
    graph: &ResourceGraph<'a>,
    function: &'a TerraformResource,
    described: &dyn Fn(&TerraformResource) -> Option<String>,
) -> OtherRights<'a> {
    let mut rights = OtherRights::default();
    let Some(role) = graph.role_of(function) else {
        rights.lost.push((function, "its role is not in the file, so that what it may do is not known".to_owned()));
        return rights;
    };
    for policy in policy::of_role(graph, role) {
        let statements = match policy.allows {
            Ok(RoleRights::Statements(statements)) => statements,
            Ok(RoleRights::Attached(arn)) => {
                rights.managed_policies.insert(arn);
                continue;
            }
            Err(why) => {
                rights.lost.push((policy.resource, why));
                continue;
            }
        };
        let everywhere = statements.iter().filter(|statement| statement.resources.iter().any(|one| one == EVERYTHING));
        let on_all: BTreeSet<&str> = everywhere.flat_map(on_tables).collect();
        if !on_all.is_empty() {
            let actions = on_all.into_iter().collect::<Vec<_>>().join(", ");
            let words =
                format!("it allows {actions} on every table of the account, a new role on those that are described");
            rights.narrowed.push((policy.resource, words));
        }
        for statement in statements.iter().flat_map(|statement| beyond(statement, graph, described)) {
            match as_described(&statement, graph, described) {
                Ok(allow) if rights.allow.contains(&allow) => {}
                Ok(allow) => rights.allow.push(allow),
                Err(why) => {
                    let actions = statement.actions.join(", ");
                    rights.lost.push((policy.resource, format!("{actions}: {why}")));
                }
            }
        }
    }
    rights
}

/// Returns what of a statement `tables` and the right to write its log do not say.
fn beyond(
    statement: &PolicyStatement,
    graph: &ResourceGraph<'_>,
    described: &dyn Fn(&TerraformResource) -> Option<String>,
) -> Vec<PolicyStatement> {
    let said: BTreeSet<&str> = on_tables(statement).collect();
    let is_said = |action: &str| action.strip_prefix("dynamodb:").is_some_and(|action| said.contains(action));
    let actions = statement.actions.iter().filter(|action| !LOGS.contains(&action.as_str()));
    let (on_tables, others): (Vec<String>, Vec<String>) = actions.cloned().partition(|action| is_said(action));
    let is_elsewhere =
        |resource: &String| resource != EVERYTHING && table_of(graph, resource).and_then(described).is_none();
    let elsewhere = statement.resources.iter().filter(|resource| is_elsewhere(resource));
    let parts = [(others, statement.resources.clone()), (on_tables, elsewhere.cloned().collect())];
    let parts = parts.into_iter().filter(|(actions, resources)| !actions.is_empty() && !resources.is_empty());
    parts.map(|(actions, resources)| PolicyStatement { actions, resources, ..statement.clone() }).collect()
}

/// Returns a statement as the description has it.
fn as_described(
    statement: &PolicyStatement,
    graph: &ResourceGraph<'_>,
    described: &dyn Fn(&TerraformResource) -> Option<String>,
) -> Result<Value, String> {
    let resources = statement.resources.iter().map(|resource| described_arn(resource, graph, described));
    let mut allow = json!({"actions": statement.actions, "resources": resources.collect::<Result<Vec<_>, _>>()?});
    if !statement.conditions.is_empty() {
        allow["conditions"] =
            conditions(&statement.conditions).ok_or("its conditions have a form that is not known")?;
    }
    Ok(allow)
}

/// Returns conditions with texts as values; IAM takes numbers and booleans too.
fn conditions(all: &Map<String, Value>) -> Option<Value> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(Value::from(text.as_str())),
        Value::Bool(_) | Value::Number(_) => Some(Value::from(value.to_string())),
        _ => None,
    };
    let values = |value: &Value| match value {
        Value::Array(all) => all.iter().map(text).collect::<Option<Vec<_>>>().map(Value::from),
        one => text(one),
    };
    let keys = |keys: &Value| {
        let keys = keys.as_object()?.iter().map(|(key, value)| Some((key.clone(), values(value)?)));
        keys.collect::<Option<Map<_, _>>>().map(Value::from)
    };
    let operators = all.iter().map(|(operator, of)| Some((operator.clone(), keys(of)?)));
    operators.collect::<Option<Map<_, _>>>().map(Value::from)
}

/// Sections whose blocks have ARNs, and Terraform's types of what they describe.
const DESCRIBED: [(&str, &str); 3] =
    [("table", "aws_dynamodb_table"), ("function", "aws_lambda_function"), ("queue", "aws_sqs_queue")];

/// Returns the ARN of a statement as the description writes it: by reference where it describes the resource.
fn described_arn(
    arn: &str,
    graph: &ResourceGraph<'_>,
    described: &dyn Fn(&TerraformResource) -> Option<String>,
) -> Result<String, String> {
    // What follows the ARN of a table or a function: an index, a stream, a version, any of them.
    let ends = [arn.len()].into_iter().chain(arn.rmatch_indices(['/', ':']).map(|(at, _)| at));
    for end in ends {
        let (own, rest) = arn.split_at(end);
        for (section, kind) in DESCRIBED {
            if let Some(id) = graph.owner(kind, own).and_then(described) {
                return Ok(format!("${{{section}.{id}.arn}}{rest}"));
            }
        }
    }
    let is_known = (arn == "*" || arn.starts_with("arn:")) && !arn.contains("${");
    if is_known { Ok(arn.to_owned()) } else { Err(format!("the file does not tell the ARN that {arn} stands for")) }
}

/// Tells whether two statements say the same.
pub fn is_same(one: &Value, other: &Value) -> bool {
    let texts = |statement: &Value, member: &str| {
        let all = statement.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let conditions =
        |statement: &Value| statement.get("conditions").and_then(Value::as_object).cloned().unwrap_or_default();
    ["actions", "resources"].into_iter().all(|member| texts(one, member) == texts(other, member))
        && conditions(one) == conditions(other)
}
