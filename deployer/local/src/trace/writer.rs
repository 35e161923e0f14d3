//! The one writer of traces, behind a channel that never makes anybody wait.

use super::kept::KeptTraces;
use super::record::RequestTrace;
use crate::store::file;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// How many traces may wait for the writer.
const WAITING: usize = 4_096;

/// What the writer is told.
enum TraceOrder {
    Keep(Box<RequestTrace>),
    Flush(oneshot::Sender<()>),
    Forget(oneshot::Sender<()>),
}

/// The end of the channel that requests have.
#[derive(Clone, Debug)]
pub(super) struct TraceSender {
    orders: SyncSender<TraceOrder>,
    lost: Arc<AtomicU64>,
}

impl TraceSender {
    /// Hands a trace over; when too many wait it is dropped and counted.
    pub fn send(&self, trace: RequestTrace) {
        if let Err(TrySendError::Full(_)) = self.orders.try_send(TraceOrder::Keep(Box::new(trace))) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns how many traces were dropped because the writer lagged.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until everything that was handed over before can be read.
    pub async fn flush(&self) {
        self.ask(TraceOrder::Flush).await;
    }

    /// Waits until everything that was handed over before is forgotten.
    pub async fn forget(&self) {
        self.ask(TraceOrder::Forget).await;
    }

    async fn ask(&self, order: fn(oneshot::Sender<()>) -> TraceOrder) {
        let (done, answer) = oneshot::channel();
        let orders = self.orders.clone();
        // The channel may be full: then this waits on a thread that may.
        let sent = tokio::task::spawn_blocking(move || orders.send(order(done)));
        if let Ok(Ok(())) = sent.await {
            let _ = answer.await;
        }
    }
}

/// Starts the writer of a file.
///
/// # Errors
/// When the file cannot be opened, or no thread be started.
pub(super) fn start(path: &Path, kept: Arc<KeptTraces>) -> std::io::Result<TraceSender> {
    let (orders, inbox) = mpsc::sync_channel(WAITING);
    let file = append(path)?;
    let mut writer = TraceWriter { path: path.to_owned(), size: file.metadata()?.len(), file, kept };
    // A line that was not finished must not become the beginning of the next one.
    if writer.size != writer.kept.bytes() as u64 {
        writer.rewrite()?;
    }
    std::thread::Builder::new().name("request-traces".into()).spawn(move || writer.work(&inbox))?;
    Ok(TraceSender { orders, lost: Arc::default() })
}

fn append(path: &Path) -> std::io::Result<File> {
    file::private_file(path, OpenOptions::new().append(true))
}

struct TraceWriter {
    path: PathBuf,
    file: File,
    /// Bytes of the file.
    size: u64,
    kept: Arc<KeptTraces>,
}

impl TraceWriter {
    /// Works until nobody can send any more.
    fn work(mut self, inbox: &Receiver<TraceOrder>) {
        while let Ok(first) = inbox.recv() {
            let mut lines = Vec::new();
            let mut waiting = Vec::new();
            for order in std::iter::once(first).chain(inbox.try_iter().take(WAITING)) {
                match order {
                    TraceOrder::Keep(trace) => lines.extend(self.kept.add(*trace)),
                    TraceOrder::Flush(done) => waiting.push(done),
                    TraceOrder::Forget(done) => {
                        lines.clear();
                        self.kept.clear();
                        let rewritten = self.rewrite();
                        self.report(rewritten);
                        waiting.push(done);
                    }
                }
            }
            let written = self.write(&lines);
            self.report(written);
            self.kept.tell();
            for done in waiting {
                // Who asked may have gone.
                let _ = done.send(());
            }
        }
    }

    /// Appends lines; a file that has grown to twice what is kept is written anew.
    fn write(&mut self, lines: &[u8]) -> std::io::Result<()> {
        self.file.write_all(lines)?;
        self.size += lines.len() as u64;
        if self.size > 2 * KeptTraces::MOST_BYTES as u64 {
            // What is kept are the last lines.
            let mut content = std::fs::read(&self.path)?;
            content.drain(..content.len().saturating_sub(self.kept.bytes()));
            self.replace(&content)?;
        }
        Ok(())
    }

    /// Replaces the file by what is kept.
    fn rewrite(&mut self) -> std::io::Result<()> {
        self.replace(&self.kept.lines())
    }

    fn replace(&mut self, content: &[u8]) -> std::io::Result<()> {
        file::replace(&self.path, content, false)?;
        self.file = append(&self.path)?;
        self.size = self.file.metadata()?.len();
        Ok(())
    }

    /// Says once in the cloud's own log that traces do not reach the disk; they are still in memory.
    fn report(&self, result: std::io::Result<()>) {
        if let Err(error) = result
            && self.kept.first_failure()
        {
            eprintln!("traces of requests are not saved: {}: {error}", self.path.display());
        }
    }
}
