//! The document: everything the control plane knows.

use super::function::FunctionRecord;
use super::journal::ChangeList;
use super::log_group::LogGroups;
use super::managed_policy::ManagedPolicy;
use super::queue::RegionQueues;
use super::record_map::RecordMap;
use super::rest_api::RestApi;
use super::role::RoleRecord;
use super::rule::EventRules;
use super::secret::{StoredParameter, StoredSecret};
use super::source_mapping::SourceMapping;
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

    /// Lists the records that are not as they are in `before`.
    pub(super) fn changes_since(&self, before: &Self) -> serde_json::Result<ChangeList> {
        let mut changes = ChangeList::default();
        let Self { version: _, iam: IamDocument { roles, policies }, regions } = self;
        changes.add(&["iam", "roles"], roles, &before.iam.roles)?;
        changes.add(&["iam", "policies"], policies, &before.iam.policies)?;
        for (name, region) in regions {
            region.add_changes(name, before.region(name), &mut changes)?;
        }
        Ok(changes)
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
    pub roles: RecordMap<RoleRecord>,
    /// Customer managed policies, by ARN.
    #[serde(default, skip_serializing_if = "RecordMap::is_empty")]
    pub policies: RecordMap<ManagedPolicy>,
}

/// What one region holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegionDocument {
    /// By name.
    pub functions: RecordMap<FunctionRecord>,
    /// By id.
    pub rest_apis: RecordMap<RestApi>,
    /// By id.
    pub usage_plans: RecordMap<UsagePlan>,
    /// By id.
    pub api_keys: RecordMap<ApiKey>,
    /// By table name: what the table engine does not keep.
    pub tables: RecordMap<TableRecord>,
    /// By ARN.
    pub backups: RecordMap<BackupRecord>,
    /// Log groups and streams; the events are in files of their own.
    pub logs: LogGroups,
    /// EventBridge rules and their targets.
    pub rules: EventRules,
    /// Of Systems Manager, by name.
    pub parameters: RecordMap<StoredParameter>,
    /// Of Secrets Manager, by name.
    pub secrets: RecordMap<StoredSecret>,
    /// Of SQS; the messages are in a file of their own.
    #[serde(skip_serializing_if = "RegionQueues::is_empty")]
    pub queues: RegionQueues,
    /// Event source mappings of Lambda, by UUID.
    #[serde(skip_serializing_if = "RecordMap::is_empty")]
    pub sources: RecordMap<SourceMapping>,
}

impl RegionDocument {
    /// Adds the records that are not as they are in `before`. Every field is named here, so that none can be forgotten.
    fn add_changes(&self, region: &str, before: &Self, changes: &mut ChangeList) -> serde_json::Result<()> {
        let Self {
            functions,
            rest_apis,
            usage_plans,
            api_keys,
            tables,
            backups,
            logs: LogGroups { groups },
            rules: EventRules { rules },
            parameters,
            secrets,
            queues: RegionQueues { queues, deleted_ms },
            sources,
        } = self;
        changes.add(&["regions", region, "functions"], functions, &before.functions)?;
        changes.add(&["regions", region, "rest_apis"], rest_apis, &before.rest_apis)?;
        changes.add(&["regions", region, "usage_plans"], usage_plans, &before.usage_plans)?;
        changes.add(&["regions", region, "api_keys"], api_keys, &before.api_keys)?;
        changes.add(&["regions", region, "tables"], tables, &before.tables)?;
        changes.add(&["regions", region, "backups"], backups, &before.backups)?;
        changes.add(&["regions", region, "logs", "groups"], groups, &before.logs.groups)?;
        changes.add(&["regions", region, "rules", "rules"], rules, &before.rules.rules)?;
        changes.add(&["regions", region, "parameters"], parameters, &before.parameters)?;
        changes.add(&["regions", region, "secrets"], secrets, &before.secrets)?;
        changes.add(&["regions", region, "queues", "queues"], queues, &before.queues.queues)?;
        changes.add(&["regions", region, "queues", "deleted_ms"], deleted_ms, &before.queues.deleted_ms)?;
        changes.add(&["regions", region, "sources"], sources, &before.sources)
    }
}
