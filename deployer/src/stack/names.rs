//! Physical names: made from stack, stage and id where none is given, and never shared.

use super::header;
use super::report::{MistakeReport, StackMistake};
use super::section::CheckContext;
use std::collections::BTreeMap;

/// Checks the names that are made here (a given one is checked as a value), and that no two blocks of a section share one.
pub(super) fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    for section in context.sections {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for block in context.blocks(section.name) {
            let name = context.physical_name(&block);
            let rule = &section.physical_name;
            let parts_fit = header::fit_names(context, block.id);
            if parts_fit
                && block.entries.get("name").is_none()
                && let Some(reason) = rule.refuses(&name)
            {
                let message = format!("the name made for `{}` is not {}", block.id.escape_debug(), rule.what);
                let label = format!("{name}: {reason}");
                let help = format!("set `name`, or shorten the id; allowed: {}", rule.allows());
                report.error(StackMistake::at(block.key, message).label(label).help(help));
            }
            if let Some(other) = seen.insert(name.clone(), block.id) {
                let at = block.place("name");
                let message =
                    format!("`{}` and `{}` have the same name", other.escape_debug(), block.id.escape_debug());
                let label = format!("`{}` is called {name:?} too", other.escape_debug());
                report.error(StackMistake::at(at, message).label(label).help("give one of them another `name`"));
            }
        }
    }
}

/// Checks for a name that is the same in two stages which may share an account and a region, and warns of it: the stages
/// would fight for the resource.
pub(super) fn check_across(contexts: &[CheckContext<'_>], report: &mut MistakeReport) {
    let mut seen = BTreeMap::new();
    for context in contexts {
        let [region, account] = ["region", "account"].map(|key| context.root.text(key).map(|(text, _)| text));
        for section in context.sections {
            for block in context.blocks(section.name) {
                let Some((name, at)) = block.entries.text("name") else {
                    continue;
                };
                let Some(other) = seen.insert((section.name, name, region, account), context.stage) else {
                    continue;
                };
                let message = format!("the {} name {name:?} is the same in two stages", section.name);
                let label = format!("in the stages `{other}` and `{}`", context.stage);
                let help = format!(
                    "they cannot be deployed side by side to one account and region; give `[stage.{}.{}{}]` a `name` of its own",
                    context.stage,
                    section.name,
                    if section.many { format!(".{}", block.id) } else { String::new() },
                );
                report.warning(StackMistake::at(at, message).label(label).help(help));
            }
        }
    }
}
