//! `[function.X]` as written in the stack description.

mod check;
mod environment;
mod section;
mod setting;

pub use section::SECTION;
pub use setting::EnvironmentSetting;

use crate::artifact::FunctionArchitecture;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Bytes that all names and values of a function's environment may have together ("Lambda quotas").
pub const LARGEST_ENVIRONMENT: usize = 4096;

/// `[function.X]`: one Lambda function, with its role and its log group.
#[derive(Debug, Clone, Deserialize)]
pub struct FunctionBlock {
    /// Physical name; `{stack}-{stage}-{id}` when absent.
    pub name: Option<String>,
    /// Text shown in the console.
    pub description: Option<String>,
    /// Cargo package that is built. Exactly one of `package` and `artifact` is given.
    pub package: Option<String>,
    /// Binary of the package; the package's only one when absent.
    pub bin: Option<String>,
    /// Cargo profile; `lambda` where the workspace has it, else `release`.
    pub profile: Option<String>,
    /// Cargo features.
    #[serde(default)]
    pub features: Vec<String>,
    /// A ready `bootstrap`, a directory that holds one, or a zip; relative to the stack description.
    pub artifact: Option<String>,
    /// Processor architecture.
    #[serde(default)]
    pub architecture: FunctionArchitecture,
    /// Memory in MB.
    #[serde(default = "default_memory")]
    pub memory: u32,
    /// Longest run in seconds.
    #[serde(default = "default_timeout")]
    pub timeout: u32,
    /// `/tmp` in MB.
    #[serde(default = "default_ephemeral_storage")]
    pub ephemeral_storage: u32,
    /// Environment variables. Values may refer to `${table.X.name}` and the like, or come from elsewhere.
    #[serde(default)]
    pub environment: BTreeMap<String, EnvironmentSetting>,
    /// X-Ray active tracing.
    #[serde(default)]
    pub tracing: bool,
    /// Concurrency set aside for (and the most of) this function; the account's pool when absent.
    pub reserved_concurrency: Option<u32>,
    /// Days that log events are kept; 0 is for ever.
    #[serde(default = "default_log_retention_days")]
    pub log_retention_days: u32,
    /// Tables the function may use, and how.
    #[serde(default)]
    pub tables: BTreeMap<String, TableAccess>,
    /// Tags of the function, its role and its log group, beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn default_memory() -> u32 {
    128
}
fn default_timeout() -> u32 {
    10
}
fn default_ephemeral_storage() -> u32 {
    512
}
fn default_log_retention_days() -> u32 {
    30
}

/// What a function may do with a table. Actions are without the prefix `dynamodb:`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum TableAccess {
    /// `"read"`, `"write"`, `"read_write"`: a usual set of actions.
    Level(TableAccessLevel),
    /// `["GetItem", "Query"]`: exactly these on the table, and those that read indexes on all of its indexes too.
    Actions(Vec<String>),
    /// `{ actions = ["UpdateItem"], index.by_status = ["Query"] }`: exactly these on the table, and exactly these on indexes.
    Precise {
        /// On the table itself.
        #[serde(default)]
        actions: Vec<String>,
        /// On an index, by its name.
        #[serde(default)]
        index: BTreeMap<String, Vec<String>>,
    },
}

/// A usual set of DynamoDB actions. None of them has Scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableAccessLevel {
    /// GetItem, BatchGetItem, Query.
    Read,
    /// PutItem, UpdateItem, DeleteItem, BatchWriteItem.
    Write,
    /// GetItem, PutItem, UpdateItem, DeleteItem, Query.
    ReadWrite,
}
