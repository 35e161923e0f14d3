//! Everything that decides what becomes of a resource.

use super::pair::{ResourcePair, ResourcePairs};
use crate::import::graph::ResourceGraph;
use crate::import::parts::{parts, shown_stage};
use crate::import::resource::TerraformResource;
use crate::kinds::{ApiBlock, api_stage_name};
use crate::stack::Stack;

/// Holds what Terraform has, what the stack describes, and which is which.
pub struct Takeover<'a> {
    /// What hangs together.
    pub graph: ResourceGraph<'a>,
    /// Which resource is taken over by which block.
    pub pairs: ResourcePairs<'a>,
    /// The description.
    pub stack: &'a Stack,
}

impl<'a> Takeover<'a> {
    /// Finds out which is which.
    pub fn of(resources: &'a [TerraformResource], stack: &'a Stack) -> Self {
        let graph = ResourceGraph::of(resources);
        let pairs = ResourcePairs::find(&graph, stack);
        Self { graph, pairs, stack }
    }

    /// Returns the name of the API's stage that the description gives it.
    pub fn described_stage(&self) -> Option<String> {
        self.stack.get::<ApiBlock>("api").map(|api| api_stage_name(self.stack, &api))
    }

    /// Returns the resources that a pair's block stands for.
    pub fn parts(&self, pair: &ResourcePair<'a>) -> Vec<&'a TerraformResource> {
        let described = self.described_stage().filter(|_| pair.section == "api");
        let stage = described.and_then(|described| shown_stage(&self.graph, pair.resource, &described));
        parts(&self.graph, pair.resource, stage)
    }
}
