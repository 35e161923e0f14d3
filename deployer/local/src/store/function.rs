//! A Lambda function as the control plane stores it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// One function, `$LATEST` only: versions and aliases are not modelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionRecord {
    /// Unique in its region.
    pub name: String,
    /// `arn:aws:lambda:<region>:<account>:function:<name>`.
    pub arn: String,
    /// The region it was created in.
    pub region: String,
    /// ARN of the execution role.
    pub role: String,
    /// The runtime identifier, `provided.al2023`.
    pub runtime: String,
    /// The handler, passed to the process as `_HANDLER`.
    pub handler: String,
    /// Free text; empty when none was given.
    pub description: String,
    /// 128 to 10,240 MB.
    pub memory_mb: u32,
    /// 1 to 900 seconds for one invocation, initialisation not counted.
    pub timeout_s: u32,
    /// `/tmp`, 512 to 10,240 MB.
    pub ephemeral_storage_mb: u32,
    /// The variables given by the user, at most 4 KB together.
    pub environment: Option<BTreeMap<String, String>>,
    /// Base64 of the SHA-256 of the uploaded zip; `CodeStore::unpacked` turns it into a directory.
    pub code_sha256: String,
    /// Size of the zip in bytes.
    pub code_size: u64,
    /// Changes whenever configuration or code does: a sandbox of another revision is stale.
    pub revision: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// `Active` or `PassThrough`.
    pub tracing_mode: String,
    /// Where and how the function logs.
    pub logging: FunctionLogging,
    /// `None`: unreserved; `Some(0)`: every invocation is throttled.
    pub reserved_concurrency: Option<u32>,
    /// What becomes of asynchronous invocations that fail; `None`: Lambda's defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asynchronous: Option<AsynchronousSettings>,
    /// The resource policy: who may invoke.
    pub policy: Vec<PolicyGrant>,
    /// Changes whenever the resource policy does.
    pub policy_revision: String,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// Last change of code or configuration.
    #[serde(with = "time::serde::rfc3339")]
    pub modified: OffsetDateTime,
    /// Until then the function reports `State=Pending`.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub pending_until: Option<OffsetDateTime>,
    /// Until then the function reports `LastUpdateStatus=InProgress`.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub updating_until: Option<OffsetDateTime>,
}

impl FunctionRecord {
    /// Returns a function with Lambda's defaults, which nobody has configured yet.
    pub fn new(arn: String, region: &str, name: &str, now: OffsetDateTime) -> Self {
        Self {
            name: name.to_owned(),
            arn,
            region: region.to_owned(),
            role: String::new(),
            runtime: String::new(),
            handler: String::new(),
            description: String::new(),
            memory_mb: 128,
            timeout_s: 3,
            ephemeral_storage_mb: 512,
            environment: None,
            code_sha256: String::new(),
            code_size: 0,
            revision: uuid::Uuid::new_v4().to_string(),
            architecture: "x86_64".to_owned(),
            tracing_mode: "PassThrough".to_owned(),
            logging: FunctionLogging {
                format: "Text".to_owned(),
                group: format!("/aws/lambda/{name}"),
                application_level: None,
                system_level: None,
            },
            reserved_concurrency: None,
            asynchronous: None,
            policy: Vec::new(),
            policy_revision: String::new(),
            tags: BTreeMap::new(),
            modified: now,
            pending_until: None,
            updating_until: None,
        }
    }
}

/// `EventInvokeConfig` of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsynchronousSettings {
    /// How often an event is tried again after the function failed, 0 to 2.
    pub retries: Option<u32>,
    /// How old an event may be when it is tried, 60 to 21,600 seconds.
    pub max_age_s: Option<u32>,
    /// ARN of the queue that is told of events that are given up.
    pub on_failure: Option<String>,
    /// When it was put.
    #[serde(with = "time::serde::rfc3339")]
    pub modified: OffsetDateTime,
}

/// `LoggingConfig` of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionLogging {
    /// `Text` or `JSON`.
    pub format: String,
    /// The log group, `/aws/lambda/<name>` unless chosen.
    pub group: String,
    /// `ApplicationLogLevel`, with `JSON` only.
    pub application_level: Option<String>,
    /// `SystemLogLevel`, with `JSON` only.
    pub system_level: Option<String>,
}

/// One statement of a function's resource policy, as `AddPermission` made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyGrant {
    /// The statement id, unique in the policy.
    pub sid: String,
    /// A service (`apigateway.amazonaws.com`), an account id, an ARN or `*`.
    pub principal: String,
    /// `lambda:InvokeFunction` and the like.
    pub action: String,
    /// `ArnLike` on `AWS:SourceArn`: `*` and `?` are wildcards.
    pub source_arn: Option<String>,
    /// `StringEquals` on `AWS:SourceAccount`.
    pub source_account: Option<String>,
}
