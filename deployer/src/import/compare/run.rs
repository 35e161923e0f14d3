//! The comparison as a whole.

use super::comparison::TerraformComparison;
use super::edits::RequiredEdits;
use super::pair::ResourcePair;
use super::row::{ReportRow, TakeoverOutcome};
use super::takeover::Takeover;
use super::{api, attributes, commands, function, outcome, places, queue, schedule, table};
use crate::import::mapping;
use crate::import::resource::InstanceStatus;
use crate::import::source::TerraformSource;
use crate::kinds::{KINDS, ResourceId};
use crate::stack::Stack;
use std::collections::BTreeSet;

/// Compares what Terraform has with what a stack describes.
pub fn compare(source: &TerraformSource, stack: &Stack) -> TerraformComparison {
    let takeover = Takeover::of(&source.resources, stack);
    let mut edits = RequiredEdits::default();
    for pair in takeover.pairs.all() {
        require(pair, &takeover, &mut edits);
    }
    let mut out = TerraformComparison::default();
    for resource in &source.resources {
        let (name, outcome) = outcome::of(resource, &takeover);
        let is_deposed = matches!(resource.standing, InstanceStatus::Deposed(_));
        let mut remarks = if is_deposed { None } else { edits.remarks.remove(&resource.address) }.unwrap_or_default();
        if let TakeoverOutcome::Adopted { .. } | TakeoverOutcome::Renamed { .. } | TakeoverOutcome::Part { .. } =
            outcome
        {
            let kind = mapping::of(&resource.kind).filter(|kind| kind.section.is_some());
            remarks.extend(kind.into_iter().flat_map(|kind| kind.remarks(resource)));
        }
        remarks.extend(outcome::remark(resource, &outcome, &takeover));
        if resource.standing == InstanceStatus::Tainted {
            remarks.push("tainted: Terraform would replace it with its next `apply`".to_owned());
        }
        let (address, kind) = (resource.address.clone(), resource.kind.clone());
        out.resources.push(ReportRow { address, kind, name, outcome, remarks });
    }
    out.settings = edits.settings;
    out.refusals = edits.refusals;
    out.losses = edits.losses;
    places::fill(source, &takeover, &mut out);
    out.created = created(stack, &out);
    out.forget = commands::forget(source, &out.resources);
    out.leftovers = commands::leftovers(&takeover);
    out
}

/// Gathers what one pair asks for.
fn require(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    if pair.section == "table" {
        let refusals = out.refusals.len();
        table::refuse_keys(pair, takeover, out);
        if out.refusals.len() > refusals {
            return;
        }
    }
    attributes::propose(pair, takeover, out);
    match pair.section {
        "table" => {
            table::drop_capacity(pair, takeover, out);
            table::propose_indexes(pair, takeover, out);
            table::remark_new_indexes(pair, takeover, out);
        }
        "function" => function::judge(pair, takeover, out),
        "api" => api::judge(pair, takeover, out),
        "queue" => queue::propose_dead_letters(pair, takeover, out),
        _ => schedule::judge(pair, takeover, out),
    }
    attributes::propose_tags(pair, takeover, out);
}

/// Returns what the stack describes and Terraform has nothing for.
fn created(stack: &Stack, out: &TerraformComparison) -> Vec<ResourceId> {
    let known: BTreeSet<&ResourceId> = out.adopted.keys().map(|place| &place.id).collect();
    let declared = KINDS.iter().flat_map(|kind| kind.declare(stack)).map(|declared| declared.place.id);
    declared.filter(|id| !known.contains(id) && id.kind != "grant").collect()
}
