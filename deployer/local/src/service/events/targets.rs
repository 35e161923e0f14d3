//! Operations on the targets of rules.

use super::model::Target;
use super::{Page, check_bus, invalid, limit_exceeded, no_such_rule, page};
use crate::context::Context;
use crate::front::json::{Call, Fault};
use serde::Deserialize;
use serde_json::{Value, json};

/// Per rule.
const MAX_TARGETS: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetInput {
    id: String,
    arn: String,
    input: Option<String>,
}

pub(super) fn put(context: &Context, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        rule: String,
        event_bus_name: Option<String>,
        targets: Vec<TargetInput>,
    }
    let input: Input = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    if input.targets.is_empty() || input.targets.len() > 10 {
        return Err(invalid(format!("PutTargets takes 1 to 10 targets, not {}", input.targets.len())));
    }
    for target in &input.targets {
        check(&call.region, target)?;
    }
    context.store.write(|document| {
        let rules = &mut document.region_mut(&call.region).rules.rules;
        let targets = &mut rules.get_mut(&input.rule).ok_or_else(|| no_such_rule(&input.rule))?.targets;
        for TargetInput { id, arn, input } in input.targets {
            targets.insert(id, Target { arn, input });
        }
        if targets.len() > MAX_TARGETS {
            return Err(limit_exceeded());
        }
        Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
    })
}

pub(super) fn remove(context: &Context, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        rule: String,
        event_bus_name: Option<String>,
        ids: Vec<String>,
        // Only rules that an AWS service manages need it.
        #[serde(rename = "Force")]
        _force: Option<bool>,
    }
    let input: Input = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    context.store.write(|document| {
        let rules = &mut document.region_mut(&call.region).rules.rules;
        let rule = rules.get_mut(&input.rule).ok_or_else(|| no_such_rule(&input.rule))?;
        rule.targets.retain(|id, _| !input.ids.contains(id));
        Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
    })
}

pub(super) fn list(context: &Context, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        rule: String,
        event_bus_name: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: Input = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    context.store.read(|document| {
        let rule = document.region(&call.region).rules.rules.get(&input.rule);
        let targets = &rule.ok_or_else(|| no_such_rule(&input.rule))?.targets;
        let Page { items: targets, next } = page(targets.iter(), input.limit, input.next_token.as_deref())?;
        let targets: Vec<Value> = targets
            .into_iter()
            .map(|(id, target)| match &target.input {
                Some(input) => json!({ "Id": id, "Arn": target.arn, "Input": input }),
                None => json!({ "Id": id, "Arn": target.arn }),
            })
            .collect();
        let mut answer = json!({ "Targets": targets });
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    })
}

pub(super) fn list_rules(context: &Context, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        target_arn: String,
        event_bus_name: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: Input = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    context.store.read(|document| {
        let rules = document.region(&call.region).rules.rules.iter();
        let rules = rules.filter(|(_, rule)| rule.targets.values().any(|target| target.arn == input.target_arn));
        let Page { items: rules, next } = page(rules, input.limit, input.next_token.as_deref())?;
        let names: Vec<&String> = rules.into_iter().map(|(name, _)| name).collect();
        let mut answer = json!({ "RuleNames": names });
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    })
}

fn check(region: &str, target: &TargetInput) -> Result<(), Fault> {
    let TargetInput { id, arn, input } = target;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !(1..=64).contains(&id.len()) || !id.chars().all(allowed) {
        return Err(invalid(format!("target id '{id}' must have 1 to 64 letters, digits, '.', '-' or '_'")));
    }
    if !arn.starts_with("arn:") || arn.split(':').count() < 6 {
        return Err(invalid(format!("Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")));
    }
    if super::fire::function_name(region, arn).is_none() {
        return Err(Fault::not_implemented(format!(
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
