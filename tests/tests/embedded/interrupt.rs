//! Ctrl-C: the first ends a run after what is in flight, the second at once; the next run goes on from there. What kills it without a
//! word is in [`kill_anywhere`](crate::kill_anywhere).

use rustix::process::Signal;
use serde_json::json;
use std::time::Duration;
use tests::Sandbox;
use tests::sandbox::SHOP;
use tests::terminal::talk;

const MINUTE: Duration = Duration::from_secs(60);

/// Tells whether these tests run under `nohup`: the program inherits that, and a closed terminal ends nothing then.
fn inherits_no_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[test]
fn finishes_what_is_in_flight() {
    let hangup = (!inherits_no_hangup()).then_some(Signal::HUP);
    for signal in [Signal::INT, Signal::TERM].into_iter().chain(hangup) {
        let sandbox = Sandbox::new(SHOP);
        let cloud = sandbox.start_cloud();
        // The function waits for its role, and its grant for the function.
        cloud.faults(json!({"function_pending_ms": 60_000, "table_creating_ms": 60_000}));
        let mut up = sandbox.spawn(&["up", "--yes", "--local"]);
        up.until_all(&[&["table.orders", "for the table to become ACTIVE"], &["created   role.api"]]);
        up.signal(signal);
        up.until("stopping");
        cloud.advance(MINUTE);
        let up = up.finish().exits(130);
        assert!(up.stderr.contains("created   table.orders"), "what was begun is finished\n{up}");
        cloud.faults(json!({}));
        sandbox.up();
        sandbox.is_converged();
        assert_eq!(cloud.census().len(), 5);
    }
}

/// Who starts a run by `nohup` wants it to outlive the terminal.
#[test]
fn a_closed_terminal_ends_no_run_that_nohup_started() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    cloud.faults(json!({"table_creating_ms": 60_000}));
    let mut up = sandbox.spawn_by_nohup(&["up", "--yes", "--local"]);
    up.until_all(&[&["table.orders", "for the table to become ACTIVE"]]);
    up.signal(Signal::HUP);
    cloud.advance(MINUTE);
    let up = up.finish().ok();
    assert!(!up.stderr.contains("stopping"), "{up}");
    assert_eq!(cloud.census().len(), 5);
}

#[test]
fn stops_at_once_the_second_time() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    cloud.faults(json!({"table_creating_ms": 60_000}));
    let mut up = sandbox.spawn(&["up", "--yes", "--local", "--output", "json"]);
    up.until("\"table.orders\",\"verb\":\"create\"");
    up.signal(Signal::INT);
    up.until("\"interrupted\"");
    up.signal(Signal::INT);
    let up = up.finish().exits(130);
    let finished = up.finished();
    assert_eq!(finished["summary"]["interrupted"], true, "{up}");
    assert_eq!(finished["exit_code"], 130, "{up}");
    cloud.advance(MINUTE);
    cloud.faults(json!({}));
    sandbox.up();
    sandbox.is_converged();
    assert_eq!(cloud.census().len(), 5);
}

/// On a terminal Ctrl-C is a character, and there is nothing behind it to read.
#[test]
fn before_anything_is_changed() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    for args in [&["up", "--local"][..], &["up", "--local", "--output", "human", "-v"]] {
        let up = talk(&sandbox, args, &[("Apply these changes?", "\u{3}")]).exits(130);
        assert!(up.stdout.ends_with("\nInterrupted; nothing was changed.\n"), "{up}");
    }
    assert_eq!(cloud.census(), [""; 0]);
    sandbox.up();
    let down = talk(&sandbox, &["down", "--local"], &[("[y/N]", "\u{3}")]).exits(130);
    assert!(down.stdout.ends_with("\nInterrupted; nothing was changed.\n"), "{down}");
    assert_eq!(cloud.census().len(), 5);
}

#[test]
fn of_down() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    let cloud = sandbox.cloud();
    cloud.faults(json!({"table_deleting_ms": 60_000}));
    let mut down = sandbox.spawn(&["down", "--yes", "--local"]);
    down.until("for the deletion to finish");
    down.signal(Signal::INT);
    down.until("stopping");
    cloud.advance(MINUTE);
    down.finish().exits(130);
    cloud.faults(json!({}));
    sandbox.local(&["down", "--yes"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// The next run may come while AWS still works on what the last one began: it waits, and takes it neither for somebody else's
/// nor for done.
#[test]
fn and_the_next_run_at_once() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    cloud.faults(json!({"table_creating_ms": 60_000, "table_deleting_ms": 60_000}));
    let begun = |command: &[&str], reason: &str| {
        let mut run = sandbox.spawn(&[command, &["--yes", "--local"]].concat());
        run.until(reason);
        run.signal(Signal::KILL);
        run.finish();
    };
    begun(&["up"], "for the table to become ACTIVE");
    // The next run waits for what AWS still does, until the clock is moved.
    let waits_for = |command: &str, reason: &str| {
        let mut run = sandbox.spawn(&[command, "--yes", "--local"]);
        run.until(reason);
        cloud.advance(MINUTE);
        run.finish().ok();
    };
    let status = sandbox.local(&["status", "--output", "json"]).ok().json();
    assert_eq!(status["resources"][0]["condition"], "settling", "{status}");
    waits_for("up", "for the table to become ACTIVE");
    sandbox.is_converged();
    assert_eq!(cloud.census().len(), 5);

    begun(&["down"], "for the deletion to finish");
    let mut up = sandbox.spawn(&["up", "--yes", "--local"]);
    up.until("waiting   table.orders");
    cloud.advance(MINUTE);
    up.until("for the table to become ACTIVE");
    cloud.advance(MINUTE);
    up.finish().ok();
    sandbox.is_converged();
    assert_eq!(cloud.census().len(), 5);

    begun(&["down"], "for the deletion to finish");
    waits_for("down", "waiting   table.orders");
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);

    let cloud = sandbox.cloud();
    cloud.faults(json!({"table_creating_ms": 60_000}));
    begun(&["up"], "for the table to become ACTIVE");
    let mut down = sandbox.spawn(&["down", "--yes", "--local"]);
    down.until("waiting   table.orders");
    cloud.advance(MINUTE);
    down.finish().ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}
