//! CloudWatch's embedded metric format: the `_aws` member that makes metrics of other members of a log line.

use crate::orders::Timestamp;
use serde::Serialize;

/// The `_aws` member.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EmfMetadata {
    timestamp: i64,
    cloud_watch_metrics: Vec<NamespacedDirective>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct NamespacedDirective {
    namespace: String,
    #[serde(flatten)]
    directive: MetricDirective,
}

/// Some metrics, and the sets of members that they are broken down by.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDirective {
    pub dimensions: Vec<Vec<&'static str>>,
    pub metrics: Vec<MetricDefinition>,
}

/// A member of the line that is a metric.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDefinition {
    name: &'static str,
    unit: &'static str,
}

impl MetricDefinition {
    /// A number of things.
    pub fn count(name: &'static str) -> Self {
        Self { name, unit: "Count" }
    }

    /// A time in milliseconds.
    pub fn milliseconds(name: &'static str) -> Self {
        Self { name, unit: "Milliseconds" }
    }
}

impl EmfMetadata {
    /// The member for a line written at `now`.
    pub fn new(now: Timestamp, namespace: String, directives: Vec<MetricDirective>) -> Self {
        let directives = directives.into_iter();
        Self {
            timestamp: now.unix_millis(),
            cloud_watch_metrics: directives
                .map(|directive| NamespacedDirective { namespace: namespace.clone(), directive })
                .collect(),
        }
    }
}
