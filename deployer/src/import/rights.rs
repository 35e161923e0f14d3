//! What the policies of a function's role allow.

use super::graph::ResourceGraph;
use super::resource::TerraformResource;
use super::sections;
use crate::stack::ValueShape;
use serde_json::Value;
use std::collections::BTreeSet;

/// Policies of AWS's own that say nothing that a new role does not have.
const COVERED: &[&str] = &["service-role/AWSLambdaBasicExecutionRole"];
/// Rights that every new role has.
const LOGS: &[&str] = &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

/// What a function may do with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableRights {
    /// These actions, without their prefix; none when no policy is about the table.
    Actions(Vec<String>),
    /// Not known, or more than a list of actions can say.
    Unclear,
}

/// A statement that allows something.
struct AllowStatement {
    actions: Vec<String>,
    resources: Vec<String>,
}

/// Returns what a policy allows.
///
/// # Errors
/// Why it is not known.
fn statements(policy: &TerraformResource) -> Result<Vec<AllowStatement>, String> {
    let text = policy.told_reference("policy")?;
    parse(text.ok_or("it is not in the file")?)
}

fn parse(text: &str) -> Result<Vec<AllowStatement>, String> {
    let document: Value = serde_json::from_str(text).map_err(|_| "it is no JSON".to_owned())?;
    let list = |value: &Value| match value {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let texts = |value: Option<&Value>| {
        let all = value.map(list).unwrap_or_default();
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let statements = document.get("Statement").map(list).unwrap_or_default();
    let allow = statements.iter().filter(|statement| statement.get("Effect").is_some_and(|effect| effect == "Allow"));
    if allow.clone().any(|statement| statement.get("NotAction").is_some() || statement.get("NotResource").is_some()) {
        return Err("it says what is not allowed".to_owned());
    }
    Ok(allow
        .map(|statement| AllowStatement {
            actions: texts(statement.get("Action")),
            resources: texts(statement.get("Resource")),
        })
        .collect())
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

/// Returns what is to be said of a policy that ends with the role that has it: what the new role may not do.
pub fn remark(policy: &TerraformResource) -> Option<String> {
    if policy.kind.ends_with("_attachment") {
        let arn = policy.raw("policy_arn")?;
        let name = arn.split_once(":aws:policy/")?.1;
        return (!COVERED.contains(&name))
            .then(|| format!("the new role does not have it: what {name} allows ends, but for tables and logs"));
    }
    let allowed = match statements(policy) {
        Ok(allowed) => allowed,
        Err(why) => {
            return Some(format!("what it allows is not known from the file ({why}); beyond tables and logs it ends"));
        }
    };
    let describable = |action: &str| {
        let on_table = action.strip_prefix("dynamodb:").is_some_and(|action| table_actions().contains(&action));
        on_table || LOGS.contains(&action)
    };
    let actions = allowed.iter().flat_map(|statement| &statement.actions);
    let lost: BTreeSet<&str> = actions.map(String::as_str).filter(|action| !describable(action)).collect();
    let lost = lost.into_iter().collect::<Vec<_>>().join(", ");
    (!lost.is_empty()).then(|| format!("the new role may not {lost}, as far as that is more than its tables and logs"))
}

/// Returns what the policies of a function's role allow on a table.
pub fn on_table(graph: &ResourceGraph<'_>, function: &TerraformResource, table: &TerraformResource) -> TableRights {
    let Some(role) = graph.role_of(function) else { return TableRights::Unclear };
    let mut policies = graph.parts("aws_iam_role_policy", "role", role);
    for attachment in graph.parts("aws_iam_role_policy_attachment", "role", role) {
        let arn = attachment.raw("policy_arn").unwrap_or_default();
        if arn.split_once(":aws:policy/").is_some_and(|(_, name)| COVERED.contains(&name)) {
            continue;
        }
        let Some(policy) = graph.owner("aws_iam_policy", arn) else { return TableRights::Unclear };
        policies.push(policy);
    }
    let inline = role.blocks("inline_policy").filter_map(|policy| policy.get("policy")?.as_str()).map(parse);
    let all: Result<Vec<_>, _> = policies.into_iter().map(statements).chain(inline).collect();
    let Ok(all) = all else { return TableRights::Unclear };
    let about = |resource: &String| {
        let arn = resource.split_once("/index/").map_or(resource.as_str(), |(arn, _)| arn);
        resource == "*" || graph.owner("aws_dynamodb_table", arn).is_some_and(|owner| owner.address == table.address)
    };
    let allowed = all.iter().flatten().filter(|statement| statement.resources.iter().any(about));
    let actions = allowed
        .flat_map(|statement| &statement.actions)
        .filter(|action| *action == "*" || action.starts_with("dynamodb:"));
    let actions: BTreeSet<&str> = actions.map(|action| action.strip_prefix("dynamodb:").unwrap_or(action)).collect();
    if actions.iter().any(|action| !table_actions().contains(action)) {
        return TableRights::Unclear;
    }
    TableRights::Actions(actions.into_iter().map(str::to_owned).collect())
}
