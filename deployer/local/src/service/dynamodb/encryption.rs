//! Server-side encryption: the setting. The engine never sees it.

use super::input::invalid;
use crate::arn::arn;
use crate::wire::ServiceResult;
use serde::Deserialize;
use serde_json::Value;

/// Server-side encryption, as a call asks for it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TableEncryption {
    #[serde(default)]
    enabled: bool,
    #[serde(rename = "SSEType")]
    kind: Option<String>,
    #[serde(rename = "KMSMasterKeyId")]
    key: Option<String>,
}

impl TableEncryption {
    /// Takes it out of an input: the engine never sees it.
    pub fn take(region: &str, input: &mut Value) -> ServiceResult<Option<Self>> {
        let given = input.as_object_mut().and_then(|members| members.remove("SSESpecification"));
        let Some(given) = given.filter(|given| !given.is_null()) else {
            return Ok(None);
        };
        let mut encryption: Self = serde_json::from_value(given).map_err(|error| invalid(error.to_string()))?;
        if encryption.kind.as_deref().is_some_and(|kind| kind != "KMS") {
            return Err(invalid("One or more parameter values were invalid: SSEType must be KMS"));
        }
        if encryption.key.is_some() && !encryption.enabled {
            return Err(invalid(
                "One or more parameter values were invalid: KMSMasterKeyId requires SSE to be enabled",
            ));
        }
        encryption.key = encryption.key.map(|key| {
            if key.starts_with("arn:") {
                key
            } else {
                arn("kms", region, if key.starts_with("alias/") { key } else { format!("key/{key}") })
            }
        });
        Ok(Some(encryption))
    }

    /// Returns what the table remembers: the key, unless AWS owns it.
    pub fn key(self, region: &str) -> Option<String> {
        self.enabled.then(|| self.key.unwrap_or_else(|| arn("kms", region, "alias/aws/dynamodb")))
    }
}
