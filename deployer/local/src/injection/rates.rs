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
