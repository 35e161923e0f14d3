//! How the stack is, as a table.

use super::look::{Look, Tone};
use super::plan::{Line, change_lines};
use super::{measure, secret, text};
use crate::engine::status::{Condition, ResourceStatus, StatusReport};
use serde::Serialize;

/// The table for people, with the fields that drifted. Ends with a line feed.
pub fn render(report: &StatusReport, verbose: bool, look: &Look) -> String {
    let report = secret::hide_in_status(report.clone());
    let column = report.resources.iter().map(|r| text::width(&r.place.id.to_string())).max().unwrap_or(0).min(32);
    let mut lines = Vec::new();
    for resource in &report.resources {
        let headline = headline(resource, column, look);
        lines.extend(headline.iter().map(|line| look.fit(&line.human(look))));
        if let Condition::Drifted { changes } = &resource.condition {
            let room = look.columns().saturating_sub(INDENT);
            let body = change_lines(changes, room, verbose, look);
            lines.extend(
                body.into_iter()
                    .map(|line| line.within(INDENT).human(look))
                    .map(|line| if verbose { line } else { look.fit(&line) }),
            );
        }
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(look.paint(Tone::Strong, summary(&report)));
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// Columns before a resource.
const MARGIN: usize = 2;
/// Columns before the fields of a resource.
const INDENT: usize = 8;

fn headline(resource: &ResourceStatus, column: usize, look: &Look) -> Vec<Line> {
    let (tone, mark, word) = sort(&resource.condition);
    let remark = match &resource.condition {
        Condition::Foreign { owner } => format!("({owner})"),
        Condition::Settling { reason } | Condition::Unknown { reason } => format!("({reason})"),
        Condition::Drifted { .. } => "(live → described)".to_owned(),
        Condition::InSync | Condition::Missing | Condition::Orphaned => String::new(),
    };
    let id = resource.place.id.to_string();
    let text = format!(
        "{}  {}  {}",
        look.paint(tone, text::pad(word, 8)),
        look.paint(Tone::Strong, text::pad(&text::clean(&id), column)),
        text::clean(&resource.place.name),
    );
    Line::marked(MARGIN, mark, tone, text).with_remark(&remark, INDENT, look)
}

fn sort(condition: &Condition) -> (Tone, char, &'static str) {
    match condition {
        Condition::InSync => (Tone::Good, '✓', "in sync"),
        Condition::Drifted { .. } => (Tone::Change, '~', "drifted"),
        Condition::Missing => (Tone::Bad, '✗', "missing"),
        Condition::Foreign { .. } => (Tone::Warning, '!', "foreign"),
        Condition::Orphaned => (Tone::Warning, '-', "orphaned"),
        Condition::Settling { .. } => (Tone::Hint, '…', "settling"),
        Condition::Unknown { .. } => (Tone::Warning, '?', "unknown"),
    }
}

/// How many resources are how: `9 in sync, 1 drifted, 1 missing.`
fn summary(report: &StatusReport) -> String {
    let total = report.resources.len();
    if !report.differs() {
        return match total {
            0 => "Nothing is described and nothing is there.".to_owned(),
            1 => "The one resource is as described.".to_owned(),
            _ => format!("All {total} resources are as described."),
        };
    }
    let parts: Vec<_> =
        tally(report).entries().into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    format!("{}: {}.", measure::count(total, "resource"), parts.join(", "))
}

/// How many resources are how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Tally {
    in_sync: usize,
    drifted: usize,
    missing: usize,
    foreign: usize,
    orphaned: usize,
    settling: usize,
    unknown: usize,
}

impl Tally {
    fn entries(self) -> [(usize, &'static str); 7] {
        [
            (self.in_sync, "in sync"),
            (self.drifted, "drifted"),
            (self.missing, "missing"),
            (self.foreign, "foreign"),
            (self.orphaned, "orphaned"),
            (self.settling, "settling"),
            (self.unknown, "unknown"),
        ]
    }
}

fn tally(report: &StatusReport) -> Tally {
    let mut tally = Tally::default();
    for resource in &report.resources {
        *match resource.condition {
            Condition::InSync => &mut tally.in_sync,
            Condition::Drifted { .. } => &mut tally.drifted,
            Condition::Missing => &mut tally.missing,
            Condition::Foreign { .. } => &mut tally.foreign,
            Condition::Orphaned => &mut tally.orphaned,
            Condition::Settling { .. } => &mut tally.settling,
            Condition::Unknown { .. } => &mut tally.unknown,
        } += 1;
    }
    tally
}

/// The report as JSON: `{"resources":[{"id":"table.orders","name":"Orders","condition":"in_sync"}],"tally":{…},"differs":false}`.
/// Secrets are hidden.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusJson {
    #[serde(flatten)]
    report: StatusReport,
    tally: Tally,
    differs: bool,
}

impl StatusJson {
    /// The JSON form of `report`.
    pub fn new(report: &StatusReport) -> Self {
        StatusJson { report: secret::hide_in_status(report.clone()), tally: tally(report), differs: report.differs() }
    }
}

#[cfg(test)]
mod tests;
