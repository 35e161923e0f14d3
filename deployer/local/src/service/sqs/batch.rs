//! Calls with up to ten entries, each of which succeeds or fails for itself.

use super::lookup::missing;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Entries of a call.
const MOST: usize = 10;

/// Reads the entries of a call and checks their ids.
pub(super) fn entries(call: &Call) -> ServiceResult<Vec<(String, Value)>> {
    call.only(&["QueueUrl", "Entries"])?;
    let entries = call.body["Entries"].as_array().ok_or_else(|| missing("Entries"))?;
    if entries.is_empty() {
        return Err(refused("EmptyBatchRequest", "There should be at least one entry in the request."));
    }
    if entries.len() > MOST {
        let message = format!("Maximum number of entries per request are {MOST}. You have sent {}.", entries.len());
        return Err(refused("TooManyEntriesInBatchRequest", message));
    }
    let mut seen = BTreeSet::new();
    let mut list = Vec::new();
    for entry in entries {
        let id = entry["Id"].as_str().unwrap_or_default();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        if id.is_empty() || id.len() > 80 || !id.bytes().all(allowed) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
            return Err(refused("InvalidBatchEntryId", message));
        }
        if !seen.insert(id) {
            return Err(refused("BatchEntryIdsNotDistinct", format!("Id {id} repeated.")));
        }
        let mut members = entry.clone();
        if let Some(members) = members.as_object_mut() {
            members.remove("Id");
        }
        list.push((id.to_owned(), members));
    }
    Ok(list)
}

/// Answers what became of the entries.
pub(super) fn answer(results: Vec<(String, ServiceResult)>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in results {
        match result {
            Ok(mut members) => {
                members["Id"] = id.into();
                successful.push(members);
            }
            Err(error) => failed.push(json!({
                "Id": id,
                "SenderFault": error.status < 500,
                "Code": error.code,
                "Message": error.message,
            })),
        }
    }
    let mut answer = json!({"Successful": successful});
    if !failed.is_empty() {
        answer["Failed"] = failed.into();
    }
    answer
}

pub(super) fn refused(code: &str, message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, code, message)
}
