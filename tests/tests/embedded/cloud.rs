//! The embedded cloud as a process: started, stopped, killed.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::redact::redact;
use tests::sandbox::SHOP;
use tests::{Cloud, Sandbox};

#[test]
fn starts_tells_and_stops() {
    let sandbox = Sandbox::new(SHOP);
    let mut said = String::new();
    for args in [
        &["local", "status"][..],
        &["local", "status", "--output", "json"],
        &["local", "stop"],
        &["local", "start"],
        &["local", "start", "--output", "json"],
        &["local", "status"],
        &["local", "status", "--output", "json"],
        &["local", "stop", "--output", "json"],
        &["local", "status"],
    ] {
        said += &format!("{}\n\n", sandbox.run(args).ok());
    }
    insta::assert_snapshot!("local", redact(&said));
}

/// Who removes or copies the folder next must find nobody writing in it.
#[test]
fn a_stop_returns_when_the_folder_is_free() {
    let sandbox = Sandbox::new(SHOP);
    for _ in 0..5 {
        sandbox.run(&["local", "start"]).ok();
        sandbox.run(&["local", "stop"]).ok();
        let lock = std::fs::File::open(sandbox.path(".deployer/lock")).expect("the file stays");
        lock.try_lock().expect("nobody has the folder");
    }
}

#[test]
fn a_command_that_looks_does_not_start_it() {
    let sandbox = Sandbox::new(SHOP);
    for command in ["status", "outputs", "logs"] {
        let outcome = sandbox.local(&[command]).exits(1);
        assert!(outcome.stderr.contains("deployer up --local"), "{outcome}");
        assert!(!sandbox.path(".deployer").exists(), "{outcome}");
    }
}

#[test]
fn listens_where_it_is_told() {
    let sandbox = Sandbox::new(SHOP);
    // Ours for a moment, so that it is free.
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    sandbox.run(&["local", "start", "--port", &port.to_string()]).ok();
    assert_eq!(sandbox.cloud().endpoint, format!("http://127.0.0.1:{port}"));
    // The same again is fine, another one is not: it runs already.
    sandbox.run(&["local", "start", "--port", &port.to_string()]).ok();
    let other = if port == 65535 { 65534 } else { port + 1 };
    let refused = sandbox.run(&["local", "start", "--port", &other.to_string()]).exits(1);
    assert!(refused.stderr.contains("deployer local stop"), "{refused}");
    sandbox.run(&["local", "start", "--port", "0"]).exits(1);
}

#[test]
fn says_when_the_port_is_taken() {
    let sandbox = Sandbox::new(SHOP);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("a bound socket has an address").port().to_string();
    let refused = sandbox.run(&["local", "start", "--port", &port]).exits(1);
    assert!(refused.stderr.contains(&port), "{refused}");
}

#[test]
fn loses_nothing_when_it_is_killed() {
    let sandbox = Sandbox::new(SHOP);
    let before = sandbox.up().finished();
    let cloud = sandbox.cloud();
    cloud.sdk(async |aws| {
        let put = aws.dynamodb.put_item().table_name("shop-dev-orders");
        put.item("order_id", AttributeValue::S("1".to_owned())).send().await.expect("PutItem");
    });
    let census = cloud.census();
    cloud.kill();
    let status = sandbox.local(&["status"]).exits(1);
    assert!(status.stderr.contains("is not running"), "{status}");
    let after = sandbox.converges(&[]).finished();
    let restarted = sandbox.cloud();
    assert_ne!(restarted.pid, cloud.pid);
    assert_eq!(restarted.census(), census);
    assert_eq!(after["outputs"]["rest_api.api.id"], before["outputs"]["rest_api.api.id"]);
    restarted.sdk(async |aws| {
        let scan = aws.dynamodb.scan().table_name("shop-dev-orders").send().await.expect("Scan");
        assert_eq!(scan.count(), 1);
    });
}

#[test]
fn goes_on_after_a_stop() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    let census = sandbox.cloud().census();
    sandbox.run(&["local", "stop"]).ok();
    assert_eq!(sandbox.start_cloud().census(), census);
    sandbox.is_converged();
}

#[test]
fn uploads_again_what_was_lost() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.run(&["local", "stop"]).ok();
    std::fs::remove_dir_all(sandbox.path(".deployer/code")).expect("the code");
    sandbox.start_cloud();
    let log = std::fs::read_to_string(sandbox.path(".deployer/cloud.log")).expect("its log");
    assert!(log.contains("the code of the function shop-dev-api is not on this machine any more"), "{log}");
    let plan = sandbox.local(&["plan"]).ok();
    assert!(plan.stdout.contains("function.api"), "{plan}");
    sandbox.up();
    sandbox.is_converged();
}

#[test]
fn names_the_table_store_that_is_damaged() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.run(&["local", "stop"]).ok();
    let path = sandbox.path(".deployer/dynamodb/ap-south-1.sqlite");
    let store = std::fs::OpenOptions::new().write(true).open(&path).expect("the store");
    store.set_len(5_000).expect("it is cut");
    let refused = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(refused.stderr.contains("ap-south-1.sqlite") && refused.stderr.contains("move the file away"), "{refused}");
    std::fs::remove_file(path).expect("it is moved away");
    sandbox.up();
    sandbox.is_converged();
}

/// Two projects on one machine have two clouds.
#[test]
fn belongs_to_its_project() {
    let (one, two) = (Sandbox::new(SHOP), Sandbox::new(SHOP));
    one.up();
    two.start_cloud();
    assert_ne!(one.cloud().endpoint, two.cloud().endpoint);
    assert_eq!(two.cloud().census(), [""; 0]);
    two.local(&["down", "--yes"]).ok();
    assert_eq!(one.cloud().census().len(), 5);
}

/// The cloud of a description in `config/` is beside that folder.
#[test]
fn is_found_from_its_description() {
    let sandbox = Sandbox::empty();
    sandbox.write("config/shop.toml", SHOP);
    tests::function_code::write(&sandbox.path("code"), "first");
    sandbox.local(&["up", "--yes"]).ok();
    let cloud = Cloud::of(&sandbox.path(".deployer")).expect("it runs");
    assert_eq!(cloud.census().len(), 5);
    sandbox.run(&["status", "--local", "--config", "config/shop.toml", "--detailed-exitcode"]).ok();
}

/// It answers this machine alone, and no page of a browser.
#[test]
fn is_private() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    let health = format!("{}/_deployer/health", cloud.endpoint);
    tests::http::get(&health).is(403);
    tests::http::send("GET", &health, &[("host", "attacker.example"), ("x-deployer-local", "1")], "").is(403);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(sandbox.path(".deployer")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}

/// The note of a copied folder is the original's, and its process lives.
#[test]
fn a_copied_folder_is_not_the_originals_cloud() {
    let original = Sandbox::new(SHOP);
    original.up();
    let cloud = original.cloud();
    let copy = Sandbox::new(SHOP);
    let copied = std::process::Command::new("cp").arg("-r").args([original.path(".deployer"), copy.project()]).status();
    assert!(copied.expect("cp runs").success());

    let status = copy.run(&["local", "status"]).ok();
    assert!(status.stdout.contains("is not running"), "{status}");
    assert!(copy.run(&["local", "stop", "--json"]).ok().stdout.contains("\"ran\": false"));
    copy.up();
    assert_ne!(copy.cloud().pid, cloud.pid);
    copy.local(&["down", "--yes"]).ok();
    original.is_converged();
    assert_eq!(original.cloud().pid, cloud.pid);
    // A folder that was moved is the same one.
    std::fs::rename(original.path(".deployer"), original.path("elsewhere")).expect("it is ours");
    std::fs::rename(original.path("elsewhere"), original.path(".deployer")).expect("it is ours");
    original.run(&["local", "stop"]).ok();
}

#[test]
fn a_lost_note_is_found_in_the_lock() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    for note in ["{", ""] {
        sandbox.write(".deployer/process.json", note);
        let started = sandbox.run(&["local", "start", "--json"]).ok();
        assert_eq!(started.json()["pid"], cloud.pid, "{started}");
    }
    std::fs::remove_file(sandbox.path(".deployer/process.json")).expect("it was written");
    assert!(sandbox.run(&["local", "stop", "--json"]).ok().stdout.contains("\"ran\": true"));
}

/// A shell that holds a lock, or waits for the end of a pipe, would wait for as long as the cloud runs.
#[test]
#[cfg(target_os = "linux")]
fn inherits_nothing_of_the_caller() {
    let sandbox = Sandbox::new(SHOP);
    let program = sandbox.command(&[]).get_program().to_owned();
    let held = sandbox.path("held");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "exec 9>\"$1\"; exec \"$2\" local start", "sh"]).arg(&held).arg(program);
    let started = shell.current_dir(sandbox.project()).output().expect("sh runs");
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    let open = std::fs::read_dir(format!("/proc/{}/fd", sandbox.cloud().pid)).expect("it runs");
    let open: Vec<_> = open.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok()).collect();
    assert!(open.iter().any(|file| file.ends_with("lock")), "its own files are seen: {open:?}");
    assert!(!open.contains(&held), "{open:?}");
}

/// The reason of a crash is not gone with the next start.
#[test]
fn its_log_survives_a_start() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    cloud.kill();
    sandbox.write(".deployer/cloud.log", "it ended because of this\n");
    sandbox.start_cloud();
    let log = || std::fs::read_to_string(sandbox.path(".deployer/cloud.log")).expect("there is a log");
    assert!(log().starts_with("it ended because of this\n"), "{}", log());
    sandbox.run(&["local", "stop"]).ok();
    // One that has grown is put aside.
    sandbox.write(".deployer/cloud.log", &"x".repeat(2 * 1024 * 1024));
    sandbox.start_cloud();
    assert!(log().len() < 1024 && sandbox.path(".deployer/cloud.log.1").exists());
}
