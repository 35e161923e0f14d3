//! ARNs: the engine knows one region that does not exist.

use super::input::invalid;
use crate::arn::ACCOUNT;
use crate::wire::{ServiceError, ServiceResult};
use dynoxide::streams::LOCAL_REGION;
use serde_json::Value;

const PREFIX: &str = "arn:aws:dynamodb:";

/// Returns the ARN of a table.
pub(super) fn table_arn(region: &str, name: &str) -> String {
    format!("{PREFIX}{region}:{ACCOUNT}:table/{name}")
}

/// Translates an input for the engine: its own region in ARNs, names instead of ARNs of tables.
pub(super) fn localise(region: &str, mut input: Value) -> ServiceResult {
    let Some(members) = input.as_object_mut() else {
        return Ok(input);
    };
    for (name, value) in members {
        let Some(rest) = value.as_str().and_then(|text| text.strip_prefix(PREFIX)) else {
            continue;
        };
        if name == "BackupArn" {
            continue;
        }
        let resource = own_resource(region, rest)?;
        *value = match name.as_str() {
            "TableName" => table_of_resource(rest, resource)?.into(),
            _ => format!("{PREFIX}{LOCAL_REGION}:{ACCOUNT}:{resource}").into(),
        };
    }
    Ok(input)
}

/// Returns the name in the ARN of a table; `None` for what is no ARN.
pub(super) fn table_of_arn(region: &str, text: &str) -> ServiceResult<Option<String>> {
    let Some(rest) = text.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    table_of_resource(rest, own_resource(region, rest)?).map(|name| Some(name.to_owned()))
}

/// Returns the resource of an ARN (without its beginning), which must be here.
fn own_resource<'a>(region: &str, rest: &'a str) -> ServiceResult<&'a str> {
    rest.strip_prefix(&format!("{region}:{ACCOUNT}:")).ok_or_else(|| {
        let message =
            format!("Access to the resource {PREFIX}{rest} is denied: it is not in {region} of account {ACCOUNT}");
        ServiceError::new(400, "AccessDeniedException", message)
    })
}

fn table_of_resource<'a>(rest: &str, resource: &'a str) -> ServiceResult<&'a str> {
    let table = resource.strip_prefix("table/").filter(|table| !table.contains('/'));
    table.ok_or_else(|| invalid(format!("Invalid table ARN {PREFIX}{rest}")))
}

/// Returns a message with the true region in its ARNs.
pub(super) fn globalise_text(region: &str, text: &str) -> String {
    text.replace(&format!("{PREFIX}{LOCAL_REGION}:"), &format!("{PREFIX}{region}:"))
}

/// Returns an output with the true region.
pub(super) fn globalise(region: &str, mut output: Value) -> Value {
    rewrite(&mut output, &format!("{PREFIX}{LOCAL_REGION}:"), &format!("{PREFIX}{region}:"));
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
    fn another_region_is_refused() {
        let arn = table_arn("us-east-1", "orders");
        let refused = localise("eu-west-1", json!({"ResourceArn": arn})).unwrap_err();
        assert_eq!(refused.code, "AccessDeniedException");
    }
}
