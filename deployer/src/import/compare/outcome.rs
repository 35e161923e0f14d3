//! What becomes of one resource, once it is known which ones are taken over.

use super::pair::ResourcePair;
use super::row::TakeoverOutcome;
use super::takeover::Takeover;
use crate::import::graph::is_schedule;
use crate::import::resource::{InstanceStatus, TerraformResource};
use crate::import::{mapping, sources};
use crate::kinds::{ResourceId, ResourceRef, log_group_name, role_path};

/// Parts of an API that the import of its definition takes away (PutRestApi in the mode `overwrite`), and that a description has no
/// word for.
const ENDING: &[&str] = &[
    "aws_api_gateway_authorizer",
    "aws_api_gateway_documentation_part",
    "aws_api_gateway_gateway_response",
    "aws_api_gateway_model",
    "aws_api_gateway_request_validator",
];

/// Returns name and outcome of a resource.
pub fn of(resource: &TerraformResource, takeover: &Takeover<'_>) -> (Option<String>, TakeoverOutcome) {
    let named_by = mapping::of(&resource.kind).and_then(|kind| kind.named_by);
    let name = named_by.map(|attribute| resource.name(attribute));
    let shown = name.as_ref().and_then(|name| name.as_ref().ok()).map(|name| (*name).to_owned());
    if let InstanceStatus::Deposed(_) = resource.standing {
        return (shown, TakeoverOutcome::Kept);
    }
    let unknown = name.and_then(Result::err).map(|why| TakeoverOutcome::Unknown { why });
    let pairs = &takeover.pairs;
    let outcome = match resource.kind.as_str() {
        "aws_cloudwatch_event_rule" if !is_schedule(resource) && resource.unknown.is_empty() => TakeoverOutcome::Kept,
        "aws_dynamodb_table"
        | "aws_lambda_function"
        | "aws_api_gateway_rest_api"
        | "aws_cloudwatch_event_rule"
        | "aws_sqs_queue" => {
            let taken = || pairs.get(resource).map(|pair| adopted(pair.resource_id(), pair.is_renamed()));
            unknown.or_else(taken).unwrap_or(TakeoverOutcome::Unmatched)
        }
        "aws_cloudwatch_log_group" => unknown.unwrap_or_else(|| log_group(resource, takeover)),
        "aws_cloudwatch_event_target" => part(resource, "rule", "aws_cloudwatch_event_rule", takeover),
        "aws_sqs_queue_redrive_policy" => part(resource, "queue_url", "aws_sqs_queue", takeover),
        "aws_lambda_permission" => permission(resource, takeover),
        "aws_iam_role" => role(resource, takeover),
        "aws_iam_role_policy" | "aws_iam_role_policy_attachment" | "aws_iam_policy" | "aws_iam_policy_attachment" => {
            policy(resource, takeover)
        }
        sources::KIND => source_of(resource, takeover).map_or(TakeoverOutcome::Kept, |place| adopted(place.id, false)),
        kind if kind.starts_with("aws_api_gateway_") => {
            match part(resource, "rest_api_id", "aws_api_gateway_rest_api", takeover) {
                TakeoverOutcome::Part { id } if ENDING.contains(&kind) => TakeoverOutcome::Ends { id },
                outcome => outcome,
            }
        }
        _ => TakeoverOutcome::Kept,
    };
    (shown, outcome)
}

fn adopted(id: ResourceId, is_renamed: bool) -> TakeoverOutcome {
    if is_renamed { TakeoverOutcome::Renamed { id } } else { TakeoverOutcome::Adopted { id } }
}

/// Returns the outcome of a part, which goes with what it belongs to.
fn part(
    resource: &TerraformResource,
    attribute: &str,
    owner: &'static str,
    takeover: &Takeover<'_>,
) -> TakeoverOutcome {
    let owner = resource.raw(attribute).and_then(|text| takeover.graph.owner(owner, text));
    let pair = owner.and_then(|owner| takeover.pairs.get(owner));
    pair.map_or(TakeoverOutcome::Kept, |pair| TakeoverOutcome::Part { id: pair.resource_id() })
}

fn log_group(resource: &TerraformResource, takeover: &Takeover<'_>) -> TakeoverOutcome {
    let function = resource.text("name").and_then(|name| name.strip_prefix(log_group_name("").as_str()));
    let owner = function.and_then(|name| takeover.graph.owner("aws_lambda_function", name));
    let pair = owner.and_then(|owner| takeover.pairs.get(owner));
    pair.map_or(TakeoverOutcome::Kept, |pair| adopted(ResourceId::new("log_group", &pair.id), pair.is_renamed()))
}

/// Returns the source of the description that an event source mapping is, by its names in AWS.
pub fn source_of(mapping: &TerraformResource, takeover: &Takeover<'_>) -> Option<ResourceRef> {
    let Takeover { graph, pairs, stack, .. } = takeover;
    let function = pairs.get(graph.function(mapping.raw("function_name")?)?)?;
    let (sort, read) = sources::read_by(graph, mapping)?;
    let read = pairs.get(read)?;
    let written = stack.block("function", &function.id)?.get("source")?.as_array()?;
    written.iter().any(|source| source[sort] == read.id.as_str()).then(|| ResourceRef {
        id: ResourceId::new("source", format!("{}.{sort}.{}", function.id, read.id)),
        name: format!("{}/{sort}/{}", function.aws_name, read.aws_name),
    })
}

/// Statements that let an adopted API or rule in are made anew; all others stay in force as they are.
fn permission(resource: &TerraformResource, takeover: &Takeover<'_>) -> TakeoverOutcome {
    match permitted(resource, takeover).filter(|_| is_made_anew(resource, takeover)) {
        Some(pair) => TakeoverOutcome::Replaced { id: ResourceId::new("grant", &pair.id) },
        None => TakeoverOutcome::Kept,
    }
}

/// Returns the pair of the function that a permission is about.
fn permitted<'t, 'a>(permission: &TerraformResource, takeover: &'t Takeover<'a>) -> Option<&'t ResourcePair<'a>> {
    takeover.pairs.get(takeover.graph.function(permission.raw("function_name")?)?)
}

/// Tells whether all that a permission lets in is adopted, so that the deployer's own statement takes its place.
pub fn is_made_anew(permission: &TerraformResource, takeover: &Takeover<'_>) -> bool {
    let Takeover { graph, pairs, .. } = takeover;
    let Ok(source) = permission.told_reference("source_arn") else { return false };
    let adopted = |owner: Option<&TerraformResource>| owner.is_some_and(|owner| pairs.get(owner).is_some());
    let all_adopted =
        |kind: &'static str| graph.kind(kind).next().is_some() && graph.kind(kind).all(|one| adopted(Some(one)));
    match (permission.raw("principal"), source) {
        (Some("apigateway.amazonaws.com"), Some(source)) => {
            // `…:ID/*/*` or `${ADDRESS.execution_arn}/*/*`.
            let end = if source.starts_with("${") { source.find('}').map(|at| at + 1) } else { source.find('/') };
            adopted(graph.owner("aws_api_gateway_rest_api", &source[..end.unwrap_or(source.len())]))
        }
        (Some("apigateway.amazonaws.com"), None) => {
            graph.kind("aws_apigatewayv2_api").next().is_none() && all_adopted("aws_api_gateway_rest_api")
        }
        (Some("events.amazonaws.com"), Some(source)) => adopted(graph.owner("aws_cloudwatch_event_rule", source)),
        (Some("events.amazonaws.com"), None) => all_adopted("aws_cloudwatch_event_rule"),
        _ => false,
    }
}

fn role(resource: &TerraformResource, takeover: &Takeover<'_>) -> TakeoverOutcome {
    if let Err(why) = resource.name("name")
        && resource.raw("name").is_some()
    {
        return TakeoverOutcome::Unknown { why };
    }
    let users = takeover.graph.parts("aws_lambda_function", "role", resource);
    let pair = users.into_iter().find_map(|user| takeover.pairs.get(user));
    let Some(pair) = pair.filter(|_| !takeover.shared_roles.contains(&resource.address)) else {
        return TakeoverOutcome::Kept;
    };
    let id = ResourceId::new("role", &pair.id);
    let path = role_path(takeover.stack);
    let there = resource.text("path") == Some(&path) && resource.text("name") == Some(pair.aws_name);
    if there { TakeoverOutcome::Adopted { id } } else { TakeoverOutcome::Replaced { id } }
}

/// Returns the outcome of a policy, which ends with the roles that have it.
fn policy(resource: &TerraformResource, takeover: &Takeover<'_>) -> TakeoverOutcome {
    let graph = &takeover.graph;
    let attachments = match resource.kind.as_str() {
        "aws_iam_policy" => ["aws_iam_role_policy_attachment", "aws_iam_policy_attachment"]
            .into_iter()
            .flat_map(|kind| graph.parts(kind, "policy_arn", resource))
            .collect(),
        _ => vec![resource],
    };
    let several = attachments.iter().flat_map(|attachment| attachment.references("roles"));
    let roles = attachments.iter().filter_map(|attachment| attachment.raw("role")).chain(several);
    let roles: Vec<_> = roles.map(|text| graph.owner("aws_iam_role", text)).collect();
    let ends = |role: &Option<&TerraformResource>| {
        role.is_some_and(|role| matches!(self::role(role, takeover), TakeoverOutcome::Replaced { .. }))
    };
    if !roles.iter().all(ends) {
        return TakeoverOutcome::Kept;
    }
    let users = roles.into_iter().flatten().flat_map(|role| graph.parts("aws_lambda_function", "role", role));
    let pair = users.into_iter().find_map(|user| takeover.pairs.get(user));
    pair.map_or(TakeoverOutcome::Kept, |pair| TakeoverOutcome::Replaced { id: ResourceId::new("role", &pair.id) })
}

/// Returns what should be said beside the outcome itself.
pub fn remark(resource: &TerraformResource, outcome: &TakeoverOutcome, takeover: &Takeover<'_>) -> Option<String> {
    let text = match (resource.kind.as_str(), outcome) {
        ("aws_iam_role", TakeoverOutcome::Replaced { id }) => {
            format!("IAM cannot move a role to another path: {id} will be created, this one is left over")
        }
        ("aws_lambda_permission", TakeoverOutcome::Replaced { .. }) => {
            "the function gets a statement of its own for the same caller, this one is left over".to_owned()
        }
        ("aws_lambda_permission", TakeoverOutcome::Kept) if permitted(resource, takeover).is_some() => {
            "it stays in force: it lets in what is not taken over, or the file does not tell what".to_owned()
        }
        ("aws_iam_role", TakeoverOutcome::Kept) if takeover.shared_roles.contains(&resource.address) => {
            "it stays: something that is not taken over uses it too".to_owned()
        }
        ("aws_sqs_queue_policy", _) => "it stays in force: a description has no policies of queues".to_owned(),
        (sources::KIND, TakeoverOutcome::Kept) => {
            "it goes on sending to the function, whose new role may not read its source unless the function has it as a `source`: it is adopted then".to_owned()
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
