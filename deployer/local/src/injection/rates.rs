//! AWS's published request rates, per account and region.
//!
//! Sources: "Amazon API Gateway quotas", "Lambda quotas", "CloudWatch Logs quotas", the DynamoDB and EventBridge models.

use crate::front::json::Fault;
use std::collections::BTreeMap;
use std::time::Instant;

/// Calls that share a bucket, and how fast it fills.
struct Rate {
    service: &'static str,
    /// Empty: every operation of the service.
    operations: &'static [&'static str],
    /// Not counted by a bucket for every operation.
    except: &'static [&'static str],
    per_second: f64,
    burst: f64,
}

const fn rate(service: &'static str, operations: &'static [&'static str], per_second: f64, burst: f64) -> Rate {
    Rate { service, operations, except: &[], per_second, burst }
}

const RATES: &[Rate] = &[
    rate("apigateway", &["CreateRestApi"], 1.0 / 3.0, 1.0),
    rate("apigateway", &["ImportRestApi"], 1.0 / 3.0, 1.0),
    rate("apigateway", &["DeleteRestApi"], 1.0 / 30.0, 1.0),
    rate("apigateway", &["PutRestApi"], 1.0, 1.0),
    rate("apigateway", &["CreateDeployment"], 1.0 / 5.0, 1.0),
    rate("apigateway", &["CreateResource"], 5.0, 5.0),
    rate("apigateway", &["DeleteResource"], 5.0, 5.0),
    rate("apigateway", &["CreateApiKey"], 5.0, 5.0),
    rate("apigateway", &["DeleteApiKey"], 5.0, 5.0),
    rate("apigateway", &["GetResources"], 2.5, 5.0),
    rate("apigateway", &["UpdateUsagePlan"], 1.0 / 20.0, 1.0),
    rate("apigateway", &[], 10.0, 40.0),
    rate("lambda", &["GetFunction"], 100.0, 100.0),
    rate("lambda", &["GetPolicy"], 15.0, 15.0),
    Rate { except: &["GetFunction", "GetPolicy", "Invoke"], ..rate("lambda", &[], 15.0, 15.0) },
    rate("dynamodb", &["TagResource", "UntagResource"], 5.0, 5.0),
    rate("dynamodb", &["ListTagsOfResource"], 10.0, 10.0),
    rate("logs", &["CreateLogGroup"], 5.0, 5.0),
    rate("logs", &["DeleteLogGroup"], 5.0, 5.0),
    rate("logs", &["DescribeLogGroups"], 5.0, 5.0),
    rate("logs", &["FilterLogEvents"], 5.0, 5.0),
    rate("logs", &["GetLogEvents"], 10.0, 10.0),
    rate("events", &[], 50.0, 50.0),
];

impl Rate {
    fn counts(&self, service: &str, operation: &str) -> bool {
        self.service == service
            && (self.operations.is_empty() || self.operations.contains(&operation))
            && !self.except.contains(&operation)
    }
}

/// Token buckets, one per line of the table.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// By line: tokens left, and when they were counted.
    levels: BTreeMap<usize, (f64, Instant)>,
}

impl Buckets {
    /// Takes a token from every bucket of the operation, or none and says how many seconds the slowest needs.
    pub fn take(&mut self, service: &str, operation: &str, scale: f64, now: Instant) -> Result<(), f64> {
        let mine = || RATES.iter().enumerate().filter(|(_, rate)| rate.counts(service, operation));
        let mut wait: f64 = 0.0;
        for (line, rate) in mine() {
            let (tokens, at) = self.levels.entry(line).or_insert((rate.burst, now));
            let per_second = rate.per_second * scale;
            *tokens = (*tokens + now.duration_since(*at).as_secs_f64() * per_second).min(rate.burst);
            *at = now;
            if *tokens < 1.0 {
                wait = wait.max((1.0 - *tokens) / per_second);
            }
        }
        if wait > 0.0 {
            return Err(wait);
        }
        for (line, _) in mine() {
            if let Some((tokens, _)) = self.levels.get_mut(&line) {
                *tokens -= 1.0;
            }
        }
        Ok(())
    }
}

/// The throttling error of a service.
pub(super) fn throttled(service: &str, wait_s: f64) -> Fault {
    match service {
        "apigateway" => Fault::new(429, "TooManyRequestsException", "Too Many Requests").retry_after(whole(wait_s)),
        "lambda" => Fault::new(429, "TooManyRequestsException", "Rate exceeded").retry_after(whole(wait_s)),
        "iam" | "sts" => Fault::new(400, "Throttling", "Rate exceeded"),
        "tagging" => Fault::new(400, "ThrottledException", "Rate exceeded"),
        _ => Fault::new(400, "ThrottlingException", "Rate exceeded"),
    }
}

fn whole(seconds: f64) -> u32 {
    // A float that does not fit saturates.
    seconds.ceil().max(1.0) as u32
}

/// The error of a service that is not well.
pub(super) fn broken(service: &str, unavailable: bool) -> Fault {
    let message = "An internal error occurred; try again";
    match (service, unavailable) {
        ("lambda", false) => Fault::new(500, "ServiceException", message),
        ("dynamodb", false) => Fault::new(500, "InternalServerError", message),
        ("events", false) => Fault::new(500, "InternalException", message),
        ("iam", false) => Fault::new(500, "ServiceFailure", message),
        (_, false) => Fault::new(500, "InternalFailure", message),
        ("apigateway" | "logs", true) => Fault::new(503, "ServiceUnavailableException", message),
        (_, true) => Fault::new(503, "ServiceUnavailable", message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_second_deletion_waits_for_the_bucket() {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        assert_eq!(buckets.take("apigateway", "DeleteRestApi", 1.0, now), Ok(()));
        let wait = buckets.take("apigateway", "DeleteRestApi", 1.0, now).unwrap_err();
        assert!((29.9..=30.1).contains(&wait), "{wait}");
        assert_eq!(buckets.take("apigateway", "GetRestApi", 1.0, now), Ok(()));
        assert!(buckets.take("apigateway", "DeleteRestApi", 1.0, now + Duration::from_secs(29)).is_err());
        assert_eq!(buckets.take("apigateway", "DeleteRestApi", 1.0, now + Duration::from_secs(31)), Ok(()));
    }

    #[test]
    fn operations_share_the_bucket_of_their_service() {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        for _ in 0..40 {
            assert_eq!(buckets.take("apigateway", "GetStage", 1.0, now), Ok(()));
        }
        assert!(buckets.take("apigateway", "GetRestApis", 1.0, now).is_err());
        for _ in 0..50 {
            assert_eq!(buckets.take("lambda", "Invoke", 1.0, now), Ok(()));
        }
    }

    #[test]
    fn a_scale_makes_it_faster() {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        assert_eq!(buckets.take("apigateway", "DeleteRestApi", 300.0, now), Ok(()));
        let wait = buckets.take("apigateway", "DeleteRestApi", 300.0, now).unwrap_err();
        assert!((0.09..=0.11).contains(&wait), "{wait}");
    }
}
