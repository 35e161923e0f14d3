//! The document: everything the control plane knows.

use super::function::FunctionRecord;
use super::log_group::LogGroups;
use super::managed_policy::ManagedPolicy;
use super::rest_api::RestApi;
use super::role::RoleRecord;
use super::rule::EventRules;
use super::secret::{StoredParameter, StoredSecret};
use super::table::{BackupRecord, TableRecord};
use super::usage::{ApiKey, UsagePlan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Written into every document; another number is refused.
pub(super) const VERSION: u32 = 1;

static NOWHERE: LazyLock<RegionDocument> = LazyLock::new(RegionDocument::default);

/// The whole control plane.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudDocument {
    /// Format of this document.
    pub(super) version: u32,
    /// IAM is global.
    pub iam: IamDocument,
    /// Everything else belongs to a region.
    pub regions: BTreeMap<String, RegionDocument>,
}

impl Default for CloudDocument {
    fn default() -> Self {
        Self { version: VERSION, iam: IamDocument::default(), regions: BTreeMap::new() }
    }
}

impl CloudDocument {
    /// Returns a region to read from: empty when nothing was made there.
    pub fn region(&self, name: &str) -> &RegionDocument {
        self.regions.get(name).unwrap_or(&NOWHERE)
    }

    /// Returns a region to write to.
    pub fn region_mut(&mut self, name: &str) -> &mut RegionDocument {
        self.regions.entry(name.to_owned()).or_default()
    }
}

/// Identity and access.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamDocument {
    /// By name.
    pub roles: BTreeMap<String, RoleRecord>,
    /// Customer managed policies, by ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, ManagedPolicy>,
}

/// What one region holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegionDocument {
    /// By name.
    pub functions: BTreeMap<String, FunctionRecord>,
    /// By id.
    pub rest_apis: BTreeMap<String, RestApi>,
    /// By id.
    pub usage_plans: BTreeMap<String, UsagePlan>,
    /// By id.
    pub api_keys: BTreeMap<String, ApiKey>,
    /// By table name: what the table engine does not keep.
    pub tables: BTreeMap<String, TableRecord>,
    /// By ARN.
    pub backups: BTreeMap<String, BackupRecord>,
    /// Log groups and streams; the events are in files of their own.
    pub logs: LogGroups,
    /// EventBridge rules and their targets.
    pub rules: EventRules,
    /// Of Systems Manager, by name.
    pub parameters: BTreeMap<String, StoredParameter>,
    /// Of Secrets Manager, by name.
    pub secrets: BTreeMap<String, StoredSecret>,
}
