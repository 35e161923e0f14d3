//! `dev`: edits of a source and of the description while requests come in.

use rustix::process::Signal;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use std::{env, thread};
use tests::{RunningProgram, Sandbox, http};

/// A function without dependencies, so that Cargo needs a second for it: it answers with its version after 100 ms.
const PROGRAM: &str = r##"
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const VERSION: u32 = 0;

/// Sends one request to the runtime API and returns the id of the invocation that the answer is about.
fn call(method: &str, path: &str, body: &str) -> String {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut stream = TcpStream::connect(&api).unwrap();
    write!(stream, "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let (mut reader, mut id) = (BufReader::new(stream), String::new());
    for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(": ") && name.eq_ignore_ascii_case("lambda-runtime-aws-request-id") {
            id = value.to_owned();
        }
    }
    let _ = reader.read_to_end(&mut Vec::new());
    id
}

fn main() {
    loop {
        let id = call("GET", "invocation/next", "");
        std::thread::sleep(std::time::Duration::from_millis(100));
        let memory = std::env::var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").unwrap();
        println!("answered by {VERSION}");
        call("POST", &format!("invocation/{id}/response"), &format!(r#"{{"statusCode": 200, "body": "{VERSION} {memory}"}}"#));
    }
}
"##;

const STACK: &str = "name = \"shop\"\nregion = \"ap-south-1\"\n[function.api]\npackage = \"shop\"\nmemory = 128\n\
    [api]\nauth = \"none\"\n[api.routes]\n\"GET /\" = \"api\"\n";

fn project() -> Sandbox {
    let cargo = env::var("CARGO").expect("cargo runs the tests");
    // A compiler that rustup chooses would be looked for in the home of the test.
    let compiler = Path::new(&cargo).with_file_name("rustc");
    let compiler = if compiler.exists() { compiler.display().to_string() } else { "rustc".to_owned() };
    let sandbox = Sandbox::empty().with("CARGO", &cargo).with("RUSTC", &compiler);
    sandbox.write("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    sandbox.write("src/main.rs", PROGRAM);
    sandbox.write("deployer.toml", STACK);
    sandbox
}

fn version(number: u32) -> String {
    PROGRAM.replace("VERSION: u32 = 0", &format!("VERSION: u32 = {number}"))
}

/// Asks for the version again and again until told to end. Every answer has to come from a version that was current when the request
/// began or later, and none may be lost.
fn keep_asking(url: &str, current: &AtomicU32, done: &AtomicBool) -> usize {
    let mut answers = 0;
    while !done.load(Ordering::Relaxed) {
        let before = current.load(Ordering::Relaxed);
        let answer = http::get(url).is(200);
        let version: u32 = answer.body.split(' ').next().and_then(|text| text.parse().ok()).expect("a version");
        assert!(version >= before, "version {version} answered a request that began when {before} was there");
        answers += 1;
        thread::sleep(Duration::from_millis(20));
    }
    answers
}

#[test]
fn every_edit_is_answered_by_the_new_code_and_no_request_is_lost() {
    let sandbox = project();
    let mut dev = sandbox.spawn(&["dev"]);
    dev.until("watching for changes");
    let url = sandbox.local(&["outputs", "endpoint"]).ok().stdout.trim().to_owned();
    assert_eq!(http::get(&url).is(200).body, "0 128");
    dev.until_all(&[&["answered by 0"]]);

    let (current, done) = (AtomicU32::new(0), AtomicBool::new(false));
    let answers: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(|| keep_asking(&url, &current, &done))).collect();
        let ready = |dev: &mut RunningProgram, number: u32, body: &str| {
            dev.until_all(&[&["ready after"]]);
            dev.until("watching for changes");
            assert_eq!(http::get(&url).is(200).body, body);
            current.store(number, Ordering::Relaxed);
        };
        for number in 1..=3 {
            sandbox.write("src/main.rs", &version(number));
            ready(&mut dev, number, &format!("{number} 128"));
        }
        // What does not compile changes nothing.
        sandbox.write("src/main.rs", &version(4).replace("fn main", "fn mian"));
        dev.until("`main` function not found");
        dev.until("watching for changes");
        assert_eq!(http::get(&url).is(200).body, "3 128");
        sandbox.edit("memory = 128", "memory = 100");
        dev.until("`memory` must be 128 to 10240 MB, is 100");
        dev.until("watching for changes");
        sandbox.write("src/main.rs", &version(4));
        // The description is still wrong.
        dev.until("`memory` must be 128 to 10240 MB, is 100");
        sandbox.edit("memory = 100", "memory = 256");
        ready(&mut dev, 4, "4 256");
        done.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().expect("no answer was wrong")).sum()
    });
    assert!(answers > 20, "{answers}");
    dev.signal(Signal::INT);
    let ended = dev.finish().exits(0);
    assert!(!ended.stderr.contains("panicked"), "{ended}");
    assert_eq!(http::get(&url).is(200).body, "4 256", "the embedded cloud goes on");
}

#[test]
fn a_production_stage_and_other_outputs_are_refused() {
    let sandbox = Sandbox::empty();
    sandbox.describe(&format!("default_stage = \"prod\"\n{}\n[stage.prod]\nproduction = true\n", tests::sandbox::SHOP));
    let refused = sandbox.run(&["dev", "--endpoint-url", "http://127.0.0.1:1"]).exits(1);
    assert!(refused.stderr.contains("the stage `prod` is marked as production"), "{refused}");
    let json = sandbox.run(&["dev", "--output", "json"]).exits(1);
    assert!(json.stdout.contains("deployer up --output json"), "{json}");
}
