//! The Lambda data plane with real processes.

mod lab;

use bytes::Bytes;
use deployer_local::runtime::{InvocationOutcome, InvocationRefused, InvokeOptions, MAX_EVENT};
use deployer_local::store::function::FunctionRecord;
use lab::{Lab, REGION, variables};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_stays_warm() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    assert_eq!(lab.ask(&function, json!({"a": 1})).await, json!({"a": 1}));
    let pid = lab.ask(&function, json!({"do": "pid"})).await;
    assert_eq!(lab.ask(&function, json!({"do": "pid"})).await, pid);
    let mut changed = function.clone();
    changed.revision = "another".to_owned();
    assert_ne!(lab.ask(&changed, json!({"do": "pid"})).await, pid, "a changed function has new processes");
    let pid = lab.ask(&changed, json!({"do": "pid"})).await;
    lab.runtime.retire(&changed.arn);
    assert_ne!(lab.ask(&changed, json!({"do": "pid"})).await, pid);
}

#[tokio::test(flavor = "multi_thread")]
async fn sees_the_environment_of_lambda_and_nothing_else() {
    let lab = Lab::new();
    let user = variables(&[("TABLE_NAME", "Orders"), ("TZ", "Asia/Kolkata"), ("AWS_ENDPOINT_URL", "https://aws")]);
    let function = lab.probe("orders", |function| function.environment = Some(user)).await;
    let mut seen = lab.ask(&function, json!({"do": "environment"})).await;
    let seen = seen.as_object_mut().unwrap();
    let root = seen["LAMBDA_TASK_ROOT"].as_str().unwrap().to_owned();
    assert!(std::path::Path::new(&root).join("bootstrap").is_file());
    let stream = seen["AWS_LAMBDA_LOG_STREAM_NAME"].as_str().unwrap().to_owned();
    assert!(stream.contains("/[$LATEST]"), "{stream}");
    let token = seen["AWS_SESSION_TOKEN"].as_str().unwrap().to_owned();
    assert!(token.starts_with("sandbox/"), "{token}");
    for (name, value) in seen.iter_mut() {
        let text =
            value.as_str().unwrap().replace(&root, "<root>").replace(&stream, "<stream>").replace(&token, "<sandbox>");
        *value = Value::from(if name == "AWS_LAMBDA_RUNTIME_API" { "<api>".to_owned() } else { text });
    }
    let lines: Vec<String> = seen.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    AWS_ACCESS_KEY_ID=function/ap-south-1/orders
    AWS_DEFAULT_REGION=ap-south-1
    AWS_ENDPOINT_URL=http://127.0.0.1:9
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128
    AWS_LAMBDA_FUNCTION_NAME=orders
    AWS_LAMBDA_FUNCTION_VERSION=$LATEST
    AWS_LAMBDA_INITIALIZATION_TYPE=on-demand
    AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/orders
    AWS_LAMBDA_LOG_STREAM_NAME=<stream>
    AWS_LAMBDA_RUNTIME_API=<api>
    AWS_REGION=ap-south-1
    AWS_SECRET_ACCESS_KEY=local
    AWS_SESSION_TOKEN=<sandbox>
    AWS_XRAY_CONTEXT_MISSING=LOG_ERROR
    AWS_XRAY_DAEMON_ADDRESS=169.254.79.129:2000
    LAMBDA_RUNTIME_DIR=/var/runtime
    LAMBDA_TASK_ROOT=<root>
    LANG=en_US.UTF-8
    LD_LIBRARY_PATH=<root>:<root>/lib
    PATH=/usr/local/bin:/usr/bin:/bin
    TABLE_NAME=Orders
    TZ=Asia/Kolkata
    _AWS_XRAY_DAEMON_ADDRESS=169.254.79.129
    _AWS_XRAY_DAEMON_PORT=2000
    _HANDLER=bootstrap
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn knows_how_far_the_clock_is_ahead() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let pid = lab.ask(&function, json!({"do": "pid"})).await;
    for (hours, millis) in [(1, "3600000"), (2, "10800000")] {
        lab.clock.advance(Duration::from_secs(hours * 3600)).unwrap();
        let seen = lab.ask(&function, json!({"do": "environment"})).await;
        assert_eq!(seen["DEPLOYER_CLOCK_AHEAD_MS"], millis, "{seen}");
    }
    assert_ne!(lab.ask(&function, json!({"do": "pid"})).await, pid, "the process from before knows another time");
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_on_what_the_runtime_api_promises() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let options = InvokeOptions {
        request_id: Some("my-id".to_owned()),
        trace_id: Some("Root=1-2-3;Parent=4;Sampled=1".to_owned()),
        client_context: Some("{\"a\":1}".to_owned()),
        ..InvokeOptions::default()
    };
    let event = Bytes::from_static(b"{\"do\":\"headers\"}");
    let invocation = lab.runtime.invoke(&function, event, options).await.unwrap();
    assert_eq!(invocation.request_id, "my-id");
    let InvocationOutcome::Answered(answer) = invocation.outcome else { panic!() };
    let headers: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(headers["lambda-runtime-aws-request-id"], "my-id");
    assert_eq!(headers["lambda-runtime-trace-id"], "Root=1-2-3;Parent=4;Sampled=1");
    assert_eq!(headers["lambda-runtime-client-context"], "{\"a\":1}");
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], function.arn);
    let deadline: i64 = headers["lambda-runtime-deadline-ms"].as_str().unwrap().parse().unwrap();
    let left = deadline - deployer_local::clock::real_ms();
    assert!((0..=3_000).contains(&left), "{left} ms left of three seconds");
    let again = lab.invoke(&function, json!({"do": "answer-twice"})).await.unwrap();
    assert!(matches!(again.outcome, InvocationOutcome::Answered(_)));
    lab.ask(&function, json!({})).await;
    assert!(lab.lines(&function).await.iter().any(|line| line.contains("InvalidRequestID")));
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_the_log_in_order() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let invocation = lab.invoke(&function, json!({"do": "say", "lines": ["one", "zwei ü", ""]})).await.unwrap();
    let show = |lines: &[String]| {
        let ms = |line: &str| line.split('\t').next().unwrap().to_owned();
        lines.iter().map(|line| ms(&line.replace(&invocation.request_id, "ID"))).collect::<Vec<_>>().join("\n")
    };
    let lines = lab.lines(&function).await;
    insta::assert_snapshot!(show(&lines), @"
    START RequestId: ID Version: $LATEST
    one
    and one
    zwei ü
    and zwei ü

    and
    END RequestId: ID
    REPORT RequestId: ID
    ");
    let tail = String::from_utf8(invocation.log_tail).unwrap();
    assert_eq!(tail.lines().map(str::trim_end).collect::<Vec<_>>(), lines);
    let report = lines.last().unwrap();
    for part in ["\tBilled Duration: ", "\tMemory Size: 128 MB\t", "\tInit Duration: "] {
        assert!(report.contains(part), "{report}");
    }
    lab.ask(&function, json!({})).await;
    let lines = lab.lines(&function).await;
    assert!(!lines.last().unwrap().contains("Init Duration"), "the second one is warm");
}

#[tokio::test(flavor = "multi_thread")]
async fn drops_lines_without_a_log_group() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    lab.logs("DeleteLogGroup", json!({ "logGroupName": "/aws/lambda/orders" })).await.unwrap();
    lab.ask(&function, json!({})).await;
    lab.logs("CreateLogGroup", json!({ "logGroupName": "/aws/lambda/orders" })).await.unwrap();
    assert_eq!(lab.lines(&function).await, Vec::<String>::new());
    lab.ask(&function, json!({})).await;
    assert_eq!(lab.lines(&function).await.len(), 3, "START, END and REPORT");
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_only_what_the_role_allows() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let group = json!({ "logGroupName": "/aws/lambda/orders" });
    for (actions, lines) in [
        (vec!["logs:PutLogEvents"], 0),
        (vec!["s3:*"], 0),
        (vec!["logs:Create*", "logs:PutLogEvents"], 3),
        (vec!["logs:CreateLogStream", "logs:PutLogEvents"], 6),
    ] {
        lab.role(&actions);
        let invocation = lab.invoke(&function, json!({})).await.unwrap();
        let tail = String::from_utf8(invocation.log_tail).unwrap();
        assert_eq!(tail.lines().count(), 3, "the tail does not come from the log group: {tail}");
        assert_eq!(lab.lines(&function).await.len(), lines, "{actions:?}");
    }
    lab.logs("DeleteLogGroup", group.clone()).await.unwrap();
    lab.role(&["logs:*"]);
    lab.ask(&function, json!({})).await;
    assert_eq!(lab.lines(&function).await.len(), 3, "the group is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_failures_in_the_words_of_lambda() {
    let lab = Lab::new();
    let function = lab.probe("orders", |function| function.timeout_s = 60).await;
    let mut hasty = function.clone();
    hasty.timeout_s = 1;
    let timeout = json!({"do": "sleep", "ms": 60_000});
    for (event, expected) in [
        (json!({"do": "fail"}), r#"{"errorMessage":"as you wish","errorType":"Probe"}"#),
        (
            json!({"do": "exit", "code": 3}),
            r#"{"errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 3","errorType":"Runtime.ExitError"}"#,
        ),
        (
            json!({"do": "exit", "code": 0}),
            r#"{"errorMessage":"RequestId: ID Error: Runtime exited without providing a reason","errorType":"Runtime.ExitError"}"#,
        ),
        (
            timeout.clone(),
            r#"{"errorMessage":"RequestId: ID Error: Task timed out after 1.00 seconds","errorType":"Sandbox.Timedout"}"#,
        ),
        (
            json!({"do": "large", "bytes": 6_291_556}),
            r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#,
        ),
    ] {
        // Only one of them is to meet the timeout, on a slow machine too.
        let failing = if event == timeout { &hasty } else { &function };
        assert_eq!(lab.failure(failing, event.clone()).await, expected, "{event}");
        assert_eq!(lab.ask(&function, json!({})).await, json!({}), "it works again after {event}");
    }
    let aborted = lab.failure(&function, json!({"do": "abort"})).await;
    assert!(aborted.contains("Runtime exited with error: signal: aborted"), "{aborted}");
    let lines = lab.lines(&function).await;
    for expected in [
        "Task timed out after 1.00 seconds",
        "\tStatus: timeout",
        "\tStatus: error\tError Type: Probe.Failed",
        "\nRuntime.ExitError",
    ] {
        assert!(lines.iter().any(|line| line.contains(expected)), "{expected:?} in {lines:#?}");
    }
    let large = lab.ask(&function, json!({"do": "large", "bytes": 6_291_554})).await;
    assert_eq!(large.as_str().unwrap().len(), 6_291_554);
}

#[tokio::test(flavor = "multi_thread")]
async fn initialisation_does_not_count_for_the_timeout() {
    let lab = Lab::new();
    let function = lab
        .probe("orders", |function| {
            function.timeout_s = 1;
            function.environment = Some(variables(&[("PROBE_INIT", "sleep 1500")]));
        })
        .await;
    assert_eq!(lab.ask(&function, json!({"a": 1})).await, json!({"a": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_initialisation_is_tried_once_more() {
    let lab = Lab::new();
    let marker = lab.dir.path().join("marker");
    let init = format!("once {}", marker.display());
    let function =
        lab.probe("once", |function| function.environment = Some(variables(&[("PROBE_INIT", init.as_str())]))).await;
    assert_eq!(lab.ask(&function, json!({"a": 1})).await, json!({"a": 1}));
    assert!(lab.lines(&function).await[0].starts_with("INIT_REPORT Init Duration: "));

    for (init, expected) in [
        (
            "exit 5",
            r#"{"errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 5","errorType":"Runtime.ExitError"}"#,
        ),
        ("fail", r#"{"errorMessage":"no configuration","errorType":"Probe"}"#),
    ] {
        let name = init.replace(' ', "-");
        let function =
            lab.probe(&name, |function| function.environment = Some(variables(&[("PROBE_INIT", init)]))).await;
        assert_eq!(lab.failure(&function, json!({})).await, expected, "{init}");
    }
    let function = lab.store.read(|document| document.region(REGION).functions.get("exit-5").unwrap().clone());
    let lines = lab.lines(&function).await;
    assert_eq!(lines.iter().filter(|line| *line == "cannot start").count(), 2, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_bootstrap_is_named() {
    let lab = Lab::new();
    for (name, files, expected) in [
        (
            "none",
            vec![("main", b"x".to_vec(), 0o755)],
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
        ),
        ("text", vec![("bootstrap", b"hello".to_vec(), 0o755)], "fork/exec /var/task/bootstrap: exec format error"),
        ("mode", vec![("bootstrap", lab::probe(), 0o644)], "fork/exec /var/task/bootstrap: permission denied"),
    ] {
        let function = lab.function(name, &files, |_| {}).await;
        let expected = json!({"errorMessage": format!("RequestId: ID Error: {expected}"), "errorType": "Runtime.InvalidEntrypoint"});
        assert_eq!(lab.failure(&function, json!({})).await, expected.to_string(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_in_parallel_up_to_the_reserved_concurrency() {
    let lab = Lab::new();
    let change = |function: &mut FunctionRecord| {
        function.reserved_concurrency = Some(2);
        function.timeout_s = 60;
    };
    let function = lab.probe("orders", change).await;
    let folder = lab.meeting_folder();
    let meet = || lab.ask(&function, json!({"do": "meet", "folder": folder}));
    let third = async {
        lab.until("a meeting of two", async |_| std::fs::read_dir(&folder).unwrap().count() == 2).await;
        let third = lab.invoke(&function, json!({})).await;
        std::fs::write(folder.join("go"), "").unwrap();
        third
    };
    let (first, second, third) = tokio::join!(meet(), meet(), third);
    // Whoever leaves first counts both.
    assert_eq!(first.as_u64().max(second.as_u64()), Some(2));
    assert_eq!(third.unwrap_err(), InvocationRefused::Throttled);
    assert_eq!(lab.ask(&function, json!({})).await, json!({}));
    let mut none = function.clone();
    none.reserved_concurrency = Some(0);
    assert_eq!(lab.invoke(&none, json!({})).await.unwrap_err(), InvocationRefused::Throttled);
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_beyond_the_number_of_processes() {
    let lab = Lab::new();
    let one = lab.probe("one", |function| function.timeout_s = 60).await;
    let two = lab.probe("two", |function| function.timeout_s = 60).await;
    let folder = lab.meeting_folder();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let limit = (4 * cores).max(16);
    let meet = (0..limit + 20).map(|index| {
        let function = if index % 2 == 0 { &one } else { &two };
        lab.ask(function, json!({"do": "meet", "folder": folder}))
    });
    let go = async {
        lab.until("a full house", async |_| std::fs::read_dir(&folder).unwrap().count() >= limit).await;
        std::fs::write(folder.join("go"), "").unwrap();
    };
    let (met, ()) = tokio::join!(futures::future::join_all(meet), go);
    let most = met.iter().filter_map(Value::as_u64).max();
    assert_eq!(most, Some(limit as u64), "processes at the same time");
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_large_event_and_missing_code() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let invoke = |event: Vec<u8>| lab.runtime.invoke(&function, Bytes::from(event), InvokeOptions::default());
    assert_eq!(invoke(vec![b' '; MAX_EVENT + 1]).await.unwrap_err(), InvocationRefused::TooLarge);
    let mut largest = vec![b' '; MAX_EVENT - 2];
    largest.extend_from_slice(b"{}");
    assert!(invoke(largest).await.is_ok());
    let mut gone = function.clone();
    gone.code_sha256 = "AAAA".to_owned();
    let refused = lab.invoke(&gone, json!({})).await.unwrap_err();
    assert!(matches!(&refused, InvocationRefused::CodeMissing { function, .. } if function == "orders"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_when_the_caller_goes_away() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    lab.ask(&function, json!({})).await;
    let invoke = lab.invoke(&function, json!({"do": "sleep", "ms": 300}));
    assert!(tokio::time::timeout(Duration::from_millis(50), invoke).await.is_err());
    lab.until("the second report", async |lab| {
        lab.lines(&function).await.iter().filter(|line| line.starts_with("REPORT")).count() == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_no_process_behind() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let parent = lab.ask(&function, json!({"do": "pid"})).await;
    let child = lab.ask(&function, json!({"do": "child"})).await;
    let alive = |pid: &Value| {
        // A zombie is dead: it waits for whoever has inherited it.
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    };
    if cfg!(target_os = "linux") {
        assert!(alive(&parent) && alive(&child));
    }
    lab.runtime.shutdown().await;
    lab.until("the end of both processes", async |_| !alive(&parent) && !alive(&child)).await;
    assert_eq!(lab.invoke(&function, json!({})).await.unwrap_err(), InvocationRefused::ShuttingDown);
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_asynchronous_invocations_twice() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let event = Bytes::from_static(b"{\"do\":\"fail\"}");
    let mut before = lab.clock.now_ms();
    let id = lab.runtime.enqueue(&function, &event, InvokeOptions::default()).unwrap();
    let queue = lab.dir.path().join("queue");
    let pending = || -> Value {
        serde_json::from_slice(&std::fs::read(queue.join(format!("{id}.json"))).unwrap_or_default()).unwrap_or_default()
    };
    let attempts = async |lab: &Lab| {
        let start = format!("START RequestId: {id} ");
        lab.lines(&function).await.iter().filter(|line| line.starts_with(&start)).count()
    };
    for (failures, delay_ms) in [(1, 60_000), (2, 120_000)] {
        lab.until("a failed attempt", async |_| pending()["failures"] == failures).await;
        assert_eq!(attempts(&lab).await, failures);
        let due_ms = pending()["due_ms"].as_i64().unwrap();
        assert!((before + delay_ms..=lab.clock.now_ms() + delay_ms).contains(&due_ms), "{due_ms} after {before}");
        before = lab.clock.now_ms();
        lab.clock.advance(Duration::from_millis(delay_ms as u64)).unwrap();
    }
    lab.until("the end", async |_| std::fs::read_dir(&queue).unwrap().count() == 0).await;
    assert_eq!(attempts(&lab).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_event_survives_a_restart() {
    let lab = Lab::new();
    let function = lab.probe("orders", |function| function.timeout_s = 60).await;
    let event = Bytes::from_static(b"{\"do\":\"sleep\",\"ms\":1000}");
    let id = lab.runtime.enqueue(&function, &event, InvokeOptions::default()).unwrap();
    let dir = lab.close().await;
    let lab = Lab::open(dir);
    lab.until("the end of the invocation", async |lab| {
        let end = format!("END RequestId: {id}");
        lab.lines(&function).await.contains(&end)
    })
    .await;
    lab.until("an empty queue", async |lab| std::fs::read_dir(lab.dir.path().join("queue")).unwrap().count() == 0)
        .await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn ends_what_a_killed_cloud_has_left() {
    let lab = Lab::new();
    let function = lab.probe("orders", |_| {}).await;
    let code = lab.store.code().unpacked(&function.code_sha256).unwrap();
    // As if they had been started by a cloud that is no more: nobody holds their Runtime API.
    let sleep = |root: &std::path::Path| {
        let mut command = tokio::process::Command::new("sleep");
        command.arg("600").env("LAMBDA_TASK_ROOT", root).kill_on_drop(true).spawn().unwrap()
    };
    let (mut orphan, mut other) = (sleep(&code), sleep(std::path::Path::new("/var/task")));
    let lab = Lab::open(lab.close().await);
    assert!(!orphan.wait().await.unwrap().success());
    assert!(other.try_wait().unwrap().is_none(), "it belongs to somebody else");
    assert_eq!(lab.ask(&function, json!({})).await, json!({}));
}
