//! The comparison: what becomes of each resource, and what the stack description needs for it. Pure.

mod api;
mod fate;
mod function;
mod pair;
mod row;
mod schedule;
mod table;
mod tags;

pub use function::variables;
pub use pair::ResourcePairs;
pub use row::{ReportRow, TakeoverOutcome, word};
pub use table::{index_value, key_value, spec_of as table_spec};
pub use tags::of as tags_of;

use super::resource::InstanceStatus;
use super::system::ResourceGraph;
use super::{DescriptionSetting, TerraformSource, commands};
use crate::error::Error;
use crate::kinds::{KINDS, ResourceId, ResourceRef};
use crate::stack::Stack;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What Terraform has, compared with what the stack describes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TerraformComparison {
    /// Every resource of Terraform's, in its order.
    pub resources: Vec<ReportRow>,
    /// What the description needs so that nothing that exists is renamed or lost.
    pub settings: Vec<DescriptionSetting>,
    /// Resources of the stack that Terraform has nothing for: `up` makes them new.
    pub created: Vec<ResourceId>,
    /// Why nothing can be adopted.
    #[serde(skip)]
    pub refusals: Vec<Error>,
    /// Commands with which Terraform lets go of what is adopted. To be run before.
    pub forget: Vec<String>,
    /// Commands for what is left over afterwards.
    pub leftovers: Vec<String>,
    /// What may be adopted, with the id in AWS where the server made it up.
    #[serde(skip)]
    pub adopted: BTreeMap<ResourceRef, Option<String>>,
    /// Places that have to be there: what Terraform knows and AWS does not is not made anew.
    #[serde(skip)]
    pub expected: BTreeSet<ResourceRef>,
    /// Accounts and regions in the ARNs of what is adopted, with the address that told it.
    #[serde(skip)]
    pub accounts: BTreeMap<String, String>,
    /// See [`TerraformComparison::accounts`].
    #[serde(skip)]
    pub regions: BTreeMap<String, String>,
    /// Whether items or events are in what is adopted: what `terraform destroy` would delete for good.
    #[serde(skip)]
    pub holds_data: bool,
}

/// What one pair asks for.
#[derive(Debug, Default)]
struct RequiredEdits {
    settings: Vec<DescriptionSetting>,
    refusals: Vec<Error>,
    remarks: Vec<String>,
}

impl RequiredEdits {
    fn refuse(&mut self, address: &str, message: String, hint: &str) {
        self.refusals.push(Error::refused(message).fact("terraform", address).hint(hint));
    }
}

/// Compares.
pub fn compare(former: &TerraformSource, stack: &Stack) -> TerraformComparison {
    let system = ResourceGraph::of(&former.resources);
    let pairs = ResourcePairs::find(&system, stack);
    let mut out = TerraformComparison::default();
    let mut remarks = BTreeMap::new();
    let tables = pairs.tables.iter().map(|pair| (pair.former, table::demands(pair, stack)));
    let functions = pairs.functions.iter().map(|pair| (pair.former, function::demands(pair, &system, stack)));
    let apis = pairs.apis.iter().map(|pair| (pair.former, api::demands(pair, &system, stack)));
    let schedules = pairs.schedules.iter().map(|pair| (pair.former, schedule::demands(pair, &system, stack)));
    for (former, demands) in tables.chain(functions).chain(apis).chain(schedules) {
        out.settings.extend(demands.settings);
        out.refusals.extend(demands.refusals);
        remarks.insert(former.address.as_str(), demands.remarks);
    }
    for resource in &former.resources {
        let (name, fate) = fate::of(resource, &system, &pairs, stack);
        let mut told = remarks.remove(resource.address.as_str()).unwrap_or_default();
        told.extend(fate::remark(resource, &fate));
        if resource.standing == InstanceStatus::Tainted {
            told.push("tainted: Terraform would replace it with its next `apply`".to_owned());
        }
        out.resources.push(ReportRow {
            address: resource.address.clone(),
            kind: resource.kind.clone(),
            name,
            fate,
            remarks: told,
        });
    }
    places(former, &pairs, &mut out);
    out.created = created(stack, &out);
    out.forget = commands::forget(former, &out);
    out.leftovers = commands::leftovers(&system, &pairs, stack);
    out
}

/// Where what is adopted lives, and what its ARNs say of account and region.
fn places(former: &TerraformSource, pairs: &ResourcePairs<'_>, out: &mut TerraformComparison) {
    let mut add = |id: ResourceId, name: String, server_id: Option<&str>, expected: bool| {
        let place = ResourceRef { id, name };
        if expected {
            out.expected.insert(place.clone());
        }
        out.adopted.insert(place, server_id.map(str::to_owned));
    };
    for pair in &pairs.tables {
        add(ResourceId::new("table", &pair.id), pair.former_name.to_owned(), None, true);
    }
    for pair in &pairs.functions {
        add(ResourceId::new("function", &pair.id), pair.former_name.to_owned(), None, true);
        // Lambda makes it with the first event, whether Terraform knows or not.
        add(ResourceId::new("log_group", &pair.id), crate::kinds::log_group_name(pair.former_name), None, false);
    }
    for pair in &pairs.apis {
        add(ResourceId::new("rest_api", &pair.id), pair.former_name.to_owned(), pair.former.text("id"), true);
    }
    for pair in &pairs.schedules {
        add(ResourceId::new("schedule", &pair.id), pair.former_name.to_owned(), None, true);
    }
    out.holds_data = !pairs.tables.is_empty();
    for former in pairs.all() {
        let (account, region) = former.whereabouts();
        for (known, told) in [(account, &mut out.accounts), (region, &mut out.regions)] {
            if let Some(known) = known {
                told.entry(known.to_owned()).or_insert_with(|| former.address.clone());
            }
        }
    }
    if let (Some(region), false) = (&former.region, out.adopted.is_empty()) {
        out.regions.entry(region.clone()).or_insert_with(|| "provider.aws".to_owned());
    }
}

/// What the stack describes and Terraform has nothing for.
fn created(stack: &Stack, out: &TerraformComparison) -> Vec<ResourceId> {
    let known: BTreeSet<&ResourceId> = out.adopted.keys().map(|place| &place.id).collect();
    let declared = KINDS.iter().flat_map(|kind| kind.declare(stack)).map(|declared| declared.place.id);
    declared.filter(|id| !known.contains(id) && id.kind != "grant").collect()
}
