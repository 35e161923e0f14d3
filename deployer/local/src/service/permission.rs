//! What a call needs its caller to be allowed.
//!
//! Actions and resources are those of AWS's Service Authorization Reference, with the dependent actions (tags at creation,
//! `iam:PassRole`). Of the condition keys these are known: `aws:RequestTag/…`, `iam:PassedToService`, `iam:PolicyARN`,
//! `iam:PermissionsBoundary` and `lambda:FunctionArn`; a condition on another one is judged as if the key were absent.

use crate::arn;
use crate::store::CloudDocument;
use crate::wire::{OperationSpec, ServiceSpec};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;

/// Something that a call needs to be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredPermission {
    /// As IAM spells it: `lambda:CreateFunction`.
    pub action: String,
    /// An ARN, or `*` where the action knows no resources.
    pub resource: String,
    /// Condition keys in lower case.
    pub keys: BTreeMap<String, String>,
    /// What a caller without it is told, where the service has words of its own.
    pub refusal: Option<String>,
}

impl RequiredPermission {
    /// Makes a permission without condition keys.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), ..Self::default() }
    }

    /// Adds a condition key.
    pub fn key(mut self, name: &str, value: impl Into<String>) -> Self {
        self.keys.insert(name.to_owned(), value.into());
        self
    }
}

/// A call as the functions that say what it needs see it.
pub struct RequestView<'a> {
    /// The service that is called.
    pub service: &'a ServiceSpec,
    /// The operation that is called.
    pub operation: &'a OperationSpec,
    /// The region that is called.
    pub region: &'a str,
    /// The members of the input.
    pub input: &'a Value,
    /// The document; it alone tells the path of a role.
    pub document: &'a CloudDocument,
}

impl RequestView<'_> {
    /// Returns a member that is text; empty when it is not there.
    pub fn text(&self, member: &str) -> &str {
        self.input[member].as_str().unwrap_or_default()
    }

    /// Returns an ARN of the service in the region that is called.
    pub fn arn(&self, resource: impl Display) -> String {
        arn::arn(self.service.name, self.region, resource)
    }

    /// Returns the operation's own action.
    pub fn action(&self) -> String {
        format!("{}:{}", self.service.action_prefix, self.operation.name)
    }

    /// Returns the operation's own action on a resource.
    pub fn own(&self, resource: impl Into<String>) -> RequiredPermission {
        RequiredPermission::new(self.action(), resource)
    }

    /// Returns the operation's own action, with the tags that it is given as `aws:RequestTag`, and the action that giving
    /// tags to something new takes besides.
    pub fn creation(&self, action: &str, tagging: &str, resource: &str, member: &str) -> Vec<RequiredPermission> {
        let own = self.with_tags(action, resource, member);
        let tagging = (!own.keys.is_empty()).then(|| RequiredPermission { action: tagging.to_owned(), ..own.clone() });
        std::iter::once(own).chain(tagging).collect()
    }

    /// Returns an action that gives tags, with them as `aws:RequestTag`.
    pub fn with_tags(&self, action: &str, resource: &str, member: &str) -> RequiredPermission {
        tags(&self.input[member]).iter().fold(RequiredPermission::new(action, resource), |permission, (key, value)| {
            permission.key(&format!("aws:requesttag/{}", key.to_ascii_lowercase()), value)
        })
    }

    /// Returns the ARN of a role by its name: with its path when there is such a role, for IAM does not know the path of
    /// one that there is not.
    pub fn role(&self, name: &str) -> String {
        match self.document.iam.roles.get(name) {
            Some(role) => role.arn.clone(),
            None => arn::role_arn(self.region, "/", name),
        }
    }

    /// Returns the permission to hand a role to a service.
    pub fn pass_role(&self, role: &str, service: &str) -> RequiredPermission {
        RequiredPermission::new("iam:PassRole", role).key("iam:passedtoservice", service)
    }
}

/// Needs nothing: everybody may.
pub(super) fn nothing(_: &RequestView<'_>) -> Vec<RequiredPermission> {
    Vec::new()
}

/// Needs the operation's own action, which knows no resources.
pub(super) fn on_anything(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own("*")]
}

/// Reads tags in any of the forms that services take them: a map, or a list of pairs.
fn tags(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        Value::Array(list) => list.iter().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
pub(super) mod tests;
