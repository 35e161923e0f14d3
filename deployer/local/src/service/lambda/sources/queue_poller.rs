//! Feeds a function from a queue: batches are received, handed over and deleted when the function has done them. What fails becomes
//! visible again after the queue's timeout, and goes to its dead-letter queue in the end.

use super::batch::{as_filtered, event, events, failed_records, queue_record};
use super::filter::passes;
use super::polled::{BatchOutcome, PolledSource};
use crate::arn::queue_arn;
use crate::queues::{MessageHandle, QueuedMessage};
use crate::service::sqs;
use crate::store::function::FunctionRecord;
use crate::wire::{ServiceError, ServiceResult};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

/// Batches at the same time where nobody says another number: what Lambda begins with ("Configuring scaling behavior").
const CONCURRENT: usize = 5;
/// How long a poller waits for a message, in milliseconds: then it looks again what it is to do.
const LONG_POLL_MS: i64 = 20_000;
/// After a failure of the cloud itself there is no point in trying at once.
const PAUSE: Duration = Duration::from_secs(1);

/// A message as it is received and as the function sees it.
struct ReceivedRecord {
    handle: MessageHandle,
    id: String,
    record: Value,
}

/// Polls until the mapping changes. What was taken is finished before it returns.
pub(super) async fn poll(source: PolledSource) {
    let most = source.mapping.most_concurrent.and_then(|most| usize::try_from(most).ok()).unwrap_or(CONCURRENT);
    let slots = Arc::new(Semaphore::new(most));
    let mut working = JoinSet::new();
    while let Some(function) = source.function().await {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            () = source.stop_asked() => break,
        };
        // Results of what is done are thrown away: a batch says itself what came of it.
        while working.try_join_next().is_some() {}
        let received = tokio::select! {
            received = gather(&source) => received,
            () = source.stop_asked() => break,
        };
        let chosen = match received {
            Ok(received) => choose(&source, received).await,
            Err(error) => Err(error),
        };
        match chosen {
            Ok(batch) if batch.is_empty() => {}
            Ok(batch) => {
                let source = source.clone();
                working.spawn(async move {
                    let in_order = source.mapping.source_arn.ends_with(".fifo");
                    for part in events(batch, |one| &one.record) {
                        // What comes after a failure would overtake it.
                        if !work(&source, &function, part).await && in_order {
                            break;
                        }
                    }
                    drop(slot);
                });
            }
            Err(error) => {
                source.say(format!("PROBLEM: {error}"));
                source.pause(PAUSE).await;
            }
        }
    }
    while working.join_next().await.is_some() {}
}

fn queue_name(source: &PolledSource) -> &str {
    source.mapping.source_arn.strip_prefix(&queue_arn(&source.region, "")).unwrap_or_default()
}

/// Receives a batch: as many as it may have, or what has come when its window is over.
async fn gather(source: &PolledSource) -> ServiceResult<Vec<QueuedMessage>> {
    let (cx, mapping) = (&source.cx, &source.mapping);
    let size = usize::try_from(mapping.batch_size).unwrap_or(usize::MAX);
    let receive =
        |most: usize, until_ms: i64| sqs::receive(cx, (&source.region, queue_name(source)), (most, None), until_ms);
    let mut batch = receive(size, cx.clock.now_ms() + LONG_POLL_MS).await?;
    if batch.is_empty() {
        // The queue may be gone, and then it is answered at once.
        if cx.store.read(|document| !document.region(&source.region).queues.queues.contains_key(queue_name(source))) {
            return Err(ServiceError::new(400, "QueueDoesNotExist", "The specified queue does not exist."));
        }
        return Ok(batch);
    }
    let until_ms = cx.clock.now_ms() + i64::from(mapping.window_s) * 1000;
    while batch.len() < size && mapping.window_s > 0 {
        let more = receive(size - batch.len(), until_ms).await?;
        if more.is_empty() {
            break;
        }
        batch.extend(more);
    }
    Ok(batch)
}

/// Returns the messages that fit the mapping's patterns; the others are deleted.
async fn choose(source: &PolledSource, received: Vec<QueuedMessage>) -> ServiceResult<Vec<ReceivedRecord>> {
    let order = source.cx.queues.order(&source.region, queue_name(source), 0, None);
    let Some(queue) = order.map(|order| order.queue) else { return Ok(Vec::new()) };
    let (mut chosen, mut others) = (Vec::new(), Vec::new());
    for message in received {
        let record = queue_record(&source.region, &source.mapping.source_arn, queue, &message);
        let handle = message.handle(queue);
        if passes(&source.mapping.filters, &as_filtered(&record)) {
            chosen.push(ReceivedRecord { handle, id: message.id, record });
        } else {
            others.push(handle);
        }
    }
    delete(source, others).await?;
    Ok(chosen)
}

/// Hands a batch over and deletes what the function has done; tells whether that is all of it.
async fn work(source: &PolledSource, function: &FunctionRecord, batch: Vec<ReceivedRecord>) -> bool {
    let event = event(batch.iter().map(|one| &one.record));
    let BatchOutcome::Answered(answer) = source.invoke(function, event, 0).await else { return false };
    let failed = if source.mapping.partial_failures {
        let known: BTreeSet<&str> = batch.iter().map(|one| one.id.as_str()).collect();
        failed_records(&answer, &known)
    } else {
        Some(BTreeSet::new())
    };
    let Some(failed) = failed else {
        source.say("PROBLEM: Function call failed");
        return false;
    };
    let done = batch.into_iter().filter(|one| !failed.contains(&one.id)).map(|one| one.handle).collect();
    if let Err(error) = delete(source, done).await {
        // They are handed over again, which a function of a queue must stand.
        source.say(format!("PROBLEM: {error}"));
    }
    failed.is_empty()
}

async fn delete(source: &PolledSource, handles: Vec<MessageHandle>) -> ServiceResult<()> {
    if handles.is_empty() {
        return Ok(());
    }
    let cx = Arc::clone(&source.cx);
    let work = move || cx.queues.on_messages(|messages| handles.iter().try_for_each(|handle| messages.delete(handle)));
    spawn_blocking(work).await.map_err(ServiceError::internal)?
}
