//! How a run ended: the outputs, the errors, one sentence.
use super::phrase;
use crate::{
    engine::event::{Summary, Verb},
    error::Error,
    ui::{
        Finish, error,
        look::{Look, Tone},
        measure, text,
    },
};
use std::time::Duration;

/// The errors and the last sentence, for stderr. Empty when nothing was to be done and nothing went wrong.
///
/// What the plan that was shown refuses is not said again.
pub fn render(end: &Finish, refused: &[Error], took: Duration, look: &Look) -> String {
    let errors: Vec<_> = end.errors.iter().filter(|error| !refused.contains(error)).cloned().collect();
    let mut out = error::render_all(&errors, look);
    if let Some(sentence) = sentence(end, took, look) {
        if !out.is_empty() {
            out.push('\n');
        }
        for line in text::wrap(&sentence, look.width) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

fn sentence(end: &Finish, took: Duration, look: &Look) -> Option<String> {
    let Summary { created, updated, deleted, unchanged, retained, failed, skipped, interrupted } = end.summary;
    let changed = created + updated + deleted;
    let parts = measure::parts(&[
        (created, phrase::done(Verb::Create)),
        (updated, phrase::done(Verb::Update)),
        (deleted, phrase::done(Verb::Delete)),
        (failed, "failed"),
        (skipped, "not started"),
        (retained, "kept"),
        (unchanged, "unchanged"),
    ]);
    let parts = if parts.is_empty() { "nothing was changed".to_owned() } else { parts };
    let took = measure::took(took);
    if interrupted {
        let word = look.paint(Tone::Warning, format!("Interrupted after {took}:"));
        return Some(format!("{word} {parts}. Run the command again to go on."));
    }
    if failed + skipped > 0 {
        let word = look.paint(Tone::Bad, format!("Failed after {took}:"));
        return Some(format!("{word} {parts}. What is done stays done; run the command again to go on."));
    }
    if !end.errors.is_empty() || changed == 0 {
        return None;
    }
    Some(format!("{} {parts}.", look.paint(Tone::Good, format!("Done in {took}:"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_plan_refuses_is_said_once() {
        let (refused, other) = (Error::new("refused", "keys are fixed"), Error::new("aws", "throttled"));
        let end = Finish { errors: vec![refused.clone(), other], ..Finish::default() };
        let text = render(&end, &[refused], Duration::ZERO, &Look::PLAIN);
        assert!(!text.contains("keys are fixed") && text.contains("throttled"), "{text}");
    }
}
