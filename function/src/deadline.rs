//! How much time an invocation has left.

use crate::orders::Timestamp;
use lambda_http::Context;
use std::time::Duration;

/// Tells whether the time before the deadline is enough for work that may take `need`.
pub fn has_time_left(context: &Context, need: Duration) -> bool {
    // Outside of Lambda there is no deadline.
    context.deadline == 0
        || Timestamp::now().plus(need).unix_millis() < i64::try_from(context.deadline).unwrap_or(i64::MAX)
}
