//! Two runs at once: one stops at each of its calls in turn, the other runs to its end meanwhile, then the first goes on. Either may fail,
//! because the world changed below it; the run after them gets there.

use super::scenario::{Scenario, Worker};
use super::{Met, Row, all};
use std::collections::BTreeMap;
use std::thread;
use tests::http::block_on;
use tests::in_process::EngineCommand;
use tests::proxy::{CallPosition, Fault};
use tokio::sync::oneshot;

/// Two runs, and the one after them.
struct Meeting<'a> {
    /// It stops at a call.
    first: &'a Scenario,
    /// What the other one does meanwhile.
    second: EngineCommand,
    /// What is run in the end.
    last: &'a Scenario,
}

impl Meeting<'_> {
    fn survives_everywhere(&self, what: &'static str) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let cases: Vec<CallPosition> = self
            .first
            .calls
            .0
            .iter()
            .map(|call| {
                let nth = seen.entry(call.name()).or_default();
                *nth += 1;
                (call.name(), *nth - 1)
            })
            .collect();
        let row = Row { what, calls: cases.len(), cases: vec![("met", cases.len())] };
        assert_eq!(row.sum(), self.first.calls.len(), "{what}: two runs meet at every call");
        row.print(all(
            cases,
            || [Worker::new(), Worker::new()],
            |[first, second], nth| {
                self.survives(first, second, &nth).map_err(|report| format!("at {}#{}: {report}", nth.0, nth.1))
            },
        ));
    }

    fn survives(&self, first: &Worker, second: &Worker, nth: &CallPosition) -> Result<Met, String> {
        let cloud = self.first.cloud();
        first.aim(&cloud);
        second.aim(&cloud);
        first.proxy.begin(Some((nth.clone(), Fault::Hold)));
        let (end, over) = oneshot::channel();
        let results = thread::scope(|scope| {
            let one = scope.spawn(move || {
                let result = first.engine.run(&self.first.described, self.first.aim);
                // Whoever waits for the call waits no more.
                let _ = end.send(());
                result
            });
            let ended = async {
                let _ = over.await;
            };
            let held = block_on(first.proxy.held(ended));
            let other = held.then(|| second.engine.run(&self.last.described, self.second));
            first.proxy.release();
            one.join().map(|one| (one, other))
        });
        let (one, other) = results.map_err(|_| "the first panicked".to_owned())?;
        let told = || format!("the first: {one:?}\nthe second: {other:?}");
        self.last.is_safe(second).map_err(|report| format!("after both, {report}\n{}", told()))?;
        let last = second.engine.run(&self.last.described, self.last.aim);
        last.map_err(|error| format!("the next run fails: {error}\n{}", told()))?;
        self.last.is_right(second).map_err(|report| format!("{report}\n{}", told()))?;
        Ok(other.is_some())
    }
}

#[test]
fn two_ups() {
    let up = Scenario::up_from_nothing();
    Meeting { first: &up, second: EngineCommand::Up, last: &up }.survives_everywhere("`up` and `up` at once");
}

#[test]
fn up_and_down() {
    let up = Scenario::a_change();
    Meeting { first: &up, second: EngineCommand::Down, last: &up }
        .survives_everywhere("`up` with a change, `down` meanwhile");
}

#[test]
fn down_and_up() {
    let (down, up) = (Scenario::down_without_data(), Scenario::up_again());
    Meeting { first: &down, second: EngineCommand::Up, last: &up }.survives_everywhere("`down`, `up` meanwhile");
}

#[test]
fn two_downs() {
    let down = Scenario::down();
    Meeting { first: &down, second: down.aim, last: &down }.survives_everywhere("`down` and `down` at once");
}
