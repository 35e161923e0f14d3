//! Queues: what was received too often goes where it went.

use super::attributes::block;
use super::edits::RequiredEdits;
use super::pair::ResourcePair;
use super::takeover::Takeover;
use crate::import::dead_letter::dead_letter;
use crate::import::resource::TerraformResource;
use crate::import::setting::{DescriptionSetting, toml_value};

/// Proposes the dead-letter queue, or says why it cannot be described.
pub fn propose_dead_letters(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let described = |queue: &TerraformResource| takeover.pairs.get(queue).map(|pair| pair.id.clone());
    match dead_letter(&takeover.graph, pair.resource, &described) {
        Ok(Some(former)) if block(pair, takeover).and_then(|block| block.get("dead_letter")) != Some(&former) => {
            out.settings.push(DescriptionSetting { path: pair.path("dead_letter"), value: toml_value(&former) });
        }
        Ok(_) => {}
        Err(why) => out.remark(pair.resource, format!("{why}: unless `dead_letter` is written, it stays as it is")),
    }
}
