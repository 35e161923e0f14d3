//! A customer managed policy of IAM.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// One customer managed policy with its versions. IAM is global: policies belong to no region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Unique in the account, whatever its path and its case.
    pub name: String,
    /// `ANPA…`: a recreated policy has another one.
    pub id: String,
    /// `/` or `/team/`.
    pub path: String,
    /// `arn:aws:iam::<account>:policy<path><name>`.
    pub arn: String,
    /// Free text, which nothing changes later.
    pub description: Option<String>,
    /// By number, which is never given twice.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The version that is in force.
    pub default_version: u32,
    /// The number of the last version that was made, be it deleted or not.
    pub last_version: u32,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// When its version in force or its versions changed last.
    #[serde(with = "time::serde::rfc3339")]
    pub updated: OffsetDateTime,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The document, as it was sent.
    pub document: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl ManagedPolicy {
    /// Returns the document that is in force.
    pub fn document(&self) -> Option<&str> {
        self.versions.get(&self.default_version).map(|version| version.document.as_str())
    }
}
