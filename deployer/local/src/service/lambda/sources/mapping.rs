//! Operations on event source mappings.

use super::check::{apply, check_start, check_surroundings, unconfigured};
use super::input::MappingInput;
use super::view::view;
use crate::arn::{arn, queue_arn};
use crate::context::Context;
use crate::service::dynamodb;
use crate::service::lambda::lookup::{conflict, function, invalid_parameter};
use crate::service::lambda::{check, name};
use crate::state::StreamPosition;
use crate::store::source_mapping::{SourceMapping, SourceSettling};
use crate::store::{CloudDocument, RecordMap};
use crate::wire::{Call, ServiceError, ServiceResult, page};
use serde::Deserialize;

/// Mappings of a page.
const MOST_LISTED: usize = 100;

pub(in crate::service::lambda) fn create_event_source_mapping(cx: &Context, call: &Call) -> ServiceResult {
    let input: MappingInput = call.input()?;
    let region = call.region.as_str();
    if input.uuid.is_some() {
        return Err(call.unknown_member("UUID"));
    }
    let source = input.event_source_arn.as_deref().ok_or_else(|| invalid_parameter("EventSourceArn is required."))?;
    check_source_arn(region, source)?;
    let function_name = name::resolve(region, input.function_name.as_deref().unwrap_or_default())?;
    check::tags(&input.tags)?;
    let mut mapping = unconfigured(source.to_owned(), function_name.clone(), cx.clock.now_ms());
    apply(&input, &mut mapping)?;
    mapping.tags.clone_from(&input.tags);
    mapping.settling = settling(cx, "Creating");
    let uuid = uuid::Uuid::new_v4().to_string();
    if mapping.is_stream() {
        mapping.start = check_start(&input)?;
        // From here on nothing is missed, whatever happens before the first look.
        let last = dynamodb::last_sequence(cx, region, source).map_err(|error| match error.code.as_str() {
            "ResourceNotFoundException" => invalid_parameter(format!("Stream not found: {source}")),
            _ => error,
        })?;
        let after = last.filter(|_| mapping.start.as_deref() == Some("LATEST"));
        cx.sources.keep_position(&uuid, &StreamPosition { after }).map_err(ServiceError::internal)?;
    }
    let created = cx.store.write(|document| {
        let record = function(document, region, &function_name)?;
        check_surroundings(document, region, &mapping, record)?;
        forget_gone(&mut document.region_mut(region).sources, cx.clock.now_ms());
        check_only_one(document, region, &mapping)?;
        document.region_mut(region).sources.insert(uuid.clone(), mapping.clone());
        Ok(())
    });
    if created.is_err() {
        cx.sources.forget(&uuid);
    }
    created?;
    cx.sources.change();
    Ok(view(cx, (region, &uuid), &mapping, Some("Creating")))
}

/// Checks that an ARN is that of a queue or a stream of this account and region.
fn check_source_arn(region: &str, source: &str) -> ServiceResult<()> {
    let stream = source.starts_with(&arn("dynamodb", region, "table/")) && source.contains("/stream/");
    if stream || source.starts_with(&queue_arn(region, "")) {
        return Ok(());
    }
    if source.contains(":sqs:") || source.contains(":dynamodb:") {
        return Err(invalid_parameter(format!("{source} is neither a queue nor a stream of {region}.")));
    }
    match source.starts_with("arn:") {
        true => Err(ServiceError::not_modelled(format_args!(
            "the event source {source}: only queues and streams of tables"
        ))),
        false => Err(invalid_parameter("Unrecognized event source.")),
    }
}

/// Checks that no other mapping feeds the function from the same source.
fn check_only_one(document: &CloudDocument, region: &str, mapping: &SourceMapping) -> ServiceResult<()> {
    let SourceMapping { source_arn, function, .. } = mapping;
    let same = |other: &SourceMapping| other.source_arn == *source_arn && other.function == *function;
    let sources = &document.region(region).sources;
    let Some((uuid, _)) = sources.iter().find(|(_, other)| same(other)) else { return Ok(()) };
    let kind = if mapping.is_stream() { "event source" } else { "SQS" };
    Err(conflict(format!(
        "An event source mapping with {kind} arn (\" {source_arn} \") and function (\" {function} \") already exists. Please update or delete the existing mapping with UUID {uuid}"
    )))
}

fn uuid(call: &Call) -> ServiceResult<&str> {
    call.text("UUID")
}

fn not_found() -> ServiceError {
    ServiceError::new(404, "ResourceNotFoundException", "The resource you requested does not exist.")
}

fn existing<'a>(
    cx: &Context,
    document: &'a CloudDocument,
    region: &str,
    uuid: &str,
) -> ServiceResult<&'a SourceMapping> {
    let found = document.region(region).sources.get(uuid);
    found.filter(|mapping| !mapping.is_gone(cx.clock.now_ms())).ok_or_else(not_found)
}

/// Returns a mapping that is at rest, so that it can be changed.
fn settled<'a>(
    cx: &Context,
    document: &'a CloudDocument,
    region: &str,
    uuid: &str,
) -> ServiceResult<&'a SourceMapping> {
    let mapping = existing(cx, document, region, uuid)?;
    let Some(state) = mapping.settling_state(cx.clock.now_ms()) else { return Ok(mapping) };
    let action = if state == "Deleting" { "delete" } else { "update" };
    let message = format!("Cannot {action} the event source mapping because it is in use.");
    Err(ServiceError::new(400, "ResourceInUseException", message))
}

/// Removes the mappings whose deletion has ended.
fn forget_gone(sources: &mut RecordMap<SourceMapping>, now_ms: i64) {
    let gone: Vec<String> =
        sources.iter().filter(|(_, mapping)| mapping.is_gone(now_ms)).map(|(uuid, _)| uuid.clone()).collect();
    gone.iter().for_each(|uuid| drop(sources.remove(uuid)));
}

/// Returns that a mapping is on its way, when faults ask for it.
fn settling(cx: &Context, state: &str) -> Option<SourceSettling> {
    let lasting = cx.faults.lasting(|faults| faults.source_settling_ms)?;
    let until_ms = cx.clock.now_ms() + i64::try_from(lasting.as_millis()).unwrap_or_default();
    Some(SourceSettling { state: state.to_owned(), until_ms })
}

pub(in crate::service::lambda) fn get_event_source_mapping(cx: &Context, call: &Call) -> ServiceResult {
    let [uuid] = call.texts(["UUID"])?;
    let mapping = cx.store.read(|document| existing(cx, document, &call.region, uuid).cloned())?;
    Ok(view(cx, (&call.region, uuid), &mapping, None))
}

pub(in crate::service::lambda) fn update_event_source_mapping(cx: &Context, call: &Call) -> ServiceResult {
    let input: MappingInput = call.input()?;
    let (region, uuid) = (call.region.as_str(), uuid(call)?);
    if input.event_source_arn.is_some() || input.starting_position.is_some() || !input.tags.is_empty() {
        return Err(call.unknown_member("EventSourceArn, StartingPosition or Tags"));
    }
    let named = input.function_name.as_deref().map(|given| name::resolve(region, given)).transpose()?;
    let mapping = cx.store.write(|document| {
        let mut mapping = settled(cx, document, region, uuid)?.clone();
        let moved = named.as_ref().is_some_and(|name| *name != mapping.function);
        mapping.function = named.unwrap_or(mapping.function);
        apply(&input, &mut mapping)?;
        check_surroundings(document, region, &mapping, function(document, region, &mapping.function)?)?;
        if moved {
            check_only_one(document, region, &mapping)?;
        }
        mapping.modified_ms = cx.clock.now_ms();
        mapping.settling = settling(cx, "Updating");
        document.region_mut(region).sources.insert(uuid.to_owned(), mapping.clone());
        Ok(mapping)
    })?;
    cx.sources.change();
    Ok(view(cx, (region, uuid), &mapping, Some("Updating")))
}

pub(in crate::service::lambda) fn delete_event_source_mapping(cx: &Context, call: &Call) -> ServiceResult {
    let [uuid] = call.texts(["UUID"])?;
    let region = call.region.as_str();
    let gone = cx.store.write(|document| {
        let mut gone = settled(cx, document, region, uuid)?.clone();
        gone.settling = settling(cx, "Deleting");
        let sources = &mut document.region_mut(region).sources;
        match gone.settling {
            Some(_) => sources.insert(uuid.to_owned(), gone.clone()),
            None => drop(sources.remove(uuid)),
        }
        Ok(gone)
    })?;
    cx.sources.change();
    cx.sources.forget(uuid);
    Ok(view(cx, (region, uuid), &gone, Some("Deleting")))
}

pub(in crate::service::lambda) fn list_event_source_mappings(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ListMappingsInput {
        event_source_arn: Option<String>,
        function_name: Option<String>,
        marker: Option<String>,
        max_items: Option<usize>,
    }
    let input: ListMappingsInput = call.input()?;
    let region = call.region.as_str();
    let named = input.function_name.as_deref().map(|given| name::resolve(region, given)).transpose()?;
    let limit = input.max_items.unwrap_or(MOST_LISTED).min(MOST_LISTED);
    cx.store.read(|document| {
        let now_ms = cx.clock.now_ms();
        let wanted = |(_, mapping): &(&String, &SourceMapping)| {
            !mapping.is_gone(now_ms)
                && input.event_source_arn.as_ref().is_none_or(|arn| *arn == mapping.source_arn)
                && named.as_ref().is_none_or(|name| *name == mapping.function)
        };
        let found = document.region(region).sources.iter().filter(wanted);
        let page = page::cut(found, |(uuid, _)| uuid, input.marker.as_deref(), limit)
            .map_err(|_| invalid_parameter("Invalid Marker"))?;
        Ok(page::view(page, "EventSourceMappings", "NextMarker", |(uuid, mapping)| {
            view(cx, (region, uuid), mapping, None)
        }))
    })
}
