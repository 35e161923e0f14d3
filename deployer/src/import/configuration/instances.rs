//! The instances of a resource.

use super::evaluate::ValueEvaluation;
use super::files::ConfigurationFile;
use super::providers::AwsProviders;
use super::scope::{InstanceKey, ModuleScope, entries};
use crate::import::mapping;
use crate::import::resource::{TerraformResource, integer};
use hcl_edit::Span;
use hcl_edit::structure::{Block, Body, Structure};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Instances of one `count` or `for_each` that are looked at.
const INSTANCES: usize = 20_000;
/// Attributes of every resource that say how Terraform deals with it.
pub const META: &[&str] =
    &["count", "for_each", "depends_on", "lifecycle", "provider", "provisioner", "connection", "timeouts"];

/// Returns the instances of a resource, or remarks on what cannot be told of them.
pub fn resources(
    module: &ModuleScope<'_>,
    providers: &AwsProviders,
    file: &ConfigurationFile,
    block: &Block,
    kind: &str,
    label: &str,
) -> Vec<Result<TerraformResource, String>> {
    let address = format!("{}{kind}.{label}", module.prefix());
    let place = file.place(block.span());
    let instances = match instances(module, block) {
        Ok(instances) => instances,
        Err(why) => {
            // It is told by name all the same: nothing may go unnoticed.
            let unknown = ["name", "function_name"]
                .map(|name| (name.to_owned(), format!("how many there are is not known: {why}")));
            return vec![Ok(TerraformResource {
                address,
                kind: kind.to_owned(),
                label: label.to_owned(),
                unknown: unknown.into(),
                ..TerraformResource::default()
            })];
        }
    };
    if instances.is_empty() {
        return vec![Err(format!("{address} is switched off ({place}): it has no instance"))];
    }
    let instance = |(instance, index): (InstanceKey, String)| {
        let scope = module.scope(instance);
        let (mut attributes, mut unknown) = (Map::new(), BTreeMap::new());
        body(&scope, file, &block.body, &mut attributes, &mut unknown);
        // Only what is taken over has tags and a region that matter.
        if mapping::of(kind).is_some_and(|kind| kind.known().any(|name| name == "tags_all")) {
            providers.apply(block, &mut attributes, &mut unknown);
        }
        Ok(TerraformResource {
            address: format!("{address}{index}"),
            kind: kind.to_owned(),
            label: label.to_owned(),
            attributes,
            unknown,
            ..TerraformResource::default()
        })
    };
    instances.into_iter().map(instance).collect()
}

/// Returns the instances that `count` or `for_each` makes, with their index in addresses.
///
/// # Errors
/// Why they are not known.
pub fn instances(module: &ModuleScope<'_>, block: &Block) -> Result<Vec<(InstanceKey, String)>, String> {
    let scope = module.scope(InstanceKey::Only);
    if let Some(count) = block.body.get_attribute("count") {
        let count = scope.value(&count.value)?;
        let number = integer(&count).and_then(|n| usize::try_from(n).ok());
        let number =
            number.filter(|n| *n <= INSTANCES).ok_or_else(|| format!("`count` is {count}, not 0 to {INSTANCES}"))?;
        return Ok((0..number).map(|n| (InstanceKey::Counted(n), format!("[{n}]"))).collect());
    }
    let Some(each) = block.body.get_attribute("for_each") else { return Ok(vec![(InstanceKey::Only, String::new())]) };
    let entries = entries(&scope.value(&each.value)?)?;
    if entries.len() > INSTANCES {
        return Err(format!("`for_each` has {} members, more than {INSTANCES}", entries.len()));
    }
    let instance = |(key, value): (String, Value)| {
        let index = format!("[{}]", Value::String(key.clone()));
        (InstanceKey::Each(key, value), index)
    };
    Ok(entries.into_iter().map(instance).collect())
}

/// Reads attributes and blocks as a state has them.
fn body(
    scope: &ValueEvaluation<'_>,
    file: &ConfigurationFile,
    body: &Body,
    attributes: &mut Map<String, Value>,
    unknown: &mut BTreeMap<String, String>,
) {
    for structure in body.iter() {
        match structure {
            Structure::Attribute(attribute) if !META.contains(&attribute.key.as_str()) => {
                let name = attribute.key.to_string();
                match scope.value(&attribute.value) {
                    Ok(value) => drop(attributes.insert(name, value)),
                    Err(why) => drop(unknown.insert(name, format!("{why} ({})", file.place(attribute.span())))),
                }
            }
            Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                let name = block.labels.first().map_or("dynamic", |label| label.as_str());
                unknown.insert(name.to_owned(), format!("a dynamic block makes it ({})", file.place(block.span())));
            }
            Structure::Block(block) if !META.contains(&block.ident.as_str()) => {
                let (mut inner, mut open) = (Map::new(), BTreeMap::new());
                self::body(scope, file, &block.body, &mut inner, &mut open);
                let name = block.ident.to_string();
                unknown.extend(open.into_iter().map(|(inner, why)| (format!("{name}.{inner}"), why)));
                // Where an attribute has the name it stands: Terraform refuses the two.
                if let Value::Array(blocks) = attributes.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                    blocks.push(Value::Object(inner));
                }
            }
            _ => {}
        }
    }
}
