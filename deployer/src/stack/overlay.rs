//! Stages: what `[stage.X]` changes, and which stage is meant.

use super::nearest;
use super::node::{TomlNode, TomlTable, TomlValue};

/// Lays `overlay` over `base`: tables merge, everything else replaces. Every value keeps the place where it is
/// written; a table that both have keeps the base's.
pub(super) fn merge(mut base: TomlTable, overlay: &TomlTable) -> TomlTable {
    for (key, over) in overlay.iter() {
        match (base.get_mut(key), &over.node.value) {
            (Some(entry), TomlValue::Table(upper)) if entry.node.table().is_some() => {
                let span = entry.node.span;
                let node = std::mem::replace(&mut entry.node, TomlNode { span, value: TomlValue::Boolean(false) });
                if let TomlValue::Table(lower) = node.value {
                    entry.node.value = TomlValue::Table(merge(lower, upper));
                }
            }
            _ => base.insert(key.to_owned(), over.clone()),
        }
    }
    base
}

/// Returns the stage that is meant: the given one, else the default, else the only declared one, else `dev` when none is declared.
///
/// # Errors
/// Message and help, when the given one is not declared or when there are several and nothing says which.
pub(super) fn choose(
    given: Option<&str>,
    default: Option<&str>,
    declared: &[&str],
) -> Result<String, (String, String)> {
    match (given, default, declared) {
        (Some(stage), _, []) => Ok(stage.to_owned()),
        (Some(stage), _, declared) if declared.contains(&stage) => Ok(stage.to_owned()),
        (Some(stage), _, declared) => {
            let help = nearest::suggest(stage, "declared stages", declared.iter().copied());
            Err((format!("unknown stage `{}`", stage.escape_debug()), help))
        }
        (None, Some(stage), _) => Ok(stage.to_owned()),
        (None, None, []) => Ok("dev".to_owned()),
        (None, None, [only]) => Ok((*only).to_owned()),
        (None, None, declared) => Err((
            "several stages are declared and none is chosen".to_owned(),
            format!("choose one with --stage, or set `default_stage`; declared stages: {}", declared.join(", ")),
        )),
    }
}
