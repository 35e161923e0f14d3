//! Checks that several operations share.

use super::lookup::bad;
use crate::wire::validation::constraint;
use crate::wire::{ServiceResult, TagLimits, TagMap, TagMistake, page};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// Characters of a resource policy.
const MAX_POLICY: usize = 8192;

/// Reads a text that means none when it is empty.
pub(super) fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

pub(super) fn tags(tags: &TagMap) -> ServiceResult<()> {
    TagLimits::ASCII_WORDS.check(tags).map_err(|mistake| match mistake {
        TagMistake::TooMany => bad(format!("The number of tags exceeds the limit of {}.", TagLimits::COUNT)),
        TagMistake::Key(key) | TagMistake::Reserved(key) => bad(format!("Invalid tag key \"{key}\".")),
        TagMistake::Value(key, value) => bad(format!("Invalid tag value \"{value}\" of {key}.")),
    })
}

pub(super) fn api_name(name: &str) -> ServiceResult<()> {
    if name.trim().is_empty() || name.chars().count() > 1024 {
        Err(bad("Invalid API name: it must have 1 to 1024 characters and not be blank"))
    } else {
        Ok(())
    }
}

pub(super) fn endpoint_type(kind: &str) -> ServiceResult<()> {
    match kind {
        "REGIONAL" | "EDGE" | "PRIVATE" => Ok(()),
        other => Err(constraint(
            "ValidationException",
            format_args!("[{other}]"),
            "createRestApiInput.endpointConfiguration.types",
            "satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]",
        )),
    }
}

pub(super) fn api_key_source(source: &str) -> ServiceResult<()> {
    match source {
        "HEADER" | "AUTHORIZER" => Ok(()),
        other => Err(bad(format!("Invalid API key source {other}: must be HEADER or AUTHORIZER"))),
    }
}

pub(super) fn compression(bytes: i64) -> ServiceResult<u32> {
    u32::try_from(bytes)
        .ok()
        .filter(|bytes| *bytes <= 10_485_760)
        .ok_or_else(|| bad("Invalid minimum compression size, must be between 0 and 10485760"))
}

/// Checks a resource policy: a JSON document with statements.
pub(super) fn policy(text: &str) -> ServiceResult<()> {
    let document: Result<serde_json::Value, _> = serde_json::from_str(text);
    let fits = text.chars().count() <= MAX_POLICY;
    match document {
        Ok(document) if fits && document["Statement"].is_array() => Ok(()),
        _ => Err(bad("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")),
    }
}

pub(super) fn stage_name(name: &str) -> ServiceResult<()> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if name.is_empty() || name.len() > 128 || !name.bytes().all(allowed) {
        Err(bad("Stage name only allows a-zA-Z0-9_-"))
    } else {
        Ok(())
    }
}

pub(super) fn variables(variables: &BTreeMap<String, String>) -> ServiceResult<()> {
    for (name, value) in variables {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(bad(format!("Stage variable name {name} must be alphanumeric or underscore")));
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&b);
        if value.len() > 512 || !value.bytes().all(allowed) {
            return Err(bad(format!(
                "Stage variable value of {name} must have at most 512 characters of A-Za-z0-9-._~:/?#&=,"
            )));
        }
    }
    Ok(())
}

/// The input of a listing of what one API has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RestApiPageInput {
    pub rest_api_id: String,
    pub position: Option<String>,
    pub limit: Option<i64>,
}

/// Cuts a page of at most `limit` (25 unless given, 500 at most) items behind `position`.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    position: Option<&str>,
    limit: Option<i64>,
    view: impl Fn(T) -> serde_json::Value,
) -> ServiceResult<serde_json::Value> {
    let limit = match limit {
        None => 25,
        // What is no number of items means the default, as on AWS.
        Some(limit) => usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(25).min(500),
    };
    let page = page::cut(items, key, position, limit).map_err(|_| bad("Invalid position parameter specified"))?;
    Ok(page::view(page, "item", "position", view))
}
