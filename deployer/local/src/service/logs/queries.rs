//! Writing and reading events.

use super::lookup::{constraint, group, group_name, invalid, invalid_token, no_such_stream, page_size};
use crate::context::Context;
use crate::logs::{EventPosition, EventRange, FilterPattern, LogEvent, NewEvent, OVERHEAD};
use crate::wire::{Call, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// Of a `PutLogEvents` batch, and of a page of events, in bytes.
const MAX_BYTES: usize = 1_048_576;
/// Of a batch and of a page.
const MAX_EVENTS: usize = 10_000;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(Deserialize)]
struct LogEventInput {
    timestamp: i64,
    message: String,
}

pub(super) fn put_log_events(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct PutLogEventsInput {
        log_group_name: String,
        log_stream_name: String,
        log_events: Vec<LogEventInput>,
        // AWS has ignored it since 2023.
        #[serde(rename = "sequenceToken")]
        _sequence_token: Option<String>,
    }
    let input: PutLogEventsInput = call.input()?;
    check_batch(&input.log_events)?;
    let group = group(cx, call, &input.log_group_name)?;
    let now_ms = cx.clock.now_ms();
    let expired = group.kept_from_ms(now_ms);
    let (too_old, too_new) = (now_ms - 14 * DAY_MS, now_ms + 2 * HOUR_MS);
    let count_before = |ms: i64| input.log_events.partition_point(|event| event.timestamp < ms);
    let (expired, too_old, first_new) = (count_before(expired), count_before(too_old), count_before(too_new + 1));
    let all = input.log_events.len();
    let accepted: Vec<NewEvent> = input
        .log_events
        .into_iter()
        .take(first_new)
        .skip(expired.max(too_old))
        .map(|event| NewEvent { at_ms: event.timestamp, message: event.message })
        .collect();
    let last = cx
        .logs
        .on_events(|events| {
            let Some(stream) = events.stream(group.id, &input.log_stream_name)? else { return Ok(None) };
            events.put(&stream, group.id, now_ms, &accepted).map(Some)
        })?
        .ok_or_else(no_such_stream)?;
    let mut answer = json!({ "nextSequenceToken": format!("{last:056}") });
    let mut rejected = serde_json::Map::new();
    for (member, index, any) in [
        ("tooNewLogEventStartIndex", first_new, first_new < all),
        ("tooOldLogEventEndIndex", too_old, too_old > 0),
        ("expiredLogEventEndIndex", expired, expired > 0),
    ] {
        if any {
            rejected.insert(member.to_owned(), json!(index));
        }
    }
    if !rejected.is_empty() {
        answer["rejectedLogEventsInfo"] = Value::Object(rejected);
    }
    Ok(answer)
}

fn check_batch(events: &[LogEventInput]) -> ServiceResult<()> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Err(constraint("[]", "logEvents", "have length greater than or equal to 1"));
    };
    if events.len() > MAX_EVENTS {
        return Err(constraint("…", "logEvents", format_args!("have length less than or equal to {MAX_EVENTS}")));
    }
    if let Some(event) = events.iter().find(|event| event.message.is_empty() || event.timestamp < 0) {
        return Err(invalid(format!(
            "an event needs a message of at least one character and a timestamp of at least 0; seen timestamp {}",
            event.timestamp
        )));
    }
    let bytes: usize = events.iter().map(|event| event.message.len() + OVERHEAD).sum();
    if bytes > MAX_BYTES {
        return Err(invalid(format!("Upload too large: {bytes} bytes exceeds limit of {MAX_BYTES}")));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(invalid("Log events in a single PutLogEvents request must be in chronological order."));
    }
    if last.timestamp - first.timestamp > DAY_MS {
        return Err(invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    Ok(())
}

/// How many events one call looks at when few of them match; AWS ends such a page early too, with a token ("FilterLogEvents").
const MAX_SEARCHED: usize = 10 * MAX_EVENTS;

/// Events until a page is full.
struct EventPage {
    events: Vec<LogEvent>,
    bytes: usize,
    limit: usize,
    /// Events that were looked at and not wanted.
    searched: usize,
    /// Where the next page begins, if there is at least one more event.
    next: Option<EventPosition>,
}

impl EventPage {
    fn new(limit: usize) -> Self {
        Self { events: Vec::new(), bytes: 0, limit, searched: 0, next: None }
    }

    fn take(&mut self, event: LogEvent) -> ControlFlow<()> {
        self.bytes += event.message.len() + OVERHEAD;
        if self.events.len() == self.limit || (self.bytes > MAX_BYTES && !self.events.is_empty()) {
            self.next = Some(EventPosition::before(&event));
            return ControlFlow::Break(());
        }
        self.events.push(event);
        ControlFlow::Continue(())
    }

    /// Passes over an event that is not wanted.
    fn pass(&mut self, event: &LogEvent) -> ControlFlow<()> {
        if self.searched == MAX_SEARCHED {
            self.next = Some(EventPosition::before(event));
            return ControlFlow::Break(());
        }
        self.searched += 1;
        ControlFlow::Continue(())
    }
}

pub(super) fn get_log_events(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct GetLogEventsInput {
        log_group_name: Option<String>,
        log_group_identifier: Option<String>,
        log_stream_name: String,
        start_time: Option<i64>,
        end_time: Option<i64>,
        next_token: Option<String>,
        limit: Option<i64>,
        #[serde(default)]
        start_from_head: bool,
    }
    let input: GetLogEventsInput = call.input()?;
    let limit = page_size(input.limit, MAX_EVENTS)?;
    let name = group_name(&call.region, input.log_group_name, input.log_group_identifier)?;
    let group = group(cx, call, &name)?;
    let mut range = EventRange {
        group: group.id,
        stream: None,
        from_ms: input.start_time.unwrap_or(0).max(group.kept_from_ms(cx.clock.now_ms())),
        to_ms: input.end_time.unwrap_or(i64::MAX),
        after: None,
        before: None,
        backwards: !input.start_from_head,
    };
    // Where the page begins; what an empty page answers with, so that a reader can wait there.
    let mut here = EventPosition::START;
    if let Some(token) = &input.next_token {
        let (direction, position) = token.split_once('/').unwrap_or_default();
        here = EventPosition::parse(position).ok_or_else(invalid_token)?;
        match direction {
            "f" => (range.after, range.backwards) = (Some(here), false),
            "b" => (range.before, range.backwards) = (Some(here), true),
            _ => return Err(invalid_token()),
        }
    }
    let backwards = range.backwards;
    let page = cx
        .logs
        .on_events(|events| {
            let Some(stream) = events.stream(range.group, &input.log_stream_name)? else { return Ok(None) };
            range.stream = Some(stream.id);
            let mut page = EventPage::new(limit);
            events.read(&range, |event| page.take(event))?;
            Ok(Some(page))
        })?
        .ok_or_else(no_such_stream)?;
    let mut events = page.events;
    if backwards {
        events.reverse();
    }
    Ok(json!({
        "nextForwardToken": format!("f/{}", events.last().map_or(here, EventPosition::after)),
        "nextBackwardToken": format!("b/{}", events.first().map_or(here, EventPosition::before)),
        "events": events.iter().map(|event| json!({
            "timestamp": event.at_ms,
            "message": event.message,
            "ingestionTime": event.ingested_ms,
        })).collect::<Vec<_>>(),
    }))
}

pub(super) fn filter_log_events(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct FilterLogEventsInput {
        log_group_name: Option<String>,
        log_group_identifier: Option<String>,
        log_stream_names: Option<Vec<String>>,
        log_stream_name_prefix: Option<String>,
        start_time: Option<i64>,
        end_time: Option<i64>,
        filter_pattern: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
        // AWS has interleaved all streams since 2019, whatever is asked for.
        #[serde(rename = "interleaved")]
        _interleaved: Option<bool>,
    }
    let input: FilterLogEventsInput = call.input()?;
    let limit = page_size(input.limit, MAX_EVENTS)?;
    if input.log_stream_names.is_some() && input.log_stream_name_prefix.is_some() {
        return Err(invalid("logStreamNamePrefix and logStreamNames are mutually exclusive parameters."));
    }
    let pattern = input.filter_pattern.unwrap_or_default();
    if pattern.chars().count() > 1024 {
        return Err(constraint(pattern, "filterPattern", "have length less than or equal to 1024"));
    }
    let pattern = FilterPattern::parse(&pattern).map_err(|error| invalid(error.to_string()))?;
    let after = match &input.next_token {
        None => None,
        Some(token) => Some(EventPosition::parse(token).ok_or_else(invalid_token)?),
    };
    let name = group_name(&call.region, input.log_group_name, input.log_group_identifier)?;
    let group = group(cx, call, &name)?;
    let range = EventRange {
        group: group.id,
        stream: None,
        from_ms: input.start_time.unwrap_or(0).max(group.kept_from_ms(cx.clock.now_ms())),
        // The end is inclusive here, exclusive in `GetLogEvents`.
        to_ms: input.end_time.map_or(i64::MAX, |end| end.saturating_add(1)),
        after,
        before: None,
        backwards: false,
    };
    let (names, prefix) = (input.log_stream_names, input.log_stream_name_prefix.unwrap_or_default());
    let page = cx
        .logs
        .on_events(|events| {
            for name in names.iter().flatten() {
                if events.stream(range.group, name)?.is_none() {
                    return Ok(None);
                }
            }
            let mut page = EventPage::new(limit);
            events.read(&range, |event| {
                let wanted = names.as_ref().is_none_or(|names| names.contains(&event.stream))
                    && event.stream.starts_with(&prefix)
                    && pattern.matches(&event.message);
                if wanted { page.take(event) } else { page.pass(&event) }
            })?;
            Ok(Some(page))
        })?
        .ok_or_else(no_such_stream)?;
    let mut answer = json!({
        "events": page.events.iter().map(|event| json!({
            "logStreamName": event.stream,
            "timestamp": event.at_ms,
            "message": event.message,
            "ingestionTime": event.ingested_ms,
            "eventId": format!("{:028}{:028}", event.at_ms, event.seq),
        })).collect::<Vec<_>>(),
        "searchedLogStreams": [],
    });
    if let Some(next) = page.next {
        answer["nextToken"] = json!(next.to_string());
    }
    Ok(answer)
}
