//! Rules: they fire when they did, and run what they ran.

use super::super::DescriptionSetting;
use super::super::resource::is_open;
use super::super::system::ResourceGraph;
use super::pair::ResourcePair;
use super::{RequiredEdits, tags};
use crate::kinds::ScheduleBlock;
use crate::stack::Stack;

/// What the description needs for a rule.
pub fn demands(pair: &ResourcePair<'_, ScheduleBlock>, system: &ResourceGraph<'_>, stack: &Stack) -> RequiredEdits {
    let mut out = RequiredEdits::default();
    let (id, former) = (pair.id.as_str(), pair.former);
    let line = |key: &str, value: toml_edit::Value| DescriptionSetting::new(["schedule", id, key], value);
    if pair.name != pair.former_name {
        out.settings.push(line("name", pair.former_name.into()));
    }
    if let Some(expression) = former.text("schedule_expression").filter(|e| *e != pair.block.expression) {
        out.settings.push(line("expression", expression.into()));
    }
    let off = former.raw("state") == Some("DISABLED")
        || (former.attributes.get("is_enabled").is_some_and(|on| *on == false) && former.raw("state").is_none());
    if off && pair.block.enabled {
        out.settings.push(line("enabled", false.into()));
    }
    let targets = system.targets(former);
    match targets.as_slice() {
        [] => {}
        [(target, _)] => {
            let input = target.raw("input").filter(|input| !is_open(input));
            if let Some(input) = input.filter(|input| pair.block.input.as_deref() != Some(*input)) {
                out.settings.push(line("input", input.into()));
            }
            for key in ["input_transformer", "input_path", "dead_letter_config", "retry_policy"] {
                if target.raw(key).is_some() || target.block(key).is_some() {
                    out.remarks.push(format!("its target has {key}, which a description cannot say: it goes"));
                }
            }
        }
        several => out.refuse(
            &former.address,
            format!(
                "rule {} has {} targets; a schedule runs one function, the others would be taken off",
                pair.former_name,
                several.len()
            ),
            "Give the other targets a rule of their own first, or give the schedule another `name`.",
        ),
    }
    tags::demand(former, stack, &pair.block.tags, &["schedule", id], &mut out);
    out
}
