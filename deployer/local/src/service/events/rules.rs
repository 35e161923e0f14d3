//! Operations on rules.

use super::lookup::{INVALID, change_rules, check_bus, invalid, is_default_bus, limit_exceeded, no_such_rule, page};
use super::schedule::RuleSchedule;
use super::tags::check_tags;
use crate::arn::{ACCOUNT, rule_arn};
use crate::context::Context;
use crate::store::rule::EventRule;
use crate::wire::page::view;
use crate::wire::validation::constraint;
use crate::wire::{Call, ServiceResult, TagEntry, TagMap};
use serde::Deserialize;
use serde_json::{Value, json};

/// Per bus and region.
const MAX_RULES: usize = 300;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleNameInput {
    name: String,
    event_bus_name: Option<String>,
}

pub(super) fn put_rule(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct PutRuleInput {
        name: String,
        schedule_expression: Option<String>,
        state: Option<String>,
        description: Option<String>,
        #[serde(default)]
        tags: Vec<TagEntry>,
        event_bus_name: Option<String>,
    }
    let input: PutRuleInput = call.input()?;
    if input.schedule_expression.is_some() && !is_default_bus(&call.region, input.event_bus_name.as_deref()) {
        return Err(invalid("ScheduleExpression is supported only on the default event bus."));
    }
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    check_name(&input.name)?;
    let schedule = input
        .schedule_expression
        .ok_or_else(|| invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."))?;
    RuleSchedule::parse(&schedule).map_err(|_| invalid("Parameter ScheduleExpression is not valid."))?;
    let enabled = match input.state.as_deref() {
        None | Some("ENABLED") => true,
        Some("DISABLED") => false,
        Some(other) => {
            return Err(invalid(format!("State '{other}' is not modelled; allowed are ENABLED and DISABLED")));
        }
    };
    if input.description.as_ref().is_some_and(|text| text.chars().count() > 512) {
        return Err(invalid("Description has more than 512 characters"));
    }
    let tags: TagMap = input.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    check_tags(&tags)?;
    let now_ms = cx.clock.now_ms();
    change_rules(cx, call, |rules| {
        if !rules.contains_key(&input.name) && rules.len() >= MAX_RULES {
            return Err(limit_exceeded());
        }
        // Tags of an existing rule are ignored here; a description that is left out is cleared.
        let tags = rules.get(&input.name).map_or(tags, |rule| rule.tags.clone());
        let targets = rules.get(&input.name).map(|rule| rule.targets.clone()).unwrap_or_default();
        let goes_on = |rule: &&EventRule| rule.schedule == schedule && (rule.enabled || !enabled);
        let since_ms = rules.get(&input.name).filter(goes_on).map_or(now_ms, |rule| rule.since_ms);
        let rule = EventRule { schedule, enabled, description: input.description, targets, tags, since_ms };
        rules.insert(input.name.clone(), rule);
        Ok(json!({ "RuleArn": rule_arn(&call.region, &input.name) }))
    })
}

pub(super) fn describe_rule(cx: &Context, call: &Call) -> ServiceResult {
    let input: RuleNameInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    cx.store.read(|document| {
        let rule = document.region(&call.region).rules.rules.get(&input.name);
        let mut answer = show(&call.region, &input.name, rule.ok_or_else(|| no_such_rule(&input.name))?);
        answer["CreatedBy"] = json!(ACCOUNT);
        Ok(answer)
    })
}

pub(super) fn delete_rule(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct DeleteRuleInput {
        name: String,
        event_bus_name: Option<String>,
        // Only rules that an AWS service manages need it.
        #[serde(rename = "Force")]
        _force: Option<bool>,
    }
    let input: DeleteRuleInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    change_rules(cx, call, |rules| {
        match rules.get(&input.name) {
            Some(rule) if !rule.targets.is_empty() => Err(invalid("Rule can't be deleted since it has targets.")),
            // A rule that is not there counts as deleted.
            _ => {
                rules.remove(&input.name);
                Ok(json!({}))
            }
        }
    })
}

pub(super) fn enable_rule(cx: &Context, call: &Call) -> ServiceResult {
    set_enabled(cx, call, true)
}

pub(super) fn disable_rule(cx: &Context, call: &Call) -> ServiceResult {
    set_enabled(cx, call, false)
}

fn set_enabled(cx: &Context, call: &Call, enabled: bool) -> ServiceResult {
    let input: RuleNameInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    let now_ms = cx.clock.now_ms();
    change_rules(cx, call, |rules| {
        let rule = rules.get_mut(&input.name).ok_or_else(|| no_such_rule(&input.name))?;
        if enabled && !rule.enabled {
            rule.since_ms = now_ms;
        }
        rule.enabled = enabled;
        Ok(json!({}))
    })
}

pub(super) fn list_rules(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ListRulesInput {
        name_prefix: Option<String>,
        event_bus_name: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: ListRulesInput = call.input()?;
    check_bus(&call.region, input.event_bus_name.as_deref())?;
    let prefix = input.name_prefix.unwrap_or_default();
    cx.store.read(|document| {
        let rules = document.region(&call.region).rules.rules.iter();
        let rules = rules.filter(|(name, _)| name.starts_with(&prefix));
        let page = page(rules, input.limit, input.next_token.as_deref())?;
        Ok(view(page, "Rules", "NextToken", |(name, rule)| show(&call.region, name, rule)))
    })
}

fn show(region: &str, name: &str, rule: &EventRule) -> Value {
    let mut answer = json!({
        "Name": name,
        "Arn": rule_arn(region, name),
        "ScheduleExpression": rule.schedule,
        "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
        "EventBusName": "default",
    });
    if let Some(description) = &rule.description {
        answer["Description"] = json!(description);
    }
    answer
}

fn check_name(name: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if (1..=64).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    let rule = "satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+ and have length between 1 and 64";
    Err(constraint(INVALID, name, "name", rule))
}
