//! Operations on secrets.

use crate::arn::arn;
use crate::context::Context;
use crate::store::RegionDocument;
use crate::store::secret::{SecretValue, StoredSecret};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::json;

/// Bytes of a value.
const LONGEST_VALUE: usize = 65_536;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(super) fn create_secret(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct CreateSecretInput {
        name: String,
        secret_string: Option<String>,
        secret_binary: Option<String>,
        client_request_token: Option<String>,
    }
    let input: CreateSecretInput = call.input()?;
    check_name(&input.name)?;
    let value = value(input.secret_string, input.secret_binary)?;
    let version = version(input.client_request_token);
    let created_ms = cx.clock.now_ms();
    cx.store.write(|document| {
        let secrets = &mut document.region_mut(&call.region).secrets;
        match secrets.get(&input.name) {
            // The same request again, after an answer that was lost.
            Some(same) if same.version == version && same.value == value => {}
            Some(gone) if gone.deleted_ms.is_some() => {
                let message =
                    "You can't create this secret because a secret with this name is already scheduled for deletion.";
                return Err(invalid_request(message));
            }
            Some(_) => {
                let message = format!("The operation failed because the secret {} already exists.", input.name);
                return Err(ServiceError::new(400, "ResourceExistsException", message));
            }
            None => {
                let suffix: String = uuid::Uuid::new_v4().simple().to_string().chars().take(6).collect();
                let resource = format_args!("secret:{}-{suffix}", input.name);
                let arn = arn("secretsmanager", &call.region, resource);
                let secret = StoredSecret {
                    arn,
                    value,
                    version: version.clone(),
                    created_ms,
                    changed_ms: None,
                    deleted_ms: None,
                };
                secrets.insert(input.name.clone(), secret);
            }
        }
        let made = secrets.get(&input.name);
        let mut answer = json!({"ARN": made.map(|secret| &secret.arn), "Name": input.name});
        // Without a value there is no version yet.
        if made.is_some_and(|secret| secret.value.is_some()) {
            answer["VersionId"] = json!(version);
        }
        Ok(answer)
    })
}

pub(super) fn put_secret_value(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct PutSecretValueInput {
        secret_id: String,
        secret_string: Option<String>,
        secret_binary: Option<String>,
        client_request_token: Option<String>,
    }
    let input: PutSecretValueInput = call.input()?;
    let value = value(input.secret_string, input.secret_binary)?
        .ok_or_else(|| invalid_request("You must provide either SecretString or SecretBinary."))?;
    let version = version(input.client_request_token);
    let changed_ms = cx.clock.now_ms();
    cx.store.write(|document| {
        let region = document.region_mut(&call.region);
        let name = existing_name(region, &input.secret_id)?;
        let secret = region.secrets.get_mut(&name).ok_or_else(not_found)?;
        check_alive(secret)?;
        (secret.value, secret.version) = (Some(value), version.clone());
        secret.changed_ms = Some(changed_ms);
        Ok(json!({"ARN": secret.arn, "Name": name, "VersionId": version, "VersionStages": ["AWSCURRENT"]}))
    })
}

pub(super) fn get_secret_value(cx: &Context, call: &Call) -> ServiceResult {
    let [secret_id] = call.texts(["SecretId"])?;
    cx.store.read(|document| {
        let region = document.region(&call.region);
        let name = existing_name(region, secret_id)?;
        let secret = region.secrets.get(&name).ok_or_else(not_found)?;
        check_alive(secret)?;
        let mut answer = json!({
            "ARN": secret.arn,
            "Name": name,
            "VersionId": secret.version,
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": secret.created_ms / 1000,
        });
        match &secret.value {
            Some(SecretValue::Text(text)) => answer["SecretString"] = json!(text),
            Some(SecretValue::Binary(bytes)) => answer["SecretBinary"] = json!(bytes),
            None => {
                let message = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
                return Err(ServiceError::new(400, "ResourceNotFoundException", message));
            }
        }
        Ok(answer)
    })
}

pub(super) fn describe_secret(cx: &Context, call: &Call) -> ServiceResult {
    let [secret_id] = call.texts(["SecretId"])?;
    cx.store.read(|document| {
        let region = document.region(&call.region);
        let name = existing_name(region, secret_id)?;
        let secret = region.secrets.get(&name).ok_or_else(not_found)?;
        let mut answer = json!({
            "ARN": secret.arn,
            "Name": name,
            "CreatedDate": secret.created_ms / 1000,
            "LastChangedDate": secret.changed_ms.unwrap_or(secret.created_ms) / 1000,
        });
        if secret.value.is_some() {
            answer["VersionIdsToStages"] = json!({secret.version.as_str(): ["AWSCURRENT"]});
        }
        if let Some(deleted_ms) = secret.deleted_ms {
            answer["DeletedDate"] = json!(deleted_ms / 1000);
        }
        Ok(answer)
    })
}

pub(super) fn delete_secret(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct DeleteSecretInput {
        secret_id: String,
        recovery_window_in_days: Option<i64>,
        force_delete_without_recovery: Option<bool>,
    }
    let input: DeleteSecretInput = call.input()?;
    let days = input.recovery_window_in_days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        let message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
        return Err(ServiceError::new(400, "InvalidParameterException", message));
    }
    let force = input.force_delete_without_recovery == Some(true);
    let now_ms = cx.clock.now_ms();
    cx.store.write(|document| {
        let region = document.region_mut(&call.region);
        let name = existing_name(region, &input.secret_id)?;
        let at_ms = if force { now_ms } else { now_ms.saturating_add(days * DAY_MS) };
        let secret = region.secrets.get_mut(&name).ok_or_else(not_found)?;
        secret.deleted_ms = Some(at_ms);
        let answer = json!({"ARN": secret.arn, "Name": name, "DeletionDate": at_ms / 1000});
        if force {
            region.secrets.remove(&name);
        }
        Ok(answer)
    })
}

/// Finds the name that a name or an ARN, with or without its made-up end, stands for.
fn name_of(region: &RegionDocument, id: &str) -> Option<String> {
    if region.secrets.contains_key(id) {
        return Some(id.to_owned());
    }
    let stands =
        |arn: &str| id.starts_with("arn:") && (arn == id || arn.rsplit_once('-').is_some_and(|(arn, _)| arn == id));
    region.secrets.iter().find(|(_, secret)| stands(&secret.arn)).map(|(name, _)| name.clone())
}

fn value(text: Option<String>, binary: Option<String>) -> ServiceResult<Option<SecretValue>> {
    let length = text.as_ref().or(binary.as_ref()).map_or(0, String::len);
    if length > LONGEST_VALUE {
        let message = format!("a secret has at most {LONGEST_VALUE} bytes, this one has {length}");
        return Err(ServiceError::new(400, "ValidationException", message));
    }
    match (text, binary) {
        (Some(_), Some(_)) => Err(ServiceError::new(
            400,
            "InvalidParameterException",
            "You can't specify both a binary value and a string value.",
        )),
        (Some(text), None) => Ok(Some(SecretValue::Text(text))),
        (None, Some(bytes)) => Ok(Some(SecretValue::Binary(bytes))),
        (None, None) => Ok(None),
    }
}

fn version(token: Option<String>) -> String {
    token.unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

fn check_alive(secret: &StoredSecret) -> ServiceResult<()> {
    match secret.deleted_ms {
        None => Ok(()),
        Some(_) => {
            Err(invalid_request("You can't perform this operation on the secret because it was marked for deletion."))
        }
    }
}

/// Finds the name of a secret that is given by its name or its ARN.
///
/// # Errors
/// `ValidationException` for what can be neither; else `ResourceNotFoundException`.
fn existing_name(region: &RegionDocument, id: &str) -> ServiceResult<String> {
    if !id.starts_with("arn:") {
        check_name(id)?;
    }
    name_of(region, id).ok_or_else(not_found)
}

fn check_name(name: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-!".contains(c);
    if (1..=512).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    let message =
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
    Err(ServiceError::new(400, "ValidationException", message))
}

fn not_found() -> ServiceError {
    capital("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

fn invalid_request(message: &str) -> ServiceError {
    capital("InvalidRequestException", message)
}

/// Makes an error whose message has the member `Message`, as those of the service itself have (recorded answers of AWS).
fn capital(code: &str, message: &str) -> ServiceError {
    let mut error = ServiceError::new(400, code, message);
    error.members.insert("Message".to_owned(), message.into());
    error
}
