//! Operations on queues.

use super::attributes::{check, difference, merge, view};
use super::lookup::{
    check_range, invalid, missing, name_in_arn, no_such_queue, queue, queue_mut, queue_name, queue_of, queue_url,
};
use super::tag::check_tags;
use crate::arn::ACCOUNT;
use crate::context::Context;
use crate::store::RecordMap;
use crate::store::queue::QueueRecord;
use crate::wire::{Call, ServiceError, ServiceResult, page};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long the name of a deleted queue is not free ("DeleteQueue").
const DELETED_MS: i64 = 60_000;
/// How long a purge takes: there is no other one meanwhile ("PurgeQueue").
const PURGING_MS: i64 = 60_000;

pub(super) fn create_queue(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct CreateQueueInput {
        queue_name: Option<String>,
        #[serde(default)]
        attributes: BTreeMap<String, String>,
        #[serde(default, rename = "tags")]
        tags: BTreeMap<String, String>,
    }
    let input: CreateQueueInput = call.input()?;
    let name = input.queue_name.ok_or_else(|| missing("QueueName"))?;
    check_name(&name, &input.attributes)?;
    check_tags(&input.tags)?;
    let now_ms = cx.clock.now_ms();
    let created = cx.store.write(|document| {
        check(document, &call.region, &name, &input.attributes)?;
        let queues = &mut document.region_mut(&call.region).queues;
        if let Some(there) = queues.queues.get(&name) {
            let Some(attribute) = difference(there, &input.attributes) else { return Ok(()) };
            let message =
                format!("A queue already exists with the same name and a different value for attribute {attribute}");
            return Err(ServiceError::new(400, "QueueNameExists", message));
        }
        forget_deleted(&mut queues.deleted_ms, now_ms);
        if queues.deleted_ms.contains_key(&name) {
            let message =
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
            return Err(ServiceError::new(400, "QueueDeletedRecently", message));
        }
        let mut attributes = BTreeMap::new();
        merge(&mut attributes, input.attributes);
        queues.queues.insert(name.clone(), QueueRecord::new(now_ms, attributes, input.tags));
        Ok(())
    });
    created.map(|()| json!({"QueueUrl": queue_url(cx, &name)}))
}

/// Frees the names whose time has come.
fn forget_deleted(deleted_ms: &mut RecordMap<i64>, now_ms: i64) {
    let free = deleted_ms.iter().filter(|(_, deleted_ms)| **deleted_ms + DELETED_MS <= now_ms);
    let free: Vec<String> = free.map(|(name, _)| name.clone()).collect();
    free.iter().for_each(|name| drop(deleted_ms.remove(name)));
}

fn check_name(name: &str, attributes: &BTreeMap<String, String>) -> ServiceResult<()> {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if plain.is_empty() || name.len() > 80 || !plain.bytes().all(allowed) {
        return Err(invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
    }
    match (name.ends_with(".fifo"), attributes.contains_key("FifoQueue")) {
        (false, true) => Err(invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length",
        )),
        (true, false) => {
            Err(invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"))
        }
        _ => Ok(()),
    }
}

pub(super) fn get_queue_url(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GetQueueUrlInput {
        queue_name: Option<String>,
        #[serde(rename = "QueueOwnerAWSAccountId")]
        owner: Option<String>,
    }
    let input: GetQueueUrlInput = call.input()?;
    let name = input.queue_name.ok_or_else(|| missing("QueueName"))?;
    if input.owner.is_some_and(|owner| owner != ACCOUNT) {
        return Err(no_such_queue());
    }
    cx.store.read(|document| queue(document, &call.region, &name).map(drop))?;
    Ok(json!({"QueueUrl": queue_url(cx, &name)}))
}

pub(super) fn get_queue_attributes(cx: &Context, call: &Call) -> ServiceResult {
    call.only(&["QueueUrl", "AttributeNames"])?;
    let (name, record) = (queue_name(call)?, queue_of(cx, call)?);
    let asked: Vec<String> = serde_json::from_value(call.body["AttributeNames"].clone()).unwrap_or_default();
    let now_ms = cx.clock.now_ms();
    let counts = cx.queues.without_waking(|messages| {
        messages.expire(record.id, now_ms - record.retention_ms())?;
        messages.counts(record.id, now_ms)
    })?;
    let attributes = view((&call.region, name), &record, &asked, &counts)?;
    Ok(if attributes.is_empty() { json!({}) } else { json!({"Attributes": attributes}) })
}

pub(super) fn set_queue_attributes(cx: &Context, call: &Call) -> ServiceResult {
    call.only(&["QueueUrl", "Attributes"])?;
    let name = queue_name(call)?;
    let given: BTreeMap<String, String> = serde_json::from_value(call.body["Attributes"].clone())
        .map_err(|error| ServiceError::new(400, "SerializationException", error.to_string()))?;
    if given.contains_key("FifoQueue") {
        return Err(ServiceError::new(400, "InvalidAttributeName", "Unknown Attribute FifoQueue."));
    }
    let now_ms = cx.clock.now_ms();
    cx.store.write(|document| {
        queue(document, &call.region, name)?;
        check(document, &call.region, name, &given)?;
        let record = queue_mut(document, &call.region, name)?;
        merge(&mut record.attributes, given);
        record.modified_ms = now_ms;
        Ok(Value::Null)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    queue_name_prefix: Option<String>,
    #[serde(rename = "QueueUrl")]
    _queue_url: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// Cuts a page out of names, and writes it as URLs.
fn list(cx: &Context, names: Vec<String>, input: &ListInput, member: &str) -> ServiceResult {
    if let Some(most) = input.max_results {
        check_range(most, "MaxResults", 1, 1000)?;
    }
    let most = usize::try_from(input.max_results.unwrap_or(1000)).unwrap_or(1000);
    let mut page = page::cut(names, |name| name, input.next_token.as_deref(), most)
        .map_err(|_| invalid("Invalid or expired next token."))?;
    // Without a limit there are the first thousand and no token ("ListQueues").
    if input.max_results.is_none() {
        page.next = None;
    }
    if page.items.is_empty() && member == "QueueUrls" {
        return Ok(json!({}));
    }
    Ok(page::view(page, member, "NextToken", |name| queue_url(cx, &name).into()))
}

pub(super) fn list_queues(cx: &Context, call: &Call) -> ServiceResult {
    let input: ListInput = call.input()?;
    let prefix = input.queue_name_prefix.clone().unwrap_or_default();
    let names = cx.store.read(|document| {
        let names = document.region(&call.region).queues.queues.iter().map(|(name, _)| name);
        names.filter(|name| name.starts_with(&prefix)).cloned().collect()
    });
    list(cx, names, &input, "QueueUrls")
}

pub(super) fn list_dead_letter_source_queues(cx: &Context, call: &Call) -> ServiceResult {
    let input: ListInput = call.input()?;
    let name = queue_name(call)?;
    let names = cx.store.read(|document| {
        queue(document, &call.region, name)?;
        let queues = document.region(&call.region).queues.queues.iter();
        let into = |queue: &QueueRecord| {
            queue.redrive().is_some_and(|to| name_in_arn(&call.region, &to.dead_letter_target_arn) == Some(name))
        };
        Ok(queues.filter(|(_, queue)| into(queue)).map(|(name, _)| name.clone()).collect())
    })?;
    list(cx, names, &input, "queueUrls")
}

pub(super) fn delete_queue(cx: &Context, call: &Call) -> ServiceResult {
    call.only(&["QueueUrl"])?;
    let name = queue_name(call)?;
    let now_ms = cx.clock.now_ms();
    let gone = cx.store.write(|document| {
        let queues = &mut document.region_mut(&call.region).queues;
        let gone = queues.queues.remove(name).ok_or_else(no_such_queue)?;
        queues.deleted_ms.insert(name.to_owned(), now_ms);
        Ok(gone.id)
    })?;
    // When this does not come to pass, nobody reaches the messages all the same.
    cx.queues.on_messages(|messages| messages.forget(gone))?;
    Ok(Value::Null)
}

pub(super) fn purge_queue(cx: &Context, call: &Call) -> ServiceResult {
    call.only(&["QueueUrl"])?;
    let name = queue_name(call)?;
    let now_ms = cx.clock.now_ms();
    let id = cx.store.write(|document| {
        let record = queue_mut(document, &call.region, name)?;
        if record.purged_ms.is_some_and(|purged_ms| purged_ms + PURGING_MS > now_ms) {
            let message = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
            return Err(ServiceError::new(403, "PurgeQueueInProgress", message));
        }
        record.purged_ms = Some(now_ms);
        Ok(record.id)
    })?;
    cx.queues.on_messages(|messages| messages.purge(id))?;
    Ok(Value::Null)
}
