//! The steps of a plan, line by line.

use super::line::{MARGIN, PlanLine};
use super::style::{PlanPurpose, PlanStyle};
use super::{changes, fields};
use crate::engine::plan::{DeleteReason, Plan, PlanStep, StepAction};
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::text;

/// Columns before the fields of a resource.
const FIELDS: usize = 8;

/// Renders the steps. Secrets are already hidden.
pub fn steps(plan: &Plan, manner: PlanStyle, look: &TerminalLook) -> Vec<PlanLine> {
    let shown = plan.steps.iter().filter(|step| manner.verbose || step.action != StepAction::Keep);
    let column = shown.clone().map(|step| text::width(&step.place.id.to_string())).max().unwrap_or(0).min(32);
    let room = look.columns().saturating_sub(FIELDS);
    let mut lines = Vec::new();
    for step in shown {
        lines.extend(headline(step, manner.goal, column, look));
        let fields = match &step.action {
            StepAction::Create { .. } if !manner.created_in_full && !manner.verbose => Vec::new(),
            StepAction::Create { spec } => fields::lines(spec, room, manner.verbose, look),
            StepAction::Update { changes, .. } => changes::lines(changes, room, manner.verbose, look),
            StepAction::Keep | StepAction::Delete { .. } | StepAction::Retain { .. } => Vec::new(),
        };
        lines.extend(fields.into_iter().map(|line| line.within(FIELDS)));
    }
    let is_brief = plan.steps.iter().any(|step| matches!(step.action, StepAction::Create { .. }));
    if is_brief && !manner.created_in_full && !manner.verbose {
        let text = look.paint(TextTone::Dim, "-v shows what is created with all its fields");
        lines.push(PlanLine::plain(MARGIN + 2, text));
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

/// Renders the first line of a step: `  + create  table.orders  Orders  remark`.
fn headline(step: &PlanStep, goal: PlanPurpose, column: usize, look: &TerminalLook) -> Vec<PlanLine> {
    let (tone, mark, word, remark) = match &step.action {
        StepAction::Keep => (TextTone::Dim, '=', "keep", unchanged_word(goal)),
        StepAction::Create { .. } => (TextTone::Good, '+', "create", ""),
        StepAction::Update { adopt: true, .. } => (TextTone::Change, '~', "adopt", "(exists; will be adopted)"),
        StepAction::Update { .. } => (TextTone::Change, '~', "update", ""),
        StepAction::Delete { reason: DeleteReason::Orphan, .. } => {
            (TextTone::Bad, '-', "delete", "(orphan: not in the stack description any more)")
        }
        StepAction::Delete { reason: DeleteReason::Down, .. } => (TextTone::Bad, '-', "delete", ""),
        StepAction::Retain { reason } => (TextTone::Warning, '!', "keep", reason.as_str()),
    };
    let id = text::clean(&step.place.id.to_string()).into_owned();
    let gap = column.saturating_sub(text::width(&id));
    let text = format!("{}  {}{:gap$}", look.paint(tone, text::pad(word, 6)), look.paint(TextTone::Strong, &id), "",);
    PlanLine::marked(MARGIN, mark, tone, text).named(text::clean(&step.place.name)).with_remark(remark, FIELDS, look)
}
