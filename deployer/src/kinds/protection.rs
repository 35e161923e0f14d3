//! Changes that lower what protects an owner's data or callers, and what becomes of them.

use super::diff::FieldChange;
use super::id::ResourceRef;
use crate::aws::tags::ResourceOwner;
use crate::error::Error;
use crate::stack::Stack;
use serde::Serialize;
use serde_json::Value;

/// Holds a difference between a resource that is there and its description.
#[derive(Debug, Clone, Copy)]
pub struct ProposedChange<'a> {
    /// The resource.
    pub place: &'a ResourceRef,
    /// Whose it is.
    pub owner: &'a ResourceOwner,
    /// The field with both values.
    pub change: &'a FieldChange,
    /// The description.
    pub stack: &'a Stack,
}

/// What becomes of a change that would lower a protection.
#[derive(Debug, Clone)]
pub enum ProtectionVerdict {
    /// It is no difference: the description says nothing about the setting.
    Unmanaged(UnmanagedSetting),
    /// It is refused for this reason, unless the user accepts it by name.
    Refused(Box<Error>),
}

/// A setting that a description does not manage: it is left as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnmanagedSetting {
    /// The resource.
    #[serde(flatten)]
    pub place: ResourceRef,
    /// Dotted path of the field, as in changes.
    pub path: String,
    /// Its value.
    pub value: Value,
    /// Key of the description that would manage it.
    pub key: &'static str,
}

impl ProposedChange<'_> {
    /// Tells whether the description has one of these keys of the section's block with the resource's id. A key that is written is
    /// the owner's word, whatever its value.
    pub fn is_described(&self, section: &str, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.stack.is_written(&[section, &self.place.id.name, key]))
    }

    /// Tells whether the resource is nobody's yet and would be taken over.
    pub fn adopts(&self) -> bool {
        *self.owner != ResourceOwner::Ours
    }

    /// Returns the verdict on a setting of which the description says nothing.
    pub fn unmanaged(&self, key: &'static str) -> ProtectionVerdict {
        let (path, value) = (self.change.path.clone(), self.change.was.clone());
        ProtectionVerdict::Unmanaged(UnmanagedSetting { place: self.place.clone(), path, value, key })
    }

    /// Refuses the change, with the line that keeps what is there.
    pub fn refused(&self, why: &str, keep: String) -> ProtectionVerdict {
        let ResourceRef { id, name } = self.place;
        let error = Error::refused(format!("{id} {name} {why}"))
            .fact("resource", id.to_string())
            .fact("name", name)
            .fact("field", &self.change.path)
            .hint(keep);
        ProtectionVerdict::Refused(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{KINDS, ResourceId, sections};
    use crate::stack::{DocumentDrift, StackSource, check};
    use serde_json::json;

    const SHOP: &str = "name = \"shop\"\nregion = \"eu-west-1\"\n[table.orders]\npartition_key = \"id\"\n\
        [function.orders]\nartifact = \"x\"\n[api]\n[api.routes]\n\"GET /\" = \"orders\"\n[stage.prod]\n";

    /// Returns the verdict on a change, as `stays: KEY` or the reason with its advice.
    fn verdict(
        kind: &'static str,
        owner: &ResourceOwner,
        path: &str,
        was: Value,
        want: Value,
        line: &str,
    ) -> Option<String> {
        let source = StackSource { path: "deployer.toml".into(), text: format!("{SHOP}{line}\n") };
        let stack = check(source, Some("prod"), &sections(), DocumentDrift::Refused).expect("it is a description");
        let place = ResourceRef {
            id: ResourceId::new(kind, if kind == "rest_api" { "api" } else { "orders" }),
            name: "Orders".to_owned(),
        };
        let change = FieldChange { path: path.to_owned(), was, want };
        let kind = KINDS.iter().find(|known| known.name() == kind).expect("it is a kind");
        Some(match kind.protects(&ProposedChange { place: &place, owner, change: &change, stack: &stack })? {
            ProtectionVerdict::Unmanaged(setting) => format!("stays: {}", setting.key),
            ProtectionVerdict::Refused(error) => format!("{} | {}", error.message, error.hints.join(" ")),
        })
    }

    #[test]
    fn nothing_is_lowered_that_nobody_gave_up() {
        let iam = "arn:x (authorization AWS_IAM)";
        for (kind, path, was, want, line, ours, adopted) in [
            (
                "table",
                "point_in_time_recovery",
                json!(true),
                json!(false),
                "table.orders.point_in_time_recovery = false",
                "stays: point_in_time_recovery",
                "stays: point_in_time_recovery",
            ),
            (
                "table",
                "deletion_protection",
                json!(true),
                json!(false),
                "table.orders.protected = false",
                "stays: protected",
                "stays: protected",
            ),
            (
                "table",
                "deletion_protection",
                json!(true),
                json!(false),
                "table.orders.deletion_protection = false",
                "stays: protected",
                "stays: protected",
            ),
            (
                "table",
                "stream",
                json!("NEW_IMAGE"),
                json!(null),
                "table.orders.stream = false",
                "stays: stream",
                "stays: stream",
            ),
            (
                "table",
                "ttl_attribute",
                json!("at"),
                json!(null),
                "table.orders.ttl_attribute = false",
                "stays: ttl_attribute",
                "stays: ttl_attribute",
            ),
            (
                "table",
                "encryption",
                json!("AWS_MANAGED"),
                json!("AWS_OWNED"),
                "table.orders.encryption = \"AWS_OWNED\"",
                "stays: encryption",
                "stays: encryption",
            ),
            (
                "table",
                "index.by-day",
                json!({}),
                json!(null),
                "",
                "",
                "table.orders Orders has the index by-day, which is not described: it would be deleted | Describe it in `[table.orders.index.by-day]`; `aws dynamodb describe-table --table-name Orders` shows its keys.",
            ),
            (
                "log_group",
                "retention_days",
                json!(90),
                json!(30),
                "function.orders.log_retention_days = 30",
                "stays: log_retention_days",
                "stays: log_retention_days",
            ),
            (
                "log_group",
                "retention_days",
                json!(null),
                json!(30),
                "function.orders.log_retention_days = 30",
                "",
                "log_group.orders Orders keeps its events for ever: older ones than described would be deleted | Set `log_retention_days = 0` in `[function.orders]`, or a number of days to keep them.",
            ),
            (
                "rest_api",
                "routes.GET /",
                json!(iam),
                json!("arn:x"),
                "api.auth = \"none\"",
                "rest_api.api Orders asks callers of GET / for authorization AWS_IAM: it would let anybody in | Say in `[api]` who may call: `auth = \"iam\"`, `\"api_key\"`, or `\"none\"` for anybody; for this route alone `\"GET /\" = { function = \"…\", auth = \"…\" }`.",
                "rest_api.api Orders asks callers of GET / for authorization AWS_IAM: it would let anybody in | Say in `[api]` who may call: `auth = \"iam\"`, `\"api_key\"`, or `\"none\"` for anybody; for this route alone `\"GET /\" = { function = \"…\", auth = \"…\" }`.",
            ),
        ] {
            for (owner, expected) in [(ResourceOwner::Ours, ours), (ResourceOwner::Nobody, adopted)] {
                let got = verdict(kind, &owner, path, was.clone(), want.clone(), "");
                assert_eq!(got.unwrap_or_default(), expected, "{kind} {path} {owner:?}");
                // The other way it rises, and what is written is the owner's word.
                assert_eq!(verdict(kind, &owner, path, want.clone(), was.clone(), ""), None, "{kind} {path} rises");
                if !line.is_empty() {
                    assert_eq!(verdict(kind, &owner, path, was.clone(), want.clone(), line), None, "{line}");
                }
            }
        }
    }

    /// A route that says who may call speaks for itself alone.
    #[test]
    fn a_route_may_be_opened_by_its_own_word() {
        let line = "api.routes.\"GET /b\" = { function = \"orders\", auth = \"none\" }";
        for (path, is_refused) in [("routes.GET /b", false), ("routes.GET /", true)] {
            let (was, want) = (json!("arn:x (API key)"), json!("arn:x"));
            let got = verdict("rest_api", &ResourceOwner::Ours, path, was, want, line);
            assert_eq!(got.is_some(), is_refused, "{path}: {got:?}");
        }
    }

    /// Routes that end, or that stay guarded, let nobody in.
    #[test]
    fn a_route_that_ends_or_stays_guarded_opens_nothing() {
        for want in [json!(null), json!("arn:y (authorization AWS_IAM)")] {
            let was = json!("arn:x (authorization AWS_IAM)");
            assert_eq!(verdict("rest_api", &ResourceOwner::Nobody, "routes.GET /", was, want, ""), None);
        }
    }
}
