//! The seam to the embedded engine: JSON in, JSON out, its errors as ours.

use crate::context::Context;
use crate::wire::validation::ONE_ERROR;
use crate::wire::{ServiceError, ServiceResult};
use dynoxide::types::{ConsumedCapacity, capacity_wanted};
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Runs one operation on members. Blocks.
pub(super) fn engine(cx: &Context, region: &str, operation: &str, input: &Value) -> ServiceResult {
    members(&cx.tables.database(region)?, operation, input)
}

/// Runs one operation on members of an open database. Blocks.
pub(super) fn members(database: &Database, operation: &str, input: &Value) -> ServiceResult {
    let output = run(database, operation, input.to_string().as_bytes())?;
    serde_json::from_slice(&output).map_err(ServiceError::internal)
}

/// Runs one operation on bytes. Blocks.
pub(super) fn run(database: &Database, operation: &str, input: &[u8]) -> ServiceResult<Vec<u8>> {
    macro_rules! call {
        ($method:ident) => {
            answer(operation, database.$method(read(input)?))
        };
    }
    match operation {
        "CreateTable" => call!(create_table),
        "DescribeTable" => call!(describe_table),
        "UpdateTable" => call!(update_table),
        "DeleteTable" => call!(delete_table),
        "ListTables" => call!(list_tables),
        "TagResource" => call!(tag_resource),
        "UntagResource" => call!(untag_resource),
        "ListTagsOfResource" => call!(list_tags_of_resource),
        "UpdateTimeToLive" => call!(update_time_to_live),
        "DescribeTimeToLive" => call!(describe_time_to_live),
        "ListStreams" => call!(list_streams),
        "DescribeStream" => call!(describe_stream),
        "GetShardIterator" => call!(get_shard_iterator),
        "GetRecords" => call!(get_records),
        _ => measured(database, operation, input).map(|answer| answer.body),
    }
}

/// What an operation on items answered, and the capacity that it consumed, by table.
pub(super) struct MeasuredAnswer {
    pub body: Vec<u8>,
    pub consumed: Vec<ConsumedCapacity>,
}

/// Runs one operation on items on bytes. Its capacity is known whether the caller asked for it or not. Blocks.
pub(super) fn measured(database: &Database, operation: &str, input: &[u8]) -> ServiceResult<MeasuredAnswer> {
    macro_rules! call {
        ($action:ident, $request:ident) => {{
            let mut input: dynoxide::actions::$action::$request = read(input)?;
            let mode = input.return_consumed_capacity.as_deref();
            let asked = capacity_wanted(mode);
            if matches!(mode, None | Some("NONE")) {
                input.return_consumed_capacity = Some("INDEXES".to_owned());
            }
            let mut output = database.$action(input).map_err(|error| service_error(operation, &error))?;
            let consumed = output.consumed_capacity.by_table();
            if !asked {
                output.consumed_capacity = None;
            }
            Ok(MeasuredAnswer { body: serde_json::to_vec(&output).map_err(ServiceError::internal)?, consumed })
        }};
    }
    match operation {
        "GetItem" => call!(get_item, GetItemRequest),
        "PutItem" => call!(put_item, PutItemRequest),
        "UpdateItem" => call!(update_item, UpdateItemRequest),
        "DeleteItem" => call!(delete_item, DeleteItemRequest),
        "Query" => call!(query, QueryRequest),
        "Scan" => call!(scan, ScanRequest),
        "BatchGetItem" => call!(batch_get_item, BatchGetItemRequest),
        "BatchWriteItem" => call!(batch_write_item, BatchWriteItemRequest),
        "TransactGetItems" => call!(transact_get_items, TransactGetItemsRequest),
        "TransactWriteItems" => call!(transact_write_items, TransactWriteItemsRequest),
        "ExecuteStatement" => call!(execute_statement, ExecuteStatementRequest),
        "BatchExecuteStatement" => call!(batch_execute_statement, BatchExecuteStatementRequest),
        "ExecuteTransaction" => call!(execute_transaction, ExecuteTransactionRequest),
        other => Err(ServiceError::not_modelled(format_args!("dynamodb {other}"))),
    }
}

/// Capacity as the operations tell it: of one table, or of several.
trait ByTable {
    fn by_table(&self) -> Vec<ConsumedCapacity>;
}

impl ByTable for Option<ConsumedCapacity> {
    fn by_table(&self) -> Vec<ConsumedCapacity> {
        self.iter().cloned().collect()
    }
}

impl ByTable for Option<Vec<ConsumedCapacity>> {
    fn by_table(&self) -> Vec<ConsumedCapacity> {
        self.clone().unwrap_or_default()
    }
}

fn answer<T: Serialize>(operation: &str, result: dynoxide::Result<T>) -> ServiceResult<Vec<u8>> {
    match result {
        Ok(output) => serde_json::to_vec(&output).map_err(ServiceError::internal),
        Err(error) => Err(service_error(operation, &error)),
    }
}

/// Markers with which the engine's types say which error a refused value is; without one it is a matter of JSON types.
const MARKERS: &[(&str, &str)] = &[
    ("VALIDATION_REQUEST:", "ValidationException"),
    ("VALIDATION_AS_READ:", "ValidationException"),
    ("VALIDATION:", "ValidationException"),
    ("SERIALIZATION_AS_READ:", "SerializationException"),
    ("SERIALIZATION:", "SerializationException"),
];

fn read<T: DeserializeOwned>(input: &[u8]) -> ServiceResult<T> {
    serde_json::from_slice(input).map_err(|error| {
        let text = error.to_string();
        let text = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
        let marked = MARKERS.iter().find_map(|(marker, code)| Some((*code, text.strip_prefix(marker)?)));
        // A value that is missing or unknown is invalid; one of the wrong JSON type cannot be read.
        let invalid = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
        let (code, message) = marked.unwrap_or(if invalid.iter().any(|part| text.contains(part)) {
            ("ValidationException", text)
        } else {
            ("SerializationException", text)
        });
        ServiceError::new(400, code, words(message))
    })
}

/// Returns a message as AWS writes it, where the engine has other words.
fn words(message: &str) -> String {
    const COLLECTION: &str = "Input collection ";
    if message.contains("empty AttributeValue object") {
        return "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes".to_owned();
    }
    // A number that is empty is not quoted.
    let message =
        message.strip_suffix("numeric value: ").map_or(message.to_owned(), |start| format!("{start}numeric value"));
    let quoted = message.split_once(COLLECTION).and_then(|(before, rest)| {
        let (list, after) = rest.split_at(rest.rfind(']')? + 1);
        let items: Vec<String> = serde_json::from_str(list).ok()?;
        Some(format!("{before}{COLLECTION}[{}]{after}", items.join(", ")))
    });
    quoted.unwrap_or(message)
}

/// Translates the engine's error: its code without the namespace, and whatever it says beside the message.
fn service_error(operation: &str, error: &DynoxideError) -> ServiceError {
    let Ok(Value::Object(mut members)) = serde_json::from_str(&error.to_json()) else {
        return ServiceError::internal(error);
    };
    let mut text = |name: &str| members.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let code = text("__type").unwrap_or_default();
    let message = words(&text("message").or_else(|| text("Message")).unwrap_or_default());
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    let enveloped = matches!(error, DynoxideError::EnvelopedValidation(_))
        && ["PutItem", "UpdateItem", "DeleteItem"].contains(&operation);
    let message = if enveloped { format!("{ONE_ERROR}{message}") } else { message };
    ServiceError { members, ..ServiceError::new(error.status_code(), code, message) }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn texts_are_those_of_aws() {
        for (engine, aws) in [
            (
                "The parameter cannot be converted to a numeric value: ",
                "The parameter cannot be converted to a numeric value",
            ),
            (
                "The parameter cannot be converted to a numeric value: b",
                "The parameter cannot be converted to a numeric value: b",
            ),
            (
                r#"Invalid: Input collection ["a", "a"] contains duplicates."#,
                "Invalid: Input collection [a, a] contains duplicates.",
            ),
            (
                r#"Input collection ["Yg==","Yg=="]of type BS contains duplicates."#,
                "Input collection [Yg==, Yg==]of type BS contains duplicates.",
            ),
            ("Input collection contains duplicates.", "Input collection contains duplicates."),
            (
                "empty AttributeValue object",
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            ),
        ] {
            assert_eq!(words(engine), aws);
        }
    }
}
