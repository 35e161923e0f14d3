//! How a run ended: the outputs, the errors, one sentence.

use super::phrase;
use crate::engine::event::{RunSummary, StepVerb};
use crate::error::Error;
use crate::kinds::ResourceId;
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::reporter::RunFinish;
use crate::ui::{error, measure, text};
use std::time::Duration;

/// Renders the errors and the last sentence, for stderr. Empty when nothing was to be done and nothing went wrong.
///
/// What the plan that was shown refuses is not said again.
pub fn render(end: &RunFinish, refused: &[Error], took: Duration, look: &TerminalLook) -> String {
    let errors: Vec<_> = end.errors.iter().filter(|error| !refused.contains(error)).cloned().collect();
    let mut out = error::render_all(&errors, look);
    let sentence = sentence(end, took, look);
    let waits: Vec<_> = end.waits.iter().filter(|wait| wait.took >= WORTH_A_WORD).take(FEW).collect();
    if !out.is_empty() && (sentence.is_some() || !waits.is_empty()) {
        out.push('\n');
    }
    if !waits.is_empty() {
        out.push_str("Waited:\n");
        for wait in waits {
            let text = format!("{} for {}", who(&wait.ids), text::clean(&wait.reason));
            let room = look.width.map(|_| look.columns().saturating_sub(WAITED));
            for (number, line) in text::wrap(&text, room).iter().enumerate() {
                let took = if number == 0 { measure::took(wait.took) } else { String::new() };
                out.push_str(&look.paint(TextTone::Dim, format!("  {took:>6}  {line}")));
                out.push('\n');
            }
        }
    }
    // The verdict stands last: it is what somebody looks for who comes back.
    for line in sentence.iter().flat_map(|sentence| text::wrap(sentence, look.width)) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Shorter waits are not worth a line, and more than a few are not read.
const WORTH_A_WORD: Duration = Duration::from_secs(1);
const FEW: usize = 4;
/// Columns before what was waited for.
const WAITED: usize = 10;

/// Names resources: `function.api, function.expiry`. More than two are counted.
fn who(ids: &[ResourceId]) -> String {
    match ids {
        [one] => one.to_string(),
        [one, other] => format!("{one}, {other}"),
        many => measure::count(many.len(), "resource"),
    }
}

fn sentence(end: &RunFinish, took: Duration, look: &TerminalLook) -> Option<String> {
    let RunSummary { created, updated, deleted, unchanged, retained, failed, skipped, interrupted, in_flight } =
        &end.summary;
    let [created, updated, deleted, unchanged, retained, failed, skipped] =
        [*created, *updated, *deleted, *unchanged, *retained, *failed, *skipped];
    let changed = created + updated + deleted;
    let ids: Vec<_> = in_flight.iter().map(ToString::to_string).collect();
    let left = format!("left in flight ({})", text::clean(&ids.join(", ")));
    let parts = measure::parts(&[
        (created, phrase::done(StepVerb::Create)),
        (updated, phrase::done(StepVerb::Update)),
        (deleted, phrase::done(StepVerb::Delete)),
        (failed, "failed"),
        (in_flight.len(), &left),
        (skipped, "not started"),
        (retained, "kept"),
        (unchanged, "unchanged"),
    ]);
    let parts = if parts.is_empty() { "nothing was changed".to_owned() } else { parts };
    let took = measure::took(took);
    if *interrupted {
        let word = look.paint(TextTone::Warning, format!("Interrupted after {took}:"));
        return Some(format!("{word} {parts}. Run the command again to go on."));
    }
    if failed + skipped > 0 {
        let word = look.paint(TextTone::Bad, format!("Failed after {took}:"));
        return Some(format!("{word} {parts}. Completed steps stay: fix the cause and run the command again."));
    }
    if !end.errors.is_empty() || changed == 0 {
        return None;
    }
    Some(format!("{} {parts}.", look.paint(TextTone::Good, format!("Done in {took}:"))))
}

#[cfg(test)]
mod tests {
    use super::super::script::wait;
    use super::*;

    #[test]
    fn where_the_time_went_is_said_when_it_was_much() {
        let waits = vec![
            wait("the new role to become known to Lambda", &["function.api", "function.expiry"], 9_830),
            wait("AWS's limit on CreateDeployment", &["rest_api.api"], 5_000),
            wait("another change to finish", &["grant.a", "grant.b", "grant.c"], 1_000),
            wait("GetRole, which AWS throttles", &["role.api"], 999),
        ];
        let summary = RunSummary { created: 11, ..RunSummary::default() };
        let end = RunFinish { summary, waits, ..RunFinish::default() };
        insta::assert_snapshot!(render(&end, &[], Duration::from_millis(24_100), &TerminalLook::PLAIN), @r"
        Waited:
            9.8s  function.api, function.expiry for the new role to become known to Lambda
            5.0s  rest_api.api for AWS's limit on CreateDeployment
            1.0s  3 resources for another change to finish
        Done in 24.1s: 11 created.
        ");
        // Nothing was done, but that took long.
        let end = RunFinish { summary: RunSummary::default(), ..end };
        assert!(render(&end, &[], Duration::ZERO, &TerminalLook::PLAIN).starts_with("Waited:\n    9.8s  function.api"));
        let quick = RunFinish { waits: end.waits[3..].to_vec(), ..RunFinish::default() };
        assert_eq!(render(&quick, &[], Duration::ZERO, &TerminalLook::PLAIN), "");
    }

    #[test]
    fn what_the_plan_refuses_is_said_once() {
        let (refused, other) = (Error::refused("keys are fixed"), Error::aws("throttled"));
        let end = RunFinish { errors: vec![refused.clone(), other], ..RunFinish::default() };
        let text = render(&end, &[refused], Duration::ZERO, &TerminalLook::PLAIN);
        assert!(!text.contains("keys are fixed") && text.contains("throttled"), "{text}");
    }
}
