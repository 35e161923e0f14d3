//! Where what is adopted lives.

use super::comparison::TerraformComparison;
use super::outcome::source_of;
use super::takeover::Takeover;
use crate::import::source::TerraformSource;
use crate::import::sources;
use crate::kinds::{ResourceId, ResourceRef, log_group_name};

/// Notes the place of each resource that is adopted, and what the ARNs say of account and region.
pub fn fill(source: &TerraformSource, takeover: &Takeover<'_>, out: &mut TerraformComparison) {
    for pair in takeover.pairs.all() {
        let place = ResourceRef { id: pair.resource_id(), name: pair.aws_name.to_owned() };
        let server_id = pair.resource.text("id").filter(|_| pair.section == "api");
        out.expected.insert(place.clone());
        out.adopted.insert(place, server_id.map(str::to_owned));
        if pair.section == "function" {
            // Lambda makes it with the first event, whether Terraform knows or not.
            let place = ResourceRef { id: ResourceId::new("log_group", &pair.id), name: log_group_name(pair.aws_name) };
            out.adopted.insert(place, None);
        }
        out.holds_data |= matches!(pair.section, "table" | "queue");
        let (account, region) = pair.resource.whereabouts();
        for (known, told) in [(account, &mut out.accounts), (region, &mut out.regions)] {
            if let Some(known) = known {
                told.entry(known.to_owned()).or_insert_with(|| pair.resource.address.clone());
            }
        }
    }
    for mapping in takeover.graph.kind(sources::KIND) {
        out.adopted.extend(source_of(mapping, takeover).map(|place| (place, None)));
    }
    if let (Some(region), false) = (&source.region, out.adopted.is_empty()) {
        out.regions.entry(region.clone()).or_insert_with(|| "provider.aws".to_owned());
    }
}
