//! A plan that reads like a diff.

mod changes;
mod fields;
mod json;
mod line;
mod markdown;

pub use changes::lines as change_lines;
pub use json::PlanJson;
pub use line::PlanLine;
pub use markdown::{LIMIT, markdown};

use super::look::{TerminalLook, TextTone};
use super::{error, measure, secret, text};
use crate::engine::plan::{DeleteReason, Plan, PlanStep, PlanTally, StepAction};

/// What a plan is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlanPurpose {
    /// The stack as described.
    #[default]
    Described,
    /// No stack at all.
    Nothing,
}

/// How a plan is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanStyle {
    /// What the plan is for.
    pub goal: PlanPurpose,
    /// Everything in full, unchanged resources too.
    pub verbose: bool,
}

/// Columns before a resource, and before the fields below it.
const MARGIN: usize = 2;
/// See [`MARGIN`].
const FIELDS: usize = 8;

/// The plan for people. Ends with a line feed.
pub fn render(plan: &Plan, manner: PlanStyle, look: &TerminalLook) -> String {
    let plan = secret::hide_in_plan(plan.clone());
    let fit = |line: &PlanLine| {
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
    lines.extend(text::wrap(&closing, look.width).into_iter().map(|line| look.paint(TextTone::Strong, line)));
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// What would be done, in one sentence.
pub fn closing(plan: &Plan, goal: PlanPurpose) -> String {
    let tally = plan.tally();
    let sentence = match (plan.is_empty(), goal) {
        (true, _) if !plan.refusals.is_empty() => String::new(),
        (true, PlanPurpose::Described) => {
            let verb = if tally.keep == 1 { "is" } else { "are" };
            let kept = if tally.retain > 0 { format!(", {} kept", tally.retain) } else { String::new() };
            format!("No changes. {} {verb} as described{kept}.", measure::count(tally.keep, "resource"))
        }
        (true, PlanPurpose::Nothing) if tally.retain > 0 => {
            format!("Nothing to delete. {} kept.", measure::count(tally.retain, "resource"))
        }
        (true, PlanPurpose::Nothing) => "Nothing to delete: nothing of this stack is there.".to_owned(),
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
fn counts(tally: &PlanTally, goal: PlanPurpose) -> String {
    let PlanTally { create, update, delete, retain, keep } = *tally;
    let mut out = match goal {
        PlanPurpose::Described => format!("{create} to create, {update} to update, {delete} to delete"),
        PlanPurpose::Nothing => format!("{delete} to delete"),
    };
    if retain > 0 {
        out.push_str(&format!(", {retain} kept"));
    }
    match goal {
        PlanPurpose::Described => out.push_str(&format!(", {keep} unchanged")),
        PlanPurpose::Nothing if keep > 0 => out.push_str(&format!(", {keep} already absent")),
        PlanPurpose::Nothing => {}
    }
    out
}

/// The lines of the steps. Secrets are already hidden.
fn steps(plan: &Plan, manner: PlanStyle, look: &TerminalLook) -> Vec<PlanLine> {
    let shown = plan.steps.iter().filter(|step| manner.verbose || step.action != StepAction::Keep);
    let column = shown.clone().map(|step| text::width(&step.place.id.to_string())).max().unwrap_or(0).min(32);
    let room = look.columns().saturating_sub(FIELDS);
    let mut lines = Vec::new();
    for step in shown {
        lines.extend(headline(step, manner.goal, column, look));
        let fields = match &step.action {
            StepAction::Create { spec } => fields::lines(spec, room, manner.verbose),
            StepAction::Update { changes, .. } => change_lines(changes, room, manner.verbose, look),
            StepAction::Keep | StepAction::Delete { .. } | StepAction::Retain { .. } => Vec::new(),
        };
        lines.extend(fields.into_iter().map(|line| line.within(FIELDS)));
    }
    let unchanged = plan.tally().keep;
    if unchanged > 0 && !manner.verbose && !lines.is_empty() {
        let text = look.paint(TextTone::Dim, format!("{unchanged} {}", unchanged_word(manner.goal)));
        lines.push(PlanLine::marked(MARGIN, '=', TextTone::Dim, text));
    }
    lines
}

fn unchanged_word(goal: PlanPurpose) -> &'static str {
    match goal {
        PlanPurpose::Described => "unchanged",
        PlanPurpose::Nothing => "already absent",
    }
}

/// `  + create  table.orders  Orders  remark`.
fn headline(step: &PlanStep, goal: PlanPurpose, column: usize, look: &TerminalLook) -> Vec<PlanLine> {
    let (tone, mark, word, remark) = match &step.action {
        StepAction::Keep => (TextTone::Dim, '=', "keep", unchanged_word(goal)),
        StepAction::Create { .. } => (TextTone::Good, '+', "create", ""),
        StepAction::Update { adopt: true, .. } => {
            (TextTone::Change, '~', "adopt", "(it is there and not ours yet: taken over)")
        }
        StepAction::Update { .. } => (TextTone::Change, '~', "update", ""),
        StepAction::Delete { reason: DeleteReason::Orphan } => {
            (TextTone::Bad, '-', "delete", "(orphan: not in the stack description any more)")
        }
        StepAction::Delete { reason: DeleteReason::Down } => (TextTone::Bad, '-', "delete", ""),
        StepAction::Retain { reason } => (TextTone::Warning, '!', "keep", reason.as_str()),
    };
    let id = step.place.id.to_string();
    let text = format!(
        "{}  {}  {}",
        look.paint(tone, text::pad(word, 6)),
        look.paint(TextTone::Strong, text::pad(&text::clean(&id), column)),
        text::clean(&step.place.name),
    );
    PlanLine::marked(MARGIN, mark, tone, text).with_remark(remark, FIELDS, look)
}

#[cfg(test)]
pub(super) mod tests;
