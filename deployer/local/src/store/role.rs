//! An IAM role.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// One role. IAM is global: roles belong to no region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRecord {
    /// Unique in the account, whatever its path and its case.
    pub name: String,
    /// `AROA…`: a recreated role has another one.
    pub id: String,
    /// `/` or `/deployer/<stack>/`.
    pub path: String,
    /// `arn:aws:iam::<account>:role<path><name>`.
    pub arn: String,
    /// The trust policy, as it was sent.
    pub trust: String,
    /// Free text.
    pub description: Option<String>,
    /// 3,600 to 43,200 seconds.
    pub max_session_s: u32,
    /// By policy name: the document, as it was sent.
    pub inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub attached: BTreeSet<String>,
    /// ARN of the managed policy that bounds what the role may do, whatever its policies say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}
