//! Rules of `[function.X.environment]`: how large it is, and that no secret is in the file.

use super::LARGEST_ENVIRONMENT;
use crate::kinds::secret::{FORMS, Source};
use crate::stack::{Entries, Entry, Mistake, Report, Value, Written};

pub(super) fn check(function: &Written<'_>, report: &mut Report) {
    let Some(entry) = function.entries.get("environment") else {
        return;
    };
    let variables: Vec<_> = entry.node.table().into_iter().flat_map(Entries::iter).collect();
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
        report
            .error(Mistake::at(entry.key, message).label(format!("more than {LARGEST_ENVIRONMENT} bytes")).help(help));
    }
}

/// A secret says where it comes from. What else is written in its table may be the secret itself: it is not shown.
fn check_secret(name: &str, members: &Entries, report: &mut Report) {
    let from = members.text("from").map(|(text, at)| (at, Source::parse(&as_resolved(text))));
    let place = matches!(from, Some((_, Ok(_))));
    for (member, entry) in members.iter() {
        let harmless = matches!(entry.node.value, Value::Boolean(_)) || member == "from" && place;
        if !harmless {
            report.conceal(&entry.node);
        }
    }
    if let Some((at, Err(reason))) = from {
        let message = format!("`from` of `{}` does not say where the secret comes from: {reason}", name.escape_debug());
        let help = format!(
            "allowed: {FORMS}, with `${{stack.name}}` and `${{stack.stage}}` in it; the secret itself does not belong in this file"
        );
        report.error(Mistake::at(at, message).label(reason).help(help));
    }
    if let Some(Entry { node, .. }) = members.get("secret")
        && node.value == Value::Boolean(false)
    {
        let message = format!("`secret` of `{}` may not be false", name.escape_debug());
        let help = "what comes from elsewhere is a secret; a value that may be shown is written as a text";
        report.error(Mistake::at(node.span, message).label("only true").help(help));
    }
}

/// The text with something in the place of the references that are known before anything is contacted.
fn as_resolved(text: &str) -> String {
    text.replace("${stack.name}", "name").replace("${stack.stage}", "stage")
}
