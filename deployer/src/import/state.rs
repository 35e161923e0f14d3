//! `terraform.tfstate`: JSON of version 4, which Terraform writes since 0.12 and OpenTofu always.

use super::resource::{InstanceStatus, TerraformResource};
use super::source::{TerraformSource, TerraformTool};
use crate::error::{Error, Result};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The version that is understood.
const VERSION: u64 = 4;

/// Holds what tells one kind of JSON from another.
#[derive(Deserialize)]
struct StateHeader {
    version: Option<Value>,
    format_version: Option<Value>,
    encrypted_data: Option<Value>,
    backend: Option<Value>,
}

#[derive(Deserialize)]
struct StateFile {
    terraform_version: Option<String>,
    #[serde(default)]
    resources: Vec<StateResource>,
}

#[derive(Deserialize)]
struct StateResource {
    #[serde(default)]
    module: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    instances: Vec<StateInstance>,
}

#[derive(Deserialize)]
struct StateInstance {
    index_key: Option<Value>,
    status: Option<String>,
    deposed: Option<String>,
    attributes: Option<Map<String, Value>>,
    /// The form of Terraform 0.11, which later ones keep until they refresh the object.
    attributes_flat: Option<Value>,
    #[serde(default)]
    sensitive_attributes: Vec<Value>,
}

/// Reads a state.
///
/// # Errors
/// One that says what the file is instead of a state, with the line where it stops being one.
pub fn parse(path: &Path, text: &str) -> Result<TerraformSource> {
    if text.trim().is_empty() {
        return Err(Error::usage(format!("{} is empty", path.display()))
            .hint("The state before the last change is in terraform.tfstate.backup."));
    }
    let header: StateHeader = serde_json::from_str(text).map_err(|error| broken(path, &error))?;
    refuse_others(path, &header)?;
    let state: StateFile = serde_json::from_str(text).map_err(|error| broken(path, &error))?;
    let mut source = TerraformSource::new(path);
    source.version = state.terraform_version;
    for object in state.resources {
        if object.provider.contains("registry.opentofu.org") {
            source.tool = TerraformTool::OpenTofu;
        }
        match object.mode.as_str() {
            "managed" => source.resources.extend(instances(object)),
            _ => source.looked_up += object.instances.len(),
        }
    }
    Ok(source)
}

fn refuse_others(path: &Path, header: &StateHeader) -> Result<()> {
    let refuse =
        |what: &str, hint: &str| Err(Error::usage(format!("{} is {what}", path.display())).hint(hint.to_owned()));
    if header.encrypted_data.is_some() {
        return refuse(
            "an encrypted state of OpenTofu",
            "Let OpenTofu decrypt it: `tofu state pull > former.tfstate`, and delete that file afterwards.",
        );
    }
    if header.format_version.is_some() {
        return refuse(
            "a plan or a state as `terraform show -json` prints it, not a state",
            "Give the state itself: terraform.tfstate, or what `terraform state pull` prints.",
        );
    }
    match &header.version {
        // `.terraform/terraform.tfstate` has the name and holds the settings of a remote state.
        Some(_) if header.backend.is_some() => refuse(
            "where the settings of a remote state are kept, not the state",
            "Fetch the state: `terraform state pull > former.tfstate`.",
        ),
        Some(version) if version.as_u64() == Some(VERSION) => Ok(()),
        Some(version) if version.is_u64() => refuse(
            &format!("a state of version {version}; version {VERSION} is understood"),
            "Terraform 0.12 and later write it: `terraform refresh` with a present one brings an older state up to date.",
        ),
        _ => refuse(
            "JSON, but no state of Terraform: it has no `version`",
            "Give terraform.tfstate, or what `terraform state pull` prints.",
        ),
    }
}

/// Returns an error with the place, with which `serde_json`'s errors end.
fn broken(path: &Path, error: &serde_json::Error) -> Error {
    let message = error.to_string();
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    let place = format!("{}:{}:{}", path.display(), error.line(), error.column());
    Error::usage(format!("{} is not a state of Terraform: {what}", path.display()))
        .fact("at", place)
        .hint("Give terraform.tfstate, or what `terraform state pull` prints; a state that was cut short is in terraform.tfstate.backup.")
}

fn instances(object: StateResource) -> Vec<TerraformResource> {
    let StateResource { module, kind, name, instances, .. } = object;
    let module = if module.is_empty() { module } else { format!("{module}.") };
    let instance = |instance: StateInstance| {
        let index = match &instance.index_key {
            None | Some(Value::Null) => String::new(),
            Some(key) => format!("[{key}]"),
        };
        let mut attributes = instance.attributes.unwrap_or_default();
        let mut unknown = hide(&mut attributes, &instance.sensitive_attributes);
        if instance.attributes_flat.is_some() {
            let why = "the state has it in the form of Terraform 0.11: `terraform refresh` with a present one first";
            unknown.extend(["name", "function_name"].map(|name| (name.to_owned(), why.to_owned())));
        }
        TerraformResource {
            address: format!("{module}{kind}.{name}{index}"),
            kind: kind.clone(),
            label: name.clone(),
            attributes,
            unknown,
            standing: match (instance.deposed, instance.status.as_deref()) {
                (Some(key), _) if !key.is_empty() => InstanceStatus::Deposed(key),
                (_, Some("tainted")) => InstanceStatus::Tainted,
                _ => InstanceStatus::Sound,
            },
        }
    };
    instances.into_iter().map(instance).collect()
}

/// Takes out what the state marks as sensitive. A mark is a path whose first step is the attribute's name.
fn hide(attributes: &mut Map<String, Value>, marks: &[Value]) -> BTreeMap<String, String> {
    let name = |mark: &Value| Some(mark.get(0)?.get("value")?.as_str()?.to_owned());
    let hidden = marks.iter().filter_map(name).filter(|name| attributes.remove(name).is_some()).collect::<Vec<_>>();
    hidden.into_iter().map(|name| (name, "the state marks it as sensitive".to_owned())).collect()
}
