//! The result of a comparison.

use super::row::ReportRow;
use crate::error::Error;
use crate::import::setting::DescriptionSetting;
use crate::kinds::{ResourceId, ResourceRef};
use std::collections::{BTreeMap, BTreeSet};

/// Holds what Terraform has, compared with what the stack describes.
#[derive(Debug, Clone, Default)]
pub struct TerraformComparison {
    /// Every resource of Terraform's, in its order.
    pub resources: Vec<ReportRow>,
    /// What the description needs so that nothing that exists is renamed or lost.
    pub settings: Vec<DescriptionSetting>,
    /// Resources of the stack that Terraform has nothing for: `up` makes them new.
    pub created: Vec<ResourceId>,
    /// Why nothing can be adopted.
    pub refusals: Vec<Error>,
    /// What an adoption would lose, each by the name under which a user accepts that.
    pub losses: Vec<(String, Error)>,
    /// Commands with which Terraform lets go of what is adopted. To be run before.
    pub forget: Vec<String>,
    /// Commands for what is left over afterwards.
    pub leftovers: Vec<String>,
    /// What may be adopted, with the id in AWS where the server made it up.
    pub adopted: BTreeMap<ResourceRef, Option<String>>,
    /// Places that have to be there: what Terraform knows and AWS does not is not made anew.
    pub expected: BTreeSet<ResourceRef>,
    /// Accounts in the ARNs of what is adopted, with the address that told it.
    pub accounts: BTreeMap<String, String>,
    /// Regions in the ARNs of what is adopted, with the address that told it.
    pub regions: BTreeMap<String, String>,
    /// Whether items or events are in what is adopted: what `terraform destroy` would delete for good.
    pub holds_data: bool,
}
