//! A Lambda function as it is compared.

use super::block::FunctionBlock;
use super::environment::EnvironmentVariables;
use crate::aws::tags::ResourceTags;
use serde::{Deserialize, Serialize};

/// Managed fields of a function.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionSpec {
    /// `Active`, or what AWS says when it is not: `Failed: …`.
    pub health: String,
    /// ARN of the execution role.
    pub role: String,
    /// Identifier of the runtime.
    pub runtime: String,
    /// Entry point.
    pub handler: String,
    /// Processor architecture.
    pub architecture: String,
    /// Memory in MB.
    pub memory: i32,
    /// Longest run in seconds.
    pub timeout: i32,
    /// `/tmp` in MB.
    pub ephemeral_storage: i32,
    /// Text shown in the console.
    pub description: String,
    /// Environment variables.
    pub environment: EnvironmentVariables,
    /// X-Ray: `Active` or `PassThrough`.
    pub tracing: String,
    /// Base64 of the zip's SHA-256. Not managed where no zip was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_sha256: Option<String>,
    /// Concurrency set aside.
    pub reserved_concurrency: Option<i32>,
    /// Tags.
    pub tags: ResourceTags,
}

/// Fields that UpdateFunctionConfiguration changes.
pub const CONFIGURATION: &[&str] = &[
    "health",
    "role",
    "runtime",
    "handler",
    "memory",
    "timeout",
    "ephemeral_storage",
    "description",
    "environment",
    "tracing",
];

/// Returns what a block asks for, as far as it needs no look-ups.
pub fn of(
    block: &FunctionBlock,
    role: String,
    environment: EnvironmentVariables,
    code_sha256: Option<String>,
    tags: ResourceTags,
) -> FunctionSpec {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    FunctionSpec {
        health: "Active".to_owned(),
        role,
        runtime: "provided.al2023".to_owned(),
        handler: "bootstrap".to_owned(),
        architecture: block.architecture.word().to_owned(),
        memory: number(block.memory),
        timeout: number(block.timeout),
        ephemeral_storage: number(block.ephemeral_storage),
        description: block.description.clone().unwrap_or_default(),
        environment,
        tracing: if block.tracing { "Active" } else { "PassThrough" }.to_owned(),
        code_sha256,
        reserved_concurrency: block.reserved_concurrency.map(number),
        tags,
    }
}
