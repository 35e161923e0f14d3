//! Starts a poller for every mapping that is enabled, and ends it when that changes.

use super::polled::PolledSource;
use super::{queue_poller, stream_poller};
use crate::context::Context;
use crate::store::source_mapping::SourceMapping;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The running pollers.
#[derive(Debug)]
pub struct SourcePollers {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// One poller.
struct RunningPoller {
    mapping: SourceMapping,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl SourcePollers {
    /// Starts them. Needs a tokio runtime.
    pub fn start(cx: Arc<Context>) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, task: tokio::spawn(supervise(cx, stopped)) }
    }

    /// Takes no more work: nothing is received from now on.
    pub fn close(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until the work that was taken is done.
    pub async fn stop(self) {
        self.close();
        // A panic in the task is its end, too.
        let _ = self.task.await;
    }
}

async fn supervise(cx: Arc<Context>, mut stopped: watch::Receiver<bool>) {
    let mut running: BTreeMap<(String, String), RunningPoller> = BTreeMap::new();
    let mut changes = cx.sources.changes();
    loop {
        changes.mark_unchanged();
        let document = cx.store.snapshot();
        let mappings = document.regions.iter().flat_map(|(region, content)| {
            content.sources.iter().map(move |(uuid, mapping)| ((region.clone(), uuid.clone()), mapping))
        });
        let wanted: BTreeMap<_, _> = mappings.filter(|(_, mapping)| mapping.enabled && !mapping.is_deleted()).collect();
        let mut ending = BTreeMap::new();
        for (key, poller) in std::mem::take(&mut running) {
            if wanted.get(&key).is_some_and(|mapping| **mapping == poller.mapping) {
                running.insert(key, poller);
            } else {
                poller.stop.send_replace(true);
                ending.insert(key, poller.task);
            }
        }
        for (key, mapping) in wanted {
            if let Entry::Vacant(vacant) = running.entry(key) {
                let before = ending.remove(vacant.key());
                let poller = RunningPoller::start(&cx, vacant.key(), mapping, before);
                vacant.insert(poller);
            }
        }
        tokio::select! {
            _ = changes.changed() => {}
            _ = stopped.wait_for(|stop| *stop) => break,
        }
    }
    for poller in running.values() {
        poller.stop.send_replace(true);
    }
    for poller in running.into_values() {
        let _ = poller.task.await;
    }
}

impl RunningPoller {
    /// Starts a poller once the one before it has ended, so that nothing of a stream is handed out twice or out of order.
    fn start(
        cx: &Arc<Context>,
        (region, uuid): &(String, String),
        mapping: &SourceMapping,
        before: Option<JoinHandle<()>>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let source = PolledSource {
            cx: Arc::clone(cx),
            region: region.clone(),
            uuid: uuid.clone(),
            mapping: mapping.clone(),
            stopped,
        };
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            if source.mapping.is_stream() {
                stream_poller::poll(source).await;
            } else {
                queue_poller::poll(source).await;
            }
        });
        Self { mapping: mapping.clone(), stop, task }
    }
}
