//! EventBridge: scheduled rules on the default bus, and the scheduler that fires them on the cloud's clock.

mod fire;
pub mod model;
mod rules;
mod schedule;
mod scheduler;
mod tags;
mod targets;

pub use fire::{Delivery, Fired, fire};
pub use model::rule_arn;
pub use scheduler::Scheduler;

use crate::context::Context;
use crate::front::json::{Call, Fault};
use serde_json::Value;

/// Answers one call to EventBridge.
///
/// # Errors
/// AWS's errors, and `NotImplementedException` for what is not modelled.
pub async fn handle(context: &Context, call: Call) -> Result<Value, Fault> {
    let answer = match call.operation.as_str() {
        "PutRule" => rules::put(context, &call),
        "DescribeRule" => rules::describe(context, &call),
        "DeleteRule" => rules::delete(context, &call),
        "EnableRule" => rules::enable(context, &call, true),
        "DisableRule" => rules::enable(context, &call, false),
        "ListRules" => rules::list(context, &call),
        "PutTargets" => targets::put(context, &call),
        "RemoveTargets" => targets::remove(context, &call),
        "ListTargetsByRule" => targets::list(context, &call),
        "ListRuleNamesByTarget" => targets::list_rules(context, &call),
        "TagResource" => tags::tag(context, &call),
        "UntagResource" => tags::untag(context, &call),
        "ListTagsForResource" => tags::list(context, &call),
        other => Err(Fault::unknown_operation("EventBridge", other)),
    }?;
    // Cheap, and right whatever has changed.
    context.rules_changed.notify_one();
    Ok(answer)
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", message)
}

fn no_such_rule(name: &str) -> Fault {
    Fault::new(400, "ResourceNotFoundException", format!("Rule {name} does not exist on EventBus default."))
}

fn limit_exceeded() -> Fault {
    Fault::new(400, "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
}

/// Only the default bus exists.
fn check_bus(region: &str, bus: Option<&str>) -> Result<(), Fault> {
    let arn = format!("arn:aws:events:{region}:{}:event-bus/default", crate::ACCOUNT);
    match bus {
        None | Some("default") => Ok(()),
        Some(bus) if bus == arn => Ok(()),
        Some(bus) => Err(Fault::new(400, "ResourceNotFoundException", format!("Event bus {bus} does not exist."))),
    }
}

/// A page of named things.
struct Page<'a, T> {
    items: Vec<(&'a String, T)>,
    /// The token of the next page.
    next: Option<String>,
}

/// A page: up to `limit` of them after the one that the token names, and the next token.
fn page<'a, T>(
    all: impl Iterator<Item = (&'a String, T)>,
    limit: Option<i64>,
    token: Option<&str>,
) -> Result<Page<'a, T>, Fault> {
    let size = match limit {
        None => 100,
        Some(limit) => usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
            invalid(format!(
                "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have \
                 value between 1 and 100"
            ))
        })?,
    };
    let mut found: Vec<_> =
        all.filter(|(name, _)| token.is_none_or(|last| name.as_str() > last)).take(size + 1).collect();
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|(name, _)| (*name).clone());
    Ok(Page { items: found, next })
}
