//! The document: everything the control plane knows.

use super::function::FunctionRecord;
use super::rest_api::RestApi;
use super::role::Role;
use super::secret::{Parameter, Secret};
use super::table::{Backup, TableRecord};
use super::usage::{ApiKey, UsagePlan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Written into every document; another number is refused.
pub(super) const VERSION: u32 = 1;

static NOWHERE: LazyLock<Region> = LazyLock::new(Region::default);

/// The whole control plane.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Format of this document.
    pub(super) version: u32,
    /// IAM is global.
    pub iam: Iam,
    /// Everything else belongs to a region.
    pub regions: BTreeMap<String, Region>,
}

impl Default for Document {
    fn default() -> Self {
        Self { version: VERSION, iam: Iam::default(), regions: BTreeMap::new() }
    }
}

impl Document {
    /// A region to read from: empty when nothing was made there.
    pub fn region(&self, name: &str) -> &Region {
        self.regions.get(name).unwrap_or(&NOWHERE)
    }

    /// A region to write to.
    pub fn region_mut(&mut self, name: &str) -> &mut Region {
        self.regions.entry(name.to_owned()).or_default()
    }
}

/// Identity and access.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Iam {
    /// By name.
    pub roles: BTreeMap<String, Role>,
}

/// What one region holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Region {
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
    pub backups: BTreeMap<String, Backup>,
    /// Log groups and streams; the events are in files of their own.
    pub logs: crate::logs::model::LogGroups,
    /// EventBridge rules and their targets.
    pub rules: crate::events::model::Rules,
    /// Of Systems Manager, by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Of Secrets Manager, by name.
    pub secrets: BTreeMap<String, Secret>,
}
