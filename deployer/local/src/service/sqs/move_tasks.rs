//! Moving the messages of a dead-letter queue. Without a rate a move is done when its call is answered.

use super::lookup::{check_range, invalid, missing, name_in_arn};
use crate::context::Context;
use crate::queues::{MoveOrder, MoveReport};
use crate::store::CloudDocument;
use crate::wire::{Call, ServiceError, ServiceResult};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Messages per second that a task may be told to move at most.
const HIGHEST_RATE: i64 = 500;

/// What a task's handle says.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskHandle {
    task_id: String,
    pub source_arn: String,
}

impl TaskHandle {
    fn encode(&self) -> String {
        STANDARD.encode(json!(self).to_string())
    }

    /// Reads a handle; `None` for what is none.
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
    }
}

pub(super) fn start_message_move_task(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct StartInput {
        source_arn: Option<String>,
        destination_arn: Option<String>,
        max_number_of_messages_per_second: Option<i64>,
    }
    let input: StartInput = call.input()?;
    let source_arn = input.source_arn.ok_or_else(|| missing("SourceArn"))?;
    let rate = input.max_number_of_messages_per_second;
    check_range(rate.unwrap_or(1), "MaxNumberOfMessagesPerSecond", 1, HIGHEST_RATE)?;
    let order = cx.store.read(|document| {
        let queue = find(document, &call.region, &source_arn, "SourceArn")?;
        let queues = &document.region(&call.region).queues.queues;
        let leads_here = |arn: &str| arn == source_arn;
        if !queues.values().any(|queue| queue.redrive().is_some_and(|to| leads_here(&to.dead_letter_target_arn))) {
            return Err(invalid("Source queue must be configured as a Dead Letter Queue."));
        }
        if let Some(destination) = &input.destination_arn {
            find(document, &call.region, destination, "DestinationArn")?;
            if *destination == source_arn {
                return Err(invalid("Source and destination queues must not be the same."));
            }
        }
        let (source_arn, destination_arn) = (source_arn.clone(), input.destination_arn.clone());
        Ok(MoveOrder { queue, source_arn, destination_arn, rate })
    })?;
    let started = cx.queues.on_messages(|messages| messages.start_move(&order, cx.clock.now_ms()))?;
    let task_id = started.ok_or_else(|| {
        invalid(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        )
    })?;
    // What is due at once is moved.
    cx.queues.on_messages(|_| Ok(()))?;
    Ok(json!({"TaskHandle": TaskHandle { task_id, source_arn }.encode()}))
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
    cx.store.read(|document| find(document, &call.region, &source_arn, "SourceArn"))?;
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
    if let Some(rate) = task.rate {
        view["MaxNumberOfMessagesPerSecond"] = json!(rate);
    }
    // Only who can cancel a task is told how.
    if task.is_running() {
        let (task_id, source_arn) = (task.id.clone(), task.source_arn.clone());
        view["TaskHandle"] = json!(TaskHandle { task_id, source_arn }.encode());
    }
    view
}

pub(super) fn cancel_message_move_task(cx: &Context, call: &Call) -> ServiceResult {
    let [handle] = call.texts(["TaskHandle"])?;
    let handle = TaskHandle::decode(handle).ok_or_else(|| invalid("Value for parameter TaskHandle is invalid."))?;
    cx.store.read(|document| find(document, &call.region, &handle.source_arn, "SourceArn"))?;
    let found = cx.queues.on_messages(|messages| messages.move_task(&handle.task_id))?;
    if found.is_none_or(|task| task.source_arn != handle.source_arn) {
        return Err(no_such("Task does not exist."));
    }
    let moved = cx.queues.on_messages(|messages| messages.cancel_move(&handle.task_id))?;
    let moved = moved.ok_or_else(|| no_such("Only active tasks can be cancelled."))?;
    Ok(json!({"ApproximateNumberOfMessagesMoved": moved}))
}

/// Returns the id of the queue with an ARN.
fn find(document: &CloudDocument, region: &str, arn: &str, parameter: &str) -> ServiceResult<i64> {
    let queues = &document.region(region).queues.queues;
    let queue = name_in_arn(region, arn).and_then(|name| queues.get(name));
    queue
        .map(|queue| queue.id)
        .ok_or_else(|| no_such(format!("The resource that you specified for the {parameter} parameter doesn't exist.")))
}

fn no_such(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "ResourceNotFoundException", message)
}
