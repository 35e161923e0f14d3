//! Which resource of Terraform's is which of the stack's.

use super::super::resource::TerraformResource;
use super::super::system::{NamedResource, ResourceGraph};
use super::table;
use crate::kinds::{ApiBlock, FunctionBlock, ScheduleBlock, TableBlock};
use crate::stack::{Stack, TypedBlock};
use std::collections::BTreeSet;

/// A resource of the stack and the one of Terraform's that it takes over.
#[derive(Debug)]
pub struct ResourcePair<'a, B> {
    /// Id in the stack.
    pub id: String,
    /// Name that the description gives it.
    pub name: String,
    /// As described.
    pub block: B,
    /// As Terraform has it.
    pub former: &'a TerraformResource,
    /// Its name in AWS.
    pub former_name: &'a str,
}

/// All pairs.
pub struct ResourcePairs<'a> {
    /// Tables.
    pub tables: Vec<ResourcePair<'a, TableBlock>>,
    /// Functions.
    pub functions: Vec<ResourcePair<'a, FunctionBlock>>,
    /// The API, if it is there.
    pub apis: Vec<ResourcePair<'a, ApiBlock>>,
    /// Rules.
    pub schedules: Vec<ResourcePair<'a, ScheduleBlock>>,
}

struct DescribedBlock<B> {
    id: String,
    name: String,
    block: B,
}

impl<'a> ResourcePairs<'a> {
    /// Finds them: by name first, then by what hangs together, then by Terraform's label, then because there is only one of each.
    pub fn find(system: &ResourceGraph<'a>, stack: &Stack) -> ResourcePairs<'a> {
        let tables = pair(
            described(stack, |block: &TableBlock| block.name.clone()),
            system.tables(),
            &[&|described, former| described.name == former.name, &|described, former| {
                label(&described.id, former) && table::same_keys(&described.block, former.resource)
            }],
            |described, former| table::same_keys(&described.block, former.resource),
        );
        let routed = |id: &str, former: &NamedResource<'_>| {
            let api = stack.get::<ApiBlock>("api");
            let mut routes = api.iter().flat_map(|api| &api.routes).filter(|(_, function)| *function == id);
            let methods: Vec<_> = system.apis().iter().flat_map(|api| system.methods(api.resource)).collect();
            routes.any(|(route, _)| {
                methods.iter().any(|method| {
                    method.route.as_deref() == Some(route)
                        && method.function.is_some_and(|f| f.address == former.resource.address)
                })
            })
        };
        let timed = |id: &str, former: &NamedResource<'_>| {
            let described = stack.all::<ScheduleBlock>().iter().any(|(_, block)| block.function == id);
            let targets = system.rules().into_iter().flat_map(|rule| system.targets(rule.resource));
            let mut functions = targets.filter_map(|(_, function)| function);
            described && functions.any(|function| function.address == former.resource.address)
        };
        let shares_table = |described: &DescribedBlock<FunctionBlock>, former: &NamedResource<'_>| {
            let variables = former.resource.block("environment").and_then(|block| block.get("variables")?.as_object());
            let values: Vec<_> = variables.into_iter().flatten().filter_map(|(_, value)| value.as_str()).collect();
            let mut used = tables.iter().filter(|pair| described.block.tables.contains_key(&pair.id));
            used.any(|pair| values.iter().any(|value| *value == pair.former_name || pair.former.is_meant_by(value)))
        };
        let functions = pair(
            described(stack, |block: &FunctionBlock| block.name.clone()),
            system.functions(),
            &[
                &|described, former| described.name == former.name,
                &|described, former| routed(&described.id, former),
                &|described, former| timed(&described.id, former),
                &|described, former| label(&described.id, former),
                &shares_table,
            ],
            |_, _| true,
        );
        let apis = pair(
            described(stack, |block: &ApiBlock| block.name.clone()),
            system.apis(),
            &[&|described, former| described.name == former.name, &|described, former| {
                let methods = system.methods(former.resource);
                methods
                    .iter()
                    .filter_map(|method| method.route.as_ref())
                    .any(|route| described.block.routes.contains_key(route))
            }],
            |_, _| true,
        );
        let schedules = pair(
            described(stack, |block: &ScheduleBlock| block.name.clone()),
            system.rules(),
            &[
                &|described, former| described.name == former.name,
                &|described, former| {
                    let function = functions.iter().find(|pair| pair.id == described.block.function);
                    let targets = system.targets(former.resource);
                    let mut runs = targets.iter().filter_map(|(_, function)| *function);
                    function.is_some_and(|pair| runs.any(|f| f.address == pair.former.address))
                },
                &|described, former| label(&described.id, former),
            ],
            // A rule alone says nothing about what it is for.
            |_, _| false,
        );
        ResourcePairs { tables, functions, apis, schedules }
    }

    /// Every resource of Terraform's that is taken over.
    pub fn all(&self) -> impl Iterator<Item = &'a TerraformResource> + '_ {
        let tables = self.tables.iter().map(|pair| pair.former);
        let functions = self.functions.iter().map(|pair| pair.former);
        let apis = self.apis.iter().map(|pair| pair.former);
        tables.chain(functions).chain(apis).chain(self.schedules.iter().map(|pair| pair.former))
    }

    /// Id of the function that takes over this one.
    pub fn function(&self, former: &TerraformResource) -> Option<&str> {
        self.functions.iter().find(|pair| pair.former.address == former.address).map(|pair| pair.id.as_str())
    }
}

fn described<B: TypedBlock>(stack: &Stack, given: impl Fn(&B) -> Option<String>) -> Vec<DescribedBlock<B>> {
    let blocks = stack.all::<B>().into_iter();
    blocks
        .map(|(id, block)| DescribedBlock { name: stack.physical_name(&id, given(&block).as_deref()), id, block })
        .collect()
}

fn label(id: &str, former: &NamedResource<'_>) -> bool {
    former.resource.label.eq_ignore_ascii_case(id)
}

type ScheduleRule<'r, 'a, B> = &'r dyn Fn(&DescribedBlock<B>, &NamedResource<'a>) -> bool;

/// Pairs by one rule after the other. A rule counts only where it leaves no choice on either side. `only` decides where there is one
/// of each and nothing else says that they belong together.
fn pair<'a, B>(
    mut described: Vec<DescribedBlock<B>>,
    mut former: Vec<NamedResource<'a>>,
    rules: &[ScheduleRule<'_, 'a, B>],
    only: impl Fn(&DescribedBlock<B>, &NamedResource<'a>) -> bool,
) -> Vec<ResourcePair<'a, B>> {
    let one_of_each = described.len() == 1 && former.len() == 1;
    let mut pairs = Vec::new();
    let only = |d: &DescribedBlock<B>, f: &NamedResource<'a>| one_of_each && only(d, f);
    for rule in rules.iter().copied().chain([&only as ScheduleRule<'_, 'a, B>]) {
        let matches: Vec<(usize, usize)> = described
            .iter()
            .enumerate()
            .flat_map(|(d, one)| former.iter().enumerate().filter(|(_, f)| rule(one, f)).map(move |(f, _)| (d, f)))
            .collect();
        let lone = |(d, f): &(usize, usize)| {
            matches.iter().filter(|(other, _)| other == d).count() == 1
                && matches.iter().filter(|(_, other)| other == f).count() == 1
        };
        let chosen: Vec<_> = matches.iter().copied().filter(lone).collect();
        let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = chosen.iter().copied().unzip();
        let mut rest = Vec::new();
        for (position, one) in described.into_iter().enumerate() {
            let found = chosen.iter().find(|(d, _)| *d == position).and_then(|(_, f)| former.get(*f));
            match found.filter(|_| ours.contains(&position)) {
                Some(found) => pairs.push(ResourcePair {
                    id: one.id,
                    name: one.name,
                    block: one.block,
                    former: found.resource,
                    former_name: found.name,
                }),
                None => rest.push(one),
            }
        }
        described = rest;
        let mut position = 0;
        former.retain(|_| {
            position += 1;
            !theirs.contains(&(position - 1))
        });
    }
    pairs.sort_by(|a, b| a.id.cmp(&b.id));
    pairs
}
