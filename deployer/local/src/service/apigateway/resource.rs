//! Resources: the paths of the draft.

use super::lookup::{api as find, api_mut, bad, conflict, limit_exceeded, new_id, not_found};
use super::{check, view};
use crate::context::Context;
use crate::store::rest_api::{ApiDraft, ApiResource};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Per API.
const MAX_RESOURCES: usize = 300;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetApiResourcesInput {
    rest_api_id: String,
    position: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    embed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetResourceInput {
    rest_api_id: String,
    resource_id: String,
    #[serde(default)]
    embed: Vec<String>,
}

fn embeds(embed: &[String]) -> ServiceResult<bool> {
    match embed.iter().find(|what| *what != "methods") {
        Some(other) => Err(ServiceError::not_modelled(format_args!("embed={other}"))),
        None => Ok(!embed.is_empty()),
    }
}

pub(super) fn get_resources(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetApiResourcesInput = call.input()?;
    let embed = embeds(&input.embed)?;
    cx.store.read(|document| {
        let resources = find(document, &call.region, &input.rest_api_id)?.draft.resources.values();
        check::page(resources, |r| &r.id, input.position.as_deref(), input.limit, |r| view::resource(r, embed))
    })
}

pub(super) fn get_resource(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetResourceInput = call.input()?;
    let embed = embeds(&input.embed)?;
    cx.store.read(|document| {
        let draft = &find(document, &call.region, &input.rest_api_id)?.draft;
        let resource = draft.resources.get(&input.resource_id).ok_or_else(|| not_found("Resource"))?;
        Ok(view::resource(resource, embed))
    })
}

pub(super) fn create_resource(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, parent_id, path_part] = call.texts(["restApiId", "parentId", "pathPart"])?;
    cx.store.write(|document| {
        let draft = &mut api_mut(document, &call.region, rest_api_id)?.draft;
        let parent = draft.resources.get(parent_id).ok_or_else(|| not_found("Resource"))?;
        if draft.resources.values().any(|r| r.path == join(&parent.path, path_part)) {
            return Err(conflict(
                "Another resource with the same parent already has this name: ".to_owned() + path_part,
            ));
        }
        let id = add(draft, parent_id, path_part, None)?;
        let resource = draft.resources.get(&id).ok_or_else(|| not_found("Resource"))?;
        Ok(view::resource(resource, false))
    })
}

pub(super) fn delete_resource(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, resource_id] = call.texts(["restApiId", "resourceId"])?;
    cx.store.write(|document| {
        let draft = &mut api_mut(document, &call.region, rest_api_id)?.draft;
        if resource_id == draft.root_id {
            return Err(bad("Root resource cannot be deleted"));
        }
        let path = draft.resources.get(resource_id).ok_or_else(|| not_found("Resource"))?.path.clone();
        draft.resources.retain(|_, r| r.path != path && !r.path.starts_with(&format!("{path}/")));
        Ok(Value::Null)
    })
}

fn join(parent: &str, part: &str) -> String {
    format!("{}/{part}", parent.trim_end_matches('/'))
}

/// Adds a child to a resource, under a known id or a new one.
pub(super) fn add(draft: &mut ApiDraft, parent_id: &str, part: &str, id: Option<String>) -> ServiceResult<String> {
    let parent = draft.resources.get(parent_id).ok_or_else(|| not_found("Resource"))?;
    check_part(part)?;
    let path = join(&parent.path, part);
    if parent.path_part.as_deref().is_some_and(|part| part.ends_with("+}")) {
        let variable = parent.path_part.as_deref().unwrap_or_default();
        return Err(bad(format!("Cannot create a child of a resource with a greedy path variable: {variable}")));
    }
    let variable = |part: &str| part.starts_with('{');
    let siblings = draft.resources.values().filter(|r| r.parent_id.as_deref() == Some(parent_id));
    if let Some(other) = siblings
        .filter_map(|r| r.path_part.as_deref())
        .find(|other| variable(other) && variable(part) && *other != part)
    {
        return Err(bad(format!(
            "A sibling ({other}) of this resource already has a variable path part -- only one is allowed"
        )));
    }
    if draft.resources.len() >= MAX_RESOURCES {
        return Err(limit_exceeded("resources for this API"));
    }
    let id = id.unwrap_or_else(|| new_id(6));
    let resource = ApiResource {
        id: id.clone(),
        parent_id: Some(parent_id.to_owned()),
        path_part: Some(part.to_owned()),
        path,
        methods: BTreeMap::new(),
    };
    draft.resources.insert(id.clone(), resource);
    Ok(id)
}

fn check_part(part: &str) -> ServiceResult<()> {
    let name = match part.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').map(|name| name.strip_suffix('+').unwrap_or(name)),
        None => Some(part),
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-:".contains(&b);
    match name {
        Some(name) if !name.is_empty() && name.bytes().all(allowed) => Ok(()),
        _ => Err(bad(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the \
             beginning and the end.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_parts() {
        for good in ["orders", "{id}", "{proxy+}", "v1.0", "a-b_c:d"] {
            assert_eq!(check_part(good), Ok(()), "{good}");
        }
        for wrong in ["", "{}", "{+}", "{id", "id}", "a b", "a/b", "{a}{b}", "ö"] {
            assert!(check_part(wrong).is_err(), "{wrong}");
        }
    }
}
