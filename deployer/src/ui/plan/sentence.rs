//! A plan in one sentence.

use super::style::PlanPurpose;
use crate::engine::plan::{Plan, PlanTally};
use crate::ui::measure;

/// Words what would be done, in one sentence.
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

/// Words the numbers of steps: `3 to create, 1 to update, 0 to delete, 9 unchanged`.
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
