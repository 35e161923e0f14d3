//! Identity and Access Management: roles, their policies and their tags.

mod document;
mod policy;
mod role;
mod tag;

pub use document::{check_identity, trusts};

use crate::context::Context;
use crate::front::json::{Call, Fault};
use crate::store::Document;
use crate::store::role::Role;
use serde::de::{self, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Answers an IAM call.
///
/// # Errors
/// IAM's own, and `NotImplementedException`.
pub async fn handle(cx: &Arc<Context>, call: Call) -> Result<Value, Fault> {
    match call.operation.as_str() {
        "CreateRole" => role::create(cx, call.input()?),
        "GetRole" => role::get(cx, &call.input()?),
        "UpdateRole" => role::update(cx, call.input()?),
        "UpdateAssumeRolePolicy" => role::update_trust(cx, call.input()?),
        "DeleteRole" => role::delete(cx, &call.input()?),
        "ListRoles" => role::list(cx, &call.input()?),
        "PutRolePolicy" => policy::put(cx, call.input()?),
        "GetRolePolicy" => policy::get(cx, &call.input()?),
        "DeleteRolePolicy" => policy::delete(cx, &call.input()?),
        "ListRolePolicies" => policy::list(cx, &call.input()?),
        "AttachRolePolicy" => policy::attach(cx, call.input()?),
        "DetachRolePolicy" => policy::detach(cx, &call.input()?),
        "ListAttachedRolePolicies" => policy::list_attached(cx, &call.input()?),
        "TagRole" => tag::add(cx, call.input()?),
        "UntagRole" => tag::remove(cx, &call.input()?),
        "ListRoleTags" => tag::list(cx, &call.input()?),
        other => Err(Fault::unknown_operation("iam", other)),
    }
}

/// A page of a list, as IAM asks for it.
struct Paging {
    marker: Option<String>,
    max_items: Option<u32>,
}

/// IAM's page size, unless asked otherwise.
const PAGE: usize = 100;

impl Paging {
    /// Cuts the page out of sorted items and writes it with its markers.
    fn page<T>(
        &self,
        member: &str,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> &str,
        view: impl Fn(&T) -> Value,
    ) -> Result<Value, Fault> {
        let limit = match self.max_items {
            None => PAGE,
            Some(limit @ 1..=1000) => limit as usize,
            Some(other) => {
                return Err(invalid(format!(
                    "1 validation error detected: Value '{other}' at 'maxItems' failed to satisfy constraint: Member \
                     must have value between 1 and 1000"
                )));
            }
        };
        let page =
            super::page::cut(items, key, self.marker.as_deref(), limit).map_err(|_| invalid("Invalid Marker"))?;
        let mut output = serde_json::Map::new();
        output.insert("IsTruncated".into(), page.next.is_some().into());
        output.insert(member.into(), page.items.iter().map(view).collect());
        if let Some(next) = page.next {
            output.insert("Marker".into(), next.into());
        }
        Ok(output.into())
    }
}

/// The form of an awsQuery call has only text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

/// The form of an awsQuery call writes an empty list as an empty text.
fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct List<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            match text {
                "" => Ok(Vec::new()),
                other => Err(E::invalid_type(Unexpected::Str(other), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_any(List(PhantomData))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationError", message)
}

fn no_role(name: &str) -> Fault {
    Fault::new(404, "NoSuchEntity", format!("The role with name {name} cannot be found."))
}

fn role<'a>(document: &'a Document, name: &str) -> Result<&'a Role, Fault> {
    document.iam.roles.get(name).ok_or_else(|| no_role(name))
}

fn role_mut<'a>(document: &'a mut Document, name: &str) -> Result<&'a mut Role, Fault> {
    document.iam.roles.get_mut(name).ok_or_else(|| no_role(name))
}
