//! Environment variables between the description, the spec and Lambda. A secret is in a spec as its seal only.

use super::block::{EnvironmentSetting, FunctionBlock, LARGEST_ENVIRONMENT};
use crate::aws::tags::{ResourceTags, SECRETS};
use crate::error::{Error, Result};
use crate::kinds::diff::SpecDiff;
use crate::kinds::secret::SecretSeal;
use crate::kinds::{DesiredScope, ResourceRef, StepContext};
use crate::stack::Stack;
use aws_sdk_lambda::types::FunctionConfiguration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Variables by name.
pub type EnvironmentVariables = BTreeMap<String, VariableValue>;

/// The value of a variable, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum VariableValue {
    /// May be shown.
    Plain(String),
    /// May not.
    Secret(SecretSeal),
}

/// Longest value of a tag ("TagResource").
const LONGEST_TAG: usize = 256;
/// The tag's value for so many secrets that their names do not fit.
const ALL: &str = "*";

/// Returns what the description asks for.
pub(super) fn wanted(
    block: &FunctionBlock,
    place: &ResourceRef,
    stack: &Stack,
    scope: &DesiredScope<'_>,
) -> Result<EnvironmentVariables> {
    let (mut environment, mut size) = (EnvironmentVariables::new(), 0);
    for (name, setting) in &block.environment {
        let variable = match setting {
            EnvironmentSetting::Text(text) => {
                let text = stack.resolve(text, Some(scope.arn));
                size += text.len();
                VariableValue::Plain(text)
            }
            EnvironmentSetting::Secret(_) => {
                let secret = setting.source(stack).and_then(|source| scope.secrets.get(&source));
                let secret = secret.ok_or_else(|| unresolved(name, place))?;
                size += secret.expose().len();
                VariableValue::Secret(secret.seal())
            }
        };
        size += name.len();
        environment.insert(name.clone(), variable);
    }
    if size > LARGEST_ENVIRONMENT {
        return Err(Error::refused(format!("the environment of {} has {size} bytes", place.id)).hint(format!(
            "Lambda takes {LARGEST_ENVIRONMENT} bytes of names and values together. Nothing was changed: shorten them, or let the function read long values itself."
        )));
    }
    Ok(environment)
}

fn unresolved(name: &str, place: &ResourceRef) -> Error {
    Error::internal(format!("the secret {name} of {} was not looked up", place.id))
}

/// Returns what Lambda has. A variable is a secret when the description says so, or when it was when the deployer wrote it: what it was may
/// still be worth hiding when the description has it no more.
pub(super) fn observed(
    cx: &StepContext<'_>,
    configuration: &FunctionConfiguration,
    tags: &ResourceTags,
) -> EnvironmentVariables {
    let stack = &cx.session.stack;
    let described = stack.get::<FunctionBlock>(&cx.place.id.name).map(|block| block.secrets(stack)).unwrap_or_default();
    let described: BTreeSet<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
    let marked: BTreeSet<&str> = tags.get(SECRETS).map(String::as_str).unwrap_or_default().split(' ').collect();
    let secret = |name: &str| described.contains(name) || marked.contains(name) || marked.contains(ALL);
    let variables = configuration.environment().and_then(|e| e.variables());
    variables
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let variable = if secret(name) {
                VariableValue::Secret(SecretSeal::of(value))
            } else {
                VariableValue::Plain(value.clone())
            };
            (name.clone(), variable)
        })
        .collect()
}

/// Returns what is sent: the only place where secrets are put in.
pub(super) fn sent(cx: &StepContext<'_>, desired: &EnvironmentVariables) -> Result<aws_sdk_lambda::types::Environment> {
    let stack = &cx.session.stack;
    let secrets = cx.session.uploads.secrets.borrow();
    let block = stack.get::<FunctionBlock>(&cx.place.id.name);
    let sources: BTreeMap<_, _> = block.map(|block| block.secrets(stack)).unwrap_or_default().into_iter().collect();
    let value = |name: &str, variable: &VariableValue| match variable {
        VariableValue::Plain(text) => Some(text.clone()),
        VariableValue::Secret(_) => {
            sources.get(name).and_then(|source| secrets.get(source)).map(|s| s.expose().to_owned())
        }
    };
    let mut variables = std::collections::HashMap::new();
    for (name, variable) in desired {
        let value = value(name, variable).ok_or_else(|| unresolved(name, cx.place))?;
        variables.insert(name.clone(), value);
    }
    Ok(aws_sdk_lambda::types::Environment::builder().set_variables(Some(variables)).build())
}

/// Returns the tag that names the secrets, where there are any.
pub(super) fn mark(block: &FunctionBlock, stack: &Stack) -> Option<(String, String)> {
    let secrets = block.secrets(stack);
    let names = secrets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ");
    let value = if names.len() > LONGEST_TAG { ALL.to_owned() } else { names };
    (!secrets.is_empty()).then(|| (SECRETS.to_owned(), value))
}

/// Tells whether the tag that names the secrets is to change.
pub(super) fn is_marked_anew(diff: &SpecDiff) -> bool {
    diff.iter().any(|change| change.path.strip_prefix("tags.") == Some(SECRETS))
}
