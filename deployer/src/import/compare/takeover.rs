//! Everything that decides what becomes of a resource.

use super::pair::{ResourcePair, ResourcePairs};
use crate::import::graph::ResourceGraph;
use crate::import::parts::{parts, shown_stage};
use crate::import::resource::TerraformResource;
use crate::kinds::ApiBlock;
use crate::stack::Stack;
use serde_json::Value;
use std::collections::HashSet;

/// Holds what Terraform has, what the stack describes, and which is which.
pub struct Takeover<'a> {
    /// What hangs together.
    pub graph: ResourceGraph<'a>,
    /// Which resource is taken over by which block.
    pub pairs: ResourcePairs<'a>,
    /// The description.
    pub stack: &'a Stack,
    /// Addresses of the roles that something uses that is not taken over.
    pub shared_roles: HashSet<String>,
}

impl<'a> Takeover<'a> {
    /// Finds out which is which.
    pub fn of(resources: &'a [TerraformResource], stack: &'a Stack) -> Self {
        let graph = ResourceGraph::of(resources);
        let pairs = ResourcePairs::find(&graph, stack);
        let mut shared_roles = HashSet::new();
        for resource in resources {
            let is_own = resource.kind.starts_with("aws_iam_") || pairs.get(resource).is_some();
            for text in resource.attributes.values().filter(|_| !is_own).flat_map(texts_in) {
                shared_roles.extend(graph.owner("aws_iam_role", text).map(|role| role.address.clone()));
            }
        }
        let profiles = graph.kind("aws_iam_instance_profile").filter_map(|profile| profile.raw("role"));
        shared_roles.extend(profiles.filter_map(|role| Some(graph.owner("aws_iam_role", role)?.address.clone())));
        Self { graph, pairs, stack, shared_roles }
    }

    /// Returns the name of the API's stage that the description gives it.
    pub fn described_stage(&self) -> Option<String> {
        ApiBlock::of(self.stack).map(|api| api.stage_name(self.stack))
    }

    /// Returns the resources that a pair's block stands for.
    pub fn parts(&self, pair: &ResourcePair<'a>) -> Vec<&'a TerraformResource> {
        let described = self.described_stage().filter(|_| pair.section == "api");
        let stage = described.and_then(|described| shown_stage(&self.graph, pair.resource, &described));
        parts(&self.graph, pair.resource, stage)
    }
}

/// Returns the texts of a value that may be an ARN or a reference.
fn texts_in(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) if text.starts_with("arn:") || text.starts_with("${") => vec![text],
        Value::Array(list) => list.iter().flat_map(texts_in).collect(),
        Value::Object(members) => members.values().flat_map(texts_in).collect(),
        _ => Vec::new(),
    }
}
