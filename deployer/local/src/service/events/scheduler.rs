//! Fires enabled rules when they are due.
//!
//! A rule that became due several times while the clock was moved fires once, for the last of these times. While the cloud
//! is not running nothing becomes due: a schedule goes on from the moment of the next start.

use super::fire::deliver;
use super::schedule::RuleSchedule;
use crate::clock::date;
use crate::context::Context;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The running scheduler.
#[derive(Debug)]
pub struct RuleScheduler {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl RuleScheduler {
    /// Starts it. Needs a tokio runtime.
    pub fn start(cx: Arc<Context>) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut done = FiringProgress { started_ms: cx.clock.now_ms(), until_ms: HashMap::new() };
            loop {
                let next = done.fire_due(&cx);
                tokio::select! {
                    () = sleep_until(&cx, next) => {}
                    () = cx.rules_changed.notified() => {}
                    _ = stopped.wait_for(|stop| *stop) => return,
                }
            }
        });
        Self { stop, task }
    }

    /// Stops it: nothing fires any more.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // A panic in the task is its end, too.
        let _ = self.task.await;
    }
}

async fn sleep_until(cx: &Context, at_ms: Option<i64>) {
    match at_ms {
        Some(at_ms) => cx.clock.sleep_until(at_ms).await,
        None => std::future::pending().await,
    }
}

/// Up to which moment every rule has been looked at, by region and name.
struct FiringProgress {
    started_ms: i64,
    until_ms: HashMap<(String, String), i64>,
}

impl FiringProgress {
    /// Fires what is due and returns when something will be due next.
    fn fire_due(&mut self, cx: &Context) -> Option<i64> {
        let document = cx.store.snapshot();
        let now_ms = cx.clock.now_ms();
        let mut next: Option<i64> = None;
        let mut until_ms = HashMap::new();
        let rules = document.regions.iter().flat_map(|(region, content)| {
            content.rules.rules.iter().filter(|(_, rule)| rule.enabled).map(move |(name, rule)| (region, name, rule))
        });
        for (region, name, rule) in rules {
            // `PutRule` let it pass.
            let Ok(schedule) = RuleSchedule::parse(&rule.schedule) else { continue };
            let key = (region.clone(), name.clone());
            let done_ms = self.until_ms.get(&key).copied().unwrap_or(self.started_ms);
            if let Some(at_ms) = schedule.latest_until(rule.since_ms, now_ms).filter(|at_ms| *at_ms > done_ms) {
                deliver(cx, &document, region, name, rule, date(at_ms));
            }
            until_ms.insert(key, now_ms);
            if let Some(at_ms) = schedule.next_after(rule.since_ms, now_ms) {
                next = Some(next.map_or(at_ms, |next| next.min(at_ms)));
            }
        }
        // Rules that are gone are forgotten with this.
        self.until_ms = until_ms;
        next
    }
}
