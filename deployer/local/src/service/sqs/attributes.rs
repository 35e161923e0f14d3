//! The attributes of a queue: which there are, what they may be, and what they are when nobody sets them.

use super::lookup::{check_range, invalid, name_in_arn};
use crate::arn::queue_arn;
use crate::queues::QueueCounts;
use crate::store::CloudDocument;
use crate::store::queue::QueueRecord;
use crate::wire::{ServiceError, ServiceResult};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What an attribute may be.
#[derive(Clone, Copy)]
enum AttributeShape {
    Number(i64, i64),
    Flag,
    OneOf(&'static [&'static str]),
    Json,
    Text,
}

/// An attribute that can be set.
struct AttributeRule {
    name: &'static str,
    shape: AttributeShape,
    /// What it is when nobody sets it; `None`: it is not shown then.
    default: Option<&'static str>,
    /// Whether only FIFO queues have it.
    fifo: bool,
}

const fn rule(name: &'static str, shape: AttributeShape, default: Option<&'static str>) -> AttributeRule {
    AttributeRule { name, shape, default, fifo: false }
}

const fn fifo_rule(name: &'static str, shape: AttributeShape, default: Option<&'static str>) -> AttributeRule {
    AttributeRule { name, shape, default, fifo: true }
}

/// "CreateQueue" and "SetQueueAttributes".
const RULES: &[AttributeRule] = &[
    rule("DelaySeconds", AttributeShape::Number(0, 900), Some("0")),
    rule("MaximumMessageSize", AttributeShape::Number(1024, 1_048_576), Some("1048576")),
    rule("MessageRetentionPeriod", AttributeShape::Number(60, 1_209_600), Some("345600")),
    rule("ReceiveMessageWaitTimeSeconds", AttributeShape::Number(0, 20), Some("0")),
    rule("VisibilityTimeout", AttributeShape::Number(0, 43_200), Some("30")),
    rule("Policy", AttributeShape::Json, None),
    rule("RedrivePolicy", AttributeShape::Json, None),
    rule("RedriveAllowPolicy", AttributeShape::Json, None),
    rule("KmsMasterKeyId", AttributeShape::Text, None),
    rule("KmsDataKeyReusePeriodSeconds", AttributeShape::Number(60, 86_400), None),
    rule("SqsManagedSseEnabled", AttributeShape::Flag, Some("true")),
    fifo_rule("FifoQueue", AttributeShape::OneOf(&["true"]), None),
    fifo_rule("ContentBasedDeduplication", AttributeShape::Flag, Some("false")),
    fifo_rule("DeduplicationScope", AttributeShape::OneOf(&["queue", "messageGroup"]), Some("queue")),
    fifo_rule("FifoThroughputLimit", AttributeShape::OneOf(&["perQueue", "perMessageGroupId"]), Some("perQueue")),
];

/// Attributes that are only read.
const READ_ONLY: [&str; 6] = [
    "QueueArn",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
];

/// How often a message may be received before it goes to the dead-letter queue.
const RECEIVE_COUNTS: std::ops::RangeInclusive<i64> = 1..=1000;

/// Checks attributes that are set on a queue of this name; those that are empty take the setting away.
pub(super) fn check(
    document: &CloudDocument,
    region: &str,
    name: &str,
    given: &BTreeMap<String, String>,
) -> ServiceResult<()> {
    for (attribute, value) in given {
        let rule = RULES.iter().find(|rule| rule.name == attribute).ok_or_else(|| unknown(attribute))?;
        if rule.fifo && !name.ends_with(".fifo") {
            return Err(unknown(attribute));
        }
        check_shape(rule, value)?;
    }
    let is_set = |name: &str| given.get(name).filter(|value| !value.is_empty());
    if let Some(policy) = is_set("RedrivePolicy") {
        check_redrive(document, region, name, policy)?;
    }
    if let Some(policy) = is_set("RedriveAllowPolicy") {
        check_redrive_allow(policy)?;
    }
    if is_set("KmsMasterKeyId").is_some() && is_set("SqsManagedSseEnabled").is_some_and(|value| value == "true") {
        return Err(invalid_value(
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
        ));
    }
    Ok(())
}

fn check_shape(rule: &AttributeRule, value: &str) -> ServiceResult<()> {
    let fits = match rule.shape {
        AttributeShape::Number(min, max) => value.parse().is_ok_and(|number| (min..=max).contains(&number)),
        AttributeShape::Flag => matches!(value, "true" | "false"),
        AttributeShape::OneOf(values) => values.contains(&value),
        AttributeShape::Json => value.is_empty() || serde_json::from_str::<Map<String, Value>>(value).is_ok(),
        AttributeShape::Text => true,
    };
    if fits {
        return Ok(());
    }
    Err(invalid_value(format!("Invalid value for the parameter {}.", rule.name)))
}

fn check_redrive(document: &CloudDocument, region: &str, name: &str, policy: &str) -> ServiceResult<()> {
    let refused =
        |reason: String| invalid(format!("Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"));
    let read: Value =
        serde_json::from_str(policy).map_err(|_| refused("Redrive policy is not a valid JSON map.".to_owned()))?;
    let Some(target) = read["deadLetterTargetArn"].as_str() else {
        return Err(refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.".to_owned()));
    };
    // Terraform and the console write it as a text.
    let count = &read["maxReceiveCount"];
    if count.is_null() {
        return Err(refused("Redrive policy does not contain mandatory attribute: maxReceiveCount.".to_owned()));
    }
    let number = count.as_i64().or_else(|| count.as_str()?.parse().ok());
    if !number.is_some_and(|number| RECEIVE_COUNTS.contains(&number)) {
        return Err(refused(format!(
            "Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        )));
    }
    let found = name_in_arn(region, target);
    let Some(dead_letters) = found.and_then(|target| document.region(region).queues.queues.get(target)) else {
        return Err(refused("Dead letter target does not exist.".to_owned()));
    };
    if dead_letters.is_fifo() != name.ends_with(".fifo") {
        return Err(refused("Dead-letter queue must be same type of queue as the source.".to_owned()));
    }
    if !may_redrive(dead_letters, &queue_arn(region, name)) {
        return Err(refused(format!("Queue {name} does not have permission to use the dead letter queue.")));
    }
    Ok(())
}

/// Tells whether a queue lets another one use it for dead letters.
fn may_redrive(dead_letters: &QueueRecord, source_arn: &str) -> bool {
    let Some(policy) = dead_letters.attributes.get("RedriveAllowPolicy") else { return true };
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    match policy["redrivePermission"].as_str() {
        Some("denyAll") => false,
        Some("byQueue") => {
            policy["sourceQueueArns"].as_array().is_some_and(|arns| arns.iter().any(|arn| arn == source_arn))
        }
        _ => true,
    }
}

fn check_redrive_allow(policy: &str) -> ServiceResult<()> {
    let read: Value = serde_json::from_str(policy).unwrap_or_default();
    let arns = read["sourceQueueArns"].as_array().map_or(0, Vec::len);
    let fits = match read["redrivePermission"].as_str() {
        Some("allowAll" | "denyAll") => arns == 0,
        Some("byQueue") => (1..=10).contains(&arns),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(invalid(format!(
        "Value {policy} for parameter RedriveAllowPolicy is invalid. Reason: redrivePermission is allowAll, denyAll or byQueue, the last with one to ten sourceQueueArns."
    )))
}

/// Puts attributes that were checked into those of a queue. `maxReceiveCount` becomes the number that it is.
pub(super) fn merge(attributes: &mut BTreeMap<String, String>, given: BTreeMap<String, String>) {
    for (name, value) in given {
        if value.is_empty() {
            attributes.remove(&name);
            continue;
        }
        // One kind of encryption ends the other.
        match name.as_str() {
            "KmsMasterKeyId" => drop(attributes.insert("SqsManagedSseEnabled".to_owned(), "false".to_owned())),
            "SqsManagedSseEnabled" if value == "true" => drop(attributes.remove("KmsMasterKeyId")),
            _ => {}
        }
        let value = if name == "RedrivePolicy" { with_number(&value) } else { value };
        attributes.insert(name, value);
    }
}

fn with_number(policy: &str) -> String {
    let mut read: Value = serde_json::from_str(policy).unwrap_or_default();
    if let Some(count) = read["maxReceiveCount"].as_str().and_then(|count| count.parse::<i64>().ok()) {
        read["maxReceiveCount"] = count.into();
        return read.to_string();
    }
    policy.to_owned()
}

/// Returns the attribute in which what is asked for differs from a queue that is there.
pub(super) fn difference(queue: &QueueRecord, given: &BTreeMap<String, String>) -> Option<String> {
    let mut wanted = BTreeMap::new();
    merge(&mut wanted, given.clone());
    let differs = |(name, value): &(&String, &String)| setting(queue, name).as_deref() != Some(value.as_str());
    wanted.iter().find(differs).map(|(name, _)| name.clone())
}

fn setting(queue: &QueueRecord, name: &str) -> Option<String> {
    let set = queue.attributes.get(name).map(String::as_str);
    let rule = RULES.iter().find(|rule| rule.name == name)?;
    set.or_else(|| rule.default.filter(|_| !rule.fifo || queue.is_fifo())).map(str::to_owned)
}

/// Shows the attributes of a queue that are asked for.
pub(super) fn view(
    (region, name): (&str, &str),
    queue: &QueueRecord,
    asked: &[String],
    counts: &QueueCounts,
) -> ServiceResult<Map<String, Value>> {
    let all = asked.iter().any(|name| name == "All");
    for name in asked.iter().filter(|name| *name != "All") {
        if !READ_ONLY.contains(&name.as_str()) && !RULES.iter().any(|rule| rule.name == name) {
            return Err(unknown(name));
        }
    }
    let read_only = READ_ONLY.iter().map(|attribute| {
        let value = match *attribute {
            "QueueArn" => queue_arn(region, name),
            "ApproximateNumberOfMessages" => counts.visible.to_string(),
            "ApproximateNumberOfMessagesNotVisible" => counts.in_flight.to_string(),
            "ApproximateNumberOfMessagesDelayed" => counts.delayed.to_string(),
            "CreatedTimestamp" => (queue.created_ms / 1000).to_string(),
            _ => (queue.modified_ms / 1000).to_string(),
        };
        (*attribute, Some(value))
    });
    let set = RULES.iter().map(|rule| (rule.name, setting(queue, rule.name)));
    let wanted = |name: &str| all || asked.iter().any(|asked| asked == name);
    Ok(read_only
        .chain(set)
        .filter(|(name, _)| wanted(name))
        .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
        .collect())
}

/// Checks a number of seconds that a call gives in the place of an attribute.
pub(super) fn check_seconds(value: Option<i64>, parameter: &str, max: i64) -> ServiceResult<()> {
    value.map_or(Ok(()), |value| check_range(value, parameter, 0, max))
}

fn unknown(attribute: &str) -> ServiceError {
    ServiceError::new(400, "InvalidAttributeName", format!("Unknown Attribute {attribute}."))
}

fn invalid_value(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidAttributeValue", message)
}
