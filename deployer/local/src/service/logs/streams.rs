//! Operations on log streams.

use super::events::Stream;
use super::{Logs, constraint, group_name, invalid, no_such_stream, page_size};
use crate::front::json::{Call, Fault};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StreamInput {
    log_group_name: String,
    log_stream_name: String,
}

pub(super) async fn create(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    let input: StreamInput = call.input()?;
    let name = input.log_stream_name;
    if name.is_empty() || name.chars().count() > 512 {
        return Err(constraint(name, "logStreamName", "have length between 1 and 512"));
    }
    if name.contains([':', '*']) {
        return Err(constraint(name, "logStreamName", "satisfy regular expression pattern: [^:*]*"));
    }
    let group = logs.group(&call.region, &input.log_group_name)?;
    let now_ms = logs.clock.now_ms();
    match logs.on_events(move |events| events.create_stream(group.id, &name, now_ms)).await? {
        true => Ok(json!({})),
        false => Err(Fault::new(400, "ResourceAlreadyExistsException", "The specified log stream already exists")),
    }
}

pub(super) async fn delete(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    let input: StreamInput = call.input()?;
    let group = logs.group(&call.region, &input.log_group_name)?;
    match logs.on_events(move |events| events.delete_stream(group.id, &input.log_stream_name)).await? {
        true => Ok(json!({})),
        false => Err(no_such_stream()),
    }
}

pub(super) async fn describe(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        log_group_name: Option<String>,
        log_group_identifier: Option<String>,
        log_stream_name_prefix: Option<String>,
        order_by: Option<String>,
        #[serde(default)]
        descending: bool,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: Input = call.input()?;
    let size = page_size(input.limit, 50, 50)?;
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
    let group = logs.group(&call.region, &name)?;
    let mut streams = logs.on_events(move |events| events.streams(group.id)).await?;
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    streams.retain(|stream| stream.name.starts_with(&prefix));
    // A stream without events has no last event time and comes first, or last when descending.
    let key = |stream: &Stream| (if by_time { stream.last_ms } else { None }, stream.name.clone());
    streams.sort_by_key(key);
    if input.descending {
        streams.reverse();
    }
    if let Some(token) = &input.next_token {
        let last = parse_token(token).ok_or_else(|| invalid("The specified nextToken is invalid."))?;
        streams.retain(|stream| if input.descending { key(stream) < last } else { key(stream) > last });
    }
    let next = (streams.len() > size).then(|| token(&key(&streams[size - 1])));
    let arn = super::model::group_arn(&call.region, &name);
    let page: Vec<Value> = streams.iter().take(size).map(|stream| describe_one(&arn, stream)).collect();
    let mut answer = json!({ "logStreams": page });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

fn describe_one(group_arn: &str, stream: &Stream) -> Value {
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

/// The page ends after this stream: its last event time when that is the order, and its name.
fn token((last_ms, name): &(Option<i64>, String)) -> String {
    format!("{}@{name}", last_ms.map(|ms| ms.to_string()).unwrap_or_default())
}

fn parse_token(token: &str) -> Option<(Option<i64>, String)> {
    let (last_ms, name) = token.split_once('@')?;
    let last_ms = match last_ms {
        "" => None,
        ms => Some(ms.parse().ok()?),
    };
    Some((last_ms, name.to_owned()))
}
