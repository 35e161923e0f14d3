//! Where a secret comes from, as `from` in the description says.

use crate::stack::characters;
use std::fmt;

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretSource {
    /// `env:NAME`: the environment of whoever runs the deployer.
    Variable(String),
    /// `ssm:/path/name`: a parameter of Systems Manager, decrypted.
    Parameter(String),
    /// `secretsmanager:NAME` or `secretsmanager:NAME#MEMBER`.
    Managed {
        /// Name of the secret.
        name: String,
        /// Member of the JSON object that the secret is; all of it when absent.
        member: Option<String>,
    },
}

/// What `from` may say.
pub const FORMS: &str =
    "\"env:VARIABLE\", \"ssm:/path/of/parameter\", \"secretsmanager:NAME\" or \"secretsmanager:NAME#MEMBER\"";

impl SecretSource {
    /// Reads what `from` says, its references replaced.
    ///
    /// # Errors
    /// Why it names no place, without quoting it: somebody may have written the secret itself.
    pub fn parse(text: &str) -> Result<SecretSource, String> {
        let (service, name) = text.split_once(':').ok_or("it says neither env:, ssm: nor secretsmanager:")?;
        match service {
            "env" => {
                let rule = |c: char| c.is_ascii_alphanumeric() || c == '_';
                Ok(SecretSource::Variable(named("an environment variable", name, 256, rule)?))
            }
            "ssm" => {
                // "PutParameter" in the API reference of Systems Manager.
                let rule = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
                let name = named("an SSM parameter", name, 1011, rule)?;
                match name.contains('/') && !name.starts_with('/') {
                    true => Err("the name of an SSM parameter with a '/' in it begins with one".to_owned()),
                    false => Ok(SecretSource::Parameter(name)),
                }
            }
            "secretsmanager" => {
                // "CreateSecret" in the API reference of Secrets Manager.
                let rule = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
                let (name, member) = match name.split_once('#') {
                    Some((name, member)) => {
                        let member = named("a member of a secret", member, 512, |c| !c.is_control())?;
                        (name, Some(member))
                    }
                    None => (name, None),
                };
                Ok(SecretSource::Managed { name: named("a secret of Secrets Manager", name, 512, rule)?, member })
            }
            _ => Err("it begins with neither env:, ssm: nor secretsmanager:".to_owned()),
        }
    }
}

/// Returns `name`, when it keeps the rule.
fn named(what: &str, name: &str, longest: usize, allowed: impl Fn(char) -> bool) -> Result<String, String> {
    if name.is_empty() {
        return Err(format!("the name of {what} is missing"));
    }
    if name.chars().count() > longest {
        return Err(format!("the name of {what} has at most {longest} characters"));
    }
    characters(name, allowed).map_err(|reason| format!("{reason} in the name of {what}"))?;
    Ok(name.to_owned())
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Variable(name) => write!(f, "env:{name}"),
            SecretSource::Parameter(name) => write!(f, "ssm:{name}"),
            SecretSource::Managed { name, member: None } => write!(f, "secretsmanager:{name}"),
            SecretSource::Managed { name, member: Some(member) } => write!(f, "secretsmanager:{name}#{member}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_a_secret_may_come_from() {
        for text in [
            "env:SHOP_API_KEY",
            "ssm:/orders/api-key",
            "ssm:key",
            "secretsmanager:orders/db",
            "secretsmanager:db#user.name",
        ] {
            assert_eq!(SecretSource::parse(text).map(|source| source.to_string()).as_deref(), Ok(text));
        }
        for (text, reason) in [
            ("hunter2", "it says neither env:, ssm: nor secretsmanager:"),
            ("", "it says neither env:, ssm: nor secretsmanager:"),
            ("file:/etc/key", "it begins with neither env:, ssm: nor secretsmanager:"),
            ("env:", "the name of an environment variable is missing"),
            ("env:API-KEY", "'-' is not allowed in the name of an environment variable"),
            ("ssm:orders/key", "the name of an SSM parameter with a '/' in it begins with one"),
            ("ssm:/orders/${stack.stage}", "'$' is not allowed in the name of an SSM parameter"),
            ("secretsmanager:db#", "the name of a member of a secret is missing"),
            ("secretsmanager:#user", "the name of a secret of Secrets Manager is missing"),
        ] {
            assert_eq!(SecretSource::parse(text).unwrap_err(), reason, "{text}");
        }
    }
}
