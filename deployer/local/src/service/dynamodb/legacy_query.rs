//! `KeyConditions` beside expressions: DynamoDB takes them together in a query, the engine does not.

use serde_json::{Map, Value};

/// Writes the `KeyConditions` of a query with other expressions as a `KeyConditionExpression`, and tells whether it did.
pub(super) fn write_as_expression(query: &mut Map<String, Value>) -> bool {
    if !["FilterExpression", "ProjectionExpression"].iter().any(|name| query.contains_key(*name))
        || query.contains_key("KeyConditionExpression")
    {
        return false;
    }
    let Some(conditions) = query.get("KeyConditions").and_then(Value::as_object) else {
        return false;
    };
    let (mut terms, mut names, mut values) = (Vec::new(), Map::new(), Map::new());
    for (at, (attribute, condition)) in conditions.iter().enumerate() {
        let name = format!("#deployer_key{at}");
        let operands: Vec<Value> = condition["AttributeValueList"].as_array().cloned().unwrap_or_default();
        let value = |n: usize| format!(":deployer_value{at}_{n}");
        let (first, second) = (value(0), value(1));
        let (term, needed) = match condition["ComparisonOperator"].as_str() {
            Some("EQ") => (format!("{name} = {first}"), 1),
            Some("LT") => (format!("{name} < {first}"), 1),
            Some("LE") => (format!("{name} <= {first}"), 1),
            Some("GT") => (format!("{name} > {first}"), 1),
            Some("GE") => (format!("{name} >= {first}"), 1),
            Some("BEGINS_WITH") => (format!("begins_with({name}, {first})"), 1),
            Some("BETWEEN") => (format!("{name} BETWEEN {first} AND {second}"), 2),
            // The engine says what is wrong with it.
            _ => return false,
        };
        if operands.len() != needed {
            return false;
        }
        terms.push(term);
        names.insert(name, attribute.as_str().into());
        values.extend(operands.into_iter().enumerate().map(|(n, operand)| (value(n), operand)));
    }
    query.remove("KeyConditions");
    query.insert("KeyConditionExpression".to_owned(), terms.join(" AND ").into());
    for (member, more) in [("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)] {
        match query.entry(member).or_insert_with(|| Map::new().into()) {
            Value::Object(given) => given.extend(more),
            other => *other = more.into(),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(mut query: Value) -> Value {
        write_as_expression(query.as_object_mut().unwrap());
        query
    }

    #[test]
    fn conditions_become_an_expression() {
        let range = json!({"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "1"}, {"N": "2"}]});
        let equal = json!({"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]});
        let query = written(json!({"KeyConditions": {"a": equal, "b": range}, "ProjectionExpression": "a"}));
        let expected =
            "#deployer_key0 = :deployer_value0_0 AND #deployer_key1 BETWEEN :deployer_value1_0 AND :deployer_value1_1";
        assert_eq!(query["KeyConditionExpression"], expected);
        assert_eq!(query["ExpressionAttributeNames"], json!({"#deployer_key0": "a", "#deployer_key1": "b"}));
        assert_eq!(query["ExpressionAttributeValues"][":deployer_value1_1"], json!({"N": "2"}));
        assert_eq!(query.get("KeyConditions"), None);
    }

    #[test]
    fn what_the_engine_takes_or_refuses_is_left_alone() {
        let equal = json!({"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}});
        for query in [
            json!({"KeyConditions": equal, "QueryFilter": {}}),
            json!({"KeyConditions": equal, "FilterExpression": "b = c", "KeyConditionExpression": "a = :a"}),
            json!({"KeyConditions": {"a": {"ComparisonOperator": "NE"}}, "FilterExpression": "b = c"}),
            json!({"KeyConditions": 5, "FilterExpression": "b = c"}),
        ] {
            assert_eq!(written(query.clone()), query);
        }
    }
}
