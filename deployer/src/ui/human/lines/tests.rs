//! The lines of a run in a log, where nobody watches.

use super::*;
use crate::engine::event::{RunSummary, StepVerb};
use crate::ui::human::script;
use crate::ui::plan::PlanStyle;
use std::io;
use std::io::Write;

/// A stream that can be looked at.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tape {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn told(look: TerminalLook, shown: ShownParts, events: &[(u64, RunEvent)]) -> (LineLog, Tape) {
    let tape = Tape::default();
    let mut log = LineLog::new(OutputPipe::new(tape.clone()), look, shown);
    for (tenths, event) in events {
        log.event(Duration::from_millis(tenths * 100), event);
    }
    (log, tape)
}

#[test]
fn a_run_as_lines() {
    let plan = Some(PlanStyle::default());
    let (mut log, tape) = told(TerminalLook::PLAIN, ShownParts { plan, verbose: false }, &script::run());
    log.finish(Duration::from_secs(33), &script::end());
    insta::assert_snapshot!("lines", tape.text());

    let color = TerminalLook { color: true, width: None };
    let (mut log, tape) = told(color, ShownParts { plan: None, verbose: true }, &script::run());
    log.finish(Duration::from_secs(33), &script::end());
    insta::assert_snapshot!("lines_color_verbose", tape.text());
}

#[test]
fn a_silent_step_is_remembered_now_and_then() {
    let started = script::started("table", "orders", StepVerb::Create);
    let (mut log, tape) = told(TerminalLook::PLAIN, ShownParts::default(), &[(0, started)]);
    for second in 1..=25 {
        log.remind(Duration::from_secs(second));
    }
    insta::assert_snapshot!(tape.text(), @r"
       0.0s  creating  table.orders
      10.0s  creating  table.orders  still (10.0s)
      20.0s  creating  table.orders  still (20.0s)
    ");
}

#[test]
fn outputs_go_to_stdout_and_all_else_to_stderr() {
    let (out, err) = (Tape::default(), Tape::default());
    let mut lines = LineReporter::new(
        OutputPipe::new(out.clone()),
        TerminalLook::PLAIN,
        OutputPipe::new(err.clone()),
        TerminalLook::PLAIN,
        ShownParts::default(),
    );
    lines.event(&script::target());
    let interrupted = script::end();
    let done = RunFinish { summary: RunSummary::default(), errors: Vec::new(), ..interrupted.clone() };
    assert_eq!(lines.finish(&interrupted), Ok(()));
    assert_eq!(out.text(), "", "what was not finished may not answer");
    assert_eq!(lines.finish(&done), Ok(()));
    assert_eq!(out.text(), "endpoint  http://127.0.0.1:4588/prod\n");
    assert!(err.text().starts_with("orders (prod) → account"), "{}", err.text());
}

#[test]
fn the_last_sentence() {
    let end = |summary| RunFinish { summary, ..RunFinish::default() };
    let sentence = |end: &RunFinish| ending::render(end, &[], Duration::from_millis(12_400), &TerminalLook::PLAIN);
    for (summary, shown) in [
        (
            RunSummary { created: 3, updated: 1, unchanged: 9, ..RunSummary::default() },
            "Done in 12.4s: 3 created, 1 updated, 9 unchanged.\n",
        ),
        (RunSummary { unchanged: 9, ..RunSummary::default() }, ""),
        (
            RunSummary { created: 3, failed: 1, skipped: 2, ..RunSummary::default() },
            "Failed after 12.4s: 3 created, 1 failed, 2 not started. Completed steps stay: fix the cause and run the command again.\n",
        ),
        (
            RunSummary {
                created: 6,
                skipped: 2,
                interrupted: true,
                in_flight: vec![ResourceId::new("table", "orders"), ResourceId::new("function", "api")],
                ..RunSummary::default()
            },
            "Interrupted after 12.4s: 6 created, 2 left in flight (table.orders, function.api), 2 not started. Run the command again to go on.\n",
        ),
        (
            RunSummary { interrupted: true, ..RunSummary::default() },
            "Interrupted after 12.4s: nothing was changed. Run the command again to go on.\n",
        ),
    ] {
        assert_eq!(sentence(&end(summary)), shown);
    }
    let refused = RunFinish { errors: vec![script::denied()], ..RunFinish::default() };
    assert_eq!(
        sentence(&refused),
        "error: access denied\n  operation  lambda:UpdateFunctionCode\n  help: Ask for the permission.\n"
    );
}
