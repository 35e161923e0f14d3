//! Stages: what `[stage.X]` changes, and which stage is meant.

use super::nearest;
use super::node::{TextSpan, TomlNode, TomlTable, TomlValue};
use super::report::StackMistake;
use super::section::SectionDefinition;
use std::collections::BTreeMap;

/// Holds the declared stages: name, place and what they change.
pub(super) type DeclaredStages = BTreeMap<String, (TextSpan, TomlTable)>;

/// A block that a stage has and the rest of the file does not: one of that stage alone, or a misspelt id.
pub(super) struct AddedBlock {
    /// Where its id is written.
    pub(super) at: TextSpan,
    stage: String,
    section: &'static str,
    id: String,
    /// Ids of the section outside of the stages.
    declared: Vec<String>,
}

/// Returns the blocks that stages have and `base` does not.
pub(super) fn added(base: &TomlTable, stages: &DeclaredStages, sections: &[&SectionDefinition]) -> Vec<AddedBlock> {
    let ids = |root: &TomlTable, section: &SectionDefinition| -> BTreeMap<String, TextSpan> {
        let blocks = root.table(section.name).into_iter().flat_map(TomlTable::iter);
        blocks.map(|(id, entry)| (id.to_owned(), entry.key)).collect()
    };
    let mut added = Vec::new();
    for section in sections.iter().filter(|section| section.many) {
        let declared = ids(base, section);
        for (stage, (_, overlay)) in stages {
            for (id, at) in ids(overlay, section).into_iter().filter(|(id, _)| !declared.contains_key(id)) {
                let declared = declared.keys().cloned().collect();
                added.push(AddedBlock { at, stage: stage.clone(), section: section.name, id, declared });
            }
        }
    }
    added
}

impl AddedBlock {
    /// Returns the mistake that a block without a key that it needs is: most likely its id is misspelt.
    pub(super) fn unfinished(&self, missing: &str) -> StackMistake {
        let AddedBlock { at, stage, section, id, declared } = self;
        let (stage, id) = (stage.escape_debug(), id.escape_debug());
        let known = nearest::suggest(&self.id, &format!("declared as {section}"), declared.iter().map(String::as_str));
        StackMistake::at(*at, format!("`[stage.{stage}]` changes the {section} `{id}`, which the file does not have"))
            .missing(missing)
            .label("not declared")
            .help(format!("{known}; one of this stage alone needs `{missing}`"))
    }
}

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

/// The stage of a file that declares none.
pub(super) const ONLY: &str = "dev";

/// Returns the stage that is meant: the given one, else the default, else the only declared one, else `dev` when none is declared.
///
/// # Errors
/// Message and help, when the given one is not declared, or is another one than the only one of a file without stages, or when there are several and nothing says which.
pub(super) fn choose(
    given: Option<&str>,
    default: Option<&str>,
    declared: &[&str],
) -> Result<String, (String, String)> {
    match (given, default, declared) {
        (Some(stage), default, []) if stage == default.unwrap_or(ONLY) => Ok(stage.to_owned()),
        (Some(stage), default, []) => Err((
            format!(
                "unknown stage `{}`: the file declares none and has one, `{}`",
                stage.escape_debug(),
                default.unwrap_or(ONLY)
            ),
            format!(
                "to have a second copy of the stack, add `[stage.{}]` to the file; it may be empty",
                stage.escape_debug()
            ),
        )),
        (Some(stage), _, declared) if declared.contains(&stage) => Ok(stage.to_owned()),
        (Some(stage), _, declared) => {
            let help = nearest::suggest(stage, "declared stages", declared.iter().copied());
            Err((format!("unknown stage `{}`", stage.escape_debug()), help))
        }
        (None, Some(stage), _) => Ok(stage.to_owned()),
        (None, None, []) => Ok(ONLY.to_owned()),
        (None, None, [only]) => Ok((*only).to_owned()),
        (None, None, declared) => Err((
            "several stages are declared and none is chosen".to_owned(),
            format!("choose one with --stage, or set `default_stage`; declared stages: {}", declared.join(", ")),
        )),
    }
}
