//! Every call of `up` from nothing, of a change of every kind and of `down` goes wrong once, in every way, and two runs meet at every
//! call. The next run gets there: nothing is left to do, there is exactly one of everything, and no order is lost.
//!
//! How many cases these are is printed. How many calls a run makes differs a little from run to run, because some are repeated; the operations
//! among them do not, and are held exactly, and so are the cases that follow from the calls.

mod meeting;
mod scenario;
mod single;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::thread;
use tests::proxy::{CallLog, RecordedCall};

/// Cases at the same time: much of their time they wait for pauses.
const WIDTH: usize = 8;

/// What became of the cases of a group.
struct Ended {
    /// Cases whose call never came: how often something is looked at may differ by one from run to run.
    unmet: usize,
    wrong: Vec<String>,
}

/// Whether the call came that was to go wrong.
type Met = bool;

/// Runs all cases, several at a time. A worker keeps what is costly to make.
fn all<C: Send, W>(
    cases: Vec<C>,
    worker: impl Fn() -> W + Sync,
    run: impl Fn(&W, C) -> Result<Met, String> + Sync,
) -> Ended {
    let cases = Mutex::new(cases.into_iter());
    let ended = Mutex::new(Ended { unmet: 0, wrong: Vec::new() });
    thread::scope(|scope| {
        for _ in 0..WIDTH {
            scope.spawn(|| {
                let worker = worker();
                loop {
                    let next = cases.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(case) = next else { break };
                    let result = run(&worker, case);
                    let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
                    match result {
                        Ok(met) => ended.unmet += usize::from(!met),
                        Err(report) => ended.wrong.push(report),
                    }
                }
            });
        }
    });
    ended.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Counts the operations among the calls of a run.
#[derive(Debug, PartialEq, Eq)]
struct OperationCount {
    writing: usize,
    reading: usize,
}

impl OperationCount {
    fn of(calls: &CallLog) -> Self {
        let (writing, reading): (Vec<_>, Vec<_>) = calls.0.iter().partition(|call| call.is_write());
        let count =
            |calls: Vec<&RecordedCall>| calls.into_iter().map(RecordedCall::name).collect::<BTreeSet<_>>().len();
        OperationCount { writing: count(writing), reading: count(reading) }
    }
}

/// A group of cases, for the summary.
struct Row {
    what: &'static str,
    calls: usize,
    /// What went wrong, and how many cases of that there were.
    cases: Vec<(&'static str, usize)>,
}

impl Row {
    fn sum(&self) -> usize {
        self.cases.iter().map(|(_, cases)| cases).sum()
    }

    /// Prints the group, past the test harness, which keeps what a test prints until it fails. None may have gone wrong.
    #[track_caller]
    fn print(&self, Ended { unmet, wrong }: Ended) {
        let mut line = format!("kill-anywhere: {}, {} calls:", self.what, self.calls);
        for (how, cases) in &self.cases {
            // Writing into a string cannot fail.
            let _ = write!(line, " {how} {cases},");
        }
        let cases = self.sum() - unmet;
        let _ = writeln!(std::io::stderr(), "{line} {} of {cases} cases converged", cases - wrong.len());
        assert!(wrong.is_empty(), "{}, {} of {cases} cases\n\n{}", self.what, wrong.len(), wrong.join("\n\n"));
        assert!(unmet * 20 <= self.sum(), "{}: {unmet} of {} calls never came", self.what, self.sum());
    }
}
