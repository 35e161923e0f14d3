//! Reading a module: its resources, and the modules that it calls.

use super::evaluate::KnownValue;
use super::files::{ConfigurationFile, ConfigurationFiles};
use super::instances::{META, instances, resources};
use super::providers::AwsProviders;
use super::scope::{EvaluationContext, InstanceKey, ModuleScope};
use crate::error::Result;
use crate::import::options::ReadOptions;
use crate::import::source::{TerraformSource, TerraformTool};
use hcl_edit::Span;
use hcl_edit::structure::{Attribute, Block};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// How deep modules may call each other.
const DEPTH: usize = 8;

/// Reads the configuration in `dir`.
///
/// # Errors
/// A file that cannot be read or parsed, with the line; a directory without any.
pub fn read(dir: &Path, options: &ReadOptions) -> Result<TerraformSource> {
    let files = ConfigurationFiles::read(dir)?;
    let mut source = TerraformSource::new(dir);
    source.is_configuration = true;
    source.remarks.extend(files.remarks());
    if files.is_tofu() {
        source.tool = TerraformTool::OpenTofu;
    }
    let steps = EvaluationContext::new(options.workspace(dir));
    let given = given(&files, options, &steps)?;
    let module = ModuleScope::new(String::new(), &files, given, &steps);
    let providers = AwsProviders::read(&files, &module.scope(InstanceKey::Only), &AwsProviders::default());
    let region = providers.own().and_then(|provider| provider.region.clone());
    source.region = region.and_then(|region| region.ok()?.as_str().map(str::to_owned));
    collect(&module, &providers, 0, &steps, &mut source)?;
    Ok(source)
}

fn collect(
    module: &ModuleScope<'_>,
    providers: &AwsProviders,
    depth: usize,
    steps: &EvaluationContext,
    source: &mut TerraformSource,
) -> Result<()> {
    for (file, block) in module.files.blocks() {
        match (block.ident.as_str(), block.labels.as_slice()) {
            ("resource", [kind, label]) => {
                for resource in resources(module, providers, file, block, kind.as_str(), label.as_str()) {
                    match resource {
                        Ok(resource) => source.resources.push(resource),
                        Err(why) => source.remarks.push(why),
                    }
                }
            }
            ("data", [_, _]) => source.looked_up += 1,
            ("module", [label]) => call(module, providers, file, block, label.as_str(), depth, steps, source)?,
            ("terraform", [])
                if block.body.get_blocks("backend").chain(block.body.get_blocks("cloud")).next().is_some() =>
            {
                source.remarks.push(
                    "the state is kept elsewhere: `terraform state pull > former.tfstate` fetches it, and it tells more than these files".to_owned(),
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads a module that is called, when it is a directory beside.
#[expect(clippy::too_many_arguments, reason = "what is known so far, and where it goes")]
fn call(
    module: &ModuleScope<'_>,
    providers: &AwsProviders,
    file: &ConfigurationFile,
    block: &Block,
    label: &str,
    depth: usize,
    steps: &EvaluationContext,
    source: &mut TerraformSource,
) -> Result<()> {
    let address = format!("{}module.{label}", module.prefix());
    let place = file.place(block.span());
    let scope = module.scope(InstanceKey::Only);
    let dir = block.body.get_attribute("source").map(|dir| scope.value(&dir.value));
    let mut leave = |why: String| {
        source.remarks.push(format!("{address} is not looked into ({place}): {why}"));
        source.unread_modules += 1;
        Ok(())
    };
    let Some(Ok(Value::String(dir))) = dir else { return leave("its source is not known".to_owned()) };
    if !dir.starts_with("./") && !dir.starts_with("../") {
        return leave(format!("its source {dir} is not beside these files; a state has its resources"));
    }
    if depth >= DEPTH {
        return leave(format!("modules call each other more than {DEPTH} deep"));
    }
    let dir = module.files.dir().join(dir.trim_start_matches("./"));
    let instances = match instances(module, block) {
        Ok(instances) => instances,
        Err(why) => return leave(why),
    };
    let files = match ConfigurationFiles::read(&dir) {
        Ok(files) => files,
        Err(error) => return leave(error.message),
    };
    for (instance, index) in instances {
        let scope = module.scope(instance);
        let given: BTreeMap<String, KnownValue> = block
            .body
            .attributes()
            .filter(|attribute| !META.contains(&attribute.key.as_str()))
            .map(|attribute| (attribute.key.to_string(), scope.value(&attribute.value)))
            .collect();
        let inner = ModuleScope::new(format!("{address}{index}"), &files, given, steps);
        let passed = providers.passed(block);
        let providers = AwsProviders::read(&files, &inner.scope(InstanceKey::Only), &passed);
        collect(&inner, &providers, depth + 1, steps, source)?;
    }
    Ok(())
}

/// Returns the values of variables from `.tfvars` and from the command line. Files hold plain values: there is nothing that they
/// could refer to.
///
/// # Errors
/// A file that cannot be read.
fn given(
    files: &ConfigurationFiles,
    options: &ReadOptions,
    steps: &EvaluationContext,
) -> Result<BTreeMap<String, KnownValue>> {
    let none = ConfigurationFiles::none(files.dir());
    let module = ModuleScope::new(String::new(), &none, BTreeMap::new(), steps);
    let scope = module.scope(InstanceKey::Only);
    let value = |attribute: &Attribute| (attribute.key.to_string(), scope.value(&attribute.value));
    let mut out: BTreeMap<_, _> = files.values().map(value).collect();
    for path in &options.variable_files {
        out.extend(ConfigurationFile::read(path.clone())?.values().map(value));
    }
    out.extend(options.variables.iter().map(|(name, text)| (name.clone(), Ok(Value::String(text.clone())))));
    Ok(out)
}
