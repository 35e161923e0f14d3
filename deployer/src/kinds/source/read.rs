//! Reading a mapping: it is looked for among those of its function.

use super::place::{SourcePlace, described};
use super::spec::SourceSpec;
use crate::aws::arn::ArnScope;
use crate::aws::tags::ResourceTags;
use crate::aws::{op, tags};
use crate::kinds::{
    ObserveDetail, ObservedResource, PendingTransition, StepContext, StepResult, TransitionPhase, table,
};
use aws_sdk_lambda::types::EventSourceMappingConfiguration;
use std::collections::BTreeMap;

/// What AWS calls a mapping.
#[derive(Debug, Clone, Default)]
pub struct SourceState {
    /// Its id.
    pub uuid: String,
    /// Its ARN.
    pub arn: String,
}

/// Reads the mapping that `cx` is about.
pub async fn observe(
    cx: &StepContext<'_>,
    _: ObserveDetail,
) -> StepResult<Option<ObservedResource<SourceSpec, SourceState>>> {
    let place = SourcePlace::of(cx.place)?;
    let found = of_function(cx, &place.function).await?;
    let scope = cx.session.arn_when_known().await;
    let is_it = |mapping: &&EventSourceMappingConfiguration| {
        mapping.event_source_arn().is_some_and(|source| place.has_source(source, &scope))
    };
    // A mapping of a stream that was switched off is found first, so that it goes.
    let current = current_stream(cx);
    let mut found: Vec<_> = found.iter().filter(is_it).collect();
    found.sort_by_key(|mapping| mapping.event_source_arn() == current.as_deref());
    let Some(found) = found.first() else { return Ok(None) };
    let state = state(found, &scope);
    // It may go between the two.
    let Some(tags) = tags(cx, &state).await? else { return Ok(None) };
    Ok(Some(ObservedResource {
        owner: cx.session.owner(&tags),
        settling: settling(found.state()),
        spec: SourceSpec::read(found, tags),
        outputs: BTreeMap::from([("id".to_owned(), state.uuid.clone()), ("arn".to_owned(), state.arn.clone())]),
        state,
        hold: None,
        changed_at: None,
    }))
}

/// Returns the mappings of a function; none where there is no such function.
pub async fn of_function(cx: &StepContext<'_>, function: &str) -> StepResult<Vec<EventSourceMappingConfiguration>> {
    let lambda = &cx.clients().lambda;
    let pages = cx.pages(
        &op::LIST_EVENT_SOURCE_MAPPINGS,
        |marker| lambda.list_event_source_mappings().function_name(function).set_marker(marker).send(),
        |page| page.next_marker.clone().filter(|marker| !marker.is_empty()),
    );
    Ok(pages.items_if_found(|page| page.event_source_mappings.unwrap_or_default()).await?)
}

/// Returns what AWS calls a mapping.
pub fn state(mapping: &EventSourceMappingConfiguration, scope: &ArnScope) -> SourceState {
    let uuid = mapping.uuid().unwrap_or_default().to_owned();
    let arn = mapping.event_source_mapping_arn().map_or_else(|| scope.event_source_mapping(&uuid), str::to_owned);
    SourceState { uuid, arn }
}

/// Reads the tags of a mapping that are managed; nothing where it is gone.
pub async fn tags(cx: &StepContext<'_>, state: &SourceState) -> StepResult<Option<ResourceTags>> {
    let lambda = &cx.clients().lambda;
    let answer = cx.find(&op::LAMBDA_LIST_TAGS, || lambda.list_tags().resource(&state.arn).send()).await?;
    Ok(answer.map(|answer| cx.session.managed(tags::from_map(answer.tags()))))
}

/// Returns the ARN of the stream that a table has now, as far as this run has seen it.
fn current_stream(cx: &StepContext<'_>) -> Option<String> {
    let outputs = cx.session.ledger.outputs.borrow();
    let sources = described(&cx.session.stack);
    let source = sources.iter().find(|source| source.place == *cx.place)?;
    let id = source.block.table.as_deref()?;
    let of_table = outputs.iter().find(|(place, _)| place.kind == table::NAME && place.name == id)?;
    of_table.1.get(table::STREAM).cloned()
}

/// Returns what a mapping waits for ("GetEventSourceMapping").
pub fn settling(state: Option<&str>) -> Option<PendingTransition> {
    let (phase, reason) = match state? {
        "Creating" => (TransitionPhase::Coming, "the source to be ready (it is Creating)"),
        "Deleting" => (TransitionPhase::Leaving, "the source to be gone (it is Deleting)"),
        "Enabling" => (TransitionPhase::Changing, "the source to be ready (it is Enabling)"),
        "Disabling" => (TransitionPhase::Changing, "the source to stop (it is Disabling)"),
        "Updating" => (TransitionPhase::Changing, "the source to be changed (it is Updating)"),
        _ => return None,
    };
    Some(PendingTransition { phase, reason: reason.to_owned() })
}

/// Returns the id in a mapping's ARN.
pub fn uuid_in(arn: &str) -> Option<String> {
    arn.split_once(":event-source-mapping:").map(|(_, uuid)| uuid.to_owned())
}

/// Finds out which mapping has this id; nothing where it is gone, or of a sort that is not managed here.
pub async fn place_of(cx: &StepContext<'_>, uuid: &str) -> StepResult<Option<SourcePlace>> {
    let lambda = &cx.clients().lambda;
    let found = cx.find(&op::GET_EVENT_SOURCE_MAPPING, || lambda.get_event_source_mapping().uuid(uuid).send()).await?;
    Ok(found.and_then(|found| SourcePlace::of_arns(found.function_arn()?, found.event_source_arn()?)))
}
