//! Getting the secrets of a stack from where they are, beside the reads and before anything is changed.

use super::block::FunctionBlock;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::aws::{AwsError, ErrorClass, op};
use crate::error::{Error, Result};
use crate::kinds::RunSession;
use crate::kinds::secret::{SecretSource, SecretValue, StackSecrets};
use crate::stack::Stack;
use futures::future::join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::env::VarError;

/// Parameters in one call ("GetParameters").
const AT_ONCE: usize = 10;

/// Gets every secret, concurrently. A stack without secrets costs no call.
///
/// # Errors
/// One for each place that gave none, with every variable that needs it.
pub async fn resolve(session: &RunSession) -> Result<StackSecrets, Vec<Error>> {
    let uses = uses(session);
    let (mut variables, mut parameters, mut managed) = (Vec::new(), Vec::new(), BTreeSet::new());
    for source in uses.keys() {
        match source {
            SecretSource::Variable(_) => variables.push(source),
            SecretSource::Parameter(name) => parameters.push(name.clone()),
            SecretSource::Managed { name, .. } => {
                managed.insert(name.clone());
            }
        }
    }
    let batches = join_all(parameters.chunks(AT_ONCE).map(|names| get_parameters(session, names)));
    let secrets = join_all(managed.into_iter().map(|name| get_secret(session, name)));
    let (batches, secrets) = futures::join!(batches, secrets);

    let mut found: Vec<(SecretSource, Result<String>)> =
        variables.into_iter().map(|source| (source.clone(), from_environment(source, |n| std::env::var(n)))).collect();
    found.extend(batches.into_iter().flatten());
    for (name, secret) in secrets {
        let members = uses.keys().filter_map(|source| match source {
            SecretSource::Managed { name: of, member } if *of == name => Some(member.as_deref()),
            _ => None,
        });
        found.extend(members.map(|member| {
            let value = secret.clone().and_then(|text| part(&name, text, member));
            (SecretSource::Managed { name: name.clone(), member: member.map(str::to_owned) }, value)
        }));
    }
    collect(found, &uses)
}

/// Returns the places that the stack's secrets are read from. Reading needs no right to the keys that AWS manages for both services;
/// which key of the account's own may encrypt a value, the description does not know.
pub fn permission(op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
    let sources = stack.all::<FunctionBlock>().into_iter().flat_map(|(_, block)| block.secrets(stack));
    let resources = sources.filter_map(|(_, source)| match source {
        SecretSource::Parameter(name) if op.service == "ssm" => Some(arn.parameter(&name)),
        SecretSource::Managed { name, .. } if op.service == "secretsmanager" => Some(arn.secret(&name)),
        _ => None,
    });
    resources.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Where each secret is needed: `function.api.environment.API_KEY (config/orders.toml:34)`.
type SecretUses = BTreeMap<SecretSource, Vec<String>>;

fn uses(session: &RunSession) -> SecretUses {
    let stack = &session.stack;
    let mut uses = SecretUses::new();
    for (id, block) in stack.all::<FunctionBlock>() {
        for (variable, source) in block.secrets(stack) {
            let at = stack.described_at(&["function", &id, "environment", &variable]);
            let at = at.map_or_else(String::new, |at| format!(" ({at})"));
            uses.entry(source).or_default().push(format!("function.{id}.environment.{variable}{at}"));
        }
    }
    uses
}

/// Returns the secrets, or all that went wrong.
fn collect(found: Vec<(SecretSource, Result<String>)>, uses: &SecretUses) -> Result<StackSecrets, Vec<Error>> {
    let (mut secrets, mut errors) = (Vec::new(), Vec::<Error>::new());
    for (source, value) in found {
        let told = value.and_then(|value| usable(&source, value));
        match told {
            Ok(secret) => secrets.push((source, secret)),
            Err(error) => {
                let needed = uses.get(&source).into_iter().flatten();
                // One refused call may have been about several of them.
                let at = errors.iter().position(|e| e.message == error.message).unwrap_or_else(|| {
                    errors.push(error);
                    errors.len() - 1
                });
                errors[at].facts.extend(needed.map(|needed| ("needed by".to_owned(), needed.clone())));
            }
        }
    }
    if errors.is_empty() { Ok(secrets.into_iter().collect()) } else { Err(errors) }
}

/// Returns a secret that an environment variable can have, or why it cannot.
fn usable(source: &SecretSource, value: String) -> Result<SecretValue> {
    let refuse = |what: &str| {
        Err(Error::usage(format!("the secret at {source} {what}"))
            .hint("Nothing was changed. Put the value there and run the command again."))
    };
    match value.as_str() {
        "" => refuse("is empty"),
        text if text.contains('\0') => refuse("has the character NUL, which no environment variable can hold"),
        _ => Ok(SecretValue::new(value)),
    }
}

fn from_environment(source: &SecretSource, get: impl FnOnce(&str) -> Result<String, VarError>) -> Result<String> {
    let SecretSource::Variable(name) = source else {
        return Err(Error::internal(format!("{source} is no environment variable")));
    };
    match get(name) {
        Ok(value) => Ok(value),
        Err(VarError::NotPresent) => Err(Error::usage(format!("the environment variable {name} is not set"))
            .hint(format!("Nothing was changed. Set it where deployer runs (`export {name}=…`, a secret of the CI job), or let `from` say where else the value is."))),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::usage(format!("the environment variable {name} is not UTF-8 text"))
                .hint("Nothing was changed. Lambda takes text only: encode the value, with Base64 for example."))
        }
    }
}

/// Options that let the AWS CLI reach what we reach.
fn reach(session: &RunSession) -> String {
    let connection = &session.aws.connection;
    let endpoint = connection.endpoint.as_ref().map(|url| format!(" --endpoint-url {url}")).unwrap_or_default();
    format!("--region {}{endpoint}", connection.region)
}

async fn get_parameters(session: &RunSession, names: &[String]) -> Vec<(SecretSource, Result<String>)> {
    let ssm = &session.aws.connection.clients.ssm;
    let send = || ssm.get_parameters().set_names(Some(names.to_vec())).with_decryption(true).send();
    let answer = session.aws.caller.call(&op::GET_PARAMETERS, &|_| (), send).await.map_err(refused);
    let value = |name: &str| {
        let parameters = answer.as_ref().map_err(Clone::clone)?.parameters();
        let parameter = parameters.iter().find(|parameter| parameter.name() == Some(name));
        parameter.and_then(|parameter| parameter.value()).map(str::to_owned).ok_or_else(|| {
            let region = &session.aws.connection.region;
            Error::usage(format!("there is no SSM parameter {name} in {region}")).hint(format!(
                "Nothing was changed. Make it: `aws ssm put-parameter --type SecureString --name {name} --value … {}`.",
                reach(session)
            ))
        })
    };
    names.iter().map(|name| (SecretSource::Parameter(name.clone()), value(name))).collect()
}

async fn get_secret(session: &RunSession, name: String) -> (String, Result<String>) {
    let client = &session.aws.connection.clients.secretsmanager;
    let send = || client.get_secret_value().secret_id(&name).send();
    let value = match session.aws.caller.call(&op::GET_SECRET_VALUE, &|_| (), send).await {
        Ok(answer) => answer.secret_string().map(str::to_owned).ok_or_else(|| {
            Error::usage(format!("the secret {name} of Secrets Manager is binary"))
                .hint("Nothing was changed. An environment variable is text: store the secret as text.")
        }),
        Err(error) if error.is_not_found() => {
            let region = &session.aws.connection.region;
            Err(Error::usage(format!("there is no secret {name} with a value in Secrets Manager in {region}")).hint(
                format!(
                    "Nothing was changed. Make it: `aws secretsmanager create-secret --name {name} --secret-string … {}`.",
                    reach(session)
                ),
            ))
        }
        Err(error) => Err(refused(error)),
    };
    (name, value)
}

/// Explains a failed read. What AWS refuses may be the call or the key that encrypts the value.
fn refused(error: AwsError) -> Error {
    let denied = error.class == ErrorClass::Denied;
    let error = Error::from(error);
    if !denied {
        return error;
    }
    error.hint("A value that is encrypted with a KMS key of your own needs kms:Decrypt on that key as well.")
}

/// Returns all of a secret, or a member of the JSON object that it is.
fn part(name: &str, text: String, member: Option<&str>) -> Result<String> {
    let Some(member) = member else { return Ok(text) };
    // What the parser says about the text may quote it.
    let object = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
    let refuse = |what: String| {
        Err(Error::usage(format!("the secret {name} of Secrets Manager {what}"))
            .hint("Nothing was changed. Correct `from` in the stack description, or the secret."))
    };
    match object.as_ref().map(|object| &object[member]) {
        None => refuse(format!("is not a JSON object, so it has no member `{}`", member.escape_debug())),
        Some(Value::Null) => refuse(format!("has no member `{}`", member.escape_debug())),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(value.to_string()),
        Some(_) => refuse(format!("has a member `{}` that is no text", member.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_secret() {
        let text = r#"{"user": "ana", "port": 5432, "tls": true, "none": null, "list": [], "é": "x"}"#;
        let of = |text: &str, member| part("db", text.to_owned(), member).map_err(|error| error.message);
        for (member, value) in [("user", "ana"), ("port", "5432"), ("tls", "true"), ("é", "x")] {
            assert_eq!(of(text, Some(member)).as_deref(), Ok(value));
        }
        assert_eq!(of("plain", None).as_deref(), Ok("plain"));
        for (text, member, message) in [
            (text, "password", "the secret db of Secrets Manager has no member `password`"),
            (text, "none", "the secret db of Secrets Manager has no member `none`"),
            (text, "list", "the secret db of Secrets Manager has a member `list` that is no text"),
            ("hunter2", "user", "the secret db of Secrets Manager is not a JSON object, so it has no member `user`"),
            ("[1]", "user", "the secret db of Secrets Manager is not a JSON object, so it has no member `user`"),
        ] {
            assert_eq!(of(text, Some(member)).unwrap_err(), message);
        }
    }

    #[test]
    fn every_place_without_a_secret_is_told_once_with_all_that_need_it() {
        let variable = |name: &str| SecretSource::Variable(name.to_owned());
        let uses: SecretUses = [
            (
                variable("A"),
                vec!["function.x.environment.A (f.toml:3)".to_owned(), "function.y.environment.A".to_owned()],
            ),
            (variable("B"), vec!["function.x.environment.B".to_owned()]),
        ]
        .into_iter()
        .collect();
        let get = |value: Result<&str, VarError>, name| {
            (variable(name), from_environment(&variable(name), |_| value.map(str::to_owned)))
        };
        let errors = collect(vec![get(Err(VarError::NotPresent), "A"), get(Ok(""), "B")], &uses).unwrap_err();
        let told: Vec<_> = errors.iter().map(|e| (e.message.as_str(), e.facts.len())).collect();
        assert_eq!(told, [("the environment variable A is not set", 2), ("the secret at env:B is empty", 1)]);
        let secrets = collect(vec![get(Ok("a\nb"), "A"), get(Ok("b"), "B")], &uses).unwrap();
        assert_eq!(secrets.get(&variable("A")).map(SecretValue::expose), Some("a\nb"));
        assert!(collect(vec![get(Ok("a\0b"), "A")], &uses).is_err());
    }
}
