//! The query protocol: the members of the JSON protocol under the names and in the shapes of the older one.

use crate::arn::ACCOUNT;
use crate::wire::QueryCompatibility;
use serde_json::{Map, Value, json};

/// SQS's query protocol: version 2012-11-05, with the codes that the JSON model gives as `awsQueryError`.
pub(super) static COMPATIBILITY: QueryCompatibility = QueryCompatibility {
    namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    model: "com.amazonaws.sqs",
    codes: &[
        ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
        ("QueueNameExists", "QueueAlreadyExists"),
        ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"),
        ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"),
        ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
        ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"),
        ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
        ("AccessDeniedException", "AccessDenied"),
        ("InvalidParameterValueException", "InvalidParameterValue"),
        ("MissingRequiredParameterException", "MissingParameter"),
    ],
    read,
    write,
};

/// Lists: their name in the form and in JSON.
const LISTS: [(&str, &str); 4] = [
    ("AttributeName", "AttributeNames"),
    ("MessageAttributeName", "MessageAttributeNames"),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames"),
    ("TagKey", "TagKeys"),
];
/// Maps: their name in the form and in JSON, and what the keys of their entries are called.
const MAPS: [(&str, &str, &str); 4] = [
    ("Attribute", "Attributes", "Name"),
    ("MessageAttribute", "MessageAttributes", "Name"),
    ("MessageSystemAttribute", "MessageSystemAttributes", "Name"),
    ("Tag", "Tags", "Key"),
];
/// Members that are numbers; a form has only text.
const NUMBERS: [&str; 6] = [
    "DelaySeconds",
    "MaxNumberOfMessages",
    "MaxNumberOfMessagesPerSecond",
    "MaxResults",
    "VisibilityTimeout",
    "WaitTimeSeconds",
];

fn read(operation: &str, path: &str, form: Value) -> Value {
    let mut members = members(operation, form);
    // Older clients name the queue by the address of the request alone.
    if path.trim_matches('/').starts_with(&format!("{ACCOUNT}/")) && !members.contains_key("QueueUrl") {
        members.insert("QueueUrl".to_owned(), path.trim_matches('/').into());
    }
    members.into()
}

fn members(operation: &str, form: Value) -> Map<String, Value> {
    let mut members = Map::new();
    let Value::Object(form) = form else { return members };
    for (name, value) in form {
        if let Some((_, list)) = LISTS.iter().find(|(flat, _)| *flat == name) {
            members.insert((*list).to_owned(), in_order(value).into());
        } else if let Some((_, map, key)) = MAPS.iter().find(|(flat, ..)| *flat == name) {
            let pair = |entry: Value| Some((entry[*key].as_str()?.to_owned(), entry["Value"].clone()));
            // CreateQueue alone writes it small.
            let map = if operation == "CreateQueue" && *map == "Tags" { "tags" } else { map };
            members.insert(map.to_owned(), in_order(value).into_iter().filter_map(pair).collect::<Map<_, _>>().into());
        } else if name.strip_suffix("RequestEntry") == Some(operation) {
            let entries = in_order(value).into_iter().map(|entry| Value::Object(self::members(operation, entry)));
            members.insert("Entries".to_owned(), entries.collect());
        } else if NUMBERS.contains(&name.as_str()) {
            let number = value.as_str().and_then(|text| text.parse::<i64>().ok());
            members.insert(name, number.map_or(value, Value::from));
        } else {
            members.insert(name, value);
        }
    }
    members
}

/// Returns the items of a flat list by their numbers.
fn in_order(value: Value) -> Vec<Value> {
    let Value::Object(items) = value else { return Vec::new() };
    let mut items: Vec<(u64, Value)> =
        items.into_iter().map(|(number, item)| (number.parse().unwrap_or(u64::MAX), item)).collect();
    items.sort_by_key(|(number, _)| *number);
    items.into_iter().map(|(_, item)| item).collect()
}

fn write(operation: &str, members: &Value) -> Value {
    let named = |map: &Value, key: &str| -> Value {
        map.as_object().into_iter().flatten().map(|(name, value)| json!({key: name, "Value": value})).collect()
    };
    let all = members.as_object().into_iter().flatten();
    let element = |(name, value): (&String, &Value)| -> (String, Value) {
        match name.as_str() {
            "Attributes" => ("Attribute".to_owned(), named(value, "Name")),
            "MessageAttributes" => ("MessageAttribute".to_owned(), named(value, "Name")),
            "Tags" => ("Tag".to_owned(), named(value, "Key")),
            "QueueUrls" | "queueUrls" => ("QueueUrl".to_owned(), value.clone()),
            "Messages" => {
                let list = value.as_array().into_iter().flatten();
                ("Message".to_owned(), list.map(|message| write(operation, message)).collect())
            }
            "Successful" => (format!("{operation}ResultEntry"), value.clone()),
            "Failed" => ("BatchResultErrorEntry".to_owned(), value.clone()),
            "Results" => (format!("{operation}ResultEntry"), value.clone()),
            _ => (name.clone(), value.clone()),
        }
    };
    all.map(element).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_members() {
        let form = json!({
            "QueueName": "q",
            "Attribute": {"1": {"Name": "DelaySeconds", "Value": "5"}},
            "Tag": {"1": {"Key": "a", "Value": "b"}},
        });
        let expected = json!({"QueueName": "q", "Attributes": {"DelaySeconds": "5"}, "tags": {"a": "b"}});
        assert_eq!(read("CreateQueue", "/", form), expected);
        let entry = |n: &str| json!({"Id": n, "MessageBody": n, "DelaySeconds": "1"});
        let form = json!({"SendMessageBatchRequestEntry": {"10": entry("b"), "2": entry("a")}});
        let expected = json!({
            "QueueUrl": "000000000000/q",
            "Entries": [{"Id": "a", "MessageBody": "a", "DelaySeconds": 1}, {"Id": "b", "MessageBody": "b", "DelaySeconds": 1}],
        });
        assert_eq!(read("SendMessageBatch", "/000000000000/q/", form), expected);
    }

    #[test]
    fn members_become_elements() {
        let members = json!({"Messages": [{"Body": "x", "Attributes": {"SenderId": "s"}}]});
        let expected = json!({"Message": [{"Body": "x", "Attribute": [{"Name": "SenderId", "Value": "s"}]}]});
        assert_eq!(write("ReceiveMessage", &members), expected);
        let members = json!({"Successful": [{"Id": "a"}], "Failed": [{"Id": "b"}]});
        let expected = json!({"SendMessageBatchResultEntry": [{"Id": "a"}], "BatchResultErrorEntry": [{"Id": "b"}]});
        assert_eq!(write("SendMessageBatch", &members), expected);
    }
}
