use super::*;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn origin(id: &str) -> TraceOrigin {
    TraceOrigin {
        id: id.to_owned(),
        trace_id: "Root=1-abc;Parent=def;Sampled=0".to_owned(),
        source: RequestSource::Api,
        name: format!("GET /{id}"),
        time_ms: 7,
    }
}

fn open(dir: &Path) -> Arc<TraceLog> {
    TraceLog::open(&dir.join("requests.jsonl")).unwrap()
}

async fn ids(log: &TraceLog, range: TraceRange) -> Vec<String> {
    log.list(range).await.iter().map(|trace| trace.id.clone()).collect()
}

#[tokio::test]
async fn the_last_requests_survive_a_restart_for_their_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    for (id, status) in [("one-1", 200), ("two-2", 500), ("two-3", 404)] {
        let trace = log.begin(origin(id));
        let span = trace.span(SpanKind::Call, "dynamodb:GetItem", Instant::now()).attribute("item", Some("id=1"));
        trace.add(span);
        trace.answered(Some(status), (status == 500).then(|| "why".to_owned()));
    }
    assert_eq!(ids(&log, TraceRange::default()).await, ["two-3", "two-2", "one-1"]);
    let file = dir.path().join("requests.jsonl");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    drop(log);
    // What a process that was killed had not finished.
    let mut content = std::fs::read(&file).unwrap();
    content.extend(b"{\"sequence\":4,\"id\"");
    std::fs::write(&file, content).unwrap();

    let log = open(dir.path());
    let failed = TraceRange { failed: true, ..TraceRange::default() };
    assert_eq!(ids(&log, failed).await, ["two-3", "two-2"]);
    assert_eq!(ids(&log, TraceRange { after: 1, limit: 1, ..TraceRange::default() }).await, ["two-3"]);
    assert_eq!(ids(&log, TraceRange { before: 3, ..TraceRange::default() }).await, ["two-2", "one-1"]);
    let trace = log.find("two-2").await.unwrap();
    assert_eq!((trace.trace_id.as_str(), trace.reason()), ("Root=1-abc", Some("why")));
    assert_eq!(trace.spans[0].attributes["item"], "id=1");
    assert_eq!(log.find("one-").await.map(|trace| trace.sequence), Some(1), "a beginning is enough");
    assert!(log.find("two-").await.is_none(), "two begin so");
    assert!(log.find("one").await.is_none(), "too short for a beginning");
    drop(log.begin(origin("next")));
    assert_eq!(log.find("next").await.map(|trace| trace.sequence), Some(4), "numbers go on");
    drop(log);
    assert!(open(dir.path()).find("next").await.is_some(), "what was not finished spoils no other line");
}

#[tokio::test]
async fn a_trace_is_done_when_the_last_one_lets_go_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let trace = log.begin(origin("late"));
    let credential = SandboxCredential::new(Arc::clone(&log));
    credential.attach(&trace);
    trace.answered(Some(504), None);
    drop(trace);
    assert_eq!(ids(&log, TraceRange::default()).await, [""; 0], "its sandbox still works on it");
    assert!(log.of_sandbox("sandbox/other").is_none());
    let of_call = log.of_sandbox(credential.token()).unwrap();
    of_call.add(of_call.span(SpanKind::Call, "dynamodb:PutItem", Instant::now()));
    drop(of_call);
    let waits = log.wait(0, Duration::from_secs(60));
    let token = credential.token().to_owned();
    drop(credential);
    waits.await;
    assert!(log.of_sandbox(&token).is_none());
    assert_eq!(log.find("late").await.unwrap().spans.len(), 1);
    assert_eq!(log.newest(), 1);
}

#[tokio::test]
async fn memory_and_file_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let long = "x".repeat(100_000);
    for number in 0..4_000 {
        let trace = log.begin(origin(&format!("r-{number}")));
        for _ in 0..3 {
            trace.add(trace.span(SpanKind::Call, long.clone(), Instant::now()));
        }
        drop(trace);
        if number % 1_000 == 999 {
            // As many as may wait: none is lost.
            log.list(TraceRange::default()).await;
        }
    }
    assert_eq!(log.lost(), 0);
    let all = log.list(TraceRange { limit: usize::MAX, ..TraceRange::default() }).await;
    assert_eq!(all[0].id, "r-3999", "the newest stay");
    assert!(all.len() > 100, "{}", all.len());
    let bytes: usize = all.iter().map(|trace| serde_json::to_vec(trace.as_ref()).unwrap().len() + 1).sum();
    assert!(bytes <= 6 * 1024 * 1024, "{bytes}");
    let file = std::fs::metadata(dir.path().join("requests.jsonl")).unwrap().len();
    assert!(file <= 13 * 1024 * 1024, "{file}");
    drop(log);
    let log = open(dir.path());
    let again = log.list(TraceRange { limit: usize::MAX, ..TraceRange::default() }).await;
    assert_eq!(
        again.iter().map(|trace| &trace.id).collect::<Vec<_>>(),
        all.iter().map(|trace| &trace.id).collect::<Vec<_>>()
    );
    let trace = log.begin(origin("spans"));
    for _ in 0..250 {
        trace.add(trace.span(SpanKind::Call, "a", Instant::now()));
    }
    drop(trace);
    let trace = log.find("spans").await.unwrap();
    assert_eq!((trace.spans.len(), trace.dropped_spans), (200, 50));
    log.clear().await;
    assert_eq!(ids(&log, TraceRange::default()).await, [""; 0]);
    drop(log.begin(origin("after")));
    assert_eq!(ids(&log, TraceRange::default()).await, ["after"]);
    drop(log);
    assert_eq!(ids(&open(dir.path()), TraceRange::default()).await, ["after"], "the file was written anew");
}

#[test]
fn spans_are_read_as_a_tree() {
    let span = |kind, start_us, duration_us| TraceSpan {
        kind,
        name: String::new(),
        start_us,
        duration_us,
        status: None,
        problem: None,
        capacity: None,
        attributes: std::collections::BTreeMap::new(),
    };
    let mut trace = RequestTrace {
        sequence: 1,
        id: String::new(),
        trace_id: String::new(),
        source: RequestSource::Api,
        name: String::new(),
        time_ms: 0,
        duration_us: 100,
        status: Some(502),
        problem: None,
        spans: vec![
            span(SpanKind::Call, 30, 5),
            span(SpanKind::Run, 20, 60),
            span(SpanKind::Function, 0, 90),
            span(SpanKind::Gateway, 0, 100),
        ],
        dropped_spans: 0,
    };
    let kinds: Vec<_> = trace.in_order().iter().map(|span| span.kind.name()).collect();
    assert_eq!(kinds, ["gateway", "function", "run", "call"]);
    assert_eq!(trace.reason(), None);
    trace.spans[1].problem = Some("it ended".to_owned());
    assert_eq!(trace.reason(), Some("it ended"));
    trace.status = Some(201);
    assert_eq!((trace.is_failed(), trace.reason()), (false, None), "a call that failed and was survived is no failure");
}
