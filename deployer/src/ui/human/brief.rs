//! A run in a few lines, for a command that runs again and again: what changed, what was done, how it ended.

use super::{ending, phrase};
use crate::engine::diff::top;
use crate::engine::{Plan, RunEvent, StepAction};
use crate::error::Result;
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::pipe::OutputPipe;
use crate::ui::plan::PlanStyle;
use crate::ui::reporter::{RunFinish, RunReporter};
use crate::ui::{error, measure, plan, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Changed files that are named; more are counted.
const NAMED: usize = 3;

/// A run in a few lines, on stderr.
pub struct BriefReporter {
    err: OutputPipe,
    look: TerminalLook,
    began: Instant,
}

impl BriefReporter {
    /// Makes a reporter, and says which files changed. Paths below `project` are shown from there.
    pub fn begin(err: OutputPipe, look: TerminalLook, changed: &BTreeSet<PathBuf>, project: &Path) -> Self {
        let mut reporter = Self { err, look, began: Instant::now() };
        reporter.err.write(&format!("{}\n", look.paint(TextTone::Dim, change(changed, project))));
        reporter
    }
}

fn change(changed: &BTreeSet<PathBuf>, project: &Path) -> String {
    let project = project.canonicalize().unwrap_or_else(|_| project.to_owned());
    let name =
        |path: &PathBuf| text::clean(&path.strip_prefix(&project).unwrap_or(path).to_string_lossy()).into_owned();
    let names: Vec<_> = changed.iter().take(NAMED).map(name).collect();
    let more = changed.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {}", measure::count(more, "more file")) } else { String::new() };
    format!("changed: {}{more}", names.join(", "))
}

/// Tells whether a plan does nothing but change code.
fn is_code_alone(plan: &Plan) -> bool {
    let is_code = |action: &StepAction| match action {
        StepAction::Update { changes, .. } => changes.iter().all(|change| top(&change.path) == "code_sha256"),
        action => !action.changes(),
    };
    plan.steps.iter().all(|step| is_code(&step.action))
}

impl RunReporter for BriefReporter {
    fn event(&mut self, event: &RunEvent) {
        let line = match event {
            RunEvent::Planned(plan) if !is_code_alone(plan) => plan::render(plan, PlanStyle::default(), &self.look),
            RunEvent::Note { message } => error::note(message, &self.look),
            RunEvent::Done { id, verb, took } => {
                let done = self.look.paint(TextTone::Good, format!("  ✓ {}", phrase::done(*verb)));
                format!("{done}  {id}  {}\n", measure::took(*took))
            }
            _ => return,
        };
        self.err.write(&line);
    }

    fn finish(&mut self, end: &RunFinish) -> Result<()> {
        let took = self.began.elapsed();
        let changed = end.summary.created + end.summary.updated + end.summary.deleted;
        let line = if !end.errors.is_empty() || !end.summary.succeeded() {
            ending::render(end, &[], took, &self.look)
        } else if changed == 0 {
            format!("nothing to change ({})\n", measure::took(took))
        } else {
            format!("ready after {}\n", measure::took(took))
        };
        self.err.write(&line);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_files_are_named_from_the_project() {
        let files =
            |names: &[&str]| names.iter().map(|name| PathBuf::from(format!("/p/{name}"))).collect::<BTreeSet<_>>();
        for (names, said) in [
            (&["src/main.rs"][..], "changed: src/main.rs"),
            (&["a", "b", "c", "d", "e"], "changed: a, b, c and 2 more files"),
            (&["a", "b", "c", "d"], "changed: a, b, c and 1 more file"),
        ] {
            assert_eq!(change(&files(names), Path::new("/p")), said);
        }
        assert_eq!(change(&files(&["a"]), Path::new("/elsewhere")), "changed: /p/a");
    }
}
