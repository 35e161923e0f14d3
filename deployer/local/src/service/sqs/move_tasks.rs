//! Moving the messages of a dead-letter queue. A move is done when its call is answered, so that no task is ever running.

use super::lookup::{check_range, invalid, missing, name_in_arn};
use crate::arn::queue_arn;
use crate::context::Context;
use crate::queues::{MoveOrder, MoveReport};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn start_message_move_task(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct StartInput {
        source_arn: Option<String>,
        destination_arn: Option<String>,
    }
    let input: StartInput = call.input()?;
    let source_arn = input.source_arn.ok_or_else(|| missing("SourceArn"))?;
    let region = call.region.as_str();
    let order = cx.store.read(|document| {
        let queues = &document.region(region).queues.queues;
        let find = |arn: &str| name_in_arn(region, arn).and_then(|name| queues.get(name)).ok_or_else(no_such);
        let queue = find(&source_arn)?.id;
        let leads_here = |arn: &str| arn == source_arn;
        if !queues.values().any(|queue| queue.redrive().is_some_and(|to| leads_here(&to.dead_letter_target_arn))) {
            return Err(invalid("Source queue must be configured as a Dead Letter Queue."));
        }
        if let Some(destination) = &input.destination_arn {
            find(destination)?;
            if *destination == source_arn {
                return Err(invalid("Source and destination queues must not be the same."));
            }
        }
        let destinations = queues.iter().map(|(name, queue)| (queue_arn(region, name), queue.id)).collect();
        let (source_arn, destination_arn) = (source_arn.clone(), input.destination_arn.clone());
        Ok(MoveOrder { queue, source_arn, destination_arn, destinations })
    })?;
    let report = cx.queues.on_messages(|messages| messages.move_messages(&order, cx.clock.now_ms()))?;
    Ok(json!({"TaskHandle": report.handle}))
}

pub(super) fn list_message_move_tasks(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ListTasksInput {
        source_arn: Option<String>,
        max_results: Option<i64>,
    }
    let input: ListTasksInput = call.input()?;
    let source_arn = input.source_arn.ok_or_else(|| missing("SourceArn"))?;
    let most = input.max_results.unwrap_or(1);
    check_range(most, "MaxResults", 1, 10)?;
    cx.store.read(|document| {
        let queues = &document.region(&call.region).queues.queues;
        name_in_arn(&call.region, &source_arn).and_then(|name| queues.get(name)).map(drop).ok_or_else(no_such)
    })?;
    let tasks = cx.queues.on_messages(|messages| messages.move_tasks(&source_arn, most))?;
    Ok(json!({"Results": tasks.iter().map(view).collect::<Vec<_>>()}))
}

fn view(task: &MoveReport) -> Value {
    let mut view = json!({
        "Status": task.status,
        "SourceArn": task.source_arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.found,
        "StartedTimestamp": task.started_ms,
    });
    if let Some(arn) = &task.destination_arn {
        view["DestinationArn"] = json!(arn);
    }
    if let Some(failure) = &task.failure {
        view["FailureReason"] = json!(failure);
    }
    view
}

pub(super) fn cancel_message_move_task(cx: &Context, call: &Call) -> ServiceResult {
    let [handle] = call.texts(["TaskHandle"])?;
    let found = cx.queues.on_messages(|messages| messages.move_task(handle))?;
    let message = if found.is_some() { "Only active tasks can be cancelled." } else { "Task does not exist." };
    Err(ServiceError::new(404, "ResourceNotFoundException", message))
}

fn no_such() -> ServiceError {
    ServiceError::new(404, "ResourceNotFoundException", "The resource that you specified does not exist.")
}
