//! Operations on the targets of rules.

use super::fire::function_name;
use super::lookup::{change_rules, check_bus, invalid, limit_exceeded, no_such_rule, page};
use crate::context::Context;
use crate::store::rule::RuleTarget;
use crate::wire::page::view;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::json;

/// Per rule.
const MAX_TARGETS: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetInput {
    id: String,
    arn: String,
    input: Option<String>,
}

pub(super) fn put_targets(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct PutTargetsInput {
        rule: String,
        event_bus_name: Option<String>,
        targets: Vec<TargetInput>,
    }
    let input: PutTargetsInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    if input.targets.is_empty() || input.targets.len() > 10 {
        return Err(invalid(format!("PutTargets takes 1 to 10 targets, not {}", input.targets.len())));
    }
    for target in &input.targets {
        check(&call.region, target)?;
    }
    change_rules(cx, call, |rules| {
        let targets = &mut rules.get_mut(&input.rule).ok_or_else(|| no_such_rule(&input.rule))?.targets;
        for TargetInput { id, arn, input } in input.targets {
            targets.insert(id, RuleTarget { arn, input });
        }
        if targets.len() > MAX_TARGETS {
            return Err(limit_exceeded());
        }
        Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
    })
}

pub(super) fn remove_targets(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct RemoveTargetsInput {
        rule: String,
        event_bus_name: Option<String>,
        ids: Vec<String>,
        // Only rules that an AWS service manages need it.
        #[serde(rename = "Force")]
        _force: Option<bool>,
    }
    let input: RemoveTargetsInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    change_rules(cx, call, |rules| {
        let rule = rules.get_mut(&input.rule).ok_or_else(|| no_such_rule(&input.rule))?;
        rule.targets.retain(|id, _| !input.ids.contains(id));
        Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
    })
}

pub(super) fn list_targets_by_rule(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ListTargetsByRuleInput {
        rule: String,
        event_bus_name: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: ListTargetsByRuleInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    cx.store.read(|document| {
        let rule = document.region(&call.region).rules.rules.get(&input.rule);
        let targets = &rule.ok_or_else(|| no_such_rule(&input.rule))?.targets;
        let page = page(targets.iter(), input.limit, input.next_token.as_deref())?;
        Ok(view(page, "Targets", "NextToken", |(id, target)| match &target.input {
            Some(input) => json!({ "Id": id, "Arn": target.arn, "Input": input }),
            None => json!({ "Id": id, "Arn": target.arn }),
        }))
    })
}

pub(super) fn list_rule_names_by_target(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ListRuleNamesByTargetInput {
        target_arn: String,
        event_bus_name: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: ListRuleNamesByTargetInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    cx.store.read(|document| {
        let rules = document.region(&call.region).rules.rules.iter();
        let rules = rules.filter(|(_, rule)| rule.targets.values().any(|target| target.arn == input.target_arn));
        let page = page(rules, input.limit, input.next_token.as_deref())?;
        Ok(view(page, "RuleNames", "NextToken", |(name, _)| json!(name)))
    })
}

fn check(region: &str, target: &TargetInput) -> ServiceResult<()> {
    let TargetInput { id, arn, input } = target;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !(1..=64).contains(&id.len()) || !id.chars().all(allowed) {
        return Err(invalid(format!("target id '{id}' must have 1 to 64 letters, digits, '.', '-' or '_'")));
    }
    if !arn.starts_with("arn:") || arn.split(':').count() < 6 {
        return Err(invalid(format!("Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")));
    }
    if function_name(region, arn).is_none() {
        return Err(ServiceError::not_implemented(format!(
            "the embedded cloud models only Lambda functions of {region} as targets of rules, not {arn}"
        )));
    }
    match input {
        Some(input) if input.len() > 8192 => Err(invalid(format!("the input of target {id} exceeds 8192 characters"))),
        Some(input) if serde_json::from_str::<serde::de::IgnoredAny>(input).is_err() => {
            Err(invalid(format!("JSON syntax error in input for target {id}.")))
        }
        _ => Ok(()),
    }
}
