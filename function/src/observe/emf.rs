//! CloudWatch's embedded metric format: the `_aws` member of a log line says which other members are metrics.

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

/// Some metrics, and the sets of members that are their dimensions.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDirective {
    /// The sets of dimensions. CloudWatch keeps each metric once for each set.
    pub dimensions: Vec<Vec<&'static str>>,
    /// The metrics.
    pub metrics: Vec<MetricDefinition>,
}

/// The name and unit of a metric. The name is that of the member that holds its value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDefinition {
    name: &'static str,
    unit: &'static str,
}

impl MetricDefinition {
    /// Makes a metric that is a count.
    pub fn count(name: &'static str) -> Self {
        Self { name, unit: "Count" }
    }

    /// Makes a metric that is a duration in milliseconds.
    pub fn milliseconds(name: &'static str) -> Self {
        Self { name, unit: "Milliseconds" }
    }
}

impl EmfMetadata {
    /// Makes the member for a line of the time `now`.
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
