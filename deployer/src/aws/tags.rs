//! Ownership: the tags that prove that a resource is ours.

use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Tag with the stack's name.
pub const STACK: &str = "deployer:stack";
/// Tag with the stage.
pub const STAGE: &str = "deployer:stage";
/// Tag with the id in the stack, such as `table.orders`.
pub const ID: &str = "deployer:id";
/// Tag of a function with the names of its variables that are secrets, so that a value stays hidden also where the description does
/// not have it any more.
pub const SECRETS: &str = "deployer:secrets";

/// Tags by key.
pub type ResourceTags = BTreeMap<String, String>;

/// Whose resource it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "owner")]
pub enum ResourceOwner {
    /// This stack and stage.
    Ours,
    /// Another stack, or another stage of this one.
    Stack {
        /// Its stack.
        stack: String,
        /// Its stage.
        stage: String,
    },
    /// It has no ownership tags.
    Nobody,
}

impl ResourceOwner {
    /// Reads the ownership tags.
    pub fn of(tags: &ResourceTags, stack: &str, stage: &str) -> ResourceOwner {
        match (tags.get(STACK), tags.get(STAGE)) {
            (Some(s), Some(g)) if s == stack && g == stage => ResourceOwner::Ours,
            (Some(s), g) => ResourceOwner::Stack { stack: s.clone(), stage: g.cloned().unwrap_or_default() },
            (None, _) => ResourceOwner::Nobody,
        }
    }
}

/// Converts tags as API Gateway and Lambda answer them.
pub fn from_map(tags: Option<&HashMap<String, String>>) -> ResourceTags {
    tags.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Leaves out the tags that are not the deployer's business: AWS's own and those that match an ignored pattern (`team`, `cost:*`).
pub fn managed(tags: impl IntoIterator<Item = (String, String)>, ignored: &[String]) -> ResourceTags {
    tags.into_iter()
        .filter(|(key, _)| !key.starts_with("aws:") && !ignored.iter().any(|pattern| matches(pattern, key)))
        .collect()
}

/// Tells whether a pattern covers a tag key: it is the key, or its start before a `*`.
pub fn matches(pattern: &str, key: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => key.starts_with(prefix),
        None => pattern == key,
    }
}

/// Returns the tags to set and the keys to remove so that `observed` becomes `desired`.
pub fn changes(desired: &ResourceTags, observed: &ResourceTags) -> (ResourceTags, Vec<String>) {
    let set =
        desired.iter().filter(|(k, v)| observed.get(*k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let remove = observed.keys().filter(|k| !desired.contains_key(*k)).cloned().collect();
    (set, remove)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[(&str, &str)]) -> ResourceTags {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn ownership_needs_stack_and_stage() {
        let ours = tags(&[(STACK, "orders"), (STAGE, "prod")]);
        assert_eq!(ResourceOwner::of(&ours, "orders", "prod"), ResourceOwner::Ours);
        assert_eq!(
            ResourceOwner::of(&ours, "orders", "dev"),
            ResourceOwner::Stack { stack: "orders".into(), stage: "prod".into() }
        );
        assert_eq!(ResourceOwner::of(&tags(&[("x", "y")]), "orders", "prod"), ResourceOwner::Nobody);
    }

    #[test]
    fn other_peoples_tags_are_left_alone() {
        let observed = tags(&[("aws:x", "1"), ("cost:team", "2"), ("mine", "3")]);
        assert_eq!(managed(observed, &["cost:*".into()]), tags(&[("mine", "3")]));
        assert_eq!(
            changes(&tags(&[("a", "1"), ("b", "2")]), &tags(&[("b", "9"), ("c", "3")])),
            (tags(&[("a", "1"), ("b", "2")]), vec!["c".to_owned()])
        );
    }
}
