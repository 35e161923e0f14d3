//! Members of an awsQuery form, and IAM's pages.

use super::lookup::{INVALID, invalid};
use crate::wire::validation::constraint;
use crate::wire::{ServiceError, page};
use serde::de::{self, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::fmt;
use std::marker::PhantomData;

/// Items of a page, unless asked otherwise.
const PAGE: usize = 100;

/// Cuts a page out of sorted items and writes it with its markers.
pub(super) fn page<T>(
    marker: Option<&str>,
    max_items: Option<u32>,
    member: &str,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    view: impl Fn(T) -> Value,
) -> Result<Value, ServiceError> {
    let limit = match max_items {
        None => PAGE,
        Some(limit @ 1..=1000) => limit as usize,
        Some(other) => return Err(constraint(INVALID, other, "maxItems", "have value between 1 and 1000")),
    };
    let page = page::cut(items, key, marker, limit).map_err(|_| invalid("Invalid Marker"))?;
    let truncated = page.next.is_some();
    let mut output = page::view(page, member, "Marker", view);
    output["IsTruncated"] = json!(truncated);
    Ok(output)
}

/// Reads a number; the form of an awsQuery call has only text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

/// Reads a list; the form of an awsQuery call writes an empty one as an empty text.
pub(super) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct FormList<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for FormList<T> {
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
    deserializer.deserialize_any(FormList(PhantomData))
}
