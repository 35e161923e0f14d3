//! Which resource of Terraform's is which of the stack's.

use super::keys::same_keys;
use crate::import::environment::variables;
use crate::import::graph::{NamedResource, ResourceGraph};
use crate::import::methods::methods;
use crate::import::resource::TerraformResource;
use crate::kinds::{ApiBlock, FunctionBlock, QueueBlock, ResourceId, ScheduleBlock, TableBlock};
use crate::stack::{NamedBlock, Stack, TypedBlock};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Sections whose blocks can take something over, with the kind of the resource that a block makes.
const SECTIONS: &[(&str, &str)] =
    &[("table", "table"), ("function", "function"), ("api", "rest_api"), ("schedule", "schedule"), ("queue", "queue")];

/// A resource of the stack and the one of Terraform's that it takes over.
#[derive(Debug)]
pub struct ResourcePair<'a> {
    /// Section of the description.
    pub section: &'static str,
    /// Id in the stack.
    pub id: String,
    /// Name that the description gives it.
    pub name: String,
    /// As Terraform has it.
    pub resource: &'a TerraformResource,
    /// Its name in AWS.
    pub aws_name: &'a str,
}

impl ResourcePair<'_> {
    /// Returns the id of the resource in the stack.
    pub fn resource_id(&self) -> ResourceId {
        let kind = SECTIONS.iter().find(|(section, _)| *section == self.section).map_or("", |(_, kind)| kind);
        ResourceId::new(kind, &self.id)
    }

    /// Returns the path of a key of the block.
    pub fn path(&self, key: &str) -> Vec<String> {
        let id = (self.section != "api").then_some(self.id.as_str());
        [self.section].into_iter().chain(id).chain(key.split('.')).map(str::to_owned).collect()
    }

    /// Tells whether the description calls it otherwise than AWS does.
    pub fn is_renamed(&self) -> bool {
        self.name != self.aws_name
    }
}

/// Holds all pairs, section by section.
#[derive(Default)]
pub struct ResourcePairs<'a> {
    pairs: Vec<ResourcePair<'a>>,
    /// Position by Terraform's address.
    positions: HashMap<&'a str, usize>,
}

impl<'a> ResourcePairs<'a> {
    /// Returns all of them.
    pub fn all(&self) -> &[ResourcePair<'a>] {
        &self.pairs
    }

    /// Returns the pairs of a section.
    pub fn of(&self, section: &str) -> impl Iterator<Item = &ResourcePair<'a>> {
        self.pairs.iter().filter(move |pair| pair.section == section)
    }

    /// Returns the pair that takes over a resource.
    pub fn get(&self, resource: &TerraformResource) -> Option<&ResourcePair<'a>> {
        self.pairs.get(*self.positions.get(resource.address.as_str())?)
    }

    fn add(&mut self, pairs: Vec<ResourcePair<'a>>) {
        for pair in pairs {
            self.positions.insert(&pair.resource.address, self.pairs.len());
            self.pairs.push(pair);
        }
    }

    /// Finds them: by name first, then by what hangs together, then by Terraform's label, then because there is only one of each.
    pub fn find(graph: &ResourceGraph<'a>, stack: &Stack) -> Self {
        let mut out = Self::default();
        out.add(tables(graph, stack));
        let functions = functions(graph, stack, &out);
        out.add(functions);
        out.add(apis(graph, stack));
        let schedules = schedules(graph, stack, &out);
        out.add(schedules);
        out.add(queues(graph, stack));
        out
    }
}

fn tables<'a>(graph: &ResourceGraph<'a>, stack: &Stack) -> Vec<ResourcePair<'a>> {
    let keys = |described: &NamedBlock<TableBlock>, table: &NamedResource<'_>| {
        stack.block("table", &described.id).is_some_and(|block| same_keys(block, table.resource))
    };
    let mut matching = Matching::<TableBlock>::new(stack, graph.named("aws_dynamodb_table", "name"));
    matching.by_name();
    matching.by_label(&keys);
    matching.by_lack_of_choice(&keys);
    matching.pairs
}

fn queues<'a>(graph: &ResourceGraph<'a>, stack: &Stack) -> Vec<ResourcePair<'a>> {
    let mut matching = Matching::<QueueBlock>::new(stack, graph.named("aws_sqs_queue", "name"));
    matching.by_name();
    // What is FIFO on one side alone is another queue.
    let fits = |described: &NamedBlock<QueueBlock>, queue: &NamedResource<'_>| {
        described.block.fifo == queue.resource.on("fifo_queue")
    };
    matching.by_label(&fits);
    matching.by_lack_of_choice(&fits);
    matching.pairs
}

fn functions<'a>(graph: &ResourceGraph<'a>, stack: &Stack, found: &ResourcePairs<'a>) -> Vec<ResourcePair<'a>> {
    let mut matching = Matching::<FunctionBlock>::new(stack, graph.named("aws_lambda_function", "function_name"));
    matching.by_name();
    if matching.is_done() {
        return matching.pairs;
    }
    // Which function answers a route.
    let api = ApiBlock::of(stack);
    let routes = api.iter().flat_map(|api| &api.routes);
    let described: BTreeSet<(&str, &str)> = routes.map(|(route, target)| (target.function(), route.as_str())).collect();
    let apis = graph.kind("aws_api_gateway_rest_api").flat_map(|api| methods(graph, api));
    let answers: Vec<_> = apis.filter_map(|method| Some((method.function?.address.as_str(), method.route?))).collect();
    matching.by(|described_block, function| {
        let mut own = answers.iter().filter(|(address, _)| *address == function.resource.address);
        own.any(|(_, route)| described.contains(&(described_block.id.as_str(), route.as_str())))
    });
    // Which function a rule runs.
    let scheduled: BTreeSet<_> = stack.all::<ScheduleBlock>().into_iter().map(|(_, block)| block.function).collect();
    let targets = graph.rules().into_iter().flat_map(|rule| graph.targets(rule.resource));
    let timed: BTreeSet<_> = targets.filter_map(|(_, function)| Some(function?.address.as_str())).collect();
    matching.by(|described, function| {
        scheduled.contains(&described.id) && timed.contains(function.resource.address.as_str())
    });
    matching.by_label(&|_, _| true);
    // Which function has the name of a table in its environment.
    matching.by(|described, function| {
        let values: Vec<_> =
            variables(function.resource).into_iter().flatten().filter_map(|(_, v)| v.as_str()).collect();
        let mut used = found.of("table").filter(|pair| described.block.tables.contains_key(&pair.id));
        used.any(|pair| values.iter().any(|value| refers_to(graph, value, pair.resource)))
    });
    matching.by_lack_of_choice(&|_, _| true);
    matching.pairs
}

fn refers_to(graph: &ResourceGraph<'_>, text: &str, table: &TerraformResource) -> bool {
    graph.owner("aws_dynamodb_table", text).is_some_and(|owner| owner.address == table.address)
}

fn apis<'a>(graph: &ResourceGraph<'a>, stack: &Stack) -> Vec<ResourcePair<'a>> {
    let mut matching = Matching::<ApiBlock>::new(stack, graph.named("aws_api_gateway_rest_api", "name"));
    matching.by_name();
    matching.by(|described, api| {
        let methods = methods(graph, api.resource);
        methods
            .iter()
            .filter_map(|method| method.route.as_ref())
            .any(|route| described.block.routes.contains_key(route))
    });
    matching.by_lack_of_choice(&|_, _| true);
    matching.pairs
}

/// Pairs schedules and rules. A rule alone says nothing about what it is for: one of each is no reason.
fn schedules<'a>(graph: &ResourceGraph<'a>, stack: &Stack, found: &ResourcePairs<'a>) -> Vec<ResourcePair<'a>> {
    let mut matching = Matching::<ScheduleBlock>::new(stack, graph.rules());
    matching.by_name();
    matching.by(|described, rule| {
        let mut runs = graph.targets(rule.resource).into_iter().filter_map(|(_, function)| found.get(function?));
        runs.any(|pair| pair.id == described.block.function)
    });
    matching.by_label(&|_, _| true);
    matching.pairs
}

/// Pairs blocks and resources by one rule after the other. A rule counts only where it leaves no choice on either side.
struct Matching<'a, B> {
    described: Vec<NamedBlock<B>>,
    resources: Vec<NamedResource<'a>>,
    one_of_each: bool,
    pairs: Vec<ResourcePair<'a>>,
}

impl<'a, B: TypedBlock> Matching<'a, B> {
    fn new(stack: &Stack, resources: Vec<NamedResource<'a>>) -> Self {
        // Of two that have one name the one in another region is not meant.
        let mut named: HashMap<&str, usize> = HashMap::new();
        resources.iter().for_each(|resource| *named.entry(resource.name).or_default() += 1);
        let elsewhere =
            |resource: &NamedResource<'_>| match (resource.resource.whereabouts().1, stack.region.as_deref()) {
                (Some(region), Some(own)) => region != own,
                _ => false,
            };
        let mut resources = resources;
        resources.retain(|resource| named.get(resource.name) == Some(&1) || !elsewhere(resource));
        let described = stack.named::<B>();
        let one_of_each = described.len() == 1 && resources.len() == 1;
        Self { described, resources, one_of_each, pairs: Vec::new() }
    }

    fn is_done(&self) -> bool {
        self.described.is_empty() || self.resources.is_empty()
    }

    fn by_name(&mut self) {
        let matches = self.joined(|described| described.name.clone(), |resource| resource.name.to_owned());
        self.take(matches);
    }

    fn by_label(&mut self, fits: &dyn Fn(&NamedBlock<B>, &NamedResource<'a>) -> bool) {
        let mut matches =
            self.joined(|described| described.id.to_lowercase(), |resource| resource.resource.label.to_lowercase());
        matches.retain(|(d, r)| fits(&self.described[*d], &self.resources[*r]));
        self.take(matches);
    }

    fn by_lack_of_choice(&mut self, fits: &dyn Fn(&NamedBlock<B>, &NamedResource<'a>) -> bool) {
        if self.one_of_each {
            self.by(fits);
        }
    }

    fn by(&mut self, rule: impl Fn(&NamedBlock<B>, &NamedResource<'a>) -> bool) {
        let rule = &rule;
        let resources = &self.resources;
        let matches = self.described.iter().enumerate().flat_map(|(d, one)| {
            resources.iter().enumerate().filter(move |(_, resource)| rule(one, resource)).map(move |(r, _)| (d, r))
        });
        let matches = matches.collect();
        self.take(matches);
    }

    /// Returns the positions of those that have the same text on both sides.
    fn joined(
        &self,
        of_block: impl Fn(&NamedBlock<B>) -> String,
        of_resource: impl Fn(&NamedResource<'a>) -> String,
    ) -> Vec<(usize, usize)> {
        let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, resource) in self.resources.iter().enumerate() {
            by_text.entry(of_resource(resource)).or_default().push(position);
        }
        let found = self.described.iter().enumerate().map(|(d, one)| (d, by_text.get(&of_block(one))));
        found.flat_map(|(d, found)| found.into_iter().flatten().map(move |r| (d, *r))).collect()
    }

    /// Makes pairs of those that have one match on either side.
    fn take(&mut self, matches: Vec<(usize, usize)>) {
        let (mut of_block, mut of_resource) = (HashMap::new(), HashMap::new());
        for (d, r) in &matches {
            *of_block.entry(*d).or_insert(0) += 1;
            *of_resource.entry(*r).or_insert(0) += 1;
        }
        let lone = |(d, r): &(usize, usize)| of_block.get(d) == Some(&1) && of_resource.get(r) == Some(&1);
        let chosen: BTreeMap<usize, usize> = matches.into_iter().filter(lone).collect();
        let taken: BTreeSet<usize> = chosen.values().copied().collect();
        let mut rest = Vec::new();
        for (position, one) in std::mem::take(&mut self.described).into_iter().enumerate() {
            match chosen.get(&position).and_then(|r| self.resources.get(*r)) {
                Some(found) => self.pairs.push(ResourcePair {
                    section: B::SECTION,
                    id: one.id,
                    name: one.name,
                    resource: found.resource,
                    aws_name: found.name,
                }),
                None => rest.push(one),
            }
        }
        self.described = rest;
        let mut position = 0..;
        self.resources.retain(|_| position.next().is_some_and(|position| !taken.contains(&position)));
        self.pairs.sort_by(|a, b| a.id.cmp(&b.id));
    }
}
