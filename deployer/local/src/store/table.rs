//! What the DynamoDB control plane knows beyond the table engine.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// The part of a table that the table engine does not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRecord {
    /// Point-in-time recovery, and since when.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub recovery_since: Option<OffsetDateTime>,
    /// Days that point-in-time recovery goes back, 1 to 35.
    pub recovery_days: Option<u32>,
}

/// An on-demand backup: its data is a file of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backup {
    /// `arn:aws:dynamodb:<region>:<account>:table/<table>/backup/<id>`.
    pub arn: String,
    /// Not unique.
    pub name: String,
    /// The table it was made from.
    pub table: String,
    /// `DescribeTable` at that time.
    pub description: serde_json::Value,
    /// Tags and TTL are not part of a backup; items are.
    pub items: u64,
    /// Bytes of data.
    pub size: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// Extra settings at that time, by name.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}
