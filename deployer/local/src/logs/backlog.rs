//! How much waits for the writer of events, so that nobody fills the memory with lines faster than they are written.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// So many bytes may wait before those who write lines are told to wait.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The bytes that wait.
#[derive(Debug, Default)]
pub(super) struct WriteBacklog {
    bytes: AtomicUsize,
    less: Notify,
}

impl WriteBacklog {
    /// Counts what begins to wait.
    pub fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Counts what is written.
    pub fn remove(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.less.notify_waiters();
    }

    /// Returns when there is room for more.
    pub async fn room(&self) {
        loop {
            let less = self.less.notified();
            tokio::pin!(less);
            // From here on no word is missed.
            less.as_mut().enable();
            if self.bytes.load(Ordering::SeqCst) < MOST_BYTES {
                return;
            }
            less.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test(flavor = "current_thread")]
    async fn who_has_more_to_write_waits_for_room() {
        let backlog = Arc::new(WriteBacklog::default());
        backlog.add(MOST_BYTES - 1);
        backlog.room().await;
        backlog.add(1);
        let waiting = tokio::spawn({
            let backlog = Arc::clone(&backlog);
            async move { backlog.room().await }
        });
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(!waiting.is_finished());
        backlog.remove(1);
        waiting.await.unwrap();
    }
}
