//! Rules of `[[function.X.source]]` that one value alone cannot break.

use super::declared::unknown;
use crate::stack::{CheckContext, MistakeReport, StackMistake, TextSpan, TomlNode, TomlTable, TomlValue, WrittenBlock};
use std::collections::BTreeSet;

/// Seconds that a message is hidden once it was received, where nothing else is said ("CreateQueue").
const VISIBILITY_TIMEOUT: i128 = 30;
/// Seconds that a function runs, where nothing else is said.
const TIMEOUT: i128 = 10;
/// Most messages that a FIFO queue gives at once, and any queue without a window ("CreateEventSourceMapping").
const SMALL_BATCH: i128 = 10;

/// Keys that are about streams alone, and about queues alone.
const OF_TABLES: &[&str] = &["start", "retries", "max_age", "bisect", "on_failure"];
const OF_QUEUES: &[&str] = &["max_concurrency"];

/// Checks the sources of a function.
pub(super) fn check(context: &CheckContext<'_>, function: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let mut seen = BTreeSet::new();
    for source in function.entries.list("source").unwrap_or_default() {
        let Some(entries) = source.table() else { continue };
        match (entries.text("queue"), entries.text("table")) {
            (Some((queue, at)), None) => {
                check_again(&mut seen, ("queue", queue, at), function, report);
                check_meaning(entries, OF_TABLES, "queue", report);
                check_queue(context, function, entries, (queue, at), report);
            }
            (None, Some((table, at))) => {
                check_again(&mut seen, ("table", table, at), function, report);
                check_meaning(entries, OF_QUEUES, "table", report);
                check_table(context, entries, (table, at), report);
            }
            (Some(_), Some((_, at))) => {
                let message = format!("a source of `{}` has both `queue` and `table`", function.id);
                let help = "each has a `[[function.ID.source]]` of its own";
                report.error(StackMistake::at(at, message).label("`queue` is given too").help(help));
            }
            // Something else than a text is reported where values are checked.
            (None, None) if entries.get("queue").or(entries.get("table")).is_none() => {
                let message = format!("a source of `{}` has neither `queue` nor `table`", function.id);
                let help = "add `queue = \"ID\"`, or `table = \"ID\"` for the changes of a table";
                report.error(StackMistake::at(source.span, message).missing("queue").label("has no source").help(help));
            }
            (None, None) => {}
        }
    }
}

fn check_again<'a>(
    seen: &mut BTreeSet<(&'static str, &'a str)>,
    (sort, id, at): (&'static str, &'a str, TextSpan),
    function: &WrittenBlock<'_>,
    report: &mut MistakeReport,
) {
    if !seen.insert((sort, id)) {
        let message = format!("the {sort} `{}` is a source of `{}` twice", id.escape_debug(), function.id);
        let help = "Lambda takes one source of a function and a queue or table: put the patterns into one `filter`";
        report.error(StackMistake::at(at, message).label("again").help(help));
    }
}

fn check_meaning(entries: &TomlTable, others: &[&str], sort: &str, report: &mut MistakeReport) {
    for entry in others.iter().filter_map(|key| Some((*key, entries.get(key)?))) {
        let (key, entry) = entry;
        let message = format!("`{key}` has no meaning with `{sort}`");
        let help = match key {
            "on_failure" | "retries" => "a queue says it itself: `dead_letter = { queue = \"ID\", receives = N }`",
            _ if sort == "queue" => "it is about the stream of a table: remove it",
            _ => "it is about queues: remove it",
        };
        report.error(StackMistake::at(entry.key, message).label(format!("not of a {sort}")).help(help));
    }
}

fn check_queue(
    context: &CheckContext<'_>,
    function: &WrittenBlock<'_>,
    entries: &TomlTable,
    (id, at): (&str, TextSpan),
    report: &mut MistakeReport,
) {
    if let Some(mistake) = unknown(context, "queue", id, at) {
        report.error(mistake);
        return;
    }
    let batch = entries.integer("batch_size").filter(|(size, _)| *size > SMALL_BATCH);
    let is_fifo = is_fifo(context, id);
    if let Some((size, at)) = batch.filter(|_| is_fifo) {
        let message = format!("a batch of the FIFO queue `{id}` has {SMALL_BATCH} messages at most, not {size}");
        report
            .error(StackMistake::at(at, message).label(format!("more than {SMALL_BATCH}")).help("lower `batch_size`"));
    }
    if let Some((_, at)) = entries.integer("window").filter(|(window, _)| *window > 0 && is_fifo) {
        let message = format!("`window` has no meaning with the FIFO queue `{id}`");
        report.error(StackMistake::at(at, message).label("not of a FIFO queue").help("remove it"));
    }
    let window = entries.integer("window").map_or(0, |(window, _)| window);
    if let Some((size, at)) = batch.filter(|_| !is_fifo && window == 0) {
        let message = format!("a batch of {size} messages takes time to gather, and `window` is 0");
        let help = format!("add `window = 1` or more, or lower `batch_size` to {SMALL_BATCH}");
        report.error(StackMistake::at(at, message).label(format!("more than {SMALL_BATCH}")).help(help));
    }
    let queues = context.blocks("queue");
    let Some(queue) = queues.iter().find(|queue| queue.id == id) else { return };
    let seconds = |block: &WrittenBlock<'_>, key, default| match block.entries.get(key) {
        None => Some(default),
        Some(_) => block.entries.integer(key).map(|(number, _)| number),
    };
    let hidden = seconds(queue, "visibility_timeout", VISIBILITY_TIMEOUT);
    let runs = seconds(function, "timeout", TIMEOUT);
    if let Some((hidden, runs)) = hidden.zip(runs).filter(|(hidden, runs)| hidden < runs) {
        let message = format!(
            "`{}` may run for {runs} seconds, and messages of `{id}` are hidden for {hidden}: Lambda refuses it",
            function.id
        );
        let help = format!(
            "set `visibility_timeout` of `[queue.{id}]` to {runs} or more; six times that leaves room for tries"
        );
        report.error(StackMistake::at(at, message).label("a message would come again while it is handled").help(help));
    }
}

fn is_fifo(context: &CheckContext<'_>, id: &str) -> bool {
    let is_true =
        |queue: &WrittenBlock<'_>| queue.entries.get("fifo").is_some_and(|e| e.node.value == TomlValue::Boolean(true));
    context.blocks("queue").iter().any(|queue| queue.id == id && is_true(queue))
}

fn check_table(
    context: &CheckContext<'_>,
    entries: &TomlTable,
    (id, at): (&str, TextSpan),
    report: &mut MistakeReport,
) {
    if let Some(mistake) = unknown(context, "table", id, at) {
        report.error(mistake);
    }
    if let Some(table) = context.blocks("table").iter().find(|table| table.id == id) {
        let stream: Option<&TomlNode> = table.entries.get("stream").map(|entry| &entry.node);
        let images = "`stream = \"NEW_AND_OLD_IMAGES\"`";
        let mistake = match stream.map(|stream| &stream.value) {
            // It may be on all the same, but then nobody here asked for it.
            None => {
                Some(("is described without `stream`", "without `stream`", format!("add {images} to `[table.{id}]`")))
            }
            Some(TomlValue::Boolean(false)) => {
                Some(("has its `stream` off", "its `stream` is off", format!("write {images} in `[table.{id}]`")))
            }
            Some(_) => None,
        };
        if let Some((why, label, help)) = mistake {
            let message = format!("table `{id}` {why}, which is what runs a function");
            report.error(StackMistake::at(at, message).label(label).help(help));
        }
    }
    check_on_failure(context, entries, report);
}

/// Checks the queue that is told of what is given up.
pub(super) fn check_on_failure(context: &CheckContext<'_>, entries: &TomlTable, report: &mut MistakeReport) {
    let Some((queue, at)) = entries.text("on_failure") else { return };
    if let Some(mistake) = unknown(context, "queue", queue, at) {
        report.error(mistake);
    } else if is_fifo(context, queue) {
        let message = format!("`on_failure` cannot be the FIFO queue `{queue}`");
        report.error(StackMistake::at(at, message).label("is FIFO").help("name a standard queue"));
    }
}
