//! The dead-letter queue of a queue: Terraform names it by its ARN, a description by its id.

use super::graph::ResourceGraph;
use super::resource;
use super::resource::TerraformResource;
use serde_json::{Value, json};

/// Attribute of a queue, and of the resource that may say it apart from the queue.
const POLICY: &str = "redrive_policy";

/// Returns `dead_letter` of a queue as a description has it; nothing where the queue has none. `described` gives the id under which
/// the description has a queue.
///
/// # Errors
/// Why it cannot be said.
pub fn dead_letter(
    graph: &ResourceGraph<'_>,
    queue: &TerraformResource,
    described: &dyn Fn(&TerraformResource) -> Option<String>,
) -> Result<Option<Value>, String> {
    let apart = graph.parts("aws_sqs_queue_redrive_policy", "queue_url", queue);
    let told = [queue].into_iter().chain(apart).map(|resource| resource.told_reference(POLICY));
    let Some(text) = told.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().next() else { return Ok(None) };
    let policy: Value = serde_json::from_str(text).map_err(|error| format!("its {POLICY} is not JSON: {error}"))?;
    let target = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    let receives = resource::integer(&policy["maxReceiveCount"]);
    let receives = receives.ok_or_else(|| format!("its {POLICY} does not tell how often a message is received"))?;
    let owner = graph.owner("aws_sqs_queue", target).and_then(described);
    let id = owner.ok_or_else(|| format!("its dead-letter queue {target} is not in the description"))?;
    Ok(Some(json!({"queue": id, "receives": receives})))
}
