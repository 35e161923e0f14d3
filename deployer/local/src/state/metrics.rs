//! What the cloud counts of its traffic, minute by minute, in the real time: whoever asks for the last hour counts it so. Nothing is
//! saved: a restarted cloud counts anew.

use crate::lock::lock;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;

/// Length of what is counted together, in milliseconds.
const MINUTE_MS: i64 = 60_000;
/// Minutes that are kept of a metric: six hours. CloudWatch keeps them for 15 days.
const KEPT: i64 = 6 * 60;
/// When there are this many metrics, those of which nothing is kept any more are forgotten.
const CROWD: usize = 1_000;
/// Values within one per cent of each other are told apart no more, as in CloudWatch's own percentiles.
const PRECISION: f64 = 1.01;

/// Names a metric.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetricName {
    /// The region that it is counted in.
    pub region: String,
    /// `AWS/Lambda`.
    pub namespace: String,
    /// `Invocations`.
    pub metric: String,
    /// What it is about, by name: `FunctionName` is `orders-api`.
    pub dimensions: BTreeMap<String, String>,
}

/// The values of a metric in some minutes.
#[derive(Clone, Debug, Default)]
pub struct MetricSample {
    count: u64,
    sum: f64,
    minimum: f64,
    maximum: f64,
    /// How many values have this logarithm, by [`PRECISION`]; `None` for those that are not above zero.
    spread: BTreeMap<Option<i32>, u64>,
}

impl MetricSample {
    fn add(&mut self, value: f64) {
        self.minimum = if self.count == 0 { value } else { self.minimum.min(value) };
        self.maximum = if self.count == 0 { value } else { self.maximum.max(value) };
        self.count += 1;
        self.sum += value;
        // A float that does not fit saturates.
        let step = (value > 0.0).then(|| value.log(PRECISION).round() as i32);
        *self.spread.entry(step).or_default() += 1;
    }

    fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.minimum = if self.count == 0 { other.minimum } else { self.minimum.min(other.minimum) };
        self.maximum = if self.count == 0 { other.maximum } else { self.maximum.max(other.maximum) };
        self.count += other.count;
        self.sum += other.sum;
        for (step, count) in &other.spread {
            *self.spread.entry(*step).or_default() += count;
        }
    }

    /// Returns the number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the sum of the values.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Returns the smallest value.
    pub fn minimum(&self) -> f64 {
        self.minimum
    }

    /// Returns the largest value.
    pub fn maximum(&self) -> f64 {
        self.maximum
    }

    /// Returns the value that so many per cent of all do not exceed, within one per cent of it.
    pub fn percentile(&self, percent: f64) -> f64 {
        let rank = (self.count as f64 * percent / 100.0).ceil().max(1.0);
        let mut below = 0;
        for (step, count) in &self.spread {
            below += count;
            if below as f64 >= rank {
                return step.map_or(0.0, |step| PRECISION.powi(step)).clamp(self.minimum, self.maximum);
            }
        }
        self.maximum
    }
}

/// The minutes of a metric that have values, the oldest first.
type MetricMinutes = VecDeque<(i64, MetricSample)>;

/// Counts what happens.
#[derive(Debug, Default)]
pub struct MetricStore {
    minutes: Mutex<HashMap<MetricName, MetricMinutes>>,
}

impl MetricStore {
    /// Adds a value to a metric.
    pub fn add(&self, now_ms: i64, metric: MetricName, value: f64) {
        let minute = now_ms.div_euclid(MINUTE_MS);
        let mut metrics = lock(&self.minutes);
        if metrics.len() >= CROWD && !metrics.contains_key(&metric) {
            metrics.retain(|_, minutes| minutes.back().is_some_and(|(last, _)| minute - last < KEPT));
        }
        let minutes = metrics.entry(metric).or_default();
        while minutes.front().is_some_and(|(first, _)| minute - first >= KEPT) {
            minutes.pop_front();
        }
        match minutes.back_mut() {
            // A clock that was set back does not lose what comes now.
            Some((last, sample)) if *last >= minute => sample.add(value),
            _ => {
                let mut sample = MetricSample::default();
                sample.add(value);
                minutes.push_back((minute, sample));
            }
        }
    }

    /// Returns the values of a metric from one time until before another, in milliseconds, put together in periods that begin at the first
    /// time; each with its beginning, the oldest first. A period without values is left out.
    pub fn periods(
        &self,
        metric: &MetricName,
        from_ms: i64,
        until_ms: i64,
        period_ms: i64,
    ) -> Vec<(i64, MetricSample)> {
        let metrics = lock(&self.minutes);
        let mut periods = BTreeMap::<i64, MetricSample>::new();
        for (minute, sample) in metrics.get(metric).into_iter().flatten() {
            let at = minute * MINUTE_MS;
            if (from_ms..until_ms).contains(&at) {
                let begin = from_ms + (at - from_ms) / period_ms * period_ms;
                periods.entry(begin).or_default().merge(sample);
            }
        }
        periods.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency() -> MetricName {
        let dimensions = BTreeMap::from([("FunctionName".to_owned(), "api".to_owned())]);
        MetricName { region: "r".into(), namespace: "AWS/Lambda".into(), metric: "Duration".into(), dimensions }
    }

    #[test]
    fn percentiles_are_within_one_per_cent() {
        let store = MetricStore::default();
        for value in 1..=1000 {
            store.add(60_000 + value, latency(), value as f64);
        }
        let [(60_000, all)] = &store.periods(&latency(), 0, 120_000, 60_000)[..] else { panic!("one minute") };
        assert_eq!((all.count(), all.sum(), all.minimum(), all.maximum()), (1000, 500_500.0, 1.0, 1000.0));
        for (percent, exact) in [(0.1, 1.0), (50.0, 500.0), (99.0, 990.0), (99.9, 999.0), (100.0, 1000.0)] {
            let told = all.percentile(percent);
            assert!((told / exact - 1.0).abs() < 0.01, "p{percent} is {told} instead of {exact}");
        }
        let mut zeros = MetricSample::default();
        zeros.add(0.0);
        zeros.add(1.0);
        assert_eq!((zeros.percentile(50.0), zeros.percentile(99.0)), (0.0, 1.0));
    }

    #[test]
    fn minutes_are_put_together_from_the_first_time_on() {
        let store = MetricStore::default();
        for minute in [0, 1, 2, 5] {
            store.add(minute * 60_000 + 59_999, latency(), 1.0);
        }
        let counted = |from: i64, until: i64, period: i64| -> Vec<_> {
            let periods = store.periods(&latency(), from * 60_000, until * 60_000, period * 60_000);
            periods.into_iter().map(|(begin, sample)| (begin / 60_000, sample.count())).collect()
        };
        assert_eq!(counted(0, 6, 1), [(0, 1), (1, 1), (2, 1), (5, 1)]);
        assert_eq!(counted(1, 6, 3), [(1, 2), (4, 1)]);
        assert_eq!(counted(0, 5, 60), [(0, 3)], "the last time is not part of it");
        assert_eq!(store.periods(&MetricName { region: "s".into(), ..latency() }, 0, i64::MAX, 60_000).len(), 0);
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let store = MetricStore::default();
        for minute in 0..=KEPT {
            store.add(minute * 60_000, latency(), 1.0);
        }
        let kept = store.periods(&latency(), 0, i64::MAX, 60_000);
        assert_eq!((kept.len() as i64, kept[0].0), (KEPT, 60_000));
        for other in 0..2 * CROWD {
            let name = MetricName { metric: other.to_string(), ..latency() };
            store.add((KEPT * 2 + other as i64 * KEPT) * 60_000, name, 1.0);
        }
        assert!(lock(&store.minutes).len() <= CROWD);
    }
}
