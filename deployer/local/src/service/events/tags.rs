//! Tags of rules.

use super::lookup::{change_rules, invalid, not_found};
use crate::arn::rule_arn;
use crate::context::Context;
use crate::store::rule::EventRule;
use crate::wire::{Call, ServiceError, TagEntry, TagLimits, TagMap, TagMistake, tag_list};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn tag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    #[derive(Deserialize)]
    struct TagRuleInput {
        #[serde(rename = "ResourceARN")]
        arn: String,
        #[serde(rename = "Tags")]
        tags: Vec<TagEntry>,
    }
    let input: TagRuleInput = call.input()?;
    change(cx, call, &input.arn, |rule| {
        let mut tags = rule.tags.clone();
        tags.extend(input.tags.into_iter().map(|tag| (tag.key, tag.value)));
        check_tags(&tags)?;
        rule.tags = tags;
        Ok(())
    })
}

pub(super) fn untag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    #[derive(Deserialize)]
    struct UntagRuleInput {
        #[serde(rename = "ResourceARN")]
        arn: String,
        #[serde(rename = "TagKeys")]
        keys: Vec<String>,
    }
    let input: UntagRuleInput = call.input()?;
    change(cx, call, &input.arn, |rule| {
        rule.tags.retain(|key, _| !input.keys.contains(key));
        Ok(())
    })
}

pub(super) fn list_tags_for_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    #[derive(Deserialize)]
    struct ListRuleTagsInput {
        #[serde(rename = "ResourceARN")]
        arn: String,
    }
    let input: ListRuleTagsInput = call.input()?;
    cx.store.read(|document| {
        let name = name_in(&call.region, &input.arn)?;
        let rule = document.region(&call.region).rules.rules.get(name).ok_or_else(|| missing(&input.arn))?;
        Ok(json!({ "Tags": tag_list(&rule.tags) }))
    })
}

fn change(
    cx: &Context,
    call: &Call,
    arn: &str,
    change: impl FnOnce(&mut EventRule) -> Result<(), ServiceError>,
) -> Result<Value, ServiceError> {
    let name = name_in(&call.region, arn)?;
    change_rules(cx, call, |rules| {
        change(rules.get_mut(name).ok_or_else(|| missing(arn))?)?;
        Ok(json!({}))
    })
}

fn name_in<'a>(region: &str, arn: &'a str) -> Result<&'a str, ServiceError> {
    arn.strip_prefix(&rule_arn(region, "")).filter(|name| !name.is_empty()).ok_or_else(|| missing(arn))
}

fn missing(arn: &str) -> ServiceError {
    not_found(format!("Resource {arn} does not exist."))
}

pub(super) fn check_tags(tags: &TagMap) -> Result<(), ServiceError> {
    TagLimits::ANY.check(tags).map_err(|mistake| match mistake {
        TagMistake::TooMany => invalid(format!("a rule takes at most {} tags", TagLimits::COUNT)),
        TagMistake::Key(key) | TagMistake::Value(key, _) | TagMistake::Reserved(key) => invalid(format!(
            "tag '{key}': a key has 1 to 128 characters and does not begin with aws:, a value has at most 256"
        )),
    })
}

/// Lists the rules of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> Result<BTreeMap<String, TagMap>, ServiceError> {
    let pair = |(name, rule): (&String, &EventRule)| (rule_arn(region, name), rule.tags.clone());
    Ok(cx.store.read(|document| document.region(region).rules.rules.iter().map(pair).collect()))
}
