//! What Terraform has and what becomes of it.

use super::error::ErrorJson;
use super::look::{TerminalLook, TextTone};
use super::plan::PlanLine;
use super::{error, measure, text};
use crate::error::Error;
use crate::import::{DescriptionSetting, ReportRow, TakeoverOutcome, TerraformComparison, TerraformSource, word};
use serde_json::{Value, json};
use std::path::Path;

/// Columns before a resource.
const MARGIN: usize = 2;
/// Columns before what is said about a resource.
const INDENT: usize = 13;

/// Holds an answer of `deployer import-terraform`.
#[derive(Debug, Clone, Copy)]
pub struct ImportPage<'a> {
    /// What was read.
    pub source: &'a TerraformSource,
    /// What becomes of it.
    pub comparison: &'a TerraformComparison,
    /// The stack description that it was compared with.
    pub description: &'a Path,
    /// Its text, when there is no such file yet.
    pub proposed: Option<&'a str>,
    /// Lines that were put into it.
    pub written: &'a [DescriptionSetting],
}

impl ImportPage<'_> {
    /// Renders a comparison for people. Ends with a line feed.
    pub fn render(&self, look: &TerminalLook) -> String {
        let mut lines = vec![look.paint(TextTone::Strong, text::clean(&self.title())), String::new()];
        lines.extend(rows(&self.comparison.resources, look));
        if !self.comparison.resources.is_empty() {
            lines.push(String::new());
        }
        let mut out = lines.join("\n") + if lines.last().is_some_and(String::is_empty) { "" } else { "\n" };
        for remark in &self.source.remarks {
            out.push_str(&error::warning(remark, look));
        }
        for refusal in &self.comparison.refusals {
            out.push_str(&error::labelled("refused", refusal, look));
        }
        for (_, loss) in &self.comparison.losses {
            out.push_str(&error::labelled("would be lost", loss, look));
        }
        out.push_str(&self.created(look));
        out.push_str(&self.lines(look));
        out.push_str(&self.before(look));
        out
    }

    fn title(&self) -> String {
        let source = self.source;
        let version = source.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        let what = if source.is_configuration { "configuration" } else { "state" };
        let count = measure::count(self.comparison.resources.len(), "resource");
        format!("{}: {what} of {}{version}, {count}", source.path.display(), source.tool.name())
    }

    fn created(&self, look: &TerminalLook) -> String {
        if self.comparison.created.is_empty() || self.comparison.adopted.is_empty() {
            return String::new();
        }
        let list: Vec<_> = self.comparison.created.iter().map(ToString::to_string).collect();
        error::note(&format!("will be created: {} (no match in Terraform)", list.join(", ")), look)
    }

    /// Renders the lines that the description needs, or has got.
    fn lines(&self, look: &TerminalLook) -> String {
        let path = self.description.display();
        if let Some(text) = self.proposed {
            let title = format!("There is no stack description. `--write` puts this into {path}:");
            return format!("\n{}\n\n{}", look.paint(TextTone::Strong, text::clean(&title)), text::clean_lines(text));
        }
        let (settings, title) = match (self.comparison.settings.as_slice(), self.written) {
            ([], []) => return String::new(),
            ([], written) => (written, format!("Written to {path}:")),
            (missing, _) => (missing, format!("Lines that {path} needs (`--write` puts them there):")),
        };
        let mut out = format!("\n{}\n", look.paint(TextTone::Strong, text::clean(&title)));
        let mut section = String::new();
        for setting in settings {
            if setting.section() != section {
                section = setting.section();
                out.push_str(&format!("\n  {}\n", text::clean(&section)));
            }
            out.push_str(&format!("  {}\n", look.paint(TextTone::Change, text::clean(&setting.line()))));
        }
        out
    }

    /// Renders what has to be done on Terraform's side before anything is adopted.
    fn before(&self, look: &TerminalLook) -> String {
        if self.comparison.forget.is_empty() {
            return String::new();
        }
        let tool = self.source.tool.name();
        // Whoever ran them now would have what neither looks after.
        if !self.comparison.refusals.is_empty() {
            let later = format!("what {tool} has to let go of before `--adopt` is listed here once nothing is refused");
            return error::note(&later, look);
        }
        let loss = if self.comparison.holds_data { ", tables and queues with all that they hold" } else { "" };
        let why = format!(
            "Before `--adopt`, {tool} has to let go: its `destroy` would delete what is adopted{loss}, its `apply` undo it. Run these, and take the blocks out of the configuration, or the next `apply` makes everything a second time:"
        );
        let mut out = paragraph(&why, &self.comparison.forget, look);
        if let Some(copy) = self.source.copy_before_adoption() {
            let then = "Then adopt from the copy, which still has them:";
            let command = format!("deployer import-terraform {} --adopt", copy.display());
            out.push_str(&paragraph(then, &[command], look));
        }
        out
    }

    /// Renders what is left over after the adoption.
    pub fn farewell(&self, look: &TerminalLook) -> String {
        if self.comparison.leftovers.is_empty() {
            return String::new();
        }
        let why = "Nothing uses these any more. When the service works, remove them:";
        paragraph(why, &self.comparison.leftovers, look)
    }

    /// Renders a comparison as one JSON document.
    pub fn json(&self) -> Value {
        let source = self.source;
        json!({
            "source": source.path.display().to_string(),
            "form": if source.is_configuration { "configuration" } else { "state" },
            "tool": source.tool.name(),
            "version": source.version,
            "data_sources": source.looked_up,
            "remarks": source.remarks,
            "description": self.description.display().to_string(),
            "proposed": self.proposed,
            "resources": self.comparison.resources,
            "settings": self.comparison.settings,
            "written": self.written,
            "created": self.comparison.created,
            "refusals": self.comparison.refusals.iter().map(ErrorJson).collect::<Vec<_>>(),
            "losses": self.comparison.losses.iter().map(loss).collect::<Vec<_>>(),
            "forget": self.comparison.forget,
            "leftovers": self.comparison.leftovers,
        })
    }

    /// Renders a comparison as the first line of a run in JSON.
    pub fn event(&self) -> Value {
        let mut out = self.json();
        if let Some(members) = out.as_object_mut() {
            members.insert("event".to_owned(), json!("imported"));
        }
        out
    }
}

fn loss((accept, error): &(String, Error)) -> Value {
    json!({"accept": accept, "error": ErrorJson(error)})
}

/// Renders commands below a sentence. Lines to paste are not broken: a terminal wraps them as they are.
fn paragraph(why: &str, commands: &[String], look: &TerminalLook) -> String {
    let mut out = String::from("\n");
    for line in text::wrap(why, look.width) {
        out.push_str(&format!("{}\n", look.paint(TextTone::Strong, line)));
    }
    out.push('\n');
    for command in commands {
        out.push_str(&format!("  {}\n", text::clean(command)));
    }
    out
}

fn rows(rows: &[ReportRow], look: &TerminalLook) -> Vec<String> {
    let column = rows.iter().map(|row| text::width(&row.address)).max().unwrap_or(0).min(56);
    let mut lines = Vec::new();
    for row in rows {
        let (tone, mark, verb, id) = sort(&row.outcome);
        let name = row.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let what = if word(&row.kind) == row.kind { String::new() } else { format!("  {}{name}", word(&row.kind)) };
        let line = format!(
            "{}  {}{}{}",
            look.paint(tone, text::pad(verb, 7)),
            look.paint(TextTone::Strong, text::pad(&text::clean(&row.address), column)),
            text::clean(&what),
            id.map(|id| format!("  → {id}")).unwrap_or_default(),
        );
        let remarks = row.remarks.iter().cloned().chain(why(&row.outcome));
        lines.extend(PlanLine::marked(MARGIN, mark, tone, line.trim_end()).fitted(look));
        for remark in remarks {
            let room = look.width.map(|_| look.columns().saturating_sub(INDENT));
            let below = text::wrap(&text::clean(&remark), room).into_iter();
            lines.extend(below.map(|line| format!("{:INDENT$}{}", "", look.paint(TextTone::Dim, line))));
        }
    }
    lines
}

fn sort(outcome: &TakeoverOutcome) -> (TextTone, char, &'static str, Option<String>) {
    match outcome {
        TakeoverOutcome::Adopted { id } => (TextTone::Good, '✓', "adopt", Some(id.to_string())),
        TakeoverOutcome::Renamed { id } => (TextTone::Change, '~', "adopt", Some(id.to_string())),
        TakeoverOutcome::Part { id } => (TextTone::Dim, '=', "part", Some(id.to_string())),
        TakeoverOutcome::Ends { id } => (TextTone::Warning, '-', "end", Some(id.to_string())),
        TakeoverOutcome::Replaced { id } => (TextTone::Warning, '-', "replace", Some(id.to_string())),
        TakeoverOutcome::Unmatched => (TextTone::Warning, '!', "keep", None),
        TakeoverOutcome::Kept => (TextTone::Dim, '·', "keep", None),
        TakeoverOutcome::Unknown { .. } => (TextTone::Warning, '?', "unknown", None),
    }
}

fn why(outcome: &TakeoverOutcome) -> Option<String> {
    match outcome {
        TakeoverOutcome::Renamed { id } => {
            Some(format!("the description has another name for {id}: the lines below change that"))
        }
        TakeoverOutcome::Ends { .. } => Some("a description cannot say it: it ends with the adoption".to_owned()),
        TakeoverOutcome::Unmatched => Some("nothing that is described is like it: it stays with Terraform".to_owned()),
        TakeoverOutcome::Unknown { why } => Some(format!("its name is not known: {why}")),
        TakeoverOutcome::Adopted { .. }
        | TakeoverOutcome::Part { .. }
        | TakeoverOutcome::Replaced { .. }
        | TakeoverOutcome::Kept => None,
    }
}
