//! Tables: keys must agree, and no index is lost.

use super::attributes::block;
use super::edits::RequiredEdits;
use super::keys::{key_words, same_keys, shape, told};
use super::pair::ResourcePair;
use super::takeover::Takeover;
use crate::import::setting::{DescriptionSetting, toml_value};
use serde_json::{Value, json};

/// Refuses a table whose keys are others than described.
pub fn refuse_keys(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let Some(block) = block(pair, takeover).filter(|block| !same_keys(block, pair.resource)) else { return };
    let keys =
        json!({"partition_key": told(pair.resource, "partition_key"), "sort_key": told(pair.resource, "sort_key")});
    out.refuse(
        pair.resource,
        format!(
            "table {} has the key {}, the description of table.{} has {}: keys cannot be changed",
            pair.aws_name,
            key_words(&keys),
            pair.id,
            key_words(block)
        ),
        "Nothing was changed. Describe the keys that the table has, or describe it under an id of its own.",
    );
}

/// Takes away capacities that are not allowed beside PAY_PER_REQUEST.
pub fn drop_capacity(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let block = block(pair, takeover);
    if told(pair.resource, "billing_mode").is_some_and(|mode| mode == "PAY_PER_REQUEST") {
        for key in ["read_capacity", "write_capacity"] {
            if block.is_some_and(|block| block.get(key).is_some()) {
                out.settings.push(DescriptionSetting { path: pair.path(key), value: None });
            }
        }
    }
}

/// Names the indexes that the table does not have yet: items that lack their keys are not in them.
pub fn remark_new_indexes(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let Some(Value::Object(described)) = block(pair, takeover).and_then(|block| block.get("index")) else { return };
    let there = told(pair.resource, "index");
    let is_new = |name: &str| there.as_ref().is_none_or(|there| there.get(name).is_none());
    for (name, index) in described.iter().filter(|(name, _)| is_new(name)) {
        let keys: Vec<_> = shape(index).0.into_iter().map(|(key, _)| key).collect();
        out.remark(
            pair.resource,
            format!(
                "its index {name} is new and holds only items that have {}: what looks for items there misses those that were written without these attributes, until a program adds them after the adoption (deployer/docs/terraform.md)",
                keys.join(" and ")
            ),
        );
    }
}

/// Proposes indexes that are not described.
pub fn propose_indexes(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let block = block(pair, takeover);
    for section in ["index", "local_index"] {
        let Some(Value::Object(indexes)) = told(pair.resource, section) else { continue };
        for (name, index) in indexes {
            match block.and_then(|block| block.get(section)?.get(&name)) {
                None => {
                    let path = pair.path(section).into_iter().chain([name]).collect();
                    out.settings.push(DescriptionSetting { path, value: toml_value(&index) });
                }
                Some(described) if shape(described) != shape(&index) => out.remark(
                    pair.resource,
                    format!("its index {name} has other keys or attributes than described: it is deleted and built anew; no item is lost, but what uses it waits"),
                ),
                Some(_) => {}
            }
        }
    }
}
