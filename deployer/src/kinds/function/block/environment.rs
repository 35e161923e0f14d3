//! Rules of `[function.X.environment]`: how large it is, and that no secret is in the file.

use crate::kinds::secret::{FORMS, SecretSource};
use crate::stack::{MistakeReport, StackMistake, TomlEntry, TomlTable, TomlValue, WrittenBlock};

/// Bytes that all names and values of a function's environment may have together ("Lambda quotas").
pub const LARGEST_ENVIRONMENT: usize = 4096;

/// Checks the environment of a function.
pub(super) fn check(function: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let Some(entry) = function.entries.get("environment") else {
        return;
    };
    let variables: Vec<_> = entry.node.table().into_iter().flat_map(TomlTable::iter).collect();
    for (name, entry) in &variables {
        if let Some(members) = entry.node.table() {
            check_secret(name, members, report);
        }
    }
    // Values as written; what a reference stands for is of much the same length. Secrets are counted when they are known.
    let size: usize =
        variables.iter().map(|(name, entry)| name.len() + entry.node.text().map_or(0, |(value, _)| value.len())).sum();
    if size > LARGEST_ENVIRONMENT {
        let message = format!("the environment of `{}` has {size} bytes", function.id);
        let help = format!(
            "names and values together may have {LARGEST_ENVIRONMENT} bytes; keep long values in a file or a table"
        );
        report.error(
            StackMistake::at(entry.key, message).label(format!("more than {LARGEST_ENVIRONMENT} bytes")).help(help),
        );
    }
}

/// Checks that a secret says where it comes from. What else is written in its table may be the secret itself: it is not
/// shown.
fn check_secret(name: &str, members: &TomlTable, report: &mut MistakeReport) {
    let from = members.text("from").map(|(text, at)| (at, SecretSource::parse(&as_resolved(text))));
    let place = matches!(from, Some((_, Ok(_))));
    for (member, entry) in members.iter() {
        let harmless = matches!(entry.node.value, TomlValue::Boolean(_)) || member == "from" && place;
        if !harmless {
            report.conceal(&entry.node);
        }
    }
    if let Some((at, Err(reason))) = from {
        let message = format!("`from` of `{}` does not say where the secret comes from: {reason}", name.escape_debug());
        let help = format!(
            "allowed: {FORMS}, with `${{stack.name}}` and `${{stack.stage}}` in it; the secret itself does not belong in this file"
        );
        report.error(StackMistake::at(at, message).label(reason).help(help));
    }
    if let Some(TomlEntry { node, .. }) = members.get("secret")
        && node.value == TomlValue::Boolean(false)
    {
        let message = format!("`secret` of `{}` may not be false", name.escape_debug());
        let help = "what comes from elsewhere is a secret; a value that may be shown is written as a text";
        report.error(StackMistake::at(node.span, message).label("only true").help(help));
    }
}

/// Returns the text with something in the place of the references that are known before anything is contacted.
fn as_resolved(text: &str) -> String {
    text.replace("${stack.name}", "name").replace("${stack.stage}", "stage")
}
