//! Feeds a function from the stream of a table: batches in order, each until it is done or given up.

use super::access;
use super::batch::{event, events, failed_records};
use super::filter::passes;
use super::polled::{BatchOutcome, FailedInvocation, PolledSource};
use super::stream_batch::{StreamBatch, StreamDecision, sequence};
use crate::arn::queue_arn;
use crate::clock::{date, real_ms};
use crate::queues::NewMessage;
use crate::service::dynamodb;
use crate::state::StreamPosition;
use crate::wire::{ServiceError, ServiceResult};
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use tokio::task::spawn_blocking;

/// Lambda looks at a stream four times a second ("Using AWS Lambda with Amazon DynamoDB").
const LOOK: Duration = Duration::from_millis(250);
/// After a failure of the cloud itself there is no point in trying at once.
const PAUSE: Duration = Duration::from_secs(1);
/// From one second up to a minute of the cloud's clock between two attempts.
const MAX_BACKOFF_MS: i64 = 60_000;

/// Polls until the mapping changes. What was taken is finished before it returns.
pub(super) async fn poll(source: PolledSource) {
    while source.function().await.is_some() {
        match round(&source).await {
            Ok(true) => {}
            Ok(false) => source.pause(LOOK).await,
            Err(error) => {
                source.say(format!("PROBLEM: {error}"));
                source.pause(PAUSE).await;
            }
        }
    }
}

/// Reads a batch and works on it; `false` when there is nothing.
async fn round(source: &PolledSource) -> ServiceResult<bool> {
    let after = source.cx.sources.position(&source.uuid).map_err(ServiceError::internal)?.after;
    let Some(records) = gather(source, after).await? else { return Ok(false) };
    // How old the records are counts from here on, too: the cloud's clock may be moved while they are tried.
    let since_ms = source.cx.clock.now_ms();
    let last = records.last().map(|record| sequence(record).to_owned()).unwrap_or_default();
    let chosen: Vec<Value> = records
        .into_iter()
        .map(|mut record| {
            record["eventSourceARN"] = json!(source.mapping.source_arn);
            record
        })
        .filter(|record| passes(&source.mapping.filters, record))
        .collect();
    let mut waiting: VecDeque<StreamBatch> =
        events(chosen, |record| record).into_iter().map(StreamBatch::new).collect();
    while let Some(batch) = waiting.pop_front() {
        match attempt(source, batch, since_ms).await? {
            StreamDecision::Again(batches) => batches.into_iter().rev().for_each(|batch| waiting.push_front(batch)),
            StreamDecision::GiveUp(_) => {}
        }
        if source.is_stopped() && !waiting.is_empty() {
            return Ok(true);
        }
    }
    keep(source, last)?;
    Ok(true)
}

/// Reads as many records as a batch may have, or what has come when its window is over; `None` when there are none.
async fn gather(source: &PolledSource, after: Option<String>) -> ServiceResult<Option<Vec<Value>>> {
    let size = usize::try_from(source.mapping.batch_size).unwrap_or(usize::MAX);
    let mut until_ms = None;
    loop {
        let (cx, region, stream) = (Arc::clone(&source.cx), source.region.clone(), source.mapping.source_arn.clone());
        let after = after.clone();
        let read = move || dynamodb::records_after(&cx, &region, &stream, after.as_deref(), size);
        let records = spawn_blocking(read).await.map_err(ServiceError::internal)??;
        if records.is_empty() {
            return Ok(None);
        }
        let now_ms = source.cx.clock.now_ms();
        let until_ms = *until_ms.get_or_insert(now_ms + i64::from(source.mapping.window_s) * 1000);
        if records.len() >= size || now_ms >= until_ms || source.is_stopped() {
            return Ok(Some(records));
        }
        source.pause(LOOK).await;
    }
}

/// Hands a batch over once, and says what is to be done next. What is done or given up is not read again.
async fn attempt(source: &PolledSource, mut batch: StreamBatch, since_ms: i64) -> ServiceResult<StreamDecision> {
    const DONE: StreamDecision = StreamDecision::Again(Vec::new());
    let Some(function) = source.function().await else { return Ok(StreamDecision::Again(vec![batch])) };
    let failed = match source.invoke(&function, event(batch.records.iter()), batch.failures).await {
        BatchOutcome::Answered(answer) => {
            let known: BTreeSet<&str> = batch.records.iter().map(sequence).collect();
            let named =
                if source.mapping.partial_failures { failed_records(&answer, &known) } else { Some(BTreeSet::new()) };
            match named {
                Some(named) => {
                    let done = batch.split_done(&named);
                    if let Some(record) = done.last() {
                        keep(source, sequence(record).to_owned())?;
                    }
                    if batch.records.is_empty() {
                        return Ok(DONE);
                    }
                    Some((None, false))
                }
                None => Some((None, true)),
            }
        }
        BatchOutcome::Failed(failed) => Some((Some(failed), true)),
        BatchOutcome::Throttled | BatchOutcome::Interrupted => None,
    };
    let Some((failed, halve)) = failed else {
        source.pause(PAUSE).await;
        return Ok(StreamDecision::Again(vec![batch]));
    };
    let decision = batch.clone().after_failure(&source.mapping, age_s(source, &batch, since_ms), halve);
    match &decision {
        StreamDecision::GiveUp(reason) => {
            if let Err(problem) = tell(source, &batch, reason, failed.as_ref()).await {
                source.say(format!("PROBLEM: {problem}"));
            }
            keep(source, batch.last_sequence().to_owned())?;
        }
        StreamDecision::Again(next) => {
            let failures = next.first().map_or(0, |next| next.failures);
            if failures > batch.failures {
                wait(source, failures).await;
            }
        }
    }
    Ok(decision)
}

/// Waits before the next attempt, on the cloud's clock.
async fn wait(source: &PolledSource, failures: u32) {
    let ms = (1000_i64 << (failures - 1).min(10)).min(MAX_BACKOFF_MS);
    tokio::select! {
        () = source.cx.clock.sleep(Duration::from_millis(ms.unsigned_abs())) => {}
        () = source.stop_asked() => {}
    }
}

/// Returns how old the first record is. The engine stamps records with this machine's time, which is not the cloud's: so it is the
/// longer of the two ways to see it.
fn age_s(source: &PolledSource, batch: &StreamBatch, since_ms: i64) -> i64 {
    let made_s = batch.records.first().and_then(|record| record["dynamodb"]["ApproximateCreationDateTime"].as_f64());
    // A float that does not fit saturates.
    let by_record = made_s.map_or(0, |made_s| real_ms() / 1000 - made_s as i64);
    by_record.max((source.cx.clock.now_ms() - since_ms) / 1000)
}

fn keep(source: &PolledSource, after: String) -> ServiceResult<()> {
    let position = StreamPosition { after: Some(after) };
    // A mapping that was deleted meanwhile leaves nothing behind.
    let there = source.cx.store.read(|document| document.region(&source.region).sources.contains_key(&source.uuid));
    if there {
        source.cx.sources.keep_position(&source.uuid, &position).map_err(ServiceError::internal)
    } else {
        Ok(())
    }
}

/// Tells the mapping's queue of records that are given up.
async fn tell(
    source: &PolledSource,
    batch: &StreamBatch,
    reason: &str,
    failed: Option<&FailedInvocation>,
) -> Result<(), String> {
    let Some(arn) = &source.mapping.on_failure else { return Ok(()) };
    let document = source.cx.store.snapshot();
    let region = document.region(&source.region);
    let function = region.functions.get(&source.mapping.function).ok_or("The function does not exist.")?;
    access::check_destination(&document, function, arn)?;
    let name = arn.strip_prefix(&queue_arn(&source.region, "")).unwrap_or_default();
    let queue = region.queues.queues.get(name).ok_or("The queue of the destination does not exist.")?.id;
    let now = source.cx.clock.now().format(&Rfc3339).unwrap_or_default();
    let time = |record: Option<&Value>| {
        let made =
            record.and_then(|record| record["dynamodb"]["ApproximateCreationDateTime"].as_f64()).unwrap_or_default();
        date(made as i64 * 1000).format(&Rfc3339).unwrap_or_default()
    };
    let (first, last) = (batch.records.first(), batch.records.last());
    let mut body = json!({
        "requestContext": {
            "requestId": failed.map_or("", |failed| failed.request_id.as_str()),
            "functionArn": failed.map_or(function.arn.as_str(), |failed| failed.function_arn.as_str()),
            "condition": reason,
            "approximateInvokeCount": batch.failures + 1,
        },
        "version": "1.0",
        "timestamp": now,
        "DDBStreamBatchInfo": {
            "shardId": dynamodb::shard_id(&source.mapping.source_arn),
            "startSequenceNumber": first.map(sequence),
            "endSequenceNumber": last.map(sequence),
            "approximateArrivalOfFirstRecord": time(first),
            "approximateArrivalOfLastRecord": time(last),
            "batchSize": batch.records.len(),
            "streamArn": source.mapping.source_arn,
        },
    });
    if failed.is_some() {
        body["responseContext"] =
            json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"});
    }
    let message = NewMessage {
        body: body.to_string(),
        attributes: json!({}),
        sender: source.mapping.function.clone(),
        ..NewMessage::default()
    };
    let cx = Arc::clone(&source.cx);
    let send = move || cx.queues.on_messages(|messages| messages.send(queue, cx.clock.now_ms(), &[message]));
    spawn_blocking(send).await.map_err(|error| error.to_string())?.map(drop).map_err(|error| error.to_string())
}
