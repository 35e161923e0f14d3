//! Operations on parameters.

use crate::arn::arn;
use crate::context::Context;
use crate::store::RegionDocument;
use crate::store::secret::StoredParameter;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};

const SECURE: &str = "SecureString";
/// Bytes of a value in the standard tier.
const LONGEST_VALUE: usize = 4096;
const LONGEST_NAME: usize = 1011;
/// Levels of a path.
const DEEPEST: usize = 15;
/// Names in one `GetParameters`.
const AT_ONCE: usize = 10;

pub(super) fn put_parameter(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct PutParameterInput {
        name: String,
        value: String,
        #[serde(rename = "Type")]
        kind: Option<String>,
        overwrite: Option<bool>,
    }
    let input: PutParameterInput = call.input()?;
    check_name(&input.name)?;
    if input.value.is_empty() || input.value.len() > LONGEST_VALUE {
        return Err(invalid(format!("a value has 1 to {LONGEST_VALUE} bytes, this one has {}", input.value.len())));
    }
    let modified_ms = cx.clock.now_ms();
    cx.store.write(|document| {
        let parameters = &mut document.region_mut(&call.region).parameters;
        let before = parameters.get(&input.name);
        if before.is_some() && input.overwrite != Some(true) {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(ServiceError::new(400, "ParameterAlreadyExists", message));
        }
        let kind = input.kind.or_else(|| before.map(|before| before.kind.clone()));
        let kind = kind.ok_or_else(|| invalid("A parameter type is required when you create a parameter."))?;
        if !["String", "StringList", SECURE].contains(&kind.as_str()) {
            return Err(invalid(format!("Type '{kind}' is none of String, StringList and SecureString")));
        }
        let version = before.map_or(1, |before| before.version + 1);
        parameters.insert(input.name, StoredParameter { kind, value: input.value, version, modified_ms });
        Ok(json!({"Version": version, "Tier": "Standard"}))
    })
}

pub(super) fn get_parameter(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GetParameterInput {
        name: String,
        with_decryption: Option<bool>,
    }
    let input: GetParameterInput = call.input()?;
    cx.store.read(|document| {
        let found = show(document.region(&call.region), &call.region, &input.name, input.with_decryption)?;
        Ok(json!({"Parameter": found.ok_or_else(not_found)?}))
    })
}

pub(super) fn get_parameters(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GetParametersInput {
        names: Vec<String>,
        with_decryption: Option<bool>,
    }
    let input: GetParametersInput = call.input()?;
    if !(1..=AT_ONCE).contains(&input.names.len()) {
        return Err(invalid(format!("1 to {AT_ONCE} names can be asked for at once, not {}", input.names.len())));
    }
    cx.store.read(|document| {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in &input.names {
            match show(document.region(&call.region), &call.region, name, input.with_decryption)? {
                Some(parameter) => found.push(parameter),
                None => missing.push(name),
            }
        }
        Ok(json!({"Parameters": found, "InvalidParameters": missing}))
    })
}

pub(super) fn delete_parameter(cx: &Context, call: &Call) -> ServiceResult {
    let [name] = call.texts(["Name"])?;
    cx.store.write(|document| {
        document.region_mut(&call.region).parameters.remove(name).map(|_| json!({})).ok_or_else(not_found)
    })
}

fn show(region: &RegionDocument, region_name: &str, name: &str, decrypt: Option<bool>) -> ServiceResult<Option<Value>> {
    let Some(parameter) = region.parameters.get(name) else { return Ok(None) };
    if parameter.kind == SECURE && decrypt != Some(true) {
        let message = "the embedded cloud has no ciphertext of a SecureString to show: ask with WithDecryption";
        return Err(ServiceError::not_implemented(message));
    }
    Ok(Some(json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": parameter.value,
        "Version": parameter.version,
        "LastModifiedDate": parameter.modified_ms / 1000,
        "ARN": arn("ssm", region_name, format_args!("parameter/{}", name.trim_start_matches('/'))),
        "DataType": "text",
    })))
}

fn check_name(name: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let levels = name.split('/').skip(1).count();
    let absolute = !name.contains('/') || name.starts_with('/');
    if (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(allowed) && levels <= DEEPEST && absolute {
        return Ok(());
    }
    Err(invalid(format!(
        "Parameter name must be a fully qualified name when it has a '/', of letters, digits and '_.-/', with at most \
         {LONGEST_NAME} characters and {DEEPEST} levels: {name:?} is not"
    )))
}

fn not_found() -> ServiceError {
    ServiceError::new(400, "ParameterNotFound", "Parameter not found.")
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationException", message)
}
