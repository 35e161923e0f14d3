//! What the DynamoDB control plane knows beyond the table engine.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// The part of a table that the table engine does not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableRecord {
    /// Point-in-time recovery, and since when.
    #[serde(with = "time::serde::rfc3339::option")]
    pub recovery_since: Option<OffsetDateTime>,
    /// Days that point-in-time recovery goes back, 1 to 35.
    pub recovery_days: Option<u32>,
    /// ARN of the key of server-side encryption; `None`: the key that AWS owns.
    pub kms_key: Option<String>,
    /// Capacity of the provisioned global indexes by name: read units, write units.
    pub index_units: BTreeMap<String, (u64, u64)>,
    /// Until then the table is `CREATING`.
    #[serde(with = "time::serde::rfc3339::option")]
    pub creating_until: Option<OffsetDateTime>,
    /// Until then the table is `UPDATING`.
    #[serde(with = "time::serde::rfc3339::option")]
    pub updating_until: Option<OffsetDateTime>,
    /// Until then the table is `DELETING`, after that it is gone.
    #[serde(with = "time::serde::rfc3339::option")]
    pub deleting_until: Option<OffsetDateTime>,
    /// Until then point-in-time recovery cannot be changed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub recovery_unavailable_until: Option<OffsetDateTime>,
    /// The backup that it was made from.
    pub restored: Option<RestoreSource>,
    /// Until then TTL cannot be changed again.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expiry_locked_until: Option<OffsetDateTime>,
}

/// Where a restored table came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreSource {
    /// ARN of the backup.
    pub backup: String,
    /// ARN of the table that the backup was made from.
    pub table: String,
    /// When the backup was made.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A backup: its items are in a file of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackupRecord {
    /// `arn:aws:dynamodb:<region>:<account>:table/<table>/backup/<id>`.
    pub arn: String,
    /// The last part of the ARN, and the name of the file.
    pub id: String,
    /// Not unique.
    pub name: String,
    /// `USER`, or `SYSTEM` for what is left of a deleted table with point-in-time recovery.
    pub kind: String,
    /// The table it was made from.
    pub table: String,
    /// `DescribeTable` at that time.
    pub description: serde_json::Value,
    /// TTL attribute at that time.
    pub expiry_attribute: Option<String>,
    /// Bytes of the file.
    pub size: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}
