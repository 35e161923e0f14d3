//! What becomes of one resource, once it is known which ones are taken over.

use super::super::resource::{InstanceStatus, TerraformResource};
use super::super::system::{ResourceGraph, is_schedule};
use super::pair::ResourcePairs;
use super::{TakeoverOutcome, function};
use crate::kinds::{ResourceId, role_path};
use crate::stack::Stack;

/// Name and fate of a resource.
pub fn of(
    resource: &TerraformResource,
    system: &ResourceGraph<'_>,
    pairs: &ResourcePairs<'_>,
    stack: &Stack,
) -> (Option<String>, TakeoverOutcome) {
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
    if let InstanceStatus::Deposed(_) = resource.standing {
        return (shown, TakeoverOutcome::Kept);
    }
    let fate = match resource.kind.as_str() {
        "aws_dynamodb_table" | "aws_lambda_function" | "aws_api_gateway_rest_api" => match name {
            Some(Err(why)) => TakeoverOutcome::Unknown { why },
            _ => taken(resource, pairs).unwrap_or(TakeoverOutcome::Unmatched),
        },
        "aws_cloudwatch_event_rule" if !is_schedule(resource) && resource.unknown.is_empty() => TakeoverOutcome::Kept,
        "aws_cloudwatch_event_rule" => match name {
            Some(Err(why)) => TakeoverOutcome::Unknown { why },
            _ => taken(resource, pairs).unwrap_or(TakeoverOutcome::Unmatched),
        },
        "aws_cloudwatch_event_target" => {
            let rule = pairs.schedules.iter().find(|pair| refers(resource, "rule", pair.former));
            rule.map_or(TakeoverOutcome::Kept, |pair| TakeoverOutcome::Part {
                id: ResourceId::new("schedule", &pair.id),
            })
        }
        "aws_cloudwatch_log_group" => match name {
            Some(Err(why)) => TakeoverOutcome::Unknown { why },
            _ => {
                let pair = pairs.functions.iter().find(|pair| function::has_log_group(pair, resource));
                pair.map_or(TakeoverOutcome::Kept, |pair| adopted("log_group", &pair.id, pair.name == pair.former_name))
            }
        },
        "aws_lambda_permission" => permission(resource, pairs),
        "aws_iam_role" => role(resource, system, pairs, stack),
        "aws_iam_role_policy" | "aws_iam_role_policy_attachment" | "aws_iam_policy" | "aws_iam_policy_attachment" => {
            policy(resource, system, pairs)
        }
        kind if kind.starts_with("aws_api_gateway_") => {
            let api = pairs.apis.iter().find(|pair| refers(resource, "rest_api_id", pair.former));
            api.map_or(TakeoverOutcome::Kept, |pair| TakeoverOutcome::Part {
                id: ResourceId::new("rest_api", &pair.id),
            })
        }
        _ => TakeoverOutcome::Kept,
    };
    (shown, fate)
}

fn refers(resource: &TerraformResource, attribute: &str, owner: &TerraformResource) -> bool {
    resource.raw(attribute).is_some_and(|text| owner.is_meant_by(text))
}

fn adopted(kind: &'static str, id: &str, same_name: bool) -> TakeoverOutcome {
    let id = ResourceId::new(kind, id);
    if same_name { TakeoverOutcome::Adopted { id } } else { TakeoverOutcome::Renamed { id } }
}

fn taken(resource: &TerraformResource, pairs: &ResourcePairs<'_>) -> Option<TakeoverOutcome> {
    let tables = pairs.tables.iter().map(|p| (p.former, "table", &p.id, p.name == p.former_name));
    let functions = pairs.functions.iter().map(|p| (p.former, "function", &p.id, p.name == p.former_name));
    let apis = pairs.apis.iter().map(|p| (p.former, "rest_api", &p.id, p.name == p.former_name));
    let schedules = pairs.schedules.iter().map(|p| (p.former, "schedule", &p.id, p.name == p.former_name));
    let mut all = tables.chain(functions).chain(apis).chain(schedules);
    let (_, kind, id, same) = all.find(|(former, ..)| former.address == resource.address)?;
    Some(adopted(kind, id, same))
}

/// Statements that let API Gateway and EventBridge in are made anew; all others stay in force as they are.
fn permission(resource: &TerraformResource, pairs: &ResourcePairs<'_>) -> TakeoverOutcome {
    let ours =
        resource.raw("principal").is_some_and(|p| p == "apigateway.amazonaws.com" || p == "events.amazonaws.com");
    let pair = pairs.functions.iter().find(|pair| refers(resource, "function_name", pair.former));
    match pair.filter(|_| ours) {
        Some(pair) => TakeoverOutcome::Replaced { id: ResourceId::new("grant", &pair.id) },
        None => TakeoverOutcome::Kept,
    }
}

fn role(
    resource: &TerraformResource,
    system: &ResourceGraph<'_>,
    pairs: &ResourcePairs<'_>,
    stack: &Stack,
) -> TakeoverOutcome {
    if let Err(why) = resource.name("name")
        && resource.raw("name").is_some()
    {
        return TakeoverOutcome::Unknown { why };
    }
    let user = pairs
        .functions
        .iter()
        .find(|pair| system.role_of(pair.former).is_some_and(|role| role.address == resource.address));
    let Some(pair) = user else { return TakeoverOutcome::Kept };
    let id = ResourceId::new("role", &pair.id);
    let there = resource.text("path") == Some(&role_path(stack)) && resource.text("name") == Some(pair.former_name);
    if there { TakeoverOutcome::Adopted { id } } else { TakeoverOutcome::Replaced { id } }
}

fn policy(resource: &TerraformResource, system: &ResourceGraph<'_>, pairs: &ResourcePairs<'_>) -> TakeoverOutcome {
    let replaced = pairs.functions.iter().find(|pair| {
        let Some(role) = system.role_of(pair.former) else { return false };
        let attached = |attachment: &TerraformResource| {
            refers(attachment, "role", role) || attachment.texts("roles").iter().any(|name| role.is_meant_by(name))
        };
        match resource.kind.as_str() {
            "aws_iam_policy" => ["aws_iam_role_policy_attachment", "aws_iam_policy_attachment"]
                .iter()
                .any(|kind| system.about(kind, "policy_arn", resource).into_iter().any(attached)),
            _ => attached(resource),
        }
    });
    replaced.map_or(TakeoverOutcome::Kept, |pair| TakeoverOutcome::Replaced { id: ResourceId::new("role", &pair.id) })
}

/// What should be said of a fate beside the fate itself.
pub fn remark(resource: &TerraformResource, fate: &TakeoverOutcome) -> Option<String> {
    let text = match (resource.kind.as_str(), fate) {
        ("aws_iam_role", TakeoverOutcome::Replaced { id }) => {
            format!("IAM cannot move a role to another path: {id} is made new, this one is left over")
        }
        ("aws_lambda_permission", TakeoverOutcome::Replaced { .. }) => {
            "the function gets a statement of its own for the same caller, this one is left over".to_owned()
        }
        ("aws_lambda_event_source_mapping", _) => {
            "it goes on sending to the function, whose new role may not read its source".to_owned()
        }
        ("aws_cloudwatch_log_group", TakeoverOutcome::Kept) => "of no function that is described".to_owned(),
        ("aws_cloudwatch_event_rule", TakeoverOutcome::Kept) => "it reacts to events, not to the time".to_owned(),
        (_, TakeoverOutcome::Kept) => match &resource.standing {
            InstanceStatus::Deposed(key) => format!("deposed object {key}: Terraform has still to delete it"),
            _ => return None,
        },
        _ => return None,
    };
    Some(text)
}
