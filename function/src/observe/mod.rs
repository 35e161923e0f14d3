//! The log and the metrics of the functions: one line of JSON for each invocation, with its metrics inside.
//!
//! A line has CloudWatch's embedded metric format: CloudWatch extracts the metrics from the log, so they cost no call of
//! their own. Lambda's log filter (for the function's JSON log format) reads the members `level` and `timestamp`. A line has
//! no data of customers: no item, no name, no address, no idempotency key, no body, no query string.

mod emf;
mod log_line;

pub use self::emf::{EmfMetadata, MetricDefinition, MetricDirective};
pub use self::log_line::{function_name, rounded_millis, to_json, write_line};
