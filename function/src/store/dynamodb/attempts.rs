//! What became of the attempts of one call.

use aws_sdk_dynamodb::config::interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Notes whether an attempt of a call had no clear answer: no answer at all, or that the server failed. Such an attempt may have
/// been carried out, and then it is met by the next one.
#[derive(Debug, Clone, Default)]
pub struct AttemptLog(Arc<AttemptState>);

#[derive(Debug, Default)]
struct AttemptState {
    /// An attempt was begun and has no clear answer yet. An attempt that takes too long is dropped without another hook.
    is_open: AtomicBool,
    lost_answer: AtomicBool,
}

impl AttemptLog {
    /// Tells whether an attempt before the last one had no clear answer.
    pub fn lost_answer(&self) -> bool {
        self.0.lost_answer.load(Ordering::Relaxed)
    }
}

impl Intercept for AttemptLog {
    fn name(&self) -> &'static str {
        "AttemptLog"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0.is_open.swap(true, Ordering::Relaxed) {
            self.0.lost_answer.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(|response| response.status().as_u16() < 500) {
            self.0.is_open.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}
