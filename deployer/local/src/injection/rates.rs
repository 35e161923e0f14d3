//! Token buckets of the published request rates.

use crate::wire::{OperationSpec, PublishedRate, ServiceSpec};
use std::collections::BTreeMap;
use std::time::Instant;

/// The token buckets, one per rate that a service or an operation declares.
#[derive(Debug, Default)]
pub(super) struct RateBuckets {
    /// By service and bucket: tokens left, and when they were counted.
    levels: BTreeMap<(&'static str, &'static str), (f64, Instant)>,
}

impl RateBuckets {
    /// Takes a token from every bucket of the operation, or none and says how many seconds the slowest needs.
    pub fn take(
        &mut self,
        service: &ServiceSpec,
        operation: &OperationSpec,
        scale: f64,
        now: Instant,
    ) -> Result<(), f64> {
        let shared = service.rate.filter(|_| operation.counted_by_service);
        let rates: Vec<PublishedRate> = operation.rate.into_iter().chain(shared).collect();
        let mut wait: f64 = 0.0;
        for rate in &rates {
            let (tokens, at) = self.levels.entry((service.name, rate.bucket)).or_insert((rate.burst, now));
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
        for rate in &rates {
            if let Some((tokens, _)) = self.levels.get_mut(&(service.name, rate.bucket)) {
                *tokens -= 1.0;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::find_service;
    use std::time::Duration;

    fn take(buckets: &mut RateBuckets, service: &str, operation: &str, scale: f64, now: Instant) -> Result<(), f64> {
        let service = find_service(service).unwrap();
        buckets.take(&service.spec, &service.operation(operation).unwrap().spec, scale, now)
    }

    #[test]
    fn a_second_deletion_waits_for_the_bucket() {
        let (mut buckets, now) = (RateBuckets::default(), Instant::now());
        assert_eq!(take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now), Ok(()));
        let wait = take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now).unwrap_err();
        assert!((29.9..=30.1).contains(&wait), "{wait}");
        assert_eq!(take(&mut buckets, "apigateway", "GetRestApi", 1.0, now), Ok(()));
        assert!(take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now + Duration::from_secs(29)).is_err());
        assert_eq!(take(&mut buckets, "apigateway", "DeleteRestApi", 1.0, now + Duration::from_secs(31)), Ok(()));
    }

    #[test]
    fn operations_share_the_bucket_of_their_service() {
        let (mut buckets, now) = (RateBuckets::default(), Instant::now());
        for _ in 0..40 {
            assert_eq!(take(&mut buckets, "apigateway", "GetStage", 1.0, now), Ok(()));
        }
        assert!(take(&mut buckets, "apigateway", "GetRestApis", 1.0, now).is_err());
        for _ in 0..50 {
            assert_eq!(take(&mut buckets, "lambda", "Invoke", 1.0, now), Ok(()));
        }
    }

    #[test]
    fn a_scale_makes_it_faster() {
        let (mut buckets, now) = (RateBuckets::default(), Instant::now());
        assert_eq!(take(&mut buckets, "apigateway", "DeleteRestApi", 300.0, now), Ok(()));
        let wait = take(&mut buckets, "apigateway", "DeleteRestApi", 300.0, now).unwrap_err();
        assert!((0.09..=0.11).contains(&wait), "{wait}");
    }

    #[test]
    fn some_operations_have_buckets_of_their_own_alone_or_together() {
        let (mut buckets, now) = (RateBuckets::default(), Instant::now());
        for n in 0..30 {
            let operation = ["TagResource", "UntagResource"][n % 2];
            let taken = take(&mut buckets, "dynamodb", operation, 1.0, now);
            assert_eq!(taken.is_ok(), n < 5, "{n}");
        }
        assert_eq!(take(&mut buckets, "dynamodb", "CreateTable", 1.0, now), Ok(()));
        // What GetPolicy takes is not missing where all operations of Lambda take from.
        for _ in 0..15 {
            assert_eq!(take(&mut buckets, "lambda", "GetPolicy", 1.0, now), Ok(()));
        }
        assert!(take(&mut buckets, "lambda", "GetPolicy", 1.0, now).is_err());
        for _ in 0..15 {
            assert_eq!(take(&mut buckets, "lambda", "ListTags", 1.0, now), Ok(()));
        }
        assert!(take(&mut buckets, "lambda", "ListTags", 1.0, now).is_err());
    }
}
