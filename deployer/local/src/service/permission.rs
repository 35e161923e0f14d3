//! A call as the tables of actions see it.

use super::Demand;
use crate::ACCOUNT;
use crate::store::Document;
use serde_json::Value;

/// What was asked for.
pub(super) struct Asked<'a> {
    /// Where.
    pub region: &'a str,
    /// `CreateFunction`.
    pub operation: &'a str,
    /// The members of the input.
    pub input: &'a Value,
    /// What there is: only it tells the path of a role.
    pub document: &'a Document,
}

impl Asked<'_> {
    /// A member that is text; empty when it is not there.
    pub(super) fn text(&self, member: &str) -> &str {
        self.input[member].as_str().unwrap_or_default()
    }

    /// An ARN of the service in the region that was called.
    pub(super) fn arn(&self, service: &str, resource: impl std::fmt::Display) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{resource}", self.region)
    }

    /// The operation's own action, with the tags that it was given as `aws:RequestTag`, and the action that giving tags to
    /// something new takes besides.
    pub(super) fn creation(&self, action: &str, tagging: &str, resource: &str, member: &str) -> Vec<Demand> {
        let own = self.with_tags(action, resource, member);
        let tagging = (!own.keys.is_empty()).then(|| Demand { action: tagging.to_owned(), ..own.clone() });
        std::iter::once(own).chain(tagging).collect()
    }

    /// An action that gives tags, with them as `aws:RequestTag`.
    pub(super) fn with_tags(&self, action: &str, resource: &str, member: &str) -> Demand {
        tags(&self.input[member]).iter().fold(Demand::new(action, resource), |demand, (key, value)| {
            demand.key(&format!("aws:requesttag/{}", key.to_ascii_lowercase()), value)
        })
    }

    /// The ARN of a role by its name: with its path when there is such a role. IAM does not know the path of one that there is not.
    pub(super) fn role(&self, name: &str) -> String {
        match self.document.iam.roles.get(name) {
            Some(role) => role.arn.clone(),
            None => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        }
    }

    /// Handing a role to a service.
    pub(super) fn pass_role(&self, role: &str, service: &str) -> Demand {
        Demand::new("iam:PassRole", role).key("iam:passedtoservice", service)
    }
}

/// Tags in any of the forms that services take them: a map, or a list of pairs.
fn tags(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        Value::Array(list) => list.iter().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect(),
        _ => Vec::new(),
    }
}
