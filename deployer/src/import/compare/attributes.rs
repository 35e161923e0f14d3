//! The comparison of mapped attributes with a block of the description.

use super::edits::RequiredEdits;
use super::pair::ResourcePair;
use super::takeover::Takeover;
use crate::import::setting::{DescriptionSetting, toml_value};
use crate::import::{mapping, sections, tags};
use crate::stack::tag_matches;
use serde_json::Value;

/// Proposes every mapped value that the block does not have, and names what the file does not tell.
pub fn propose(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    for part in takeover.parts(pair) {
        let Some(kind) = mapping::of(&part.kind) else { continue };
        for attribute in kind.attributes {
            match attribute.told(part) {
                Err((name, why)) => out.remark(part, format!("its {name} is not known from the file: {why}")),
                Ok(Some(value)) if !attribute.is_judged => {
                    let described = described(pair, takeover, attribute.key);
                    if described.is_none_or(|described| !is_same(&described, &value)) {
                        let path = pair.path(written_key(pair, takeover, attribute.key));
                        out.settings.push(DescriptionSetting { path, value: toml_value(&value) });
                    }
                }
                Ok(_) => {}
            }
        }
    }
}

/// Proposes the tags that the block does not have.
pub fn propose_tags(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    if let Err(why) = pair.resource.told("region") {
        out.remark(pair.resource, format!("its region is not known from the file: {why}"));
    }
    for name in ["tags", "tags_all"] {
        if let Err(why) = pair.resource.told(name) {
            out.remark(pair.resource, format!("its tags are not all known from the file: {why}"));
        }
    }
    let (tags, remarks) = tags::tags(pair.resource, pair.section);
    let own = block(pair, takeover).and_then(|block| block.get("tags"));
    let stack = takeover.stack;
    let known = |key: &str| own.is_some_and(|own| own.get(key).is_some()) || stack.tags.contains_key(key);
    let ignored = |key: &str| stack.ignore_tags.iter().any(|pattern| tag_matches(pattern, key));
    for (key, value) in tags.into_iter().filter(|(key, _)| !known(key) && !ignored(key)) {
        let path = pair.path("tags").into_iter().chain([key]).collect();
        out.settings.push(DescriptionSetting { path, value: Some(value.into()) });
    }
    remarks.into_iter().for_each(|remark| out.remark(pair.resource, remark));
}

/// Returns the block of a pair.
pub fn block<'a>(pair: &ResourcePair<'_>, takeover: &Takeover<'a>) -> Option<&'a Value> {
    takeover.stack.block(pair.section, &pair.id)
}

/// Returns the name under which a key is written: a block has a key or its other name.
fn written_key<'a>(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, key: &'a str) -> &'a str {
    let other = sections::key(pair.section, key).and_then(|key| key.alias);
    let is_written = |name: &&str| takeover.stack.is_written(&[pair.section, &pair.id, name]);
    other.filter(is_written).unwrap_or(key)
}

/// Returns the value of a key, or the one that it has when it is absent.
fn described(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, key: &str) -> Option<Value> {
    match key {
        "name" => return Some(pair.name.as_str().into()),
        "stage" => return takeover.described_stage().map(Value::from),
        _ => {}
    }
    key.split('.').try_fold(block(pair, takeover)?, |value, segment| value.get(segment)).cloned()
}

/// Tells whether two values mean the same: 50 and 50.0, and lists in any order.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().all(|element| other.contains(element))
        }
        _ => one == other,
    }
}
