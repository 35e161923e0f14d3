//! A plan for people.

use super::line::PlanLine;
use super::sentence::closing;
use super::steps::steps;
use super::style::PlanStyle;
use super::unmanaged;
use crate::engine::plan::Plan;
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::{error, secret, text};

/// Renders a plan for people. Ends with a line feed.
pub fn render(plan: &Plan, manner: PlanStyle, look: &TerminalLook) -> String {
    let plan = secret::hide_in_plan(plan.clone());
    let fit = |line: &PlanLine| if manner.verbose { vec![line.human(look)] } else { line.fitted(look) };
    let mut lines: Vec<_> = steps(&plan, manner, look).iter().flat_map(fit).collect();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    for note in unmanaged::notes(&plan.unmanaged) {
        lines.push(error::note(&note, look));
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
