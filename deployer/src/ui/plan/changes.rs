//! The fields of something that differs.

use super::line::PlanLine;
use super::rights;
use super::rights::RightChange;
use crate::engine::diff::FieldChange;
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::{measure, secret, text, value};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use std::borrow::Cow;
use std::time::Duration;

/// Lines of one nested diff that are shown.
const MOST: usize = 40;
/// Columns before a nested diff.
const NESTED: usize = 2;
/// Equal lines around a difference.
const CONTEXT: usize = 2;
/// Equal characters before a difference in a long line.
const BEFORE: usize = 20;
/// Longest that two documents are compared for; what is found by then is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// Renders the changes, `was → want`, one a line where they fit, else as a nested diff. Secrets are already hidden.
pub fn lines(changes: &[FieldChange], columns: usize, verbose: bool, look: &TerminalLook) -> Vec<PlanLine> {
    changes.iter().flat_map(|change| one(change, columns, verbose, look)).collect()
}

fn one(change: &FieldChange, columns: usize, verbose: bool, look: &TerminalLook) -> Vec<PlanLine> {
    let path = text::clean(&change.path);
    let (was, want) = documents(&change.was, &change.want);
    let room = columns.saturating_sub(text::width(&path) + 5);
    let rights = policy_changes(&path, &was, &want).filter(|rights| !rights.is_empty());
    if rights.is_none()
        && let Some((was, want)) = pair(&was, &want, room)
    {
        let arrow = look.paint(TextTone::Dim, "→");
        let path = look.paint(TextTone::Dim, format!("{path}:"));
        let text = format!("{path} {} {arrow} {}", look.paint(TextTone::Bad, was), look.paint(TextTone::Good, want));
        return vec![PlanLine::plain(0, text)];
    }
    let mut lines = vec![PlanLine::plain(0, format!("{path}:"))];
    if let Some(rights) = &rights {
        lines.extend(rights.iter().map(|right| {
            let (mark, tone) = if right.widens { ('+', TextTone::Good) } else { ('-', TextTone::Bad) };
            PlanLine::marked(NESTED, mark, tone, look.paint(tone, text::clean(&right.words)))
        }));
        if !verbose {
            return lines;
        }
    }
    let nested = match (was.as_str(), want.as_str()) {
        (Some(was), Some(want)) if !verbose && !was.contains('\n') && !want.contains('\n') => {
            let (was, want) = from_difference(was, want);
            nested(&Value::from(was), &Value::from(want), look)
        }
        _ => nested(&was, &want, look),
    };
    let hidden = if verbose { 0 } else { nested.len().saturating_sub(MOST) };
    lines.extend(nested.into_iter().take(if verbose { usize::MAX } else { MOST }));
    if hidden > 0 {
        let text = format!("… {} (-v shows all)", measure::count(hidden, "more line"));
        lines.push(PlanLine::plain(NESTED, look.paint(TextTone::Dim, text)));
    }
    lines
}

/// Returns what two policies differ in, in words, where the values are policies.
fn policy_changes(path: &str, was: &Value, want: &Value) -> Option<Vec<RightChange>> {
    let is_policy = path.ends_with(".Statement") || [was, want].iter().any(|value| value.get("Statement").is_some());
    let is_attached = path == "attached" || path.ends_with(".attached");
    if is_policy || is_attached { rights::changes(was, want) } else { None }
}

/// Returns both values, and what they say where they are texts in JSON, unless that is the same and only the texts differ.
fn documents<'a>(was: &'a Value, want: &'a Value) -> (Cow<'a, Value>, Cow<'a, Value>) {
    let documents = (value::document(was), value::document(want));
    if documents.0 == documents.1 { (Cow::Borrowed(was), Cow::Borrowed(want)) } else { documents }
}

/// Renders both values in one line, where they fit and still can be told apart.
fn pair(was: &Value, want: &Value, room: usize) -> Option<(String, String)> {
    if was == want && secret::is_hidden(was) {
        let shown = value::inline(was);
        return Some((shown.clone(), format!("{shown}, changed")));
    }
    let hashes = [was, want].iter().all(|v| v.is_null() || v.as_str().is_some_and(value::is_hash));
    let brief = (value::brief(was, room), value::brief(want, room));
    if hashes && brief.0 != brief.1 {
        return Some(brief);
    }
    let whole = (value::inline(was), value::inline(want));
    (text::width(&whole.0) + text::width(&whole.1) <= room).then_some(whole)
}

/// Cuts both texts to begin a little before they differ: the end of a long line may not fit on the screen.
fn from_difference(was: &str, want: &str) -> (String, String) {
    let same = was.chars().zip(want.chars()).take_while(|(a, b)| a == b).count();
    let skipped = same.saturating_sub(BEFORE);
    let tail = |text: &str| {
        let tail: String = text.chars().skip(skipped).collect();
        if skipped > 0 { format!("…{tail}") } else { tail }
    };
    (tail(was), tail(want))
}

/// Renders what differs between two documents, with a little of what stands around it.
fn nested(was: &Value, want: &Value, look: &TerminalLook) -> Vec<PlanLine> {
    let (was, want) = (value::lines(was), value::lines(want));
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&was, &want);
    let groups = diff.grouped_ops(CONTEXT);
    let shown = groups.iter().flatten().flat_map(|op| diff.iter_changes(op)).map(|change| change.value());
    let margin =
        shown.filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start_matches(' ').len()).min();
    let mut lines = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            lines.push(PlanLine::plain(NESTED, look.paint(TextTone::Dim, "⋮")));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value().trim_end_matches(['\r', '\n']);
            let text = text::clean(line.get(margin.unwrap_or(0)..).unwrap_or_default());
            lines.push(match change.tag() {
                ChangeTag::Equal => PlanLine::plain(NESTED + 2, look.paint(TextTone::Dim, text)),
                ChangeTag::Delete => PlanLine::marked(NESTED, '-', TextTone::Bad, look.paint(TextTone::Bad, text)),
                ChangeTag::Insert => PlanLine::marked(NESTED, '+', TextTone::Good, look.paint(TextTone::Good, text)),
            });
        }
    }
    lines
}
