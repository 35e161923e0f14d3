//! A configuration: the `.tf` files of a directory, with the local modules that they call.
//!
//! Values are worked out as far as the files alone tell them: literals, variables with their defaults and `.tfvars`, locals, and
//! attributes of other resources. What only AWS, the environment or Terraform's functions know is left out and named.

mod evaluate;
mod files;
mod scope;

use super::TerraformSource;
use super::resource::TerraformResource;
use crate::error::Result;
use evaluate::{KnownValue, ValueEvaluation};
use files::ConfigurationFiles;
use hcl_edit::Span;
use hcl_edit::structure::{Block, Body, Structure};
use scope::{EvaluationBudget, InstanceKey, ModuleScope};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// How deep modules may call each other.
const DEPTH: usize = 8;
/// Instances of one `count` or `for_each` that are looked at.
const INSTANCES: usize = 500;
/// Attributes of every resource that say how Terraform deals with it.
const META: &[&str] = &["count", "for_each", "depends_on", "lifecycle", "provisioner", "connection", "timeouts"];

/// Reads the configuration in `dir`.
///
/// # Errors
/// A file that cannot be read or parsed, with the line; a directory without any.
pub fn read(dir: &Path) -> Result<TerraformSource> {
    let files = ConfigurationFiles::read(dir)?;
    let mut former = TerraformSource::new(dir);
    former.is_configuration = true;
    former.remarks.extend(files.remarks());
    let steps = EvaluationBudget::default();
    let given = files.given(&steps);
    let module = ModuleScope::new(String::new(), &files, given, &steps);
    former.region = region(&module);
    collect(&module, 0, &steps, &mut former)?;
    Ok(former)
}

fn collect(
    module: &ModuleScope<'_>,
    depth: usize,
    steps: &EvaluationBudget,
    former: &mut TerraformSource,
) -> Result<()> {
    for (file, block) in module.files.blocks() {
        match (block.ident.as_str(), block.labels.as_slice()) {
            ("resource", [kind, label]) => {
                for resource in resources(module, file, block, kind.as_str(), label.as_str()) {
                    match resource {
                        Ok(resource) => former.resources.push(resource),
                        Err(why) => former.remarks.push(why),
                    }
                }
            }
            ("data", [_, _]) => former.looked_up += 1,
            ("module", [label]) => call(module, file, block, label.as_str(), depth, steps, former)?,
            ("terraform", [])
                if block.body.get_blocks("backend").chain(block.body.get_blocks("cloud")).next().is_some() =>
            {
                former.remarks.push(
                    "the state is kept elsewhere: `terraform state pull > former.tfstate` fetches it, and it tells more than these files".to_owned(),
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads a module that is called, when it is a directory beside.
fn call(
    module: &ModuleScope<'_>,
    file: &files::ConfigurationFile,
    block: &Block,
    label: &str,
    depth: usize,
    steps: &EvaluationBudget,
    former: &mut TerraformSource,
) -> Result<()> {
    let address = format!("{}module.{label}", module.prefix());
    let place = file.place(block.span());
    let scope = module.scope(InstanceKey::Only);
    let source = block.body.get_attribute("source").map(|source| scope.value(&source.value));
    let mut leave = |why: String| {
        former.remarks.push(format!("{address} is not looked into ({place}): {why}"));
        Ok(())
    };
    let Some(Ok(Value::String(source))) = source else { return leave("its source is not known".to_owned()) };
    if !source.starts_with("./") && !source.starts_with("../") {
        return leave(format!("its source {source} is not beside these files; a state has its resources"));
    }
    if depth >= DEPTH {
        return leave(format!("modules call each other more than {DEPTH} deep"));
    }
    let dir = module.files.dir().join(source.trim_start_matches("./"));
    let instances = match instances(module, block) {
        Ok(instances) => instances,
        Err(why) => return leave(why),
    };
    let files = ConfigurationFiles::read(&dir)?;
    for (instance, index) in instances {
        let scope = module.scope(instance);
        let given: BTreeMap<String, KnownValue> = block
            .body
            .attributes()
            .filter(|attribute| !META.contains(&attribute.key.as_str()))
            .map(|attribute| (attribute.key.to_string(), scope.value(&attribute.value)))
            .collect();
        let inner = ModuleScope::new(format!("{address}{index}"), &files, given, steps);
        collect(&inner, depth + 1, steps, former)?;
    }
    Ok(())
}

/// The instances of a resource; what cannot be told of them is a remark.
fn resources(
    module: &ModuleScope<'_>,
    file: &files::ConfigurationFile,
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

/// The instances that `count` or `for_each` makes, with their index in addresses.
fn instances(module: &ModuleScope<'_>, block: &Block) -> Result<Vec<(InstanceKey, String)>, String> {
    let scope = module.scope(InstanceKey::Only);
    if let Some(count) = block.body.get_attribute("count") {
        let count = scope.value(&count.value)?;
        let number = super::resource::integer(&count).and_then(|n| usize::try_from(n).ok());
        let number =
            number.filter(|n| *n <= INSTANCES).ok_or_else(|| format!("`count` is {count}, not 0 to {INSTANCES}"))?;
        return Ok((0..number).map(|n| (InstanceKey::Counted(n), format!("[{n}]"))).collect());
    }
    let Some(each) = block.body.get_attribute("for_each") else { return Ok(vec![(InstanceKey::Only, String::new())]) };
    let entries = scope::entries(&scope.value(&each.value)?)?;
    if entries.len() > INSTANCES {
        return Err(format!("`for_each` has {} members, more than {INSTANCES}", entries.len()));
    }
    let instance = |(key, value): (String, Value)| {
        let index = format!("[{}]", Value::String(key.clone()));
        (InstanceKey::Each(key, value), index)
    };
    Ok(entries.into_iter().map(instance).collect())
}

/// Attributes and blocks as a state has them.
fn body(
    scope: &ValueEvaluation<'_>,
    file: &files::ConfigurationFile,
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

/// Region of the provider that resources use when they name none.
fn region(module: &ModuleScope<'_>) -> Option<String> {
    let provider = module.files.blocks().find(|(_, block)| {
        block.ident.as_str() == "provider"
            && block.labels.first().is_some_and(|label| label.as_str() == "aws")
            && !block.body.has_attribute("alias")
    })?;
    let region = &provider.1.body.get_attribute("region")?.value;
    module.scope(InstanceKey::Only).value(region).ok()?.as_str().map(str::to_owned)
}
