//! What becomes of one resource, once it is known which ones are taken over.

use super::super::resource::{Resource, Standing};
use super::super::system::{System, is_schedule};
use super::pair::Pairs;
use super::{Fate, function};
use crate::kinds::{Id, role_path};
use crate::stack::Stack;

/// Name and fate of a resource.
pub fn of(resource: &Resource, system: &System<'_>, pairs: &Pairs<'_>, stack: &Stack) -> (Option<String>, Fate) {
    let name_of = match resource.kind.as_str() {
        "aws_dynamodb_table"
        | "aws_iam_role"
        | "aws_api_gateway_rest_api"
        | "aws_cloudwatch_event_rule"
        | "aws_cloudwatch_log_group"
        | "aws_iam_policy"
        | "aws_iam_role_policy" => Some("name"),
        "aws_lambda_function" => Some("function_name"),
        "aws_lambda_permission" => Some("statement_id"),
        "aws_api_gateway_stage" => Some("stage_name"),
        "aws_cloudwatch_event_target" => Some("target_id"),
        _ => None,
    };
    let name = name_of.map(|attribute| resource.name(attribute));
    let shown = name.as_ref().and_then(|name| name.as_ref().ok()).map(|name| (*name).to_owned());
    if let Standing::Deposed(_) = resource.standing {
        return (shown, Fate::Kept);
    }
    let fate = match resource.kind.as_str() {
        "aws_dynamodb_table" | "aws_lambda_function" | "aws_api_gateway_rest_api" => match name {
            Some(Err(why)) => Fate::Unknown { why },
            _ => taken(resource, pairs).unwrap_or(Fate::Unmatched),
        },
        "aws_cloudwatch_event_rule" if !is_schedule(resource) && resource.unknown.is_empty() => Fate::Kept,
        "aws_cloudwatch_event_rule" => match name {
            Some(Err(why)) => Fate::Unknown { why },
            _ => taken(resource, pairs).unwrap_or(Fate::Unmatched),
        },
        "aws_cloudwatch_event_target" => {
            let rule = pairs.schedules.iter().find(|pair| refers(resource, "rule", pair.former));
            rule.map_or(Fate::Kept, |pair| Fate::Part { id: Id::new("schedule", &pair.id) })
        }
        "aws_cloudwatch_log_group" => match name {
            Some(Err(why)) => Fate::Unknown { why },
            _ => {
                let pair = pairs.functions.iter().find(|pair| function::has_log_group(pair, resource));
                pair.map_or(Fate::Kept, |pair| adopted("log_group", &pair.id, pair.name == pair.former_name))
            }
        },
        "aws_lambda_permission" => permission(resource, pairs),
        "aws_iam_role" => role(resource, system, pairs, stack),
        "aws_iam_role_policy" | "aws_iam_role_policy_attachment" | "aws_iam_policy" | "aws_iam_policy_attachment" => {
            policy(resource, system, pairs)
        }
        kind if kind.starts_with("aws_api_gateway_") => {
            let api = pairs.apis.iter().find(|pair| refers(resource, "rest_api_id", pair.former));
            api.map_or(Fate::Kept, |pair| Fate::Part { id: Id::new("rest_api", &pair.id) })
        }
        _ => Fate::Kept,
    };
    (shown, fate)
}

fn refers(resource: &Resource, attribute: &str, owner: &Resource) -> bool {
    resource.raw(attribute).is_some_and(|text| owner.is_meant_by(text))
}

fn adopted(kind: &'static str, id: &str, same_name: bool) -> Fate {
    let id = Id::new(kind, id);
    if same_name { Fate::Adopted { id } } else { Fate::Renamed { id } }
}

fn taken(resource: &Resource, pairs: &Pairs<'_>) -> Option<Fate> {
    let tables = pairs.tables.iter().map(|p| (p.former, "table", &p.id, p.name == p.former_name));
    let functions = pairs.functions.iter().map(|p| (p.former, "function", &p.id, p.name == p.former_name));
    let apis = pairs.apis.iter().map(|p| (p.former, "rest_api", &p.id, p.name == p.former_name));
    let schedules = pairs.schedules.iter().map(|p| (p.former, "schedule", &p.id, p.name == p.former_name));
    let mut all = tables.chain(functions).chain(apis).chain(schedules);
    let (_, kind, id, same) = all.find(|(former, ..)| former.address == resource.address)?;
    Some(adopted(kind, id, same))
}

/// Statements that let API Gateway and EventBridge in are made anew; all others stay in force as they are.
fn permission(resource: &Resource, pairs: &Pairs<'_>) -> Fate {
    let ours =
        resource.raw("principal").is_some_and(|p| p == "apigateway.amazonaws.com" || p == "events.amazonaws.com");
    let pair = pairs.functions.iter().find(|pair| refers(resource, "function_name", pair.former));
    match pair.filter(|_| ours) {
        Some(pair) => Fate::Replaced { id: Id::new("grant", &pair.id) },
        None => Fate::Kept,
    }
}

fn role(resource: &Resource, system: &System<'_>, pairs: &Pairs<'_>, stack: &Stack) -> Fate {
    if let Err(why) = resource.name("name")
        && resource.raw("name").is_some()
    {
        return Fate::Unknown { why };
    }
    let user = pairs
        .functions
        .iter()
        .find(|pair| system.role_of(pair.former).is_some_and(|role| role.address == resource.address));
    let Some(pair) = user else { return Fate::Kept };
    let id = Id::new("role", &pair.id);
    let there = resource.text("path") == Some(&role_path(stack)) && resource.text("name") == Some(pair.former_name);
    if there { Fate::Adopted { id } } else { Fate::Replaced { id } }
}

fn policy(resource: &Resource, system: &System<'_>, pairs: &Pairs<'_>) -> Fate {
    let replaced = pairs.functions.iter().find(|pair| {
        let Some(role) = system.role_of(pair.former) else { return false };
        let attached = |attachment: &Resource| {
            refers(attachment, "role", role) || attachment.texts("roles").iter().any(|name| role.is_meant_by(name))
        };
        match resource.kind.as_str() {
            "aws_iam_policy" => ["aws_iam_role_policy_attachment", "aws_iam_policy_attachment"]
                .iter()
                .any(|kind| system.about(kind, "policy_arn", resource).into_iter().any(attached)),
            _ => attached(resource),
        }
    });
    replaced.map_or(Fate::Kept, |pair| Fate::Replaced { id: Id::new("role", &pair.id) })
}

/// What should be said of a fate beside the fate itself.
pub fn remark(resource: &Resource, fate: &Fate) -> Option<String> {
    let text = match (resource.kind.as_str(), fate) {
        ("aws_iam_role", Fate::Replaced { id }) => {
            format!("IAM cannot move a role to another path: {id} is made new, this one is left over")
        }
        ("aws_lambda_permission", Fate::Replaced { .. }) => {
            "the function gets a statement of its own for the same caller, this one is left over".to_owned()
        }
        ("aws_lambda_event_source_mapping", _) => {
            "it goes on sending to the function, whose new role may not read its source".to_owned()
        }
        ("aws_cloudwatch_log_group", Fate::Kept) => "of no function that is described".to_owned(),
        ("aws_cloudwatch_event_rule", Fate::Kept) => "it reacts to events, not to the time".to_owned(),
        (_, Fate::Kept) => match &resource.standing {
            Standing::Deposed(key) => format!("deposed object {key}: Terraform has still to delete it"),
            _ => return None,
        },
        _ => return None,
    };
    Some(text)
}
