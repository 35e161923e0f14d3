//! EventBridge rules as the document keeps them.

use super::record_map::RecordMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rules on the default bus of one region, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRules {
    /// By name.
    pub rules: RecordMap<EventRule>,
}

/// One scheduled rule: event patterns are not modelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRule {
    /// `rate(…)` or `cron(…)`, checked when the rule was put.
    pub schedule: String,
    /// A disabled rule never fires by itself.
    pub enabled: bool,
    /// Free text.
    pub description: Option<String>,
    /// By id.
    pub targets: BTreeMap<String, RuleTarget>,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// Since when the schedule counts, in milliseconds since the epoch: a rate fires for the first time one period later.
    pub since_ms: i64,
}

/// A Lambda function that a rule invokes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTarget {
    /// The function's ARN.
    pub arn: String,
    /// The payload; `None`: the event itself.
    pub input: Option<String>,
}
