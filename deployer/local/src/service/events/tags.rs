//! Tags of rules.

use super::lookup::{invalid, no_such_rule, not_found};
use crate::arn::rule_arn;
use crate::context::Context;
use crate::service::tags::ResourceTags;
use crate::store::CloudDocument;
use crate::store::rule::EventRule;
use crate::wire::{ServiceResult, TagLimits, TagMap, TagMistake, tag_list};
use std::collections::BTreeMap;

pub(super) const TAGS: ResourceTags = ResourceTags {
    resource: "ResourceARN",
    tags: "Tags",
    keys: "TagKeys",
    ignored: &[],
    find,
    given: |_| Ok(()),
    check: check_tags,
    view: tag_list,
};

fn find<'a>(document: &'a mut CloudDocument, region: &str, arn: &str) -> ServiceResult<&'a mut TagMap> {
    let rules = &mut document.region_mut(region).rules.rules;
    let Some(name) = arn.strip_prefix(&rule_arn(region, "")) else {
        let bus = arn.split_once(":event-bus/").map(|(_, name)| not_found(format!("Event bus {name} does not exist.")));
        return Err(bus.unwrap_or_else(|| not_found(format!("Resource {arn} does not exist."))));
    };
    Ok(&mut rules.get_mut(name).ok_or_else(|| no_such_rule(name))?.tags)
}

pub(super) fn check_tags(tags: &TagMap) -> ServiceResult<()> {
    TagLimits::ANY.check(tags).map_err(|mistake| match mistake {
        TagMistake::TooMany => invalid(format!("a rule takes at most {} tags", TagLimits::COUNT)),
        TagMistake::Key(key) | TagMistake::Value(key, _) | TagMistake::Reserved(key) => invalid(format!(
            "tag '{key}': a key has 1 to 128 characters and does not begin with aws:, a value has at most 256"
        )),
    })
}

/// Lists the rules of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> ServiceResult<BTreeMap<String, TagMap>> {
    let pair = |(name, rule): (&String, &EventRule)| (rule_arn(region, name), rule.tags.clone());
    Ok(cx.store.read(|document| document.region(region).rules.rules.iter().map(pair).collect()))
}
