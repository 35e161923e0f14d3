//! Where the time of a run went: what its steps waited for, and how long.

use super::id::ResourceId;
use crate::aws::WaitReason;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// One thing that was waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceWait {
    /// In words: `the new role to become known to Lambda`.
    pub reason: String,
    /// Who waited for it.
    pub ids: Vec<ResourceId>,
    /// How long at least one of them did. Waits for different things may overlap.
    #[serde(rename = "took_ms", serialize_with = "crate::millis::serialize")]
    pub took: Duration,
}

/// The waits of a run. A resource waits for one thing at a time.
#[derive(Debug, Default)]
pub struct RunWaits {
    open: BTreeMap<ResourceId, (WaitReason, Instant)>,
    over: Vec<WaitSpan>,
}

#[derive(Debug)]
struct WaitSpan {
    id: ResourceId,
    reason: WaitReason,
    from: Instant,
    to: Instant,
}

/// Beginnings and ends.
type WaitIntervals = Vec<(Instant, Instant)>;

impl RunWaits {
    /// Notes that a resource waits for this. To wait on for the same is no new wait.
    pub fn begin(&mut self, id: &ResourceId, reason: &WaitReason, now: Instant) {
        if self.open.get(id).is_some_and(|(open, _)| open == reason) {
            return;
        }
        self.end(id, now);
        self.open.insert(id.clone(), (reason.clone(), now));
    }

    /// Notes that a resource waits no more.
    pub fn end(&mut self, id: &ResourceId, now: Instant) {
        if let Some((id, (reason, from))) = self.open.remove_entry(id) {
            self.over.push(WaitSpan { id, reason, from, to: now });
        }
    }

    /// Takes over the waits of another session of the same run.
    pub fn absorb(&mut self, other: RunWaits, now: Instant) {
        self.over.extend(other.spans(now));
    }

    fn spans(self, now: Instant) -> impl Iterator<Item = WaitSpan> {
        let open = self.open.into_iter().map(move |(id, (reason, from))| WaitSpan { id, reason, from, to: now });
        self.over.into_iter().chain(open)
    }

    /// Sums up what was waited for, the longest first.
    pub fn total(self, now: Instant) -> Vec<ResourceWait> {
        let mut by_reason: BTreeMap<String, (BTreeSet<ResourceId>, WaitIntervals)> = BTreeMap::new();
        for WaitSpan { id, reason, from, to } in self.spans(now) {
            let (ids, spans) = by_reason.entry(reason.to_string()).or_default();
            ids.insert(id);
            spans.push((from, to));
        }
        let wait = |(reason, (ids, spans)): (String, (BTreeSet<ResourceId>, WaitIntervals))| ResourceWait {
            reason,
            ids: ids.into_iter().collect(),
            took: covered(spans),
        };
        let mut out: Vec<_> = by_reason.into_iter().map(wait).collect();
        out.sort_by_key(|wait| std::cmp::Reverse(wait.took));
        out
    }
}

/// Returns how much time is in at least one of the spans.
fn covered(mut spans: WaitIntervals) -> Duration {
    spans.sort_unstable();
    let (mut sum, mut until) = (Duration::ZERO, None);
    for (from, to) in spans {
        let from = until.map_or(from, |until| from.max(until));
        sum += to.saturating_duration_since(from);
        until = Some(until.map_or(to, |until| to.max(until)));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_wait_for_at_once_is_counted_once() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let [api, expiry, table] = ["api", "expiry", "table"].map(|name| ResourceId::new("function", name));
        let mut waits = RunWaits::default();
        waits.begin(&api, &"the role".into(), at(0));
        waits.begin(&expiry, &"the role".into(), at(2));
        waits.begin(&api, &"the role".into(), at(4));
        // Throttled meanwhile: one thing at a time.
        waits.begin(&api, &"a throttle".into(), at(5));
        waits.begin(&api, &"the role".into(), at(6));
        waits.end(&expiry, at(7));
        waits.end(&api, at(9));
        waits.end(&api, at(100));
        waits.begin(&expiry, &"the role".into(), at(20));
        waits.end(&expiry, at(21));
        let mut census = RunWaits::default();
        census.begin(&table, &"ACTIVE".into(), at(30));
        waits.absorb(census, at(32));
        waits.begin(&table, &"ACTIVE".into(), at(38));
        let wait = |reason: &str, ids: &[&ResourceId], seconds| ResourceWait {
            reason: reason.to_owned(),
            ids: ids.iter().map(|id| (*id).clone()).collect(),
            took: Duration::from_secs(seconds),
        };
        // 0 to 9 and 20 to 21; of the table 30 to 32 and what is still open.
        assert_eq!(
            waits.total(at(40)),
            [wait("the role", &[&api, &expiry], 10), wait("ACTIVE", &[&table], 4), wait("a throttle", &[&api], 1)]
        );
    }
}
