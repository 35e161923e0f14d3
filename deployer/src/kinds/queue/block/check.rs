//! Rules of `[queue.X]` that one value alone cannot break.

use super::rules::FIFO_END;
use crate::stack::{CheckContext, MistakeReport, StackMistake, TomlTable, TomlValue, WrittenBlock, suggest};

/// The section.
const SECTION: &str = "queue";

/// Checks all queues of a description.
pub(super) fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    for queue in context.blocks(SECTION) {
        check_name(&queue, report);
        check_dead_letter(context, &queue, report);
    }
}

/// Tells whether a queue as written is a FIFO queue.
pub fn is_fifo(queue: &WrittenBlock<'_>) -> bool {
    queue.entries.get("fifo").is_some_and(|entry| entry.node.value == TomlValue::Boolean(true))
}

/// Checks that FIFO queues are called so, and that no other queue has what belongs to them.
fn check_name(queue: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let is_fifo = is_fifo(queue);
    if let Some((name, at)) = queue.entries.text("name")
        && name.ends_with(FIFO_END) != is_fifo
    {
        let (message, help) = if is_fifo {
            (
                format!("the name of the FIFO queue `{}` does not end with `{FIFO_END}`", queue.id),
                "SQS tells FIFO queues by their names: add it",
            )
        } else {
            (format!("`{}` is called like a FIFO queue", queue.id), "add `fifo = true`, or take `.fifo` off its name")
        };
        report.error(StackMistake::at(at, message).label("name and `fifo` disagree").help(help));
    }
    if let Some(entry) = queue.entries.get("content_based_deduplication").filter(|_| !is_fifo) {
        let message = "`content_based_deduplication` has no meaning without `fifo`".to_owned();
        let help = "a standard queue may deliver a message twice: remove it, or add `fifo = true`";
        report.error(StackMistake::at(entry.key, message).label("only of FIFO queues").help(help));
    }
}

/// Checks that the dead-letter queue is another one of the same sort.
fn check_dead_letter(context: &CheckContext<'_>, queue: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let Some((target, at)) = queue.entries.table("dead_letter").and_then(|rule| rule.text("queue")) else { return };
    if target == queue.id {
        let message = format!("`{}` is its own dead-letter queue", queue.id);
        let help = "what cannot be handled would come back: describe a second queue for it";
        report.error(StackMistake::at(at, message).label("this queue itself").help(help));
        return;
    }
    let own = context.blocks(SECTION);
    let external = context.blocks("external").into_iter().filter_map(|block| block.entries.table(SECTION));
    let external: Vec<_> = external.flat_map(TomlTable::iter).collect();
    let target_is_fifo = match own.iter().find(|block| block.id == target) {
        Some(block) => Some(is_fifo(block)),
        None => external.iter().find(|(id, _)| *id == target).map(|(_, entry)| {
            entry.node.table().and_then(|thing| thing.text("name")).is_some_and(|(name, _)| name.ends_with(FIFO_END))
        }),
    };
    match target_is_fifo {
        None => {
            let message = format!("unknown queue `{}`", target.escape_debug());
            let known = own.iter().map(|block| block.id).chain(external.iter().map(|(id, _)| *id));
            let help = suggest(target, "declared queues", known);
            report.error(StackMistake::at(at, message).label("not declared").help(help));
        }
        Some(target_is_fifo) if target_is_fifo != is_fifo(queue) => {
            let message = format!("`{target}` cannot take the dead letters of `{}`", queue.id);
            let help =
                "the dead-letter queue of a FIFO queue is a FIFO queue, that of a standard queue a standard queue";
            report.error(StackMistake::at(at, message).label("only one of them is FIFO").help(help));
        }
        Some(_) => {}
    }
}
