//! ARNs: the engine knows one region that does not exist.

use super::input::invalid;
use crate::arn::{ACCOUNT, after_partition, arn};
use crate::wire::{ServiceError, ServiceResult};
use dynoxide::streams::LOCAL_REGION;
use serde_json::Value;

/// How the engine's ARNs begin.
const ENGINE: &str = "arn:aws:dynamodb:";

/// Returns the ARN of a table.
pub(super) fn table_arn(region: &str, name: &str) -> String {
    arn("dynamodb", region, format_args!("table/{name}"))
}

fn is_arn(text: &str) -> bool {
    after_partition(text).is_some_and(|rest| rest.starts_with("dynamodb:"))
}

/// Translates an input for the engine: its own region in ARNs, names instead of ARNs of tables.
pub(super) fn localise(region: &str, mut input: Value) -> ServiceResult {
    let Some(members) = input.as_object_mut() else {
        return Ok(input);
    };
    for (name, value) in members {
        let Some(text) = value.as_str().filter(|text| name != "BackupArn" && is_arn(text)) else {
            continue;
        };
        let resource = own_resource(region, text)?;
        *value = match name.as_str() {
            "TableName" => table_of_resource(text, resource)?.into(),
            _ => format!("{ENGINE}{LOCAL_REGION}:{ACCOUNT}:{resource}").into(),
        };
    }
    Ok(input)
}

/// Returns the name in the ARN of a table; `None` for what is no ARN.
pub(super) fn table_of_arn(region: &str, text: &str) -> ServiceResult<Option<String>> {
    if !is_arn(text) {
        return Ok(None);
    }
    table_of_resource(text, own_resource(region, text)?).map(|name| Some(name.to_owned()))
}

/// Returns the name of the table in the ARN of a stream of it.
pub(super) fn table_of_stream<'a>(region: &str, stream: &'a str) -> Option<&'a str> {
    let resource = stream.strip_prefix(&arn("dynamodb", region, "table/"))?;
    resource.split_once("/stream/").map(|(table, _)| table)
}

/// Returns the resource of an ARN, which must be here.
fn own_resource<'a>(region: &str, text: &'a str) -> ServiceResult<&'a str> {
    text.strip_prefix(&arn("dynamodb", region, "")).ok_or_else(|| {
        let message = format!("Access to the resource {text} is denied: it is not in {region} of account {ACCOUNT}");
        ServiceError::new(400, "AccessDeniedException", message)
    })
}

fn table_of_resource<'a>(text: &str, resource: &'a str) -> ServiceResult<&'a str> {
    let table = resource.strip_prefix("table/").filter(|table| !table.contains('/'));
    table.ok_or_else(|| invalid(format!("Invalid table ARN {text}")))
}

/// Returns how the engine's ARNs begin, and how those of a region do.
fn beginnings(region: &str) -> (String, String) {
    (format!("{ENGINE}{LOCAL_REGION}:{ACCOUNT}:"), arn("dynamodb", region, ""))
}

/// Returns a message with the true region in its ARNs.
pub(super) fn globalise_text(region: &str, text: &str) -> String {
    let (ours, true_one) = beginnings(region);
    text.replace(&ours, &true_one)
}

/// Returns an output with the true region.
pub(super) fn globalise(region: &str, mut output: Value) -> Value {
    let (ours, true_one) = beginnings(region);
    rewrite(&mut output, &ours, &true_one);
    output
}

fn rewrite(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix(from) {
                *text = format!("{to}{rest}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, from, to)),
        Value::Object(members) => members.values_mut().for_each(|value| rewrite(value, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn there_and_back() {
        let arn = table_arn("eu-west-1", "orders");
        let input = json!({"ResourceArn": arn, "TableName": arn, "Tags": [{"Key": "a"}]});
        let local = localise("eu-west-1", input).unwrap();
        assert_eq!(local["TableName"], "orders");
        assert_eq!(local["ResourceArn"], format!("arn:aws:dynamodb:{LOCAL_REGION}:{ACCOUNT}:table/orders"));
        let output = globalise("eu-west-1", json!({"Table": {"TableArn": local["ResourceArn"]}}));
        assert_eq!(output["Table"]["TableArn"], arn);
    }

    #[test]
    fn another_partition() {
        let arn = table_arn("cn-north-1", "orders");
        assert_eq!(arn, format!("arn:aws-cn:dynamodb:cn-north-1:{ACCOUNT}:table/orders"));
        let local = localise("cn-north-1", json!({"ResourceArn": arn})).unwrap();
        assert_eq!(globalise("cn-north-1", local)["ResourceArn"], arn);
        assert!(localise("eu-west-1", json!({"ResourceArn": arn})).is_err());
    }

    #[test]
    fn another_region_is_refused() {
        let arn = table_arn("us-east-1", "orders");
        let refused = localise("eu-west-1", json!({"ResourceArn": arn})).unwrap_err();
        assert_eq!(refused.code, "AccessDeniedException");
    }
}
