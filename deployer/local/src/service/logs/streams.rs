//! Operations on log streams.

use super::lookup::{already_exists, constraint, group, group_name, invalid, invalid_token, no_such_stream, page_size};
use crate::arn::log_group_arn;
use crate::context::Context;
use crate::logs::LogStream;
use crate::wire::{Call, ServiceResult, page};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn create_log_stream(cx: &Context, call: &Call) -> ServiceResult {
    let [log_group_name, log_stream_name] = call.texts(["logGroupName", "logStreamName"])?;
    let name = log_stream_name;
    if name.is_empty() || name.chars().count() > 512 {
        return Err(constraint(name, "logStreamName", "have length between 1 and 512"));
    }
    if name.contains([':', '*']) {
        return Err(constraint(name, "logStreamName", "satisfy regular expression pattern: [^:*]*"));
    }
    let group = group(cx, call, log_group_name)?;
    let now_ms = cx.clock.now_ms();
    let made = cx.logs.on_events(|events| events.create_stream(group.id, name, now_ms))?;
    if made { Ok(json!({})) } else { Err(already_exists("stream")) }
}

pub(super) fn delete_log_stream(cx: &Context, call: &Call) -> ServiceResult {
    let [log_group_name, log_stream_name] = call.texts(["logGroupName", "logStreamName"])?;
    let group = group(cx, call, log_group_name)?;
    let deleted = cx.logs.on_events(|events| events.delete_stream(group.id, log_stream_name))?;
    if deleted { Ok(json!({})) } else { Err(no_such_stream()) }
}

pub(super) fn describe_log_streams(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct DescribeLogStreamsInput {
        log_group_name: Option<String>,
        log_group_identifier: Option<String>,
        log_stream_name_prefix: Option<String>,
        order_by: Option<String>,
        #[serde(default)]
        descending: bool,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: DescribeLogStreamsInput = call.input()?;
    let size = page_size(input.limit, 50)?;
    let by_time = match input.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") if input.log_stream_name_prefix.is_some() => {
            return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        Some("LastEventTime") => true,
        Some(other) => {
            return Err(constraint(other, "orderBy", "satisfy enum value set: [LogStreamName, LastEventTime]"));
        }
    };
    let name = group_name(&call.region, input.log_group_name, input.log_group_identifier)?;
    let group = group(cx, call, &name)?;
    let mut streams = cx.logs.on_events(|events| events.streams(group.id))?;
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    streams.retain(|stream| stream.name.starts_with(&prefix));
    let key = |stream: &LogStream| {
        // A stream without events has no last event time and comes first, or last when descending.
        let last_ms = if by_time { stream.last_ms.map_or(0, |ms| ms.saturating_add(1)) } else { 0 };
        format!("{last_ms:020}@{}", stream.name)
    };
    streams.sort_by_cached_key(key);
    if input.descending {
        streams.reverse();
    }
    let behind = |key: &str, last: &str| if input.descending { key < last } else { key > last };
    let page =
        page::cut_ordered(streams, key, input.next_token.as_deref(), size, behind).map_err(|_| invalid_token())?;
    let arn = log_group_arn(&call.region, &name);
    Ok(page::view(page, "logStreams", "nextToken", |stream| describe_one(&arn, &stream)))
}

fn describe_one(group_arn: &str, stream: &LogStream) -> Value {
    let mut answer = json!({
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": format!("{group_arn}:log-stream:{}", stream.name),
        // Since 2019 AWS reports 0 for every stream.
        "storedBytes": 0,
    });
    for (member, value) in [
        ("firstEventTimestamp", stream.first_ms),
        ("lastEventTimestamp", stream.last_ms),
        ("lastIngestionTime", stream.ingested_ms),
    ] {
        if let Some(value) = value {
            answer[member] = json!(value);
        }
    }
    answer
}
