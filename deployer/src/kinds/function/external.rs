//! Functions and secrets of others: `[external.function.X]`, `[external.secret.X]`.

use super::block::NAME as NAME_RULE;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceOwner;
use crate::aws::{op, tags};
use crate::error::{Error, Result};
use crate::kinds::{ResourceRef, RunSession, StepContext, external};
use crate::stack::{KeyDefinition, Stack, TextRule, ValueShape, toml_block};
use serde::Deserialize;
use serde_json::Value;

/// Key of the functions.
pub const FUNCTION: &str = super::NAME;
/// Key of the secrets.
pub const SECRET: &str = "secret";

/// Functions of others by id, as a key of `[external]`.
pub const FUNCTIONS: KeyDefinition =
    external::sort(FUNCTION, ExternalFunction::ABOUT, &ValueShape::Table(ExternalFunction::KEYS));
/// Secrets of others by id, as a key of `[external]`.
pub const SECRETS: KeyDefinition =
    external::sort(SECRET, ExternalSecret::ABOUT, &ValueShape::Table(ExternalSecret::KEYS));

/// The name of a secret ("CreateSecret" in the API reference of Secrets Manager).
const SECRET_NAME: TextRule = TextRule::any("the name of a secret", 1, 512);

toml_block! {
    /// A function that others manage, for references.
    #[derive(Debug, Clone, Deserialize)]
    pub struct ExternalFunction {
        /// Name of the function, in the account and region of the stack.
        pub name: String = ValueShape::Text(NAME_RULE).required().aws("GetFunction FunctionName"),
    }
}

toml_block! {
    /// A secret of Secrets Manager that others manage, for references.
    #[derive(Debug, Clone, Deserialize)]
    pub struct ExternalSecret {
        /// Name of the secret, in the account and region of the stack.
        pub name: String = ValueShape::Text(SECRET_NAME).required().aws("DescribeSecret SecretId"),
    }
}

/// Tells whether a complete block of either sort fits its typed form.
///
/// # Errors
/// What does not fit.
pub fn fits(value: &Value) -> Result<(), serde_json::Error> {
    ExternalFunction::deserialize(value)?;
    ExternalSecret::deserialize(value).map(drop)
}

/// Looks at all of them, concurrently.
///
/// # Errors
/// One for each that is missing.
pub async fn look(session: &RunSession) -> Result<(), Vec<Error>> {
    let stack = &session.stack;
    let functions = external::faults(
        stack,
        FUNCTION,
        "external.function",
        |function: &ExternalFunction| &function.name,
        async |_, place| look_at_function(session, &place).await,
    );
    let secrets = external::faults(
        stack,
        SECRET,
        "external.secret",
        |secret: &ExternalSecret| &secret.name,
        async |_, place| look_at_secret(session, &place).await,
    );
    let (mut errors, secrets) = futures::join!(functions, secrets);
    errors.extend(secrets);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

async fn look_at_function(session: &RunSession, place: &ResourceRef) -> Result<()> {
    let cx = StepContext::silent(session, place);
    let lambda = &cx.clients().lambda;
    let answer = cx.find(&op::GET_FUNCTION, || lambda.get_function().function_name(cx.name()).send()).await;
    let answer = answer.map_err(|error| Error::from(error).fact("resource", place.id.to_string()))?;
    let Some(answer) = answer else { return Err(external::missing(session, FUNCTION, place)) };
    if session.owner(&session.managed(tags::from_map(answer.tags()))) == ResourceOwner::Ours {
        return Err(external::is_ours(session, FUNCTION, place));
    }
    Ok(())
}

async fn look_at_secret(session: &RunSession, place: &ResourceRef) -> Result<()> {
    let cx = StepContext::silent(session, place);
    let client = &cx.clients().secretsmanager;
    let answer = cx.find(&op::DESCRIBE_SECRET, || client.describe_secret().secret_id(cx.name()).send()).await;
    let answer = answer.map_err(|error| Error::from(error).fact("resource", place.id.to_string()))?;
    match answer {
        Some(secret) if secret.deleted_date().is_none() => Ok(()),
        Some(_) => {
            let hint = format!("`aws secretsmanager restore-secret --secret-id {}` takes that back.", place.name);
            Err(external::refused(session, SECRET, place, "is scheduled for deletion", &hint))
        }
        None => {
            let hint = "What `[external]` names is others' to make: correct its `name`, or the account and region that you deploy to.";
            Err(external::refused(session, SECRET, place, "does not exist", hint))
        }
    }
}

/// Returns what an operation that only looks is about.
pub fn permission(op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
    if op == &op::GET_FUNCTION || op == &op::LAMBDA_LIST_TAGS {
        external::names(stack, FUNCTION).iter().map(|name| arn.function(name)).collect()
    } else if op == &op::DESCRIBE_SECRET {
        external::names(stack, SECRET).iter().map(|name| arn.secret(name)).collect()
    } else {
        Vec::new()
    }
}
