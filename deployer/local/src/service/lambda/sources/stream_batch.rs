//! What is decided about a batch of a stream after an attempt ("Configuring error handling for DynamoDB event sources").

use crate::store::source_mapping::SourceMapping;
use serde_json::Value;
use std::collections::BTreeSet;

/// Records of a stream that are handed over together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StreamBatch {
    /// In order; there is one at least.
    pub records: Vec<Value>,
    /// How often they failed together.
    pub failures: u32,
}

/// What follows an attempt that failed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum StreamDecision {
    /// These are tried next, in order.
    Again(Vec<StreamBatch>),
    /// It is given up, for this reason.
    GiveUp(&'static str),
}

/// Returns the sequence number of a record.
pub(super) fn sequence(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}

impl StreamBatch {
    /// Makes a batch that was not tried yet.
    pub fn new(records: Vec<Value>) -> Self {
        Self { records, failures: 0 }
    }

    /// Returns the sequence number of the last record.
    pub fn last_sequence(&self) -> &str {
        self.records.last().map(sequence).unwrap_or_default()
    }

    /// Splits off what is done when the function says which records failed: everything before the first of them.
    pub fn split_done(&mut self, failed: &BTreeSet<String>) -> Vec<Value> {
        let first = self.records.iter().position(|record| failed.contains(sequence(record)));
        let rest = self.records.split_off(first.unwrap_or(self.records.len()));
        std::mem::replace(&mut self.records, rest)
    }

    /// Decides what follows a failure of the batch when its oldest record is so old. Halving it is no attempt.
    pub fn after_failure(mut self, mapping: &SourceMapping, age_s: i64, halve: bool) -> StreamDecision {
        if mapping.oldest_s >= 0 && age_s > mapping.oldest_s {
            return StreamDecision::GiveUp("RecordAgeExceeded");
        }
        if halve && mapping.bisect && self.records.len() > 1 {
            let second = self.records.split_off(self.records.len() / 2);
            return StreamDecision::Again(vec![
                Self { records: self.records, failures: self.failures },
                Self { records: second, failures: self.failures },
            ]);
        }
        self.failures += 1;
        if mapping.retries >= 0 && i64::from(self.failures) > mapping.retries {
            return StreamDecision::GiveUp("RetryAttemptsExhausted");
        }
        StreamDecision::Again(vec![self])
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::unconfigured;
    use super::*;
    use serde_json::json;

    fn record(number: u32) -> Value {
        json!({"dynamodb": {"SequenceNumber": number.to_string()}})
    }

    fn batch(numbers: std::ops::Range<u32>, failures: u32) -> StreamBatch {
        StreamBatch { records: numbers.map(record).collect(), failures }
    }

    #[test]
    fn failures_are_retried_halved_or_given_up() {
        let mapping = |retries: i64, oldest_s: i64, bisect: bool| SourceMapping {
            retries,
            oldest_s,
            bisect,
            ..unconfigured("arn:aws:dynamodb:x".to_owned(), "f".to_owned(), 0)
        };
        let again = |batches: Vec<StreamBatch>| StreamDecision::Again(batches);
        for (mapping, from, age_s, expected) in [
            (mapping(-1, -1, false), batch(0..3, 99), 9_999_999, again(vec![batch(0..3, 100)])),
            (mapping(2, -1, false), batch(0..3, 1), 0, again(vec![batch(0..3, 2)])),
            (mapping(2, -1, false), batch(0..3, 2), 0, StreamDecision::GiveUp("RetryAttemptsExhausted")),
            (mapping(0, -1, false), batch(0..1, 0), 0, StreamDecision::GiveUp("RetryAttemptsExhausted")),
            (mapping(0, -1, true), batch(0..3, 0), 0, again(vec![batch(0..1, 0), batch(1..3, 0)])),
            (mapping(0, -1, true), batch(0..1, 0), 0, StreamDecision::GiveUp("RetryAttemptsExhausted")),
            (mapping(-1, 60, true), batch(0..3, 0), 61, StreamDecision::GiveUp("RecordAgeExceeded")),
            (mapping(-1, 60, false), batch(0..3, 0), 60, again(vec![batch(0..3, 1)])),
        ] {
            assert_eq!(from.after_failure(&mapping, age_s, true), expected);
        }
        let rest = batch(1..3, 0).after_failure(&mapping(-1, -1, true), 0, false);
        assert_eq!(rest, again(vec![batch(1..3, 1)]), "what a function names is not halved");
    }

    #[test]
    fn what_comes_before_the_first_failure_is_done() {
        for (failed, done, rest) in [(vec!["2", "3"], 0..2, 2..5), (vec!["0"], 0..0, 0..5), (vec![], 0..5, 5..5)] {
            let mut batch = batch(0..5, 0);
            let failed = failed.into_iter().map(str::to_owned).collect();
            assert_eq!(batch.split_done(&failed), done.map(record).collect::<Vec<_>>());
            assert_eq!(batch.records, rest.map(record).collect::<Vec<_>>());
        }
    }
}
