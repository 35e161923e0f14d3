//! The parts that the log lines of the functions share.

use crate::config::environment;
use serde::Serialize;
use std::io::Write;
use std::time::Duration;

/// Returns the name of the Lambda function. It is the dimension of the metrics that tells stacks and stages apart.
pub fn function_name() -> String {
    environment("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "orders".to_owned())
}

/// Converts a duration to milliseconds with three decimals.
pub fn rounded_millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

/// Serializes a record to one line of JSON. This cannot fail, because the records are structs with text keys.
pub fn to_json(record: &impl Serialize) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

/// Writes a line to the standard output, in one piece. A failed write is ignored, because there is no other place to
/// report it.
pub fn write_line(line: &str) {
    let _ = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
}
