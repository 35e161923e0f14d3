//! Every call of `up`, of a change and of `down` goes wrong once, in every way: the same run or the next one gets there, and exactly
//! one of everything is left.

use crate::world::{SHIPPED, World, differences};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use tests::proxy::{CallLog, CallPosition, Fault};
use tests::shipped;

/// Runs at the same time: most of the time they wait for each other's pauses.
const WIDTH: usize = 6;

/// What goes wrong with a call that changes nothing.
const READ: &[Fault] = &[Fault::CutAfter, Fault::Throttle];
/// What goes wrong with one that does.
const WRITE: &[Fault] =
    &[Fault::CutBefore, Fault::CutAfter, Fault::ErrorAfter, Fault::Throttle, Fault::KillBefore, Fault::KillAfter];

/// A command and what comes before it.
struct Scenario {
    prepare: fn() -> World,
    command: &'static [&'static str],
}

impl Scenario {
    /// Breaks each call once, each time in a world of its own, and compares what is left with what an unbroken run leaves.
    fn survives_every_fault(&self) {
        let world = (self.prepare)();
        let calls = world.run(self.command).ok().calls;
        if self.command[0] == "up" {
            // And so it is wherever the account is the same.
            world.plans_nothing();
        }
        let wanted = world.comparable();
        let cases = Mutex::new(cases(&calls).into_iter());
        let wrong = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..WIDTH {
                scope.spawn(|| {
                    loop {
                        let next = cases.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((nth, fault)) = next else { break };
                        if let Err(report) = self.survives(&nth, fault, &wanted) {
                            let report = format!("{fault:?} at {}#{}: {report}", nth.0, nth.1);
                            wrong.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                        }
                    }
                });
            }
        });
        let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
        assert!(wrong.is_empty(), "{} cases went wrong\n{}", wrong.len(), wrong.join("\n"));
    }

    fn survives(&self, nth: &CallPosition, fault: Fault, wanted: &Value) -> Result<(), String> {
        let world = (self.prepare)();
        let first = world.run_with(self.command, Some((nth.clone(), fault)));
        if !first.met_fault {
            return Err(format!("the call never came\n{}\n{}", *first, first.calls));
        }
        if fault.kills() != first.code.is_none() {
            return Err(format!("it ended otherwise\n{}", *first));
        }
        if first.code != Some(0) {
            let second = world.run(self.command);
            if second.code != Some(0) {
                return Err(format!("the next run fails\n{}\nafter\n{}", *second, *first));
            }
        }
        let left = differences(wanted, &world.comparable());
        if !left.is_empty() {
            return Err(format!("{left:?} differ\n{}", first.stderr));
        }
        Ok(())
    }
}

fn cases(calls: &CallLog) -> Vec<(CallPosition, Fault)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for call in &calls.0 {
        let nth = seen.entry(call.name()).or_default();
        let faults = if call.is_write() { WRITE } else { READ };
        out.extend(faults.iter().map(|fault| ((call.name(), *nth), *fault)));
        *nth += 1;
    }
    out
}

#[test]
fn up_from_nothing_survives_every_fault() {
    Scenario { prepare: || World::new(SHIPPED), command: &["up"] }.survives_every_fault();
}

/// A change of every kind, with a function that goes.
#[test]
fn a_change_survives_every_fault() {
    let prepare = || {
        let worker = "[function.worker]\nartifact = \"code\"\n\n# --- HTTP";
        let world = World::new(SHIPPED);
        world.project.edit("# --- HTTP", worker);
        world.project.edit("bin = \"orders-api\"", "bin = \"orders-api\"\ntags.old = \"x\"");
        world.project.edit("[table.orders]\n", "[table.orders]\ntags.old = \"x\"\n");
        world.project.edit("\"POST /orders\" = \"api\"", "\"POST /orders\" = \"api\"\n\"POST /work\" = \"worker\"");
        world.run(&["up"]).ok();
        world.project.describe(SHIPPED);
        for (from, to) in shipped::CHANGES {
            world.project.edit(from, to);
        }
        world.recode("second");
        world
    };
    Scenario { prepare, command: &["up"] }.survives_every_fault();
}

#[test]
fn down_survives_every_fault() {
    Scenario { prepare: || World::up(SHIPPED), command: &["down"] }.survives_every_fault();
}

/// Whatever goes wrong on the way, the items are in the table or in a backup.
#[test]
fn no_fault_loses_data() {
    let prepare = || {
        let world = World::up(SHIPPED);
        world.account.call("dynamodb", "put_item", json!({"TableName": "Orders", "Item": {"order_id": {"S": "1"}}}));
        world
    };
    let command = &["down", "--delete-data", "Orders"];
    let calls = prepare().run(command).ok().calls;
    for (nth, fault) in cases(&calls).into_iter().filter(|((name, _), _)| {
        ["dynamodb:Scan", "dynamodb:CreateBackup", "dynamodb:DeleteTable"].contains(&name.as_str())
    }) {
        let world = prepare();
        world.run_with(command, Some((nth.clone(), fault)));
        let safe = |when: &str| {
            let left = world.inspect();
            let in_table = left["tables"]["Orders"]["items"] == 1;
            let in_backup = left["backups"].as_array().is_some_and(|backups| !backups.is_empty());
            assert!(in_table || in_backup, "{when} of {fault:?} at {nth:?}: {left:#}");
        };
        safe("after the run");
        world.run(command).ok();
        safe("after the next run");
        assert_eq!(world.inspect()["tables"], json!({}), "{fault:?} at {nth:?}");
    }
}
