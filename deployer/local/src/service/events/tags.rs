//! Tags of rules.

use super::invalid;
use super::model::{Rule, rule_arn};
use crate::context::Context;
use crate::front::json::{Call, Fault};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MAX_TAGS: usize = 50;

/// A tag as EventBridge writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

pub(super) fn tag(context: &Context, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    struct Input {
        #[serde(rename = "ResourceARN")]
        arn: String,
        #[serde(rename = "Tags")]
        tags: Vec<Tag>,
    }
    let input: Input = call.input()?;
    change(context, call, &input.arn, |rule| {
        let mut tags = rule.tags.clone();
        tags.extend(input.tags.into_iter().map(|tag| (tag.key, tag.value)));
        check_tags(&tags)?;
        rule.tags = tags;
        Ok(())
    })
}

pub(super) fn untag(context: &Context, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    struct Input {
        #[serde(rename = "ResourceARN")]
        arn: String,
        #[serde(rename = "TagKeys")]
        keys: Vec<String>,
    }
    let input: Input = call.input()?;
    change(context, call, &input.arn, |rule| {
        rule.tags.retain(|key, _| !input.keys.contains(key));
        Ok(())
    })
}

pub(super) fn list(context: &Context, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    struct Input {
        #[serde(rename = "ResourceARN")]
        arn: String,
    }
    let input: Input = call.input()?;
    context.store.read(|document| {
        let name = name_in(&call.region, &input.arn)?;
        let rule = document.region(&call.region).rules.rules.get(name).ok_or_else(|| missing(&input.arn))?;
        let tags: Vec<Value> = rule.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        Ok(json!({ "Tags": tags }))
    })
}

fn change(
    context: &Context,
    call: &Call,
    arn: &str,
    change: impl FnOnce(&mut Rule) -> Result<(), Fault>,
) -> Result<Value, Fault> {
    let name = name_in(&call.region, arn)?;
    context.store.write(|document| {
        let rules = &mut document.region_mut(&call.region).rules.rules;
        change(rules.get_mut(name).ok_or_else(|| missing(arn))?)?;
        Ok(json!({}))
    })
}

fn name_in<'a>(region: &str, arn: &'a str) -> Result<&'a str, Fault> {
    arn.strip_prefix(&rule_arn(region, "")).filter(|name| !name.is_empty()).ok_or_else(|| missing(arn))
}

fn missing(arn: &str) -> Fault {
    Fault::new(400, "ResourceNotFoundException", format!("Resource {arn} does not exist."))
}

pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MAX_TAGS {
        return Err(invalid(format!("a rule takes at most {MAX_TAGS} tags")));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > 128 || key.starts_with("aws:") || value.chars().count() > 256 {
            return Err(invalid(format!(
                "tag '{key}': a key has 1 to 128 characters and does not begin with aws:, a value has at most 256"
            )));
        }
    }
    Ok(())
}
