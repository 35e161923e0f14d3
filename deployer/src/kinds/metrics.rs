//! Which metrics tell how a resource is used, and what it consumes.

use super::id::ResourceRef;

/// The metrics of a resource, by what they tell. The names are CloudWatch's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricSource {
    /// The resource.
    pub place: ResourceRef,
    /// `AWS/Lambda`.
    pub namespace: &'static str,
    /// What the metrics are about: pairs such as `FunctionName` and `orders-api`.
    pub dimensions: Vec<(&'static str, String)>,
    /// How often it was used.
    pub requests: &'static str,
    /// How often it failed.
    pub errors: &'static str,
    /// How often it refused its caller's request, where that is told apart.
    pub client_errors: Option<&'static str>,
    /// How often it refused because of too many requests, where that is counted.
    pub throttles: Option<&'static str>,
    /// How long it took, in milliseconds.
    pub duration: &'static str,
}

/// The metrics of what a resource consumes. The names are CloudWatch's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumptionSource {
    /// The resource.
    pub place: ResourceRef,
    /// `AWS/DynamoDB`.
    pub namespace: &'static str,
    /// What the metrics are about: pairs such as `TableName` and `Orders`.
    pub dimensions: Vec<(&'static str, String)>,
    /// The figures: what each is called, and the metric whose sum it is.
    pub figures: &'static [(&'static str, &'static str)],
}
