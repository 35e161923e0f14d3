//! Request rates of the deployed APIs: token buckets in the real time, and the quotas of usage plans on the cloud's clock.

use crate::lock::lock;
use crate::store::usage::PlanQuota;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use time::{Date, Weekday};

/// When there are this many counters, those that cannot matter any more are removed.
const CROWD: usize = 1_000;

/// Requests per second with a burst.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestRate {
    /// Tokens per second.
    pub per_second: f64,
    /// The size of the bucket.
    pub burst: u32,
}

/// Counts requests. Nothing is saved: a restarted cloud begins anew.
#[derive(Debug, Default)]
pub struct RequestThrottle {
    buckets: Mutex<HashMap<String, TokenBucket>>,
    used: Mutex<HashMap<(String, Date), u32>>,
}

#[derive(Clone, Copy, Debug)]
struct TokenBucket {
    tokens: f64,
    filled: Instant,
    rate: RequestRate,
}

impl TokenBucket {
    fn tokens(&self, now: Instant) -> f64 {
        let since: Duration = now.saturating_duration_since(self.filled);
        (self.tokens + since.as_secs_f64() * self.rate.per_second).min(f64::from(self.rate.burst))
    }
}

impl RequestThrottle {
    /// Takes a token; `false` when there is none.
    pub fn admit(&self, key: &str, rate: RequestRate, now: Instant) -> bool {
        let mut buckets = lock(&self.buckets);
        make_room(&mut buckets, |_, bucket| bucket.tokens(now) < f64::from(bucket.rate.burst));
        let bucket =
            buckets.entry(key.to_owned()).or_insert(TokenBucket { tokens: f64::from(rate.burst), filled: now, rate });
        bucket.rate = rate;
        bucket.tokens = bucket.tokens(now);
        bucket.filled = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }

    /// Counts a request of the period that `today` is in; `false` when the quota is used up.
    pub fn spend(&self, key: &str, quota: &PlanQuota, today: Date) -> bool {
        let period = period_start(quota, today);
        let mut used = lock(&self.used);
        make_room(&mut used, |(_, start), _| *start >= period);
        let used = used.entry((key.to_owned(), period)).or_insert(quota.offset);
        let left = *used < quota.limit;
        if left {
            *used += 1;
        }
        left
    }
}

fn make_room<K: Eq + Hash, V>(map: &mut HashMap<K, V>, matters: impl Fn(&K, &V) -> bool) {
    if map.len() >= CROWD {
        map.retain(|key, value| matters(key, value));
    }
}

fn period_start(quota: &PlanQuota, today: Date) -> Date {
    match quota.period.as_str() {
        "MONTH" => today.replace_day(1).unwrap_or(today),
        "WEEK" if today.weekday() == Weekday::Sunday => today,
        "WEEK" => today.prev_occurrence(Weekday::Sunday),
        _ => today,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_bucket_fills_up_to_its_burst() {
        let throttle = RequestThrottle::default();
        let rate = RequestRate { per_second: 2.0, burst: 3 };
        let start = Instant::now();
        let at = |ms: u64| throttle.admit("a", rate, start + Duration::from_millis(ms));
        assert_eq!([at(0), at(0), at(0), at(0)], [true, true, true, false]);
        assert_eq!([at(400), at(500), at(500)], [false, true, false]);
        assert_eq!([at(60_000), at(60_000), at(60_000), at(60_000)], [true, true, true, false]);
        assert!(throttle.admit("b", rate, start));
        assert!(!throttle.admit("c", RequestRate { per_second: 0.0, burst: 0 }, start));
    }

    #[test]
    fn quotas_begin_anew_with_the_period() {
        let throttle = RequestThrottle::default();
        for (period, same, next) in [
            ("DAY", date!(2026 - 02 - 03), date!(2026 - 02 - 04)),
            ("WEEK", date!(2026 - 02 - 07), date!(2026 - 02 - 08)),
            ("MONTH", date!(2026 - 02 - 28), date!(2026 - 03 - 01)),
        ] {
            let quota = PlanQuota { limit: 3, offset: 1, period: period.to_owned() };
            let spend = |day| throttle.spend(period, &quota, day);
            assert_eq!([spend(date!(2026 - 02 - 03)), spend(same), spend(same)], [true, true, false], "{period}");
            assert_eq!([spend(next), spend(next)], [true, true], "{period}");
        }
    }
}
