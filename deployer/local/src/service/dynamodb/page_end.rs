//! Where a page of `Query` or `Scan` ends: behind the item with which what was read reaches 1 MB, as DynamoDB counts it.
//!
//! The engine ends before such an item, and counts items as they are billed. What DynamoDB counts was measured on AWS by the tests
//! of dynalite (<https://github.com/architect/dynalite>, `test/query.js` and `test/scan.js`): an item as it is stored, with a byte
//! for each name, a byte or a few for each length, and something for each page of storage that it takes.

use super::consumed::of_answer;
use super::engine::{MeasuredAnswer, measured, members};
use super::expression::tokens;
use crate::wire::{ServiceError, ServiceResult};
use dynoxide::{AttributeValue, Database, Item};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Bytes that end a page.
const PAGE: usize = 1024 * 1024;
/// Bytes of a page of storage, and what each costs beside the sort key.
const STORAGE_PAGE: usize = 3072;
const STORAGE_PAGE_COST: usize = 18;
/// What an item costs in any case.
const ITEM_COST: usize = 2;
/// Bytes of an answer with all of its items that cannot be of a whole page: in JSON an item takes at least a third of what it counts.
const SURELY_SHORT: usize = PAGE / 3;
/// Bytes that a unit of consumed capacity stands for at most: of a read that is eventually consistent.
const UNIT: f64 = 8192.0;
/// What an item counts at most beyond twice what it is billed: the item, a page of storage, and the longest sort key.
const MOST_COST: f64 = 1046.0;

/// Members of a request that say which of the items that are read are shown, and how.
const SHOWING: [&str; 9] = [
    "FilterExpression",
    "QueryFilter",
    "ScanFilter",
    "ConditionalOperator",
    "ProjectionExpression",
    "AttributesToGet",
    "Select",
    "ReturnConsumedCapacity",
    "Limit",
];

/// Reads a page. Blocks.
pub(super) fn read(
    database: &Database,
    operation: &str,
    input: &Value,
    payload: &[u8],
) -> ServiceResult<MeasuredAnswer> {
    let shows_all = !SHOWING[..7].iter().any(|member| !input[*member].is_null());
    if shows_all {
        let answer = measured(database, operation, payload)?;
        if answer.body.len() < SURELY_SHORT {
            return Ok(answer);
        }
    }
    let asked = input["ReturnConsumedCapacity"].as_str().is_some_and(|asked| asked != "NONE");
    let mut counted = input.clone();
    if !asked {
        counted["ReturnConsumedCapacity"] = json!("INDEXES");
    }
    let short = if shows_all { None } else { short(database, operation, &counted)? };
    let mut answer = match short {
        Some(answer) => answer,
        None => collect(database, operation, &counted, &measure(database, operation, input)?)?,
    };
    let consumed = of_answer(&answer);
    if !asked && let Some(answer) = answer.as_object_mut() {
        answer.remove("ConsumedCapacity");
    }
    Ok(MeasuredAnswer { body: serde_json::to_vec(&answer).map_err(ServiceError::internal)?, consumed })
}

/// Reads a page of which not all is shown, and returns it if its consumed capacity says that it cannot have reached its end. Blocks.
fn short(database: &Database, operation: &str, counted: &Value) -> ServiceResult<Option<Value>> {
    let answer = members(database, operation, counted)?;
    let units = answer["ConsumedCapacity"]["CapacityUnits"].as_f64().unwrap_or(f64::MAX);
    let items = answer["ScannedCount"].as_f64().unwrap_or(f64::MAX);
    Ok((3.0 * units * UNIT + items * MOST_COST < PAGE as f64).then_some(answer))
}

/// A page: how many items are read, which is the last, and how many bytes of them are billed.
struct PageMeasure {
    items: usize,
    last: Item,
    billed: usize,
    /// Whether it ended for its size, and not because nothing was left or no more was asked for.
    whole: bool,
}

/// Counts the items of a page. Blocks.
fn measure(database: &Database, operation: &str, input: &Value) -> ServiceResult<PageMeasure> {
    let (sort_key, limit) = (sort_key(database, input)?, limit(input));
    let mut bare = bare(input);
    let mut page = PageMeasure { items: 0, last: Item::new(), billed: 0, whole: false };
    let mut counted = 0;
    loop {
        let mut answer = members(database, operation, &bare)?;
        let items: Vec<Item> = serde_json::from_value(answer["Items"].take()).map_err(ServiceError::internal)?;
        for item in items {
            if limit.is_some_and(|limit| page.items == limit) {
                return Ok(page);
            }
            page.items += 1;
            page.billed += dynoxide::types::item_size(&item);
            counted += stored_size(&item, sort_key.as_deref());
            page.last = item;
            if counted >= PAGE {
                page.whole = true;
                return Ok(page);
            }
        }
        match answer["LastEvaluatedKey"].take() {
            Value::Null => return Ok(page),
            last => bare["ExclusiveStartKey"] = last,
        }
    }
}

/// Returns how many items a request reads at most.
fn limit(input: &Value) -> Option<usize> {
    input["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok())
}

/// Returns the name of the table's sort key.
fn sort_key(database: &Database, input: &Value) -> ServiceResult<Option<String>> {
    let table = members(database, "DescribeTable", &json!({"TableName": input["TableName"]}))?;
    let keys = table["Table"]["KeySchema"].as_array().into_iter().flatten();
    let range = keys.into_iter().find(|key| key["KeyType"] == "RANGE");
    Ok(range.and_then(|key| key["AttributeName"].as_str()).map(str::to_owned))
}

/// Returns a request that shows all of the items that another one reads.
fn bare(input: &Value) -> Value {
    let mut bare = input.clone();
    let Some(members) = bare.as_object_mut() else { return bare };
    // What all attributes are is another thing in an index.
    let all = members.get("Select").is_some_and(|select| select == "ALL_ATTRIBUTES");
    for member in SHOWING {
        members.remove(member);
    }
    if all {
        members.insert("Select".to_owned(), json!("ALL_ATTRIBUTES"));
    }
    // Names and values that nothing uses are refused.
    let condition = members.get("KeyConditionExpression").and_then(Value::as_str).unwrap_or_default().to_owned();
    let used: BTreeSet<&str> = tokens(&condition).collect();
    for member in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        if let Some(Value::Object(given)) = members.get_mut(member) {
            given.retain(|name, _| used.contains(name.as_str()));
            if given.is_empty() {
                members.remove(member);
            }
        }
    }
    bare
}

/// Reads the items of a page, in as many pages as the engine makes of them. Blocks.
fn collect(database: &Database, operation: &str, input: &Value, page: &PageMeasure) -> ServiceResult {
    let mut part = input.clone();
    // Where a page ends because nothing is left, a limit would say that more is.
    let mut left = if page.whole { Some(page.items) } else { limit(input) };
    let mut answer = Map::new();
    loop {
        if let Some(left) = left {
            part["Limit"] = json!(left);
        }
        let Value::Object(next) = members(database, operation, &part)? else {
            return Err(ServiceError::internal("an answer without members"));
        };
        let read = count(&next, "ScannedCount");
        let last = next.get("LastEvaluatedKey").cloned().unwrap_or_default();
        let in_parts = !answer.is_empty();
        join(&mut answer, next);
        if last.is_null() || page.ends_at(&last)? {
            answer.insert("ScannedCount".to_owned(), json!(page.items));
            if in_parts && let Some(capacity) = answer.get_mut("ConsumedCapacity") {
                recount(capacity, page.billed, input["ConsistentRead"] == true);
            }
            return Ok(Value::Object(answer));
        }
        // The engine counts the item before which it ends.
        left = left.map(|left| left.saturating_sub(read.saturating_sub(1)).max(1));
        part["ExclusiveStartKey"] = last;
    }
}

impl PageMeasure {
    /// Tells whether a key is that of the last item.
    fn ends_at(&self, key: &Value) -> ServiceResult<bool> {
        let key: Item = serde_json::from_value(key.clone()).map_err(ServiceError::internal)?;
        Ok(key.iter().all(|(name, value)| self.last.get(name) == Some(value)))
    }
}

fn count(answer: &Map<String, Value>, member: &str) -> usize {
    answer.get(member).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

/// Adds a page of the engine's to those before it.
fn join(answer: &mut Map<String, Value>, mut next: Map<String, Value>) {
    for member in ["Count", "ScannedCount"] {
        let sum = count(answer, member) + count(&next, member);
        answer.insert(member.to_owned(), json!(sum));
    }
    if let (Some(Value::Array(items)), Some(Value::Array(more))) = (answer.get_mut("Items"), next.get_mut("Items")) {
        items.append(more);
        next.remove("Items");
    }
    for member in ["Count", "ScannedCount"] {
        next.remove(member);
    }
    answer.remove("LastEvaluatedKey");
    answer.extend(next);
}

/// Counts the capacity of a page that the engine read in parts: half a unit for every 4 KB, twice that for a consistent read.
fn recount(capacity: &mut Value, billed: usize, consistent: bool) {
    let units = billed.div_ceil(4096) as f64 * if consistent { 1.0 } else { 0.5 };
    for (name, value) in capacity.as_object_mut().into_iter().flatten() {
        if name == "CapacityUnits" {
            *value = json!(units);
        } else {
            recount(value, billed, consistent);
        }
    }
}

/// Counts the bytes of an item as it is stored.
fn stored_size(item: &Item, sort_key: Option<&str>) -> usize {
    let is_key = |name: &str| sort_key == Some(name);
    let key = sort_key.and_then(|name| item.get(name)).map_or(0, AttributeValue::size);
    let size: usize =
        item.iter().filter(|(name, _)| !is_key(name)).map(|(_, value)| 1 + value_with_length(value)).sum();
    ITEM_COST + size + (1 + (1 + size) / STORAGE_PAGE) * (STORAGE_PAGE_COST + key)
}

/// Counts a value with what says how long it is.
fn value_with_length(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => {
            text.len()
                + if text.len() < 128 {
                    1
                } else if text.len() < 16_384 {
                    2
                } else {
                    3
                }
        }
        AttributeValue::B(_) | AttributeValue::N(_) => value.size() + 1,
        AttributeValue::SS(items) => value.size() + items.len() + 1,
        AttributeValue::NS(items) => value.size() + items.len() + 1,
        AttributeValue::BS(items) => value.size() + items.len() + 1,
        AttributeValue::NULL(_) => 0,
        AttributeValue::BOOL(_) => 1,
        // Their parts were not measured otherwise than they are billed.
        AttributeValue::L(_) | AttributeValue::M(_) => value.size(),
    }
}
