//! Which resources of Terraform's one block of a stack description stands for.

use super::graph::ResourceGraph;
use super::methods::{MethodGuard, common_guard, methods};
use super::resource::TerraformResource;

/// Returns the resources whose attributes one block says, the main one first. `stage` is the stage of the API that the block is
/// about.
pub fn parts<'a>(
    graph: &ResourceGraph<'a>,
    resource: &'a TerraformResource,
    stage: Option<&str>,
) -> Vec<&'a TerraformResource> {
    let mut out = vec![resource];
    match resource.kind.as_str() {
        "aws_lambda_function" => {
            out.extend(resource.text("function_name").and_then(|name| graph.log_group_of(name)));
        }
        // A schedule runs one function.
        "aws_cloudwatch_event_rule" => {
            if let [(target, _)] = graph.targets(resource)[..] {
                out.push(target);
            }
        }
        "aws_api_gateway_rest_api" => {
            let at_stage = |part: &&TerraformResource| stage.is_some() && part.text("stage_name") == stage;
            let of_api = |kind| graph.parts(kind, "rest_api_id", resource).into_iter().filter(at_stage);
            out.extend(of_api("aws_api_gateway_stage").chain(of_api("aws_api_gateway_deployment")).next());
            let everywhere = |part: &&TerraformResource| part.text("method_path") == Some("*/*");
            out.extend(of_api("aws_api_gateway_method_settings").filter(everywhere));
            if common_guard(&methods(graph, resource)) == Some(MethodGuard::ApiKey) {
                out.extend(usage_plan(graph, resource, stage));
            }
        }
        _ => {}
    }
    out
}

/// Returns the first plan that is about a stage of an API.
fn usage_plan<'a>(
    graph: &ResourceGraph<'a>,
    api: &TerraformResource,
    stage: Option<&str>,
) -> Option<&'a TerraformResource> {
    let about = |plan: &&TerraformResource| {
        plan.blocks("api_stages").any(|at| {
            let id = at.get("api_id").and_then(|id| id.as_str());
            let owner = id.and_then(|id| graph.owner("aws_api_gateway_rest_api", id));
            owner.is_some_and(|owner| owner.address == api.address) && at.get("stage").and_then(|s| s.as_str()) == stage
        })
    };
    graph.kind("aws_api_gateway_usage_plan").find(about)
}

/// Returns the stage of an API that a block is about: the one of that name, else the only one.
pub fn shown_stage<'a>(graph: &ResourceGraph<'a>, api: &TerraformResource, described: &str) -> Option<&'a str> {
    let stages = graph.stages(api);
    let only = if stages.len() == 1 { stages.first() } else { None };
    stages.get(described).or(only).copied()
}
