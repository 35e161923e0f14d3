//! The tables that an operation on items names, by name or by ARN.

use super::region_arn::table_of_arn;
use crate::wire::ServiceResult;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Puts names in the place of ARNs, which the engine does not know.
///
/// Returns the ARNs by name: an answer that is keyed by table uses what the request used.
pub(super) fn name_tables(region: &str, input: &mut Value) -> ServiceResult<BTreeMap<String, String>> {
    let mut arns = BTreeMap::new();
    for_each(input, &mut |target| {
        if let Some(name) = table_of_arn(region, target)? {
            arns.insert(name.clone(), std::mem::replace(target, name));
        }
        Ok(())
    })?;
    Ok(arns)
}

/// Returns an answer with the ARNs that the request used.
pub(super) fn show_arns(arns: &BTreeMap<String, String>, output: &mut Value) {
    for member in ["Responses", "UnprocessedKeys", "UnprocessedItems"] {
        if let Some(Value::Object(tables)) = output.get_mut(member) {
            let given = |name: String| arns.get(&name).cloned().unwrap_or(name);
            *tables = std::mem::take(tables).into_iter().map(|(name, value)| (given(name), value)).collect();
        }
    }
}

/// Visits every table that a request names.
pub(super) fn for_each(
    input: &mut Value,
    visit: &mut impl FnMut(&mut String) -> ServiceResult<()>,
) -> ServiceResult<()> {
    if let Some(Value::String(name)) = input.get_mut("TableName") {
        visit(name)?;
    }
    if let Some(Value::Object(tables)) = input.get_mut("RequestItems") {
        let mut named = Map::new();
        for (mut name, value) in std::mem::take(tables) {
            visit(&mut name)?;
            named.insert(name, value);
        }
        *tables = named;
    }
    let steps = input.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten();
    for step in steps.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        if let Some(Value::String(name)) = step.get_mut("TableName") {
            visit(name)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::region_arn::table_arn;
    use super::*;
    use serde_json::json;

    #[test]
    fn arns_become_names_and_names_arns_again() {
        let (a, b) = (table_arn("eu-west-1", "a"), table_arn("eu-west-1", "b"));
        for (mut input, expected) in [
            (json!({"TableName": a}), json!({"TableName": "a"})),
            (json!({"RequestItems": {&a: 1, "c": 2}}), json!({"RequestItems": {"a": 1, "c": 2}})),
            (
                json!({"TransactItems": [{"Put": {"TableName": b}}, {"Get": {"TableName": "c"}}]}),
                json!({"TransactItems": [{"Put": {"TableName": "b"}}, {"Get": {"TableName": "c"}}]}),
            ),
            (json!({"TableName": 5, "RequestItems": [], "TransactItems": {}}), Value::Null),
        ] {
            let before = input.clone();
            name_tables("eu-west-1", &mut input).unwrap();
            assert_eq!(input, if expected.is_null() { before } else { expected });
        }
        let mut output = json!({"Responses": {"a": [], "c": []}});
        show_arns(&BTreeMap::from([("a".to_owned(), a.clone())]), &mut output);
        assert_eq!(output, json!({"Responses": {a: [], "c": []}}));
    }
}
