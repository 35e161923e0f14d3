//! The log of a function on the dashboard, which goes on by server-sent events.

mod lab;

use lab::REGION;
use lab::cloud::{Started, start};
use lab::http::{rest, send};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A stream of events that is read.
struct Follower {
    lines: BufReader<TcpStream>,
}

/// An event: where a reader goes on, and its lines.
struct LogEvent {
    id: String,
    texts: Vec<String>,
}

impl Follower {
    /// Follows the log of the probe from a place on.
    fn start(started: &Started, query: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(started.addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let path = format!("/_dashboard/functions/{REGION}/probe/log{query}");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\n{header}\r\n", started.addr).unwrap();
        let mut follower = Self { lines: BufReader::new(stream) };
        let head: Vec<String> =
            std::iter::repeat_with(|| follower.line()).take_while(|line| !line.is_empty()).collect();
        assert!(head[0].contains("200"), "{head:?}");
        assert!(head.iter().any(|line| line.eq_ignore_ascii_case("content-type: text/event-stream")), "{head:?}");
        follower
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Returns the next event. The sizes of chunks and comments between are passed over.
    fn next(&mut self) -> LogEvent {
        let mut id = String::new();
        loop {
            let line = self.line();
            if let Some(found) = line.strip_prefix("id: ") {
                id = found.to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let lines: Vec<Value> = serde_json::from_str(data).unwrap();
                let texts = lines.iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect();
                return LogEvent { id, texts };
            }
        }
    }

    /// Returns the texts until one contains this, with the place of the last event.
    fn until(&mut self, text: &str) -> LogEvent {
        let mut texts = Vec::new();
        loop {
            let event = self.next();
            texts.extend(event.texts);
            if texts.iter().any(|found| found.contains(text)) {
                return LogEvent { id: event.id, texts };
            }
        }
    }
}

fn say(started: &Started, lines: &[&str]) {
    rest(
        started.addr,
        "lambda",
        "POST",
        "/2015-03-31/functions/probe/invocations",
        &json!({ "do": "say", "lines": lines }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_follow_once_each_and_a_reader_goes_on_where_it_was() {
    let started = start().await;
    started.create_function();
    say(&started, &["first"]);
    let page = send(started.addr, "GET", &format!("/_dashboard/functions/{REGION}/probe"), &[], b"").text();
    let behind = page.split_once("data-behind=\"").unwrap().1.split('"').next().unwrap().to_owned();
    assert!(page.contains("<bdi>first</bdi>"), "{page}");
    let mut follower = Follower::start(&started, &format!("?behind={behind}"), "");
    say(&started, &["second <script>", "second too"]);
    let second = follower.until("REPORT");
    assert!(!second.texts.iter().any(|text| text.contains("first")), "what the page shows does not come again");
    let said = |event: &LogEvent, text: &str| event.texts.iter().filter(|found| found.as_str() == text).count();
    assert_eq!((said(&second, "second <script>"), said(&second, "second too")), (1, 1), "{:?}", second.texts);

    // Whoever has lost the connection, says the last id: that counts more than the page's place.
    drop(follower);
    say(&started, &["third"]);
    let mut again =
        Follower::start(&started, &format!("?behind={behind}"), &format!("last-event-id: {}\r\n", second.id));
    let third = again.until("REPORT");
    assert_eq!((said(&third, "second too"), said(&third, "third")), (0, 1), "{:?}", third.texts);

    // A writer may say a time that is long gone: its line is new all the same.
    let stream = json!({ "logGroupName": "/aws/lambda/probe", "logStreamName": "late" });
    started.logs("CreateLogStream", &stream);
    let hour_ago = deployer_local::clock::real_ms() - 3_600_000;
    let mut late = stream.clone();
    late["logEvents"] = json!([{ "timestamp": hour_ago, "message": "late" }]);
    started.logs("PutLogEvents", &late);
    assert_eq!(said(&again.until("late"), "late"), 1);

    // Of another group nothing is heard, and without a place only what comes from now on.
    started.logs("CreateLogGroup", &json!({ "logGroupName": "other" }));
    started.logs("CreateLogStream", &json!({ "logGroupName": "other", "logStreamName": "s" }));
    let now = deployer_local::clock::real_ms();
    started.logs("PutLogEvents", &json!({ "logGroupName": "other", "logStreamName": "s", "logEvents": [{ "timestamp": now, "message": "foreign" }] }));
    say(&started, &["fourth"]);
    let fourth = again.until("REPORT");
    assert_eq!((said(&fourth, "foreign"), said(&fourth, "fourth")), (0, 1), "{:?}", fourth.texts);

    // A flood comes whole, in parts.
    let flood: Vec<String> = (0..1_000).map(|number| format!("flood {number}")).collect();
    say(&started, &flood.iter().map(String::as_str).collect::<Vec<_>>());
    let heard = again.until("REPORT");
    let heard: Vec<_> = heard.texts.iter().filter(|text| text.starts_with("flood")).collect();
    assert_eq!(heard, flood.iter().collect::<Vec<_>>());

    // A cloud that stops does not wait for its readers.
    let stopped = tokio::time::timeout(Duration::from_secs(4), started.cloud.shutdown()).await;
    assert!(stopped.is_ok(), "the readers hold the cloud up");
    let mut rest = Vec::new();
    let _ = again.lines.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("data: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_there_is_not_followed() {
    let started = start().await;
    started.create_function();
    for path in ["none/log", "probe/log/x"] {
        let path = format!("/_dashboard/functions/{REGION}/{path}");
        assert_eq!(send(started.addr, "GET", &path, &[("accept", "text/html")], b"").status, 404, "{path}");
    }
    let elsewhere = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")];
    let path = format!("/_dashboard/functions/{REGION}/probe/log");
    assert_eq!(send(started.addr, "GET", &path, &elsewhere, b"").status, 403, "another origin reads nothing");
}
