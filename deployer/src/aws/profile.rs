//! The profile that a run takes its credentials from: whether it can give any, and what to do where it cannot.
//!
//! The rules are those of the AWS CLI and of the SDK ("Sourcing credentials with an external process", "Using an IAM role in the AWS
//! CLI", "Configuring IAM Identity Center authentication"); what is wrong is said before anything is sent.

use super::shared_config::{ConfigSection, SectionKind, SharedConfig};
use crate::error::{Error, Result};

/// How a profile was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProfileChoice {
    /// By the option: it counts before keys in the environment.
    Option,
    /// By `AWS_PROFILE`: keys in the environment count before it.
    Environment,
    /// Not at all: it is called `default` and need not be there.
    Default,
}

/// Where the credentials of a profile come from in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CredentialSource {
    /// It has none of its own: a container's or an instance's are looked for.
    Elsewhere,
    /// Its role is assumed with those of the environment, a container or an instance.
    Machine,
    Keys,
    Sso,
    Login,
    Process,
    WebIdentity,
}

/// A profile that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CredentialProfile {
    /// The profile that was chosen.
    pub name: String,
    /// The profile at the end of its chain of roles.
    pub origin: String,
    /// Where that one stands.
    pub place: String,
    pub source: CredentialSource,
}

/// Follows the profile to where its credentials come from.
///
/// # Errors
/// `usage`, with file and line, where it cannot give any.
pub(super) fn judge(config: &SharedConfig, name: &str, choice: ProfileChoice) -> Result<Option<CredentialProfile>> {
    let Some(mut section) = config.profile(name) else {
        return if choice == ProfileChoice::Default { Ok(None) } else { Err(missing(config, name, choice)) };
    };
    let mut seen = vec![name];
    let source = loop {
        let origin = *seen.last().unwrap_or(&name);
        let text = |key: &str| section.get(key).map(|value| value.text.as_str());
        if seen.len() > 1 && text("aws_access_key_id").is_some() && text("aws_secret_access_key").is_some() {
            break CredentialSource::Keys;
        }
        let (Some(role), None) = (section.get("role_arn"), text("web_identity_token_file")) else {
            break own_source(config, origin, section)?;
        };
        let next = match (section.get("source_profile"), section.get("credential_source")) {
            (Some(next), None) if next.text == origin => break own_source(config, origin, section)?,
            (Some(next), None) => next,
            (None, Some(named)) => {
                let known = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];
                if !known.contains(&named.text.as_str()) {
                    let message =
                        format!("{}: `credential_source` of profile `{origin}` is {:?}", named.place, named.text);
                    return Err(Error::usage(message).hint(format!("It may be {}.", known.join(", "))));
                }
                break CredentialSource::Machine;
            }
            (Some(_), Some(named)) => {
                let message =
                    format!("{}: profile `{origin}` has `source_profile` and `credential_source`", named.place);
                return Err(Error::usage(message).hint("Take one of them out."));
            }
            (None, None) => {
                let message = format!("{}: profile `{origin}` has a role and nothing to assume it with", role.place);
                return Err(Error::usage(message)
                    .hint("Add `source_profile = NAME`, whose credentials assume the role, or `credential_source`."));
            }
        };
        let Some(found) = config.profile(&next.text) else {
            let message = format!(
                "{}: profile `{origin}` takes its credentials from profile `{}`, which does not exist",
                next.place, next.text
            );
            return Err(Error::usage(message).hint(known_profiles(config)));
        };
        if seen.contains(&next.text.as_str()) {
            let message = format!(
                "{}: the profiles {} → {} take their credentials from each other",
                next.place,
                seen.join(" → "),
                next.text
            );
            return Err(Error::usage(message).hint("Let one of them have credentials of its own."));
        }
        seen.push(&next.text);
        section = found;
    };
    let origin = (*seen.last().unwrap_or(&name)).to_owned();
    Ok(Some(CredentialProfile { name: name.to_owned(), origin, place: section.place.to_string(), source }))
}

/// Says where a profile without a role has its credentials from.
fn own_source(config: &SharedConfig, name: &str, section: &ConfigSection) -> Result<CredentialSource> {
    let has = |key: &str| section.get(key).is_some();
    if has("web_identity_token_file") {
        return complete(name, section, &["web_identity_token_file", "role_arn"], CredentialSource::WebIdentity);
    }
    if let Some(session) = section.get("sso_session") {
        let Some(found) = config.section(SectionKind::SsoSession, &session.text) else {
            let message = format!(
                "{}: profile `{name}` names the SSO session `{}`, which does not exist",
                session.place, session.text
            );
            return Err(Error::usage(message).hint(format!(
                "Add a section `[sso-session {}]` with sso_region and sso_start_url: `aws configure sso-session` writes it.",
                session.text
            )));
        };
        complete(
            &format!("sso-session {}", session.text),
            found,
            &["sso_start_url", "sso_region"],
            CredentialSource::Sso,
        )?;
        return complete(name, section, &["sso_account_id", "sso_role_name"], CredentialSource::Sso);
    }
    if has("sso_start_url") || has("sso_account_id") {
        let all = ["sso_start_url", "sso_region", "sso_account_id", "sso_role_name"];
        return complete(name, section, &all, CredentialSource::Sso);
    }
    if has("login_session") {
        return Ok(CredentialSource::Login);
    }
    if has("credential_process") {
        return Ok(CredentialSource::Process);
    }
    if has("aws_access_key_id") || has("aws_secret_access_key") {
        return complete(name, section, &["aws_access_key_id", "aws_secret_access_key"], CredentialSource::Keys);
    }
    Ok(CredentialSource::Elsewhere)
}

/// Refuses a section that has some of the keys that belong together and not all.
fn complete(name: &str, section: &ConfigSection, keys: &[&str], source: CredentialSource) -> Result<CredentialSource> {
    let filled = |key: &&str| section.get(key).is_some_and(|value| !value.text.is_empty());
    let Some(lacks) = keys.iter().find(|key| !filled(key)) else { return Ok(source) };
    let place = keys.iter().find_map(|key| section.get(key)).map_or(&section.place, |value| &value.place);
    let has = keys.iter().find(|key| filled(key)).map_or(String::new(), |has| format!("has {has} and "));
    Err(Error::usage(format!("{place}: profile `{name}` {has}lacks {lacks}"))
        .hint(format!("Add `{lacks} = …` to it, or write it anew with `aws configure`.")))
}

fn missing(config: &SharedConfig, name: &str, choice: ProfileChoice) -> Error {
    let by = if choice == ProfileChoice::Option { "--profile" } else { "AWS_PROFILE" };
    let [file, credentials] = &config.files;
    if let Some(loose) = config.section(SectionKind::Unknown, name) {
        let message = format!("{}: the section [{name}] is no profile", loose.place);
        return Error::usage(message)
            .hint(format!("Write `[profile {name}]`: only the credentials file goes without the word."));
    }
    let mut error = Error::usage(format!("the profile `{name}` ({by}) is neither in {file} nor in {credentials}"))
        .hint(format!("{} `aws configure sso --profile {name}` makes it.", known_profiles(config)));
    for unread in &config.unread {
        error = error.hint(format!("A file could not be read: {unread}."));
    }
    error
}

fn known_profiles(config: &SharedConfig) -> String {
    let known: Vec<_> = config.profiles().map(|name| format!("`{name}`")).collect();
    if known.is_empty() { "There are no profiles.".to_owned() } else { format!("There are {}.", known.join(", ")) }
}

/// Refuses half a pair of keys in the environment, which the SDK passes over in silence.
pub(super) fn whole_pair(env: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let (has, lacks) = match (set(id), set(secret)) {
        (true, false) => (id, secret),
        (false, true) => (secret, id),
        _ => return Ok(()),
    };
    Err(Error::usage(format!("{has} is set and {lacks} is not"))
        .hint(format!("Set {lacks} too, or unset {has} to use a profile.")))
}

impl CredentialProfile {
    /// Says why the profile gave no credentials, from what the SDK says about it.
    pub fn failed(&self, causes: &str, root: &str) -> Option<Error> {
        let CredentialProfile { name, origin, place, source } = self;
        let expired = causes.contains("expired");
        let no_file = causes.contains("No such file");
        let root = ["an error occurred while loading credentials: ", "Error retrieving credentials: "]
            .iter()
            .fold(root, |root, words| root.trim_start_matches(words));
        let assumes = causes.contains("AssumeRole") || causes.contains("assume_role");
        // What the program wrote there, if anything, ends the SDK's words.
        let root = root.trim_end().trim_end_matches(" Stderr:");
        let chained = name != origin && (assumes || *source == CredentialSource::Keys);
        let told = match source {
            _ if chained => {
                format!("the role of profile `{name}` could not be assumed with `{origin}` ({place}): {root}")
            }
            CredentialSource::Sso if expired => format!("the SSO session of profile `{origin}` has expired ({place})"),
            CredentialSource::Sso if causes.contains("SSO token") || causes.contains("sso/cache") => {
                format!("profile `{origin}` is not logged in to SSO ({place})")
            }
            CredentialSource::Sso => format!("SSO gave no credentials to profile `{origin}` ({place}): {root}"),
            CredentialSource::Login if expired => format!("the login of profile `{origin}` has expired ({place})"),
            CredentialSource::Login if no_file => format!("profile `{origin}` is not logged in ({place})"),
            CredentialSource::Login => format!("the login of profile `{origin}` cannot be used ({place}): {root}"),
            CredentialSource::Process => format!("`credential_process` of profile `{origin}` failed ({place}): {root}"),
            CredentialSource::WebIdentity => {
                format!("the web identity of profile `{origin}` was not accepted ({place}): {root}")
            }
            CredentialSource::Machine => {
                format!("the role of profile `{origin}` could not be assumed ({place}): {root}")
            }
            CredentialSource::Elsewhere if name != "default" => {
                format!(
                    "profile `{name}` has no credentials ({place}), and no container and no instance gives any here"
                )
            }
            CredentialSource::Keys | CredentialSource::Elsewhere => return None,
        };
        Some(Error::aws(told).hint(match source {
            CredentialSource::Elsewhere if !chained => format!("Give it some: `aws configure sso --profile {name}`, or `aws configure --profile {name}` for keys."),
            CredentialSource::Sso if !chained => format!("Log in with `aws sso login --profile {origin}` and repeat the command."),
            CredentialSource::Login if !chained => format!("Log in with `aws login --profile {origin}` and repeat the command."),
            CredentialSource::Process if !chained => "Run the program by hand: it has to print the JSON of credentials and to exit with 0.".to_owned(),
            _ => format!("`aws sts get-caller-identity --profile {name}` tells whether it is the profile or the role's trust policy."),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::shared_config::of;
    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-west-1\n\
        [profile sso]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = dev\n\
        [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n\
        [profile old]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = dev\n\
        [profile console]\nlogin_session = arn:aws:iam::1:user/a\n\
        [profile proc]\ncredential_process = /bin/false\n\
        [profile deploy]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = keys\n\
        [profile via]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = sso\n\
        [profile self]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = self\ncredential_process = x\n\
        [profile ec2]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = Ec2InstanceMetadata\n\
        [profile web]\nrole_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = /t\n";
    const KEYS: &str = "[keys]\naws_access_key_id = a\naws_secret_access_key = b\n";

    #[test]
    fn a_profile_is_followed_to_where_its_credentials_come_from() {
        let config = of(CONFIG, KEYS).unwrap();
        for (name, origin, source) in [
            ("default", "default", CredentialSource::Elsewhere),
            ("sso", "sso", CredentialSource::Sso),
            ("old", "old", CredentialSource::Sso),
            ("console", "console", CredentialSource::Login),
            ("proc", "proc", CredentialSource::Process),
            ("keys", "keys", CredentialSource::Keys),
            ("deploy", "keys", CredentialSource::Keys),
            ("via", "sso", CredentialSource::Sso),
            ("self", "self", CredentialSource::Process),
            ("ec2", "ec2", CredentialSource::Machine),
            ("web", "web", CredentialSource::WebIdentity),
        ] {
            let judged = judge(&config, name, ProfileChoice::Option).unwrap().unwrap();
            assert_eq!((judged.origin.as_str(), judged.source), (origin, source), "{name}");
        }
        assert_eq!(judge(&of("", "").unwrap(), "default", ProfileChoice::Default), Ok(None));
    }

    #[test]
    fn every_broken_profile_has_a_sentence_of_its_own() {
        let told = |config: &str, credentials: &str, choice| {
            let error = judge(&of(config, credentials).unwrap(), "x", choice).unwrap_err();
            format!("{}\n  help: {}", error.message, error.hints.join("\n  help: "))
        };
        let mut all = vec![told(CONFIG, KEYS, ProfileChoice::Option), told("", "", ProfileChoice::Environment)];
        for config in [
            "[x]\nregion = a\n",
            "[profile x]\naws_access_key_id = AKIA\n",
            "[profile x]\naws_secret_access_key = s\naws_access_key_id =\n",
            "[profile x]\nrole_arn = r\nsource_profile = nowhere\n",
            "[profile x]\nrole_arn = r\n",
            "[profile x]\nrole_arn = r\nsource_profile = y\ncredential_source = Environment\n",
            "[profile x]\nrole_arn = r\ncredential_source = Moon\n",
            "[profile x]\nrole_arn = r\nsource_profile = y\n[profile y]\nrole_arn = r\nsource_profile = x\n",
            "[profile x]\nrole_arn = r\nsource_profile = y\n[profile y]\naws_secret_access_key = s\n",
            "[profile x]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n",
            "[profile x]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_region = a\n",
            "[profile x]\nsso_session = corp\nsso_account_id = 1\n[sso-session corp]\nsso_region = a\nsso_start_url = u\n",
            "[profile x]\nsso_start_url = u\n",
            "[profile x]\nweb_identity_token_file = /t\n",
        ] {
            all.push(told(config, "", ProfileChoice::Option));
        }
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_source_that_failed_is_named_with_the_command_that_helps() {
        let config = of(CONFIG, KEYS).unwrap();
        let mut all = Vec::new();
        for (name, causes, root) in [
            ("sso", "failed to load the cached SSO token", ""),
            ("old", "failed to read `/home/a/.aws/sso/cache/40.json`", ""),
            ("via", "the SSO token has expired and cannot be refreshed", ""),
            ("sso", "ForbiddenException", "No access"),
            ("console", "failed to read `x`: No such file", "No such file"),
            ("console", "cached Login token is expired", ""),
            ("proc", "", "exited with code 1. Stderr: "),
            ("web", "", "InvalidIdentityToken"),
            ("deploy", "", "not authorized to perform: sts:AssumeRole"),
            ("via", "AssumeRoleError", "not authorized to perform: sts:AssumeRole"),
            ("ec2", "", "no answer"),
        ] {
            let error = judge(&config, name, ProfileChoice::Option).unwrap().unwrap().failed(causes, root).unwrap();
            all.push(format!("{}\n  help: {}", error.message, error.hints.join(" ")));
        }
        insta::assert_snapshot!(all.join("\n"));
        let keys = judge(&config, "keys", ProfileChoice::Option).unwrap().unwrap();
        assert_eq!(keys.failed("", ""), None);
    }

    #[test]
    fn half_a_pair_of_keys_is_refused() {
        let whole = |set: &'static [&str]| whole_pair(&|name| set.contains(&name).then(|| "x".to_owned()));
        assert_eq!(whole(&[]), Ok(()));
        assert_eq!(whole(&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]), Ok(()));
        let said = |set| whole(set).unwrap_err().message;
        assert_eq!(said(&["AWS_ACCESS_KEY_ID"]), "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not");
        assert_eq!(said(&["AWS_SECRET_ACCESS_KEY"]), "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not");
    }
}
