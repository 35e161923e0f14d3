//! What is said before the first `up`, when nothing is found, and when a function does not start: what it is, and what to do next.

use tests::Sandbox;
use tests::sandbox::SHOP;

/// Whatever acts in the embedded cloud suggests commands that act there, too.
#[test]
fn before_the_first_up_everything_points_to_it() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.run(&["local", "start"]).ok();
    for (command, code) in [
        (&["outputs", "--local"][..], 0),
        (&["outputs", "endpoint", "--local"], 1),
        (&["status", "--local"], 0),
        (&["logs", "--local"], 1),
        (&["invoke", "api", "--local"], 1),
        (&["backup", "create", "--local"], 1),
        (&["backup", "export", "orders", "--local"], 1),
        (&["backup", "export", "orders", "--to", "x.jsonl", "--local"], 1),
        (&["local", "reset", "--yes"], 1),
        (&["local", "snapshot", "save", "mine"], 1),
    ] {
        let said = sandbox.run(command).exits(code);
        assert!(said.stderr.contains("`deployer up --local`"), "{said}");
        assert!(!said.stderr.contains("`deployer restore` "), "{said}");
    }
}

#[test]
fn a_program_that_does_not_start_and_logs_without_lines_are_told() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    let invoked = sandbox.local(&["invoke", "api"]).exits(1);
    assert!(invoked.stderr.contains("a function runs `lambda_http` or `lambda_runtime`"), "{invoked}");
    let logs = sandbox.local(&["logs"]).ok();
    assert!(logs.stdout.contains("  start error: Runtime.ExitError  "), "{logs}");
    assert!(!logs.stdout.contains("INIT_REPORT"), "{logs}");
    for (args, note) in [
        (&["--since", "2099-01-01T00:00:00Z"][..], "note: api logged nothing since 2099-01-01T00:00:00Z\n"),
        (
            &["--request", "of-nobody"],
            "note: api logged nothing of that sort in the last 10m; --since looks further back",
        ),
    ] {
        let logs = sandbox.local(&[&["logs"], args].concat()).ok();
        assert!(logs.stderr.starts_with(note) && logs.stdout.is_empty(), "{logs}");
    }
    let down = sandbox.local(&["down", "--yes"]).ok();
    assert!(down.stderr.contains("note: the embedded cloud is stopped; its data stay in "), "{down}");
}

/// A comment on a pull request tells where the plan is for, and why there is none.
#[test]
fn a_comment_says_where_and_why_not() {
    let sandbox = Sandbox::new(SHOP).with("AWS_EC2_METADATA_DISABLED", "true");
    let plan = sandbox.local(&["plan", "--output", "markdown"]).ok();
    assert!(plan.stdout.starts_with("### shop (dev) → account 000000000000, ap-south-1, embedded cloud at "), "{plan}");
    let none = sandbox.run(&["plan", "--output", "markdown"]).exits(1);
    assert!(none.stdout.starts_with("### There is no plan\n\n```text\nerror: no AWS credentials were found"), "{none}");
    assert!(none.stderr.contains("no AWS credentials were found"), "{none}");
    sandbox.edit("partition_key", "partition_kye");
    let wrong = sandbox.run(&["plan", "--output", "markdown"]).exits(1);
    assert!(wrong.stdout.contains("unknown key `partition_kye`") && wrong.stdout.ends_with("```\n"), "{wrong}");
}
