//! What is drawn.

use super::*;
use crate::engine::event::StepVerb;
use crate::engine::plan::StepAction;
use crate::ui::human::script;
use crate::ui::plan::PlanStyle;
use crate::ui::plan::tests::{plan, step};
use indicatif::InMemoryTerm;
use std::io;

fn at(tenths: u64) -> Duration {
    Duration::from_millis(tenths * 100)
}

fn after(events: &[(u64, RunEvent)]) -> RunProgress {
    let mut progress = RunProgress::default();
    for (tenths, event) in events {
        progress.apply(at(*tenths), event);
    }
    progress
}

fn drawn(progress: &RunProgress, tenths: u64, columns: usize, rows: usize) -> String {
    view(progress, at(tenths), rows, &TerminalLook { color: false, width: Some(columns) }).join("\n")
}

#[test]
fn a_line_for_each_step_in_flight_and_one_for_the_whole() {
    let events = script::run();
    let until = |tenths| after(&events.iter().filter(|(at, _)| *at <= tenths).cloned().collect::<Vec<_>>());
    let building = drawn(&until(9), 12, 80, 24);
    assert_eq!(building, "  ⠹ building  1.1s  compiling aws-sdk-dynamodb (41/207)");
    assert_eq!(drawn(&until(160), 160, 80, 24), "", "the terminal rests while a question is asked");
    let widths = [100, 80, 50].map(|columns| drawn(&until(200), 204, columns, 24));
    insta::assert_snapshot!("view", widths.join("\n\n"));
    insta::assert_snapshot!("view_interrupted", drawn(&until(311), 315, 80, 24));
}

#[test]
fn nothing_is_wider_or_higher_than_the_terminal() {
    let steps: Vec<_> = (0..50)
        .map(|n| {
            step(
                "schedule",
                &format!("a-long-name-of-a-job-{n}"),
                &"漢字".repeat(n),
                StepAction::Create { spec: serde_json::json!({}) },
            )
        })
        .collect();
    let mut progress = after(&[(0, RunEvent::Planned(plan(steps)))]);
    for n in 0..50 {
        let name = format!("a-long-name-of-a-job-{n}");
        progress.apply(at(1), &script::started("schedule", &name, StepVerb::Create));
        progress.apply(at(2), &script::waiting("schedule", &name, "something\nthat takes \u{1b}[2J long"));
    }
    for (columns, rows) in [(20, 5), (80, 24), (200, 100), (0, 0)] {
        let text = drawn(&progress, 99, columns, rows);
        assert!(text.lines().count() <= rows.max(4), "{columns}×{rows}\n{text}");
        for line in text.lines() {
            assert!(text::width(line) <= columns.max(20), "{columns}×{rows}: {line}");
            assert!(!line.contains('\u{1b}'));
        }
    }
    assert!(drawn(&progress, 99, 80, 24).contains("… and 40 more"));
}

#[test]
fn what_is_done_scrolls_by_and_nothing_is_left_below() {
    let screen = InMemoryTerm::new(60, 100);
    let canvas = screen.clone();
    let look = TerminalLook { color: false, width: Some(100) };
    let shown = ShownParts { plan: Some(PlanStyle::default()), verbose: false };
    let mut live = LiveReporter::new(
        OutputPipe::new(io::sink()),
        TerminalLook::PLAIN,
        Box::new(move || Box::new(canvas.clone())),
        look,
        shown,
    );
    live.tick = None;
    let now = Arc::new(Mutex::new(Duration::ZERO));
    let clock = Arc::clone(&now);
    live.clock = Arc::new(move || *clock.lock().unwrap());
    for (tenths, event) in script::run() {
        *now.lock().unwrap() = at(tenths);
        live.event(&event);
        if tenths == 300 {
            insta::assert_snapshot!("live_running", screen.contents());
        }
    }
    *now.lock().unwrap() = at(330);
    assert_eq!(live.finish(&script::end()), Ok(()));
    insta::assert_snapshot!("live_finished", screen.contents());
}

/// On a narrow terminal a row gives up its columns before its time moves below, and no id is cut.
#[test]
fn rows_that_stay_are_whole_on_a_narrow_terminal() {
    let names = ["queue.jobs", "source.expire-abandoned-carts.queue.notifications"];
    let create = || StepAction::Create { spec: serde_json::json!({}) };
    let steps = names.map(|id| id.split_once('.').unwrap_or_default());
    let steps: Vec<_> = steps.iter().map(|(kind, id)| step(kind, id, &format!("shop-dev-{id}"), create())).collect();
    let ids: Vec<_> = steps.iter().map(|step| step.place.id.clone()).collect();
    let progress = after(&[(0, RunEvent::Planned(plan(steps)))]);
    let rows = |columns| {
        let look = TerminalLook { color: false, width: Some(columns) };
        let row = |id: &ResourceId| {
            let done = RunEvent::Done { id: id.clone(), verb: StepVerb::Create, took: at(3) };
            message(&done, ShownParts::default(), &look).map(|message| layout(&progress, message, &look))
        };
        ids.iter().filter_map(row).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("rows_narrow", [100, 60, 40].map(rows).join("\n\n"));
}
