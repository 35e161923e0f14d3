//! A plan that reads like a diff.

mod changes;
mod fields;
mod json;
mod line;
mod markdown;

pub use changes::lines as change_lines;
pub use json::PlanJson;
pub use line::Line;
pub use markdown::{LIMIT, markdown};

use super::look::{Look, Tone};
use super::{error, measure, secret, text};
use crate::engine::plan::{Action, DeleteReason, Plan, Step, Tally};

/// What a plan is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Goal {
    /// The stack as described.
    #[default]
    Described,
    /// No stack at all.
    Nothing,
}

/// How a plan is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// What the plan is for.
    pub goal: Goal,
    /// Everything in full, unchanged resources too.
    pub verbose: bool,
}

/// Columns before a resource, and before the fields below it.
const MARGIN: usize = 2;
/// See [`MARGIN`].
const FIELDS: usize = 8;

/// The plan for people. Ends with a line feed.
pub fn render(plan: &Plan, manner: Manner, look: &Look) -> String {
    let plan = secret::hide_in_plan(plan.clone());
    let fit = |line: &Line| {
        if manner.verbose { line.human(look) } else { look.fit(&line.human(look)) }
    };
    let mut lines: Vec<_> = steps(&plan, manner, look).iter().map(fit).collect();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    for warning in &plan.warnings {
        lines.push(error::warning(warning, look));
    }
    for refusal in &plan.refusals {
        lines.push(error::labelled("refused", refusal, look));
    }
    let closing = closing(&plan, manner.goal);
    lines.extend(text::wrap(&closing, look.width).into_iter().map(|line| look.paint(Tone::Strong, line)));
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// What would be done, in one sentence.
pub fn closing(plan: &Plan, goal: Goal) -> String {
    let tally = plan.tally();
    let sentence = match (plan.is_empty(), goal) {
        (true, _) if !plan.refusals.is_empty() => String::new(),
        (true, Goal::Described) => {
            let verb = if tally.keep == 1 { "is" } else { "are" };
            let kept = if tally.retain > 0 { format!(", {} kept", tally.retain) } else { String::new() };
            format!("No changes. {} {verb} as described{kept}.", measure::count(tally.keep, "resource"))
        }
        (true, Goal::Nothing) if tally.retain > 0 => {
            format!("Nothing to delete. {} kept.", measure::count(tally.retain, "resource"))
        }
        (true, Goal::Nothing) => "Nothing to delete: nothing of this stack is there.".to_owned(),
        (false, _) => format!("Plan: {}.", counts(&tally, goal)),
    };
    match plan.refusals.len() {
        0 => sentence,
        refusals => {
            let refused = format!("Refused for {}; nothing is changed.", measure::count(refusals, "reason"));
            if sentence.is_empty() { refused } else { format!("{sentence} {refused}") }
        }
    }
}

/// `3 to create, 1 to update, 0 to delete, 9 unchanged`.
fn counts(tally: &Tally, goal: Goal) -> String {
    let Tally { create, update, delete, retain, keep } = *tally;
    let mut out = match goal {
        Goal::Described => format!("{create} to create, {update} to update, {delete} to delete"),
        Goal::Nothing => format!("{delete} to delete"),
    };
    if retain > 0 {
        out.push_str(&format!(", {retain} kept"));
    }
    match goal {
        Goal::Described => out.push_str(&format!(", {keep} unchanged")),
        Goal::Nothing if keep > 0 => out.push_str(&format!(", {keep} already absent")),
        Goal::Nothing => {}
    }
    out
}

/// The lines of the steps. Secrets are already hidden.
fn steps(plan: &Plan, manner: Manner, look: &Look) -> Vec<Line> {
    let shown = plan.steps.iter().filter(|step| manner.verbose || step.action != Action::Keep);
    let column = shown.clone().map(|step| text::width(&step.place.id.to_string())).max().unwrap_or(0).min(32);
    let room = look.columns().saturating_sub(FIELDS);
    let mut lines = Vec::new();
    for step in shown {
        lines.extend(headline(step, manner.goal, column, look));
        let fields = match &step.action {
            Action::Create { spec } => fields::lines(spec, room, manner.verbose),
            Action::Update { changes, .. } => change_lines(changes, room, manner.verbose, look),
            Action::Keep | Action::Delete { .. } | Action::Retain { .. } => Vec::new(),
        };
        lines.extend(fields.into_iter().map(|line| line.within(FIELDS)));
    }
    let unchanged = plan.tally().keep;
    if unchanged > 0 && !manner.verbose && !lines.is_empty() {
        let text = look.paint(Tone::Dim, format!("{unchanged} {}", unchanged_word(manner.goal)));
        lines.push(Line::marked(MARGIN, '=', Tone::Dim, text));
    }
    lines
}

fn unchanged_word(goal: Goal) -> &'static str {
    match goal {
        Goal::Described => "unchanged",
        Goal::Nothing => "already absent",
    }
}

/// `  + create  table.orders  Orders  remark`.
fn headline(step: &Step, goal: Goal, column: usize, look: &Look) -> Vec<Line> {
    let (tone, mark, word, remark) = match &step.action {
        Action::Keep => (Tone::Dim, '=', "keep", unchanged_word(goal)),
        Action::Create { .. } => (Tone::Good, '+', "create", ""),
        Action::Update { adopt: true, .. } => {
            (Tone::Change, '~', "adopt", "(it is there and not ours yet: taken over)")
        }
        Action::Update { .. } => (Tone::Change, '~', "update", ""),
        Action::Delete { reason: DeleteReason::Orphan } => {
            (Tone::Bad, '-', "delete", "(orphan: not in the stack description any more)")
        }
        Action::Delete { reason: DeleteReason::Down } => (Tone::Bad, '-', "delete", ""),
        Action::Retain { reason } => (Tone::Warning, '!', "keep", reason.as_str()),
    };
    let id = step.place.id.to_string();
    let text = format!(
        "{}  {}  {}",
        look.paint(tone, text::pad(word, 6)),
        look.paint(Tone::Strong, text::pad(&text::clean(&id), column)),
        text::clean(&step.place.name),
    );
    Line::marked(MARGIN, mark, tone, text).with_remark(remark, FIELDS, look)
}

#[cfg(test)]
pub(super) mod tests;
