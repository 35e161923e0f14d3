//! How the stack is, as a table.

mod health;

use super::look::{TerminalLook, TextTone};
use super::plan::{PlanLine, change_lines};
use super::{measure, secret, text};
use crate::engine::status::{ResourceCondition, ResourceStatus, StatusReport};
use serde::Serialize;
use time::OffsetDateTime;

pub use health::unread;

/// Renders the table for people, with the fields that drifted. Ends with a line feed.
pub fn render(report: &StatusReport, verbose: bool, look: &TerminalLook) -> String {
    let report = secret::hide_in_status(report.clone());
    let column = report.resources.iter().map(|r| text::width(&r.place.id.to_string())).max().unwrap_or(0).min(32);
    let mut lines = Vec::new();
    for resource in &report.resources {
        let headline = headline(resource, column, look);
        lines.extend(headline.iter().flat_map(|line| line.fitted(look)));
        if let ResourceCondition::Drifted { changes } = &resource.condition {
            let room = look.columns().saturating_sub(INDENT);
            let body = change_lines(changes, room, verbose, look);
            lines.extend(
                body.into_iter()
                    .map(|line| line.within(INDENT))
                    .flat_map(|line| if verbose { vec![line.human(look)] } else { line.fitted(look) }),
            );
        }
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(look.paint(TextTone::Strong, summary(&report)));
    if let Some(health) = &report.health {
        lines.push(String::new());
        lines.extend(health::lines(health, OffsetDateTime::now_utc(), look));
    }
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// Columns before a resource.
const MARGIN: usize = 2;
/// Columns before the fields of a resource.
const INDENT: usize = 8;

fn headline(resource: &ResourceStatus, column: usize, look: &TerminalLook) -> Vec<PlanLine> {
    let (tone, mark, word) = sort(&resource.condition);
    let remark = match &resource.condition {
        ResourceCondition::Foreign { owner } => format!("({owner})"),
        ResourceCondition::Settling { reason } | ResourceCondition::Unknown { reason } => format!("({reason})"),
        ResourceCondition::Drifted { .. } => "(live → described)".to_owned(),
        ResourceCondition::InSync | ResourceCondition::Missing | ResourceCondition::Orphaned => String::new(),
    };
    let id = text::clean(&resource.place.id.to_string()).into_owned();
    let gap = column.saturating_sub(text::width(&id));
    let text = format!("{}  {}{:gap$}", look.paint(tone, text::pad(word, 8)), look.paint(TextTone::Strong, &id), "",);
    PlanLine::marked(MARGIN, mark, tone, text)
        .named(text::clean(&resource.place.name))
        .with_remark(&remark, INDENT, look)
}

/// Returns how a condition is shown: its tone, its mark and its word.
pub(super) fn sort(condition: &ResourceCondition) -> (TextTone, char, &'static str) {
    match condition {
        ResourceCondition::InSync => (TextTone::Good, '✓', "in sync"),
        ResourceCondition::Drifted { .. } => (TextTone::Change, '~', "drifted"),
        ResourceCondition::Missing => (TextTone::Bad, '✗', "missing"),
        ResourceCondition::Foreign { .. } => (TextTone::Warning, '!', "foreign"),
        ResourceCondition::Orphaned => (TextTone::Warning, '-', "orphaned"),
        ResourceCondition::Settling { .. } => (TextTone::Hint, '…', "settling"),
        ResourceCondition::Unknown { .. } => (TextTone::Warning, '?', "unknown"),
    }
}

/// Words how many resources are how: `9 in sync, 1 drifted, 1 missing.`
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
struct StatusTally {
    in_sync: usize,
    drifted: usize,
    missing: usize,
    foreign: usize,
    orphaned: usize,
    settling: usize,
    unknown: usize,
}

impl StatusTally {
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

fn tally(report: &StatusReport) -> StatusTally {
    let mut tally = StatusTally::default();
    for resource in &report.resources {
        *match resource.condition {
            ResourceCondition::InSync => &mut tally.in_sync,
            ResourceCondition::Drifted { .. } => &mut tally.drifted,
            ResourceCondition::Missing => &mut tally.missing,
            ResourceCondition::Foreign { .. } => &mut tally.foreign,
            ResourceCondition::Orphaned => &mut tally.orphaned,
            ResourceCondition::Settling { .. } => &mut tally.settling,
            ResourceCondition::Unknown { .. } => &mut tally.unknown,
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
    tally: StatusTally,
    differs: bool,
}

impl StatusJson {
    /// Makes the JSON form of `report`.
    pub fn new(report: &StatusReport) -> Self {
        StatusJson { report: secret::hide_in_status(report.clone()), tally: tally(report), differs: report.differs() }
    }
}

#[cfg(test)]
mod tests;
