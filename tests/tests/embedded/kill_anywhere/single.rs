//! One run, of which one call goes wrong.

use super::scenario::{Scenario, Worker};
use super::{Met, OperationCount, Row, all};
use std::collections::BTreeMap;
use std::process::Stdio;
use tests::proxy::{CallLog, CallPosition, Fault};

/// What goes wrong, as the summary calls it. What happens before a read and what happens after it are the same to AWS, but not to a
/// client that is killed.
const WAYS: &[(&str, &[Fault])] = &[
    ("killed before", &[Fault::KillBefore]),
    ("during", &[Fault::KillAfter]),
    ("after", &[Fault::KillAnswered]),
    ("answer lost", &[Fault::CutBefore, Fault::CutAfter, Fault::Silence]),
    ("throttled", &[Fault::Throttle]),
    ("500 or 503", &[Fault::ErrorAfter, Fault::Unavailable]),
    ("conflict", &[Fault::Conflict]),
    ("denied", &[Fault::Denied]),
];

/// Whether a fault makes sense for a call: a read changes nothing, so nothing conflicts with it, and whether it was carried out
/// before its answer was lost makes no difference.
fn applies(fault: Fault, write: bool) -> bool {
    write || !matches!(fault, Fault::Conflict | Fault::CutBefore | Fault::ErrorAfter)
}

/// A call that goes wrong, and how.
struct Case {
    nth: CallPosition,
    fault: Fault,
    /// Its place in [`WAYS`].
    way: usize,
}

/// Every call with every fault.
fn cases(calls: &CallLog) -> Vec<Case> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for call in &calls.0 {
        let nth = seen.entry(call.name()).or_default();
        for (way, (_, faults)) in WAYS.iter().enumerate() {
            let faults = faults.iter().filter(|fault| applies(**fault, call.is_write()));
            out.extend(faults.map(|fault| Case { nth: (call.name(), *nth), fault: *fault, way }));
        }
        *nth += 1;
    }
    // The longest first, so that none is waited for alone.
    out.sort_by_key(|case| case.fault != Fault::Silence);
    out
}

/// Runs every case: eleven things go wrong with a write, eight with a read.
fn survives_everything(what: &'static str, scenario: &Scenario, held: &OperationCount) {
    let cases = cases(&scenario.calls);
    assert_eq!(OperationCount::of(&scenario.calls), *held, "{what}");
    let writes = scenario.calls.0.iter().filter(|call| call.is_write()).count();
    assert_eq!(cases.len(), 8 * scenario.calls.len() + 3 * writes, "{what}");
    let number = |way| cases.iter().filter(|case| case.way == way).count();
    let numbers = WAYS.iter().enumerate().map(|(way, (name, _))| (*name, number(way))).collect();
    let row = Row { what, calls: scenario.calls.len(), cases: numbers };
    row.print(all(cases, Worker::new, |worker, Case { nth, fault, .. }| {
        survives(scenario, worker, &nth, fault).map_err(|report| format!("{fault:?} at {}#{}: {report}", nth.0, nth.1))
    }));
}

fn survives(scenario: &Scenario, worker: &Worker, nth: &CallPosition, fault: Fault) -> Result<Met, String> {
    let cloud = scenario.cloud();
    worker.aim(&cloud);
    worker.proxy.begin(Some((nth.clone(), fault)));
    let first = if fault.kills() {
        killed(scenario, worker, fault).map(|()| false)
    } else {
        let engine = if fault == Fault::Silence { &worker.hasty } else { &worker.engine };
        Ok(engine.run(&scenario.described, scenario.aim).is_ok())
    };
    let met = worker.proxy.was_injected();
    let succeeded = first?;
    scenario.is_safe(worker).map_err(|report| format!("after the run, {report}"))?;
    // Where a list is denied a run ends well, says what it could not see, and leaves it for the next.
    if !succeeded || fault == Fault::Denied {
        worker.engine.run(&scenario.described, scenario.aim).map_err(|error| format!("the next run fails: {error}"))?;
    }
    scenario.is_right(worker).map(|()| met)
}

/// Runs the program until the proxy kills it. After the answer to its last call it may be quicker.
fn killed(scenario: &Scenario, worker: &Worker, fault: Fault) -> Result<(), String> {
    let mut command = scenario.command(&worker.proxy.endpoint);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| error.to_string())?;
    worker.proxy.set_client(child.id());
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    match output.status.code() {
        None => Ok(()),
        Some(0) if fault == Fault::KillAnswered || !worker.proxy.was_injected() => Ok(()),
        Some(code) => Err(format!("it ended with {code}\n{}", String::from_utf8_lossy(&output.stderr))),
    }
}

#[test]
fn up_from_nothing() {
    let held = OperationCount { writing: 18, reading: 16 };
    survives_everything("`up` from nothing", &Scenario::up_from_nothing(), &held);
}

#[test]
fn a_change_of_every_kind() {
    // Of a function that goes, the sources are looked for.
    let held = OperationCount { writing: 28, reading: 28 };
    survives_everything("`up` with a change of every kind", &Scenario::a_change(), &held);
}

#[test]
fn down() {
    let held = OperationCount { writing: 12, reading: 22 };
    survives_everything("`down` with its data", &Scenario::down(), &held);
}
