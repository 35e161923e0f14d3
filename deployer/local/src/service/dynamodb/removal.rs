//! Updates that only remove: on an item that is not there they do nothing. The engine makes an item of its key.
//!
//! Such an update of nothing is what a deletion of nothing is: the condition is judged, the capacity is counted, and
//! nothing is there afterwards. So it is carried out as one, with nobody else writing meanwhile.

use super::engine::{self, MeasuredAnswer, measured};
use super::expression::{only_removes, tokens};
use crate::context::Context;
use crate::wire::{ServiceError, ServiceResult};
use serde_json::{Map, Value, json};

/// A name that no request uses.
const KEY: &str = "#deployer_key";

const FAILED: &str = "ConditionalCheckFailedException";

/// Tells whether an `UpdateItem` or an `Update` of a transaction can only take something away.
pub(super) fn removes_only(update: &Value) -> bool {
    match (&update["UpdateExpression"], &update["AttributeUpdates"]) {
        (Value::String(expression), _) => only_removes(expression),
        (_, Value::Object(updates)) => !updates.is_empty() && updates.values().all(|one| one["Action"] == "DELETE"),
        _ => false,
    }
}

/// Carries out an `UpdateItem` that only removes. Nobody else may write meanwhile.
pub(super) fn update_item(cx: &Context, region: &str, input: &Value) -> ServiceResult<MeasuredAnswer> {
    let database = cx.tables.database(region)?;
    let run = |operation: &str, input: &Value| measured(&database, operation, input.to_string().as_bytes());
    if !is_absent(cx, region, input) {
        return run("UpdateItem", input);
    }
    // What is wrong with the update itself is said by an update whose condition cannot hold.
    match impossible(input).map(|update| run("UpdateItem", &update)) {
        Some(Err(ServiceError { code, .. })) if code == FAILED => run("DeleteItem", &deletion(input)),
        _ => {
            let answer = run("UpdateItem", input)?;
            run("DeleteItem", &json!({"TableName": input["TableName"], "Key": input["Key"]}))?;
            let mut output: Value = serde_json::from_slice(&answer.body).map_err(ServiceError::internal)?;
            if let Some(output) = output.as_object_mut() {
                output.remove("Attributes");
            }
            Ok(MeasuredAnswer { body: output.to_string().into_bytes(), ..answer })
        }
    }
}

/// Replaces the updates of a transaction that only remove from items that are not there. Nobody else may write meanwhile.
pub(super) fn settle_transaction(cx: &Context, region: &str, input: &mut Value) {
    for step in input["TransactItems"].as_array_mut().into_iter().flatten() {
        if removes_only(&step["Update"]) && is_absent(cx, region, &step["Update"]) {
            *step = json!({"Delete": deletion(&step["Update"])});
        }
    }
}

/// Tells whether a write removes only, wholly or in a part.
pub(super) fn is_about_removal(operation: &str, input: &Value) -> bool {
    match operation {
        "UpdateItem" => removes_only(input),
        "TransactWriteItems" => {
            input["TransactItems"].as_array().into_iter().flatten().any(|step| removes_only(&step["Update"]))
        }
        _ => false,
    }
}

fn is_absent(cx: &Context, region: &str, update: &Value) -> bool {
    let get = json!({"TableName": update["TableName"], "Key": update["Key"], "ConsistentRead": true});
    engine::engine(cx, region, "GetItem", &get).is_ok_and(|found| found.get("Item").is_none())
}

/// Returns the update with a condition that fails on an item that is not there, whatever its own says.
fn impossible(update: &Value) -> Option<Value> {
    let keys = update["Key"].as_object()?;
    let key = keys.keys().next()?;
    // The engine looks for changed keys only after the condition.
    let name = |token| update["ExpressionAttributeNames"][token].as_str().unwrap_or(token);
    if tokens(update["UpdateExpression"].as_str()?).any(|token| keys.contains_key(name(token))) {
        return None;
    }
    let condition = match update["ConditionExpression"].as_str() {
        Some(own) => format!("attribute_exists({KEY}) AND ({own} OR attribute_exists({KEY}))"),
        None => format!("attribute_exists({KEY})"),
    };
    let key = key.clone();
    let mut update = update.clone();
    update["ConditionExpression"] = condition.into();
    let names = update.as_object_mut()?.entry("ExpressionAttributeNames").or_insert_with(|| json!({}));
    names.as_object_mut()?.insert(KEY.to_owned(), key.into());
    Some(update)
}

/// Returns the deletion that does what the update does where no item is.
fn deletion(update: &Value) -> Value {
    const SAME: [&str; 8] = [
        "TableName",
        "Key",
        "ConditionExpression",
        "Expected",
        "ConditionalOperator",
        "ReturnConsumedCapacity",
        "ReturnItemCollectionMetrics",
        "ReturnValuesOnConditionCheckFailure",
    ];
    let mut deletion: Map<String, Value> =
        SAME.iter().filter_map(|name| Some(((*name).to_owned(), update.get(*name)?.clone()))).collect();
    let condition = update["ConditionExpression"].as_str().unwrap_or_default();
    for member in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        let used = |name: &str| tokens(condition).any(|token| token == name);
        let given = update[member].as_object().into_iter().flatten();
        let kept: Map<_, _> =
            given.filter(|(name, _)| used(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
        if !kept.is_empty() {
            deletion.insert(member.to_owned(), kept.into());
        }
    }
    deletion.into()
}
