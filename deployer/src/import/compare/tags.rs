//! Tags that exist and that the description does not know: adopting would take them away.

use super::super::DescriptionSetting;
use super::super::resource::{TerraformResource, is_open};
use super::RequiredEdits;
use crate::aws::tags::ResourceTags;
use crate::stack::{Stack, tag_matches};
use serde_json::Value;
use std::collections::BTreeMap;

/// Asks for the tags that are there. `own` are the block's, `path` leads to it.
pub fn demand(
    former: &TerraformResource,
    stack: &Stack,
    own: &BTreeMap<String, String>,
    path: &[&str],
    demands: &mut RequiredEdits,
) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:/=+-".contains(c);
    for (key, value) in of(former) {
        let known = own.contains_key(&key) || stack.tags.contains_key(&key);
        let ignored = stack.ignore_tags.iter().any(|pattern| tag_matches(pattern, &key));
        if known || ignored || key.starts_with("aws:") || key.starts_with("deployer:") {
            continue;
        }
        if key.is_empty() || !key.chars().chain(value.chars()).all(allowed) {
            demands.remarks.push(format!("its tag {key} has characters that a description does not take: it goes"));
            continue;
        }
        let path = path.iter().copied().chain(["tags", &key]).map(str::to_owned).collect();
        demands.settings.push(DescriptionSetting { path, value: Some(value.into()) });
    }
}

/// Tags with those of the provider, where the file tells them.
pub fn of(former: &TerraformResource) -> ResourceTags {
    let tags = ["tags_all", "tags"].into_iter().find_map(|name| former.attributes.get(name)?.as_object());
    let text = |value: &Value| value.as_str().filter(|text| !is_open(text)).map(str::to_owned);
    tags.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}
