//! The queues of all regions: their messages, and telling who waits that there may be some.

use super::message::QueuedMessage;
use super::message_store::MessageStore;
use super::receiving::{DeadLetterTarget, ReceiveOrder};
use crate::arn;
use crate::clock::Clock;
use crate::store::queue::QueueRecord;
use crate::store::{CloudDocument, CloudStore, file};
use crate::wire::{ServiceError, ServiceResult};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// The messages of all regions.
#[derive(Debug)]
pub struct QueueEngine {
    store: Arc<CloudStore>,
    clock: Arc<Clock>,
    messages: Arc<MessageStore>,
    /// Goes up whenever a message may have become visible.
    changed: watch::Sender<u64>,
    closing: watch::Sender<bool>,
}

impl QueueEngine {
    /// Opens the messages under `dir`.
    ///
    /// # Errors
    /// When the directory or the file in it cannot be used.
    pub fn open(dir: &Path, store: Arc<CloudStore>, clock: Arc<Clock>) -> io::Result<Arc<Self>> {
        file::private_dir(dir)?;
        let messages = Arc::new(MessageStore::open(&dir.join("messages.sqlite"))?);
        let (changed, closing) = (watch::Sender::new(0), watch::Sender::new(false));
        Ok(Arc::new(Self { store, clock, messages, changed, closing }))
    }

    /// Runs a piece of work on the messages, and wakes those who wait for some. Blocks.
    pub(crate) fn on_messages<T>(&self, work: impl FnOnce(&MessageStore) -> rusqlite::Result<T>) -> ServiceResult<T> {
        let done = self.without_waking(work);
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        done
    }

    /// Runs a piece of work after which no more messages can be received than before, so that nobody is woken by it. Blocks.
    pub(crate) fn without_waking<T>(
        &self,
        work: impl FnOnce(&MessageStore) -> rusqlite::Result<T>,
    ) -> ServiceResult<T> {
        if carry_moves(&self.messages, &self.store, self.clock.now_ms()).map_err(ServiceError::internal)? {
            self.changed.send_modify(|count| *count = count.wrapping_add(1));
        }
        work(&self.messages).map_err(ServiceError::internal)
    }

    /// Ends all waiting: whoever waits is answered with what there is.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Returns the order to receive from a queue as it is now; `None` when it is gone.
    pub fn order(&self, region: &str, name: &str, most: usize, visibility_ms: Option<i64>) -> Option<ReceiveOrder> {
        let document = self.store.snapshot();
        let queue = document.region(region).queues.queues.get(name)?;
        Some(ReceiveOrder {
            queue: queue.id,
            fifo: queue.is_fifo(),
            most,
            visibility_ms: visibility_ms.unwrap_or_else(|| queue.visibility_ms()),
            dead_letters: dead_letters(&document, region, name, queue),
        })
    }

    /// Receives messages of a queue, and waits for some until a moment of the cloud's clock when there are none.
    ///
    /// # Errors
    /// `InternalFailure` when the file cannot be written.
    pub async fn receive(
        &self,
        region: &str,
        name: &str,
        (most, visibility_ms): (usize, Option<i64>),
        until_ms: i64,
    ) -> ServiceResult<Vec<QueuedMessage>> {
        let (mut changed, mut closing) = (self.changed.subscribe(), self.closing.subscribe());
        loop {
            changed.mark_unchanged();
            // The queue as it is now: a change while somebody waits counts.
            let Some(order) = self.order(region, name, most, visibility_ms) else { return Ok(Vec::new()) };
            let retention_ms = self.store.read(|document| {
                document.region(region).queues.queues.get(name).map_or(i64::MAX, QueueRecord::retention_ms)
            });
            let (messages, store, now_ms) = (Arc::clone(&self.messages), Arc::clone(&self.store), self.clock.now_ms());
            let work = move || -> rusqlite::Result<_> {
                carry_moves(&messages, &store, now_ms)?;
                messages.expire(order.queue, now_ms.saturating_sub(retention_ms))?;
                let received = messages.receive(&order, now_ms)?;
                let next_ms = [messages.next_visible_ms(order.queue, now_ms)?, messages.next_move_ms()?];
                Ok((received, next_ms.into_iter().flatten().min()))
            };
            let (received, next_ms) =
                spawn_blocking(work).await.map_err(ServiceError::internal)?.map_err(ServiceError::internal)?;
            if !received.is_empty() || now_ms >= until_ms || *closing.borrow() {
                return Ok(received);
            }
            tokio::select! {
                _ = changed.changed() => {}
                _ = closing.changed() => {}
                () = self.clock.sleep_until(next_ms.unwrap_or(until_ms).min(until_ms)) => {}
            }
        }
    }
}

/// Moves what tasks have to move by now, and returns whether it was something.
fn carry_moves(messages: &MessageStore, store: &CloudStore, now_ms: i64) -> rusqlite::Result<bool> {
    messages.carry_moves(now_ms, |wanted| {
        let mut parts = wanted.split(':').skip(3);
        let (region, name) = (parts.next()?, parts.nth(1)?);
        let id = || store.read(|document| Some(document.region(region).queues.queues.get(name)?.id));
        if arn::queue_arn(region, name) == wanted { id() } else { None }
    })
}

/// Returns where the messages of a queue go that were received too often; nowhere when that queue is not there.
fn dead_letters(document: &CloudDocument, region: &str, name: &str, queue: &QueueRecord) -> Option<DeadLetterTarget> {
    let policy = queue.redrive()?;
    let target = policy.dead_letter_target_arn.strip_prefix(&arn::queue_arn(region, ""))?;
    Some(DeadLetterTarget {
        queue: document.region(region).queues.queues.get(target)?.id,
        most_received: i64::from(policy.max_receive_count),
        source_arn: arn::queue_arn(region, name),
    })
}
