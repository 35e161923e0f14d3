//! The capacity that operations on items consume: counted for CloudWatch, and told to the trace of the request.

use crate::clock::real_ms;
use crate::context::Context;
use crate::state::MetricName;
use crate::trace::CapacityUse;
use crate::wire::Call;
use dynoxide::types::ConsumedCapacity;
use serde_json::Value;
use std::collections::BTreeMap;

/// Whether an operation reads or writes, which its figures do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CapacityAxis {
    Read,
    Write,
}

impl CapacityAxis {
    /// Returns what an operation with this input does. The statements of one call all read or all write
    /// ("BatchExecuteStatement").
    pub(super) fn of(operation: &str, input: &Value) -> Self {
        let statement = match operation {
            "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems" => return Self::Read,
            "ExecuteStatement" => &input["Statement"],
            "BatchExecuteStatement" => &input["Statements"][0]["Statement"],
            "ExecuteTransaction" => &input["TransactStatements"][0]["Statement"],
            _ => return Self::Write,
        };
        let first = statement.as_str().and_then(|text| text.split_whitespace().next()).unwrap_or_default();
        if first.eq_ignore_ascii_case("select") { Self::Read } else { Self::Write }
    }

    fn units(self, units: f64) -> CapacityUse {
        match self {
            Self::Read => CapacityUse { read: units, write: 0.0 },
            Self::Write => CapacityUse { read: 0.0, write: units },
        }
    }
}

/// Counts what a call consumed, for each table and each of its global indexes, and returns all of it together.
pub(super) fn count(cx: &Context, call: &Call, axis: CapacityAxis, consumed: &[ConsumedCapacity]) -> CapacityUse {
    let (mut all, region) = (CapacityUse::default(), call.region.as_str());
    for table in consumed {
        all = all.and(axis.units(table.capacity_units));
        if !call.is_counted {
            continue;
        }
        // Without the parts, where the caller asked for the total alone, all of it counts as the table's own.
        let own = table.table.as_ref().map_or(table.capacity_units, |own| own.capacity_units);
        let of_table = BTreeMap::from([("TableName".to_owned(), table.table_name.clone())]);
        add(cx, region, axis, &of_table, own);
        for (index, units) in table.global_secondary_indexes.iter().flatten() {
            let mut of_index = of_table.clone();
            of_index.insert("GlobalSecondaryIndexName".to_owned(), index.clone());
            add(cx, region, axis, &of_index, units.capacity_units);
        }
    }
    all
}

/// Reads the capacity in an answer about one table; none where there is no such member.
pub(super) fn of_answer(answer: &Value) -> Vec<ConsumedCapacity> {
    serde_json::from_value(answer["ConsumedCapacity"].clone()).ok().into_iter().collect()
}

/// Adds units to a metric ("DynamoDB metrics and dimensions").
fn add(cx: &Context, region: &str, axis: CapacityAxis, dimensions: &BTreeMap<String, String>, units: f64) {
    let metric = match axis {
        CapacityAxis::Read => "ConsumedReadCapacityUnits",
        CapacityAxis::Write => "ConsumedWriteCapacityUnits",
    };
    let name = MetricName {
        region: region.to_owned(),
        namespace: "AWS/DynamoDB".to_owned(),
        metric: metric.to_owned(),
        dimensions: dimensions.clone(),
    };
    cx.metrics.add(real_ms(), name, units);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_and_statements_read_or_write() {
        for (operation, input, expected) in [
            ("GetItem", json!({}), CapacityAxis::Read),
            ("TransactWriteItems", json!({}), CapacityAxis::Write),
            ("ExecuteStatement", json!({ "Statement": "\n select * FROM a" }), CapacityAxis::Read),
            ("ExecuteStatement", json!({ "Statement": "SELECTED" }), CapacityAxis::Write),
            ("BatchExecuteStatement", json!({ "Statements": [{ "Statement": "UPDATE a" }] }), CapacityAxis::Write),
            ("ExecuteTransaction", json!({ "TransactStatements": [{ "Statement": "SELECT 1" }] }), CapacityAxis::Read),
            ("ExecuteTransaction", json!({}), CapacityAxis::Write),
        ] {
            assert_eq!(CapacityAxis::of(operation, &input), expected, "{operation} {input}");
        }
    }
}
