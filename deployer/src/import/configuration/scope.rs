//! What a name stands for inside a module.

use super::evaluate::{KnownValue, ValueEvaluation};
use super::files::{ConfigurationFile, ConfigurationFiles};
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Steps of evaluation for one reading. A hostile configuration can ask for more than any machine has.
const MOST_STEPS: u32 = 2_000_000;

/// The only data source that looks nothing up.
pub const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

/// How deep one value may lead to another. More is a circle.
const DEEPEST: u32 = 200;
/// Bytes of text that are a step.
const STRIDE: usize = 256;

/// Holds what all modules share: the workspace, and the count of the steps of evaluation with how deep it is in them.
#[derive(Default)]
pub struct EvaluationContext {
    /// The workspace, where it is known.
    pub workspace: Option<String>,
    taken: Cell<u32>,
    depth: Cell<u32>,
}

/// One step; it ends when this is dropped.
pub struct EvaluationStep<'a>(&'a Cell<u32>);

impl Drop for EvaluationStep<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl EvaluationContext {
    /// Begins an evaluation.
    pub fn new(workspace: Option<String>) -> Self {
        Self { workspace, ..Self::default() }
    }

    /// Takes one step in.
    ///
    /// # Errors
    /// When it leads too deep, or there were too many.
    pub fn enter(&self) -> Result<EvaluationStep<'_>, String> {
        self.spend(0)?;
        let depth = self.depth.get() + 1;
        if depth > DEEPEST {
            return Err("its value leads back to itself".to_owned());
        }
        self.depth.set(depth);
        Ok(EvaluationStep(&self.depth))
    }

    /// Counts a text of that many bytes.
    ///
    /// # Errors
    /// When there were too many steps.
    pub fn spend(&self, bytes: usize) -> Result<(), String> {
        let steps = u32::try_from(1 + bytes / STRIDE).unwrap_or(u32::MAX);
        self.taken.set(self.taken.get().saturating_add(steps));
        if self.taken.get() > MOST_STEPS {
            Err("the configuration is too intricate to work out".to_owned())
        } else {
            Ok(())
        }
    }
}

/// A module with the values of its variables.
pub struct ModuleScope<'a> {
    address: String,
    /// Its files.
    pub files: &'a ConfigurationFiles,
    /// The steps so far.
    pub steps: &'a EvaluationContext,
    given: BTreeMap<String, KnownValue>,
    variables: BTreeMap<&'a str, (&'a ConfigurationFile, &'a Block)>,
    locals: BTreeMap<&'a str, &'a Expression>,
    resources: BTreeMap<(&'a str, &'a str), &'a Block>,
    policy_documents: BTreeMap<&'a str, &'a Block>,
}

/// Which instance of a resource or module a value belongs to.
#[derive(Debug, Clone)]
pub enum InstanceKey {
    /// There are no instances to tell apart.
    Only,
    /// `count.index`.
    Counted(usize),
    /// `each.key` and `each.value`.
    Each(String, Value),
}

/// Returns a value in the type that its variable is declared with, as Terraform converts it.
fn converted(value: Value, declared: &str) -> Value {
    match (declared, &value) {
        ("bool", Value::String(text)) => text.parse::<bool>().map_or(value, Value::from),
        ("number", Value::String(text)) => serde_json::from_str(text).unwrap_or(value),
        ("string", Value::Bool(_) | Value::Number(_)) => Value::String(value.to_string()),
        _ => value,
    }
}

/// Returns the members that a `for_each` goes through.
///
/// # Errors
/// When it is neither a map nor a set of texts.
pub fn entries(each: &Value) -> Result<Vec<(String, Value)>, String> {
    match each {
        Value::Object(map) => Ok(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
        Value::Array(set) => {
            let mut keys: Vec<_> = set.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect();
            if keys.len() != set.len() {
                return Err("`for_each` goes through something else than texts".to_owned());
            }
            keys.sort();
            keys.dedup();
            Ok(keys.into_iter().map(|key| (key.clone(), Value::String(key))).collect())
        }
        _ => Err("`for_each` is neither a map nor a set".to_owned()),
    }
}

impl<'a> ModuleScope<'a> {
    /// Makes the scope of a module that was called with `given`.
    pub fn new(
        address: String,
        files: &'a ConfigurationFiles,
        given: BTreeMap<String, KnownValue>,
        steps: &'a EvaluationContext,
    ) -> Self {
        let (mut variables, mut locals, mut resources) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut policy_documents = BTreeMap::new();
        for (file, block) in files.blocks() {
            match (block.ident.as_str(), block.labels.as_slice()) {
                ("variable", [name]) => drop(variables.insert(name.as_str(), (file, block))),
                ("locals", []) => {
                    locals.extend(block.body.attributes().map(|attribute| (attribute.key.as_str(), &attribute.value)));
                }
                ("resource", [kind, label]) => drop(resources.insert((kind.as_str(), label.as_str()), block)),
                ("data", [kind, label]) if kind.as_str() == POLICY_DOCUMENT => {
                    policy_documents.insert(label.as_str(), block);
                }
                _ => {}
            }
        }
        ModuleScope { address, files, steps, given, variables, locals, resources, policy_documents }
    }

    /// Returns what stands before the addresses of its resources.
    pub fn prefix(&self) -> String {
        if self.address.is_empty() { String::new() } else { format!("{}.", self.address) }
    }

    /// Evaluates for one instance.
    pub fn scope(&'a self, instance: InstanceKey) -> ValueEvaluation<'a> {
        ValueEvaluation::new(self, instance)
    }

    /// Returns the value of `var.name`: as given, else its default.
    pub fn variable(&self, name: &str, scope: &ValueEvaluation<'_>) -> KnownValue {
        let Some((file, block)) = self.variables.get(name) else {
            return Err(format!("variable `{name}` is not declared"));
        };
        let flag = |key| block.body.get_attribute(key).is_some_and(|a| a.value.as_bool() == Some(true));
        if flag("sensitive") || flag("ephemeral") {
            return Err(format!("variable `{name}` is marked as sensitive"));
        }
        let value = match (self.given.get(name), block.body.get_attribute("default")) {
            (Some(given), _) => given.clone()?,
            (None, Some(default)) => scope.value(&default.value)?,
            (None, None) => {
                let place = file.place(block.span());
                return Err(format!("variable `{name}` has no default ({place}): `--var {name}=VALUE` tells it"));
            }
        };
        let declared = block.body.get_attribute("type").map(|declared| declared.value.to_string());
        let declared = declared.as_deref().unwrap_or_default().trim();
        // A value from the command line may be a list or a map in HCL.
        let composed = ["list", "set", "map", "object", "tuple"].iter().any(|kind| declared.starts_with(kind));
        match value.as_str().filter(|_| composed).and_then(|text| text.parse::<Expression>().ok()) {
            Some(expression) => scope.value(&expression),
            None => Ok(converted(value, declared)),
        }
    }

    /// Returns the expression of `local.name`.
    pub fn local(&self, name: &str) -> Result<&'a Expression, String> {
        self.locals.get(name).copied().ok_or_else(|| format!("local `{name}` is not declared"))
    }

    /// Returns `data.aws_iam_policy_document.label`.
    pub fn policy_document(&self, label: &str) -> Option<&'a Block> {
        self.policy_documents.get(label).copied()
    }

    /// Returns the resource `kind.label`.
    pub fn resource(&self, kind: &str, label: &str) -> Option<&'a Block> {
        self.resources.get(&(kind, label)).copied()
    }
}
