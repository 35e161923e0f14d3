//! DynamoDB Streams: the changes of a table, in order.
//!
//! The engine keeps them, in one shard for each table. What it does not know is added here: ids of shards as long as AWS's,
//! iterators that name their stream and expire, and streams that are not those of their table any more.

use super::engine::engine;
use super::input::{INVALID, invalid, only};
use super::region_arn::{globalise, localise, table_of_stream};
use crate::context::Context;
use crate::wire::{Call, ServiceError, ServiceResult, validation};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How long an iterator can be used ("GetShardIterator").
const ITERATOR_MS: i64 = 15 * 60_000;
/// Records of a call.
const MOST_RECORDS: i64 = 1000;
/// What the engine adds to a time to make a sequence number of it, all of one width: they are ordered as texts too.
const SEQUENCE_OFFSET: u128 = 100_000_000_000_000_000_000;
/// Streams or shards of a call.
const MOST_LISTED: i64 = 100;

/// What an iterator says.
#[derive(Serialize, Deserialize)]
struct StreamIterator {
    stream: String,
    made_ms: i64,
    /// The engine's own.
    position: String,
}

impl StreamIterator {
    fn encode(&self) -> String {
        STANDARD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
    }
}

/// Returns the ARN of the stream that an iterator reads.
pub(super) fn stream_of_iterator(iterator: &str) -> Option<String> {
    StreamIterator::decode(iterator).map(|iterator| iterator.stream)
}

/// Returns the id of a stream's one shard, in AWS's form.
pub(crate) fn shard_id(stream: &str) -> String {
    let digest = format!("{:x}", Sha256::digest(stream));
    format!("shardId-00000000000000000001-{}", &digest[..8])
}

fn check_limit(call: &Call, most: i64) -> ServiceResult<()> {
    let limit = call.body["Limit"].as_i64();
    limit.map_or(Ok(()), |limit| validation::in_range(INVALID, limit, "limit", 1, most))
}

fn not_found(stream: &str) -> ServiceError {
    let message = format!("Requested resource not found: Stream: {stream} not found");
    ServiceError::new(400, "ResourceNotFoundException", message)
}

/// Returns the sequence number before all of a stream's. The engine keeps the changes of a table by its name, beyond the stream and
/// the table itself; its sequence numbers are microseconds after an offset, as its label is the time when the stream was switched on.
fn origin(stream: &str) -> Option<String> {
    let (seconds, nanos) = stream.rsplit('/').next()?.split_once('.')?;
    let micros = seconds.parse::<u128>().ok()? * 1_000_000 + nanos.parse::<u128>().ok()? / 1_000;
    Some((SEQUENCE_OFFSET + micros.saturating_sub(1)).to_string())
}

/// Finds the table whose stream this is now, as the engine describes it. Blocks.
fn table(cx: &Context, region: &str, stream: &str) -> ServiceResult {
    let name = table_of_stream(region, stream).ok_or_else(|| not_found(stream))?;
    let described = engine(cx, region, "DescribeTable", &json!({"TableName": name}))?;
    let table = globalise(region, described)["Table"].take();
    if table["LatestStreamArn"] == stream && table["StreamSpecification"]["StreamEnabled"] == true {
        return Ok(table);
    }
    Err(not_found(stream))
}

fn engine_arn(region: &str, stream: &str) -> ServiceResult {
    Ok(localise(region, json!({"StreamArn": stream}))?["StreamArn"].take())
}

/// Returns the engine's id of the shard of a table.
fn engine_shard(table: &Value) -> String {
    dynoxide::streams::shard_id(table["TableName"].as_str().unwrap_or_default())
}

pub(super) fn list_streams(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName ExclusiveStartStreamArn Limit")?;
    check_limit(call, MOST_LISTED)?;
    let mut input = localise(&call.region, call.body.clone())?;
    if input["Limit"].is_null() {
        input["Limit"] = json!(MOST_LISTED);
    }
    engine(cx, &call.region, "ListStreams", &input).map(|answer| globalise(&call.region, answer))
}

pub(super) fn describe_stream(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "StreamArn ExclusiveStartShardId Limit")?;
    check_limit(call, MOST_LISTED)?;
    let stream = call.text("StreamArn")?;
    let table = table(cx, &call.region, stream)?;
    let input = json!({"StreamArn": engine_arn(&call.region, stream)?});
    let mut answer = globalise(&call.region, engine(cx, &call.region, "DescribeStream", &input)?);
    let description = &mut answer["StreamDescription"];
    description["KeySchema"] = table["KeySchema"].clone();
    let shard = shard_id(stream);
    if call.body["ExclusiveStartShardId"] == shard.as_str() {
        description["Shards"] = json!([]);
    }
    for one in description["Shards"].as_array_mut().into_iter().flatten() {
        one["ShardId"] = json!(shard);
        // An open shard has no end.
        if let Some(range) = one["SequenceNumberRange"].as_object_mut() {
            range.remove("EndingSequenceNumber");
            let first = range.get("StartingSequenceNumber").and_then(Value::as_str).map(str::to_owned);
            if let Some(first) = first.max(origin(stream)) {
                range.insert("StartingSequenceNumber".to_owned(), json!(first));
            }
        }
    }
    Ok(answer)
}

pub(super) fn get_shard_iterator(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "StreamArn ShardId ShardIteratorType SequenceNumber")?;
    let (stream, shard) = (call.text("StreamArn")?, call.text("ShardId")?);
    let table = table(cx, &call.region, stream)?;
    if shard != shard_id(stream) {
        let message = format!("Requested resource not found: Shard does not exist: {shard}");
        return Err(ServiceError::new(400, "ResourceNotFoundException", message));
    }
    let mut input = call.body.clone();
    input["StreamArn"] = engine_arn(&call.region, stream)?;
    input["ShardId"] = json!(engine_shard(&table));
    let from_start = input["ShardIteratorType"] == "TRIM_HORIZON" && input["SequenceNumber"].is_null();
    if let Some(origin) = origin(stream).filter(|_| from_start) {
        input["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
        input["SequenceNumber"] = json!(origin);
    }
    let answer = engine(cx, &call.region, "GetShardIterator", &input)?;
    let iterator = wrapped(cx, stream, &answer["ShardIterator"]);
    Ok(json!({"ShardIterator": iterator}))
}

fn wrapped(cx: &Context, stream: &str, position: &Value) -> String {
    let position = position.as_str().unwrap_or_default().to_owned();
    StreamIterator { stream: stream.to_owned(), made_ms: cx.clock.now_ms(), position }.encode()
}

pub(super) fn get_records(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "ShardIterator Limit")?;
    check_limit(call, MOST_RECORDS)?;
    let iterator =
        StreamIterator::decode(call.text("ShardIterator")?).ok_or_else(|| invalid("Invalid ShardIterator"))?;
    if iterator.made_ms + ITERATOR_MS < cx.clock.now_ms() {
        let message = "Iterator expired: it was made more than 15 minutes ago";
        return Err(ServiceError::new(400, "ExpiredIteratorException", message));
    }
    table(cx, &call.region, &iterator.stream)?;
    let mut input = json!({"ShardIterator": iterator.position});
    if !call.body["Limit"].is_null() {
        input["Limit"] = call.body["Limit"].clone();
    }
    let mut answer = engine(cx, &call.region, "GetRecords", &input)?;
    place(&call.region, &mut answer);
    answer["NextShardIterator"] = json!(wrapped(cx, &iterator.stream, &answer["NextShardIterator"]));
    Ok(answer)
}

/// Puts the true region into records.
fn place(region: &str, answer: &mut Value) {
    for record in answer["Records"].as_array_mut().into_iter().flatten() {
        record["awsRegion"] = json!(region);
    }
}

/// Returns the sequence number of the last change that a stream has; `None` when it has none yet. Blocks.
///
/// # Errors
/// `ResourceNotFoundException` when the stream is not that of a table.
pub(crate) fn last_sequence(cx: &Context, region: &str, stream: &str) -> ServiceResult<Option<String>> {
    table(cx, region, stream)?;
    let input = json!({"StreamArn": engine_arn(region, stream)?});
    let answer = engine(cx, region, "DescribeStream", &input)?;
    let range = &answer["StreamDescription"]["Shards"][0]["SequenceNumberRange"];
    Ok(range["EndingSequenceNumber"].as_str().map(str::to_owned))
}

/// Returns the changes after one of a stream, or from the first on, in order. Blocks.
///
/// # Errors
/// `ResourceNotFoundException` when the stream is not that of a table.
pub(crate) fn records_after(
    cx: &Context,
    region: &str,
    stream: &str,
    after: Option<&str>,
    most: usize,
) -> ServiceResult<Vec<Value>> {
    let table = table(cx, region, stream)?;
    let after = after.map(str::to_owned).max(origin(stream));
    let kind = if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
    let mut input = json!({
        "StreamArn": engine_arn(region, stream)?,
        "ShardId": engine_shard(&table),
        "ShardIteratorType": kind,
    });
    if let Some(after) = after {
        input["SequenceNumber"] = json!(after);
    }
    let mut iterator = engine(cx, region, "GetShardIterator", &input)?["ShardIterator"].take();
    let mut records = Vec::new();
    while records.len() < most {
        let input = json!({"ShardIterator": iterator, "Limit": (most - records.len()).min(1000)});
        let mut answer = engine(cx, region, "GetRecords", &input)?;
        place(region, &mut answer);
        match answer["Records"].take() {
            Value::Array(page) if !page.is_empty() => records.extend(page),
            _ => break,
        }
        iterator = answer["NextShardIterator"].take();
    }
    Ok(records)
}
