//! Finding the mappings that carry the stack's tags: by the tagging API, and beside the functions whose they are.

use super::place::{NAME, SourcePlace, described};
use super::read;
use crate::aws::tags;
use crate::aws::tags::ResourceOwner;
use crate::kinds::{FunctionBlock, OwnedLists, ResourceId, ResourceRef, StepContext, StepResult};
use std::collections::BTreeSet;

/// Returns the mappings that may be the stack's.
///
/// # Errors
/// The failure of a list.
pub async fn find(cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
    let (tagged, beside) = futures::join!(by_tags(cx, lists), beside_functions(cx, lists));
    let mut out = tagged?;
    for place in beside? {
        if !out.iter().any(|known| known.name == place.name) {
            out.push(place);
        }
    }
    Ok(out)
}

/// The tagging API tells a mapping's id alone: each is asked for its function and source.
async fn by_tags(cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
    let mut out = Vec::new();
    for tagged in lists.places(cx, NAME, read::uuid_in).await? {
        if let Some(place) = read::place_of(cx, &tagged.name).await? {
            out.push(ResourceRef { name: place.text(), ..tagged });
        }
    }
    Ok(out)
}

/// Lambda lists the mappings of a function: of those that have a source in the description, and of those that are described no more.
async fn beside_functions(cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
    let stack = &cx.session.stack;
    let described = described(stack);
    let with_sources: BTreeSet<_> =
        described.iter().map(|source| stack.name_of::<FunctionBlock>(&source.function)).collect();
    let functions: BTreeSet<_> = stack.named::<FunctionBlock>().into_iter().map(|function| function.name).collect();
    let gone: BTreeSet<_> = lists.roles(cx).await?.iter().filter(|name| !functions.contains(*name)).cloned().collect();
    let mut out = Vec::new();
    for function in with_sources.union(&gone) {
        let found = match read::of_function(cx, function).await {
            // It is a hint, and who removes the last source may not list them any more.
            Err(_) if gone.contains(function) => continue,
            found => found?,
        };
        for mapping in found {
            let (arn, source) =
                (mapping.function_arn().unwrap_or_default(), mapping.event_source_arn().unwrap_or_default());
            let Some(place) = SourcePlace::of_arns(arn, source) else { continue };
            if described.iter().any(|source| source.place.name == place.text()) {
                continue;
            }
            let Some(tags) = read::tags(cx, &read::state(&mapping, &cx.session.arn_when_known().await)).await? else {
                continue;
            };
            let id = tags.get(tags::ID).and_then(|id| id.strip_prefix(NAME)?.strip_prefix('.').map(str::to_owned));
            if let Some(id) = id.filter(|_| cx.session.owner(&tags) == ResourceOwner::Ours) {
                out.push(ResourceRef { id: ResourceId::new(NAME, id), name: place.text() });
            }
        }
    }
    Ok(out)
}
