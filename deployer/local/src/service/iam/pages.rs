//! IAM's pages.

use super::lookup::{INVALID, invalid};
use crate::wire::validation::constraint;
use crate::wire::{ServiceResult, form, page};
use serde::Deserialize;
use serde_json::{Value, json};

/// Items of a page, unless asked otherwise.
const PAGE: usize = 100;

/// The input of a listing of what one role has.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RolePageInput {
    pub role_name: String,
    pub marker: Option<String>,
    #[serde(default, deserialize_with = "form::number")]
    pub max_items: Option<u32>,
}

/// The input of a listing of what one managed policy has.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyPageInput {
    pub policy_arn: String,
    pub marker: Option<String>,
    #[serde(default, deserialize_with = "form::number")]
    pub max_items: Option<u32>,
}

/// Cuts a page out of sorted items and writes it with its markers.
pub(super) fn page<T>(
    marker: Option<&str>,
    max_items: Option<u32>,
    member: &str,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    view: impl Fn(T) -> Value,
) -> ServiceResult {
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
