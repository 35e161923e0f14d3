//! The lines of a log: the last ones on a page, and those that follow as server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use super::layout::moment;
use crate::context::Context;
use crate::logs::{EventRange, LogEvent};
use crate::wire::{HttpRequest, HttpResponse, ServiceError, respond_bit_by_bit};
use bytes::Bytes;
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// Lines on a page, and lines of an event at most.
pub const LINES: usize = 200;
/// How long lines gather before they are sent.
const GATHER: Duration = Duration::from_millis(50);
/// After so long without a line something is sent all the same: that is how a reader who is gone is noticed.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

/// Renders the last lines of a group, which go on by what `address` answers.
pub async fn last_lines(cx: &Arc<Context>, group: i64, address: &str) -> Markup {
    match read_last(cx, group).await {
        Err(error) => html! { p.reason { bdi { (error) } } },
        Ok((lines, newest)) => html! {
            pre.log tabindex="0" role="region" aria-label="Last lines of the log" data-follow=(address) data-behind=(newest) {
                @for line in &lines { span.line { time { (moment(line.at_ms)) } " " bdi { (text(line)) } "\n" } }
            }
        },
    }
}

/// Reads the last lines of a group, oldest first, and the number behind which lines have not arrived yet.
async fn read_last(cx: &Arc<Context>, group: i64) -> Result<(Vec<LogEvent>, i64), String> {
    let cx = Arc::clone(cx);
    let range = EventRange {
        group,
        stream: None,
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        after: None,
        before: None,
        backwards: true,
    };
    let read = spawn_blocking(move || {
        let mut lines = Vec::new();
        let newest = cx.logs.on_events(|events| {
            let newest = events.newest()?;
            events.read(&range, |event| {
                // What arrives between the two looks follows.
                lines.extend(Some(event).filter(|event| event.seq <= newest));
                if lines.len() < LINES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            Ok(newest)
        })?;
        lines.reverse();
        Ok::<_, ServiceError>((lines, newest))
    });
    read.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

fn text(line: &LogEvent) -> &str {
    line.message.trim_end()
}

/// Returns behind which number a reader goes on: the last that it got, or that of its page.
pub fn position(request: &HttpRequest, query: &BTreeMap<String, String>) -> Option<i64> {
    let header = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    header.or(query.get("behind").map(String::as_str))?.parse().ok()
}

/// Answers with the lines of a group that arrive behind a number, or from now on, as long as somebody reads.
pub fn follow(cx: &Arc<Context>, group: i64, behind: Option<i64>) -> HttpResponse {
    let (events, response) = respond_bit_by_bit("text/event-stream");
    tokio::spawn(send_lines(Arc::clone(cx), group, behind, events));
    response
}

async fn send_lines(cx: Arc<Context>, group: i64, mut behind: Option<i64>, events: mpsc::Sender<Bytes>) {
    let (mut arrivals, mut closing) = cx.logs.news();
    loop {
        arrivals.mark_unchanged();
        let store = Arc::clone(&cx);
        let read = spawn_blocking(move || {
            store.logs.on_events(|events| match behind {
                Some(behind) => events.arrived(group, behind, LINES),
                None => Ok((Vec::new(), events.newest()?)),
            })
        });
        let Ok(Ok((lines, next))) = read.await else { return };
        behind = Some(next);
        if !lines.is_empty() {
            if events.send(event(next, &lines)).await.is_err() {
                return;
            }
            continue;
        }
        let is_news = tokio::select! {
            changed = timeout(LONGEST_SILENCE, arrivals.changed()) => changed.is_ok(),
            () = closed(&mut closing) => return,
            () = events.closed() => return,
        };
        if is_news {
            sleep(GATHER).await;
        } else if events.send(Bytes::from_static(b":\n\n")).await.is_err() {
            return;
        }
    }
}

/// Waits until the cloud stops.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

/// Writes lines as an event. Its id is where a reader goes on who has lost the connection.
fn event(behind: i64, lines: &[LogEvent]) -> Bytes {
    let lines: Vec<_> = lines.iter().map(|line| json!({ "at": moment(line.at_ms), "text": text(line) })).collect();
    Bytes::from(format!("id: {behind}\ndata: {}\n\n", Value::Array(lines)))
}
