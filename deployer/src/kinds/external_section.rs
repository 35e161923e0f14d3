//! `[external]` as written in the stack description.

use super::external::SECTION;
use super::{function, queue, table};
use crate::aws::arn::ArnScope;
use crate::stack::{
    BlockAttribute, CheckContext, KeyDefinition, MistakeReport, SectionDefinition, StackMistake, TextRule, TomlTable,
};
use serde_json::Value;

const KEYS: &[KeyDefinition] =
    &[table::EXTERNAL_TABLES, queue::EXTERNAL_QUEUES, function::EXTERNAL_FUNCTIONS, function::EXTERNAL_SECRETS];

/// `[external.table.X]`, `[external.queue.X]`, `[external.function.X]` and `[external.secret.X]`.
pub static EXTERNAL: SectionDefinition = SectionDefinition {
    name: SECTION,
    many: false,
    about: "Things that exist and that others manage, in the account and region of the stack. They are looked at before anything is \
            changed, and never changed or deleted; one that is missing or different is an error.",
    notes: "Each has a block of its own, `[external.table.ID]`. In `tables` of a function its ID stands like that of a table of this file; \
            actions that read indexes hold for all of its indexes, or for those that `index.NAME` names. References are \
            `${external.table.ID.name}` and `.arn`, and the same of `queue`, which has a `.url` too, `function` and `secret`. The ARN of a secret ends with `-??????`, which \
            IAM reads as any six characters: it is for `resources`, and `.name` for the function itself.",
    keys: KEYS,
    physical_name: TextRule::any("a name", 1, 255),
    files: &[],
    attributes: &[
        BlockAttribute::Blocks(table::NAME, &[BlockAttribute::Name, BlockAttribute::Arn(ArnScope::table)]),
        BlockAttribute::Blocks(queue::NAME, queue::ATTRIBUTES),
        BlockAttribute::Blocks(function::NAME, &[BlockAttribute::Name, BlockAttribute::Arn(ArnScope::function)]),
        BlockAttribute::Blocks(
            function::EXTERNAL_SECRET,
            &[BlockAttribute::Name, BlockAttribute::Arn(ArnScope::secret)],
        ),
    ],
    check,
    fits,
};

fn fits(value: &Value) -> Result<(), serde_json::Error> {
    let Some(sorts) = value.as_object() else { return Ok(()) };
    for (sort, things) in sorts {
        for thing in things.as_object().into_iter().flat_map(|things| things.values()) {
            match sort.as_str() {
                table::NAME => table::fits_external(thing)?,
                queue::NAME => queue::fits_external(thing)?,
                _ => function::fits_external(thing)?,
            }
        }
    }
    Ok(())
}

/// Checks that nothing is the stack's and others' at once: neither by its id, which `tables` and `queues` would mean, nor by its name.
fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    let sorts: Vec<_> = context.blocks(SECTION).into_iter().flat_map(|block| block.entries.iter()).collect();
    for (sort, things) in sorts {
        let own = context.blocks(sort);
        for (id, thing) in things.node.table().into_iter().flat_map(TomlTable::iter) {
            if own.iter().any(|block| block.id == id) {
                let message = format!("`{}` is a {sort} of this file and of others", id.escape_debug());
                let help = format!("give one of `[{sort}.{id}]` and `[{SECTION}.{sort}.{id}]` another id");
                report.error(StackMistake::at(thing.key, message).label(format!("`[{sort}.{id}]` too")).help(help));
            }
            let Some((name, at)) = thing.node.table().and_then(|thing| thing.text("name")) else { continue };
            if let Some(block) = own.iter().find(|block| context.physical_name(block) == name) {
                let message = format!("the {sort} {name:?} is this stack's own");
                let label = format!("`[{sort}.{}]` has this name", block.id);
                let help = "what is external is never changed or deleted: keep one of the two blocks";
                report.error(StackMistake::at(at, message).label(label).help(help));
            }
        }
    }
}
