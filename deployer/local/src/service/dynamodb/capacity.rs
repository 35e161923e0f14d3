//! Capacity of global indexes: the table engine takes it and forgets it.

use super::input::invalid;
use crate::wire::ServiceResult;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Read units and write units by index.
pub(super) type IndexUnits = BTreeMap<String, (u64, u64)>;

/// Returns what `CreateTable` gives its indexes.
pub(super) fn of_new_table(input: &Value) -> IndexUnits {
    let indexes = input["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    indexes.filter_map(|index| Some((name(index)?, units(index)?))).collect()
}

/// Returns what is left after `UpdateTable`; `existing` are the table's indexes before it.
///
/// # Errors
/// As AWS: a table that becomes provisioned needs capacity for every index in the same call.
pub(super) fn after_update(before: &IndexUnits, existing: &[String], input: &Value) -> ServiceResult<IndexUnits> {
    let mut after = before.clone();
    if input["BillingMode"] == "PAY_PER_REQUEST" {
        after.clear();
    }
    for update in input["GlobalSecondaryIndexUpdates"].as_array().into_iter().flatten() {
        if let Some(name) = name(&update["Delete"]) {
            after.remove(&name);
        }
        for change in [&update["Create"], &update["Update"]] {
            if let (Some(name), Some(units)) = (name(change), units(change)) {
                after.insert(name, units);
            }
        }
    }
    let missing = existing.iter().find(|index| !after.contains_key(*index));
    match missing {
        Some(index) if input["BillingMode"] == "PROVISIONED" => Err(invalid(format!(
            "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: {index}"
        ))),
        _ => Ok(after),
    }
}

/// Shows the capacity in a description.
pub(super) fn show(units: &IndexUnits, description: &mut Value) {
    let indexes = description.get_mut("GlobalSecondaryIndexes").and_then(Value::as_array_mut);
    for index in indexes.into_iter().flatten() {
        let (read, write) = name(index).and_then(|name| units.get(&name).copied()).unwrap_or_default();
        index["ProvisionedThroughput"] =
            json!({"NumberOfDecreasesToday": 0, "ReadCapacityUnits": read, "WriteCapacityUnits": write});
    }
}

/// Returns the names of a description's indexes.
pub(super) fn indexes(description: &Value) -> Vec<String> {
    description["GlobalSecondaryIndexes"].as_array().into_iter().flatten().filter_map(name).collect()
}

fn name(index: &Value) -> Option<String> {
    index["IndexName"].as_str().map(str::to_owned)
}

fn units(index: &Value) -> Option<(u64, u64)> {
    let throughput = &index["ProvisionedThroughput"];
    Some((throughput["ReadCapacityUnits"].as_u64()?, throughput["WriteCapacityUnits"].as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_follows_the_indexes() {
        let of = |units: &IndexUnits| units.iter().map(|(name, units)| format!("{name}{units:?}")).collect::<Vec<_>>();
        let throughput = |n: u64| json!({"ReadCapacityUnits": n, "WriteCapacityUnits": n + 1});
        let units = of_new_table(
            &json!({"GlobalSecondaryIndexes": [{"IndexName": "a", "ProvisionedThroughput": throughput(1)}, {"IndexName": "b"}]}),
        );
        assert_eq!(of(&units), ["a(1, 2)"]);
        let existing = ["a".to_owned(), "b".to_owned()];
        let update = json!({"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "a", "ProvisionedThroughput": throughput(5)}}]});
        assert_eq!(of(&after_update(&units, &existing, &update).unwrap()), ["a(5, 6)"]);
        let gone = json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "a"}}]});
        assert!(after_update(&units, &existing, &gone).unwrap().is_empty());
        let provisioned = json!({"BillingMode": "PROVISIONED"});
        assert!(after_update(&units, &existing, &provisioned).unwrap_err().message.contains("index: b"));
        assert!(after_update(&units, &existing, &json!({"BillingMode": "PAY_PER_REQUEST"})).unwrap().is_empty());
    }
}
