//! What one attribute of Terraform's becomes in a stack description.

use crate::import::resource::TerraformResource;
use crate::kinds::log_group_name;
use serde_json::Value;
use std::collections::BTreeSet;

/// Maps a type of Terraform's.
#[derive(Debug, Clone, Copy)]
pub struct TerraformKind {
    /// Terraform's type: `aws_dynamodb_table`.
    pub name: &'static str,
    /// AWS's word for it.
    pub word: &'static str,
    /// Attribute that has its name in AWS.
    pub named_by: Option<&'static str>,
    /// Section of the description whose blocks say what it says.
    pub section: Option<&'static str>,
    /// Attributes that the description has a key for.
    pub attributes: &'static [AttributeMapping],
    /// What happens at the adoption to attributes that the description has no key for, and their names: `layers`,
    /// `settings.metrics_enabled` inside a block, `snap_start=None|Off` with values that are AWS's own and need no word.
    pub unmapped: &'static [(&'static str, &'static str)],
    /// Names of attributes of which nothing is to be said: they tell which resources belong together, other code reads them,
    /// AWS makes them up, or they are about Terraform alone.
    pub silent: &'static str,
}

/// Maps attributes of Terraform's to a key of the description.
#[derive(Debug, Clone, Copy)]
pub struct AttributeMapping {
    /// Attributes or blocks of Terraform's that tell the value.
    pub terraform: &'static [&'static str],
    /// Key in the block of the description: `memory`, `throttle.rate`.
    pub key: &'static str,
    /// Reads the value as the description has it; nothing where AWS has the feature off.
    pub read: fn(&TerraformResource) -> Option<Value>,
    /// Whether code of its own compares the key with a description that exists.
    pub is_judged: bool,
}

impl AttributeMapping {
    /// Maps to a key that is proposed wherever the description says something else.
    pub const fn new(
        terraform: &'static [&'static str],
        key: &'static str,
        read: fn(&TerraformResource) -> Option<Value>,
    ) -> Self {
        Self { terraform, key, read, is_judged: false }
    }

    /// Maps to a key whose differences need more than a new value.
    pub const fn judged(
        terraform: &'static [&'static str],
        key: &'static str,
        read: fn(&TerraformResource) -> Option<Value>,
    ) -> Self {
        Self { terraform, key, read, is_judged: true }
    }

    /// Returns the value that the description has to have; nothing where AWS has the feature off.
    ///
    /// # Errors
    /// The attribute that is not known, and why.
    pub fn told(&self, resource: &TerraformResource) -> Result<Option<Value>, (&'static str, String)> {
        for name in self.terraform {
            resource.told(name).map_err(|why| (*name, why))?;
        }
        Ok((self.read)(resource))
    }
}

/// Fate of what AWS keeps, because nothing that the deployer sends is about it.
pub const STAYS: &str = "stays as it is";
/// Fate of what the deployer's own settings replace.
pub const ENDS: &str = "is removed";

/// Names an attribute that the description has no key for.
struct UnmappedAttribute {
    name: &'static str,
    usual: Vec<&'static str>,
    fate: &'static str,
}

impl UnmappedAttribute {
    /// Tells whether Terraform sets it to something of its own, or to what the file does not tell.
    fn is_set(&self, resource: &TerraformResource) -> bool {
        let (block, member) = self.name.split_once('.').unwrap_or((self.name, ""));
        match resource.told(block) {
            Err(_) => resource.unknown.keys().any(|key| key == block || key.starts_with(self.name)),
            Ok(None) => false,
            Ok(Some(value)) if member.is_empty() => !is_usual(value, &self.usual, resource),
            Ok(Some(blocks)) => {
                let value = blocks.get(0).and_then(|block| block.get(member));
                value.is_some_and(|value| !is_usual(value, &self.usual, resource))
            }
        }
    }
}

/// Tells whether a value is off or one of `usual`.
fn is_usual(value: &Value, usual: &[&str], resource: &TerraformResource) -> bool {
    let known = |text: &str| usual.contains(&text);
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => known("true"),
        Value::Number(number) => known(&number.to_string()),
        Value::String(text) => {
            // Every function writes to the log group of its name unless something else is said.
            let own_log = || resource.text("function_name").is_some_and(|name| *text == log_group_name(name));
            text.is_empty() || known(text) || own_log()
        }
        Value::Array(list) => list.iter().all(|value| is_usual(value, usual, resource)),
        Value::Object(members) => members.values().all(|value| is_usual(value, usual, resource)),
    }
}

impl TerraformKind {
    /// Returns what is to be said of a resource's attributes that have no place in the description.
    pub fn remarks(&self, resource: &TerraformResource) -> Vec<String> {
        let unmapped = self
            .unmapped()
            .filter(|attribute| attribute.is_set(resource))
            .map(|attribute| format!("`{}` has no place in the description: it {}", attribute.name, attribute.fate));
        let set = resource.attributes.iter().filter(|(_, value)| !is_usual(value, &[], resource));
        let names: BTreeSet<_> = set.map(|(name, _)| name).chain(resource.unknown.keys()).collect();
        let strangers = names.into_iter().filter(|name| !self.known().any(|known| known == block_of(name)));
        let strangers =
            strangers.map(|name| format!("`{name}` is not known here: what becomes of it has to be looked up"));
        unmapped.chain(strangers).collect()
    }

    /// Returns every attribute and block that has a place in the mapping.
    pub fn known(&self) -> impl Iterator<Item = &'static str> {
        let mapped = self.attributes.iter().flat_map(|attribute| attribute.terraform).copied();
        let unmapped = self.unmapped().map(|attribute| block_of(attribute.name));
        mapped.chain(unmapped).chain(self.silent.split_whitespace())
    }

    fn unmapped(&self) -> impl Iterator<Item = UnmappedAttribute> {
        let named =
            self.unmapped.iter().flat_map(|(fate, names)| names.split_whitespace().map(move |name| (*fate, name)));
        named.map(|(fate, name)| {
            let (name, usual) = name.split_once('=').unwrap_or((name, ""));
            UnmappedAttribute { name, usual: usual.split('|').collect(), fate }
        })
    }
}

/// Returns the block that an attribute is in, which is the attribute itself at the top.
fn block_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(block, _)| block)
}
