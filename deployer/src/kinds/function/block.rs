//! `[function.X]` as written in the stack description.

mod access;
mod allow;
mod asynchronous;
mod check;
mod declared;
mod environment;
mod rules;
mod setting;
mod source;
mod source_check;

pub use access::{PreciseTableAccess, QueueAccess, QueueAccessLevel, TableAccess, TableAccessLevel};
pub use allow::{AllowStatement, ConditionValues};
pub use asynchronous::AsynchronousRule;
pub use environment::LARGEST_ENVIRONMENT;
pub use rules::NAME;
pub use setting::EnvironmentSetting;
pub use source::{SourceBlock, StreamStart};

use crate::artifact::FunctionArchitecture;
use crate::aws::arn::ArnScope;
use crate::kinds::secret::SecretSource;
use crate::kinds::table::OffOr;
use crate::stack::{
    BlockAttribute, DefaultValue, MANAGED_POLICY, SectionDefinition, Stack, TAGS, TextRule, TypedBlock, ValueShape,
    fits, toml_block,
};
use access::{ACCESS, QUEUE_ACCESS};
use allow::ALLOW;
use rules::{BINARY_NAME, CARGO_NAME, FEATURE, RETENTION, ROLE_ARN, VARIABLE};
use serde::Deserialize;
use setting::SETTING;
use source::SOURCE;
use std::collections::BTreeMap;

/// Managed policies that a role has at most, when its quota was raised ("IAM and AWS STS quotas").
const MOST_ATTACHED: usize = 20;

/// `[function.X]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: FunctionBlock::SECTION,
    many: true,
    about: FunctionBlock::ABOUT,
    notes: "`package` and `artifact` exclude each other, and one of them is needed; `bin`, `profile` and `features` say how a package is built.

In `tables`, `\"read\"` is `BatchGetItem`, `GetItem` and `Query`; `\"write\"` is `BatchWriteItem`, `DeleteItem`, `PutItem` and \
`UpdateItem`; `\"read_write\"` is `DeleteItem`, `GetItem`, `PutItem`, `Query` and `UpdateItem`. None of them is `Scan`: name it if you \
want it. `Query` and `Scan` of a list hold for all indexes of the table too; `actions` and `index.NAME` keep the table and its \
indexes apart.

In `queues`, `\"send\"` is `GetQueueUrl` and `SendMessage`; `\"receive\"` is `ChangeMessageVisibility`, `DeleteMessage`, `GetQueueAttributes`, \
`GetQueueUrl` and `ReceiveMessage`; `\"send_receive\"` is both. A queue with a key of yours (`encryption`) brings the right to use that key. \
Nothing is set in `environment`: give a variable the value `${queue.ID.url}`.

Values of `environment`, and resources and conditions of `allow`, may refer to others: `${table.ID.name}`, `${table.ID.arn}`, `${function.ID.name}`, `${function.ID.arn}`, \
`${schedule.ID.name}`, `${queue.ID.name}`, `${queue.ID.arn}`, `${queue.ID.url}`, `${external.table.ID.name}` and what else is external, `${stack.name}`, `${stack.stage}`, `${stack.region}`, `${stack.account}`; `$${` is a plain `${`. Names and \
values may have 4096 bytes together.",
    keys: FunctionBlock::KEYS,
    physical_name: NAME,
    files: &[],
    attributes: &[BlockAttribute::Name, BlockAttribute::Arn(ArnScope::function)],
    check: check::check,
    fits: fits::<FunctionBlock>,
};

impl TypedBlock for FunctionBlock {
    const SECTION: &'static str = "function";

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

toml_block! {
    /// A Lambda function, with its role and its log group.
    #[derive(Debug, Clone, Deserialize)]
    pub struct FunctionBlock {
        /// Name of the function and of its role.
        pub name: Option<String> =
            ValueShape::Text(NAME).derived("`{stack}-{stage}-{id}`").aws("CreateFunction FunctionName, CreateRole RoleName"),
        /// Text shown in the console.
        pub description: Option<String> =
            ValueShape::Text(TextRule::any("a description", 0, 256)).optional().aws("CreateFunction Description"),
        /// Cargo package that is built; this or `artifact`.
        pub package: Option<String> = ValueShape::Text(CARGO_NAME).optional(),
        /// Binary of the package.
        pub bin: Option<String> = ValueShape::Text(BINARY_NAME).derived("the package's only one"),
        /// Cargo profile.
        pub profile: Option<String> =
            ValueShape::Text(CARGO_NAME).derived("`lambda` where the workspace has it, else `release`; `dev` with `--local`"),
        /// Cargo features.
        pub features: Vec<String> =
            ValueShape::List { of: &ValueShape::Text(FEATURE), length: (0, 64) }.or(DefaultValue::EmptyList),
        /// A ready `bootstrap`, a directory that holds one, or a zip; this or `package`.
        pub artifact: Option<String> =
            ValueShape::Text(TextRule::any_named("a path", (1, 1024), "a path relative to this file")).optional(),
        /// Processor architecture.
        pub architecture: FunctionArchitecture = ValueShape::OneOf(FunctionArchitecture::ALL)
            .or(DefaultValue::Text(FunctionArchitecture::X86_64.word()))
            .aws("CreateFunction Architectures"),
        /// Memory in MB; processor time grows with it.
        pub memory: u32 =
            ValueShape::integer(128, 10_240, "MB").or(DefaultValue::Integer(128)).aws("CreateFunction MemorySize"),
        /// Longest run in seconds; callers behind the API wait 29 at most.
        pub timeout: u32 =
            ValueShape::integer(1, 900, "seconds").or(DefaultValue::Integer(10)).aws("CreateFunction Timeout"),
        /// Size of `/tmp` in MB.
        pub ephemeral_storage: u32 =
            ValueShape::integer(512, 10_240, "MB").or(DefaultValue::Integer(512)).aws("CreateFunction EphemeralStorage"),
        /// Environment variables; values may refer to other blocks, as in `${table.orders.name}`, or be secrets from elsewhere.
        pub environment: BTreeMap<String, EnvironmentSetting> =
            ValueShape::Map { placeholder: "NAME", key: VARIABLE, of: &SETTING, length: (0, usize::MAX) }
                .or(DefaultValue::EmptyTable)
                .aws("CreateFunction Environment"),
        /// X-Ray active tracing.
        pub tracing: bool =
            ValueShape::Boolean.or(DefaultValue::Boolean(false)).aws("CreateFunction TracingConfig"),
        /// Concurrent runs set aside for, and the most of, this function; 0 stops it, absent leaves it in the account's pool.
        pub reserved_concurrency: Option<u32> = ValueShape::integer(0, i32::MAX as i128, "")
            .optional()
            .aws("PutFunctionConcurrency ReservedConcurrentExecutions"),
        /// Days that log events are kept; 0 is for ever. Where the key is absent, what somebody made longer stays.
        pub log_retention_days: u32 = ValueShape::IntegerOf { allowed: RETENTION, unit: "days" }
            .or(DefaultValue::Integer(30))
            .aws("PutRetentionPolicy retentionInDays"),
        /// Tables the function may use, those of `[external.table]` too: `"read"`, `"write"`, `"read_write"`, a list of DynamoDB actions, or `actions` and `index.NAME` apart.
        pub tables: BTreeMap<String, TableAccess> = ValueShape::Map {
            placeholder: "ID",
            key: TextRule::any_named("the id of a table", (1, 64), "the id of a table in this file"),
            of: &ACCESS,
            length: (0, usize::MAX),
        }
        .or(DefaultValue::EmptyTable)
        .aws("PutRolePolicy PolicyDocument"),
        /// Queues the function may use, those of `[external.queue]` too: `"send"`, `"receive"`, `"send_receive"`, or a list of SQS actions.
        pub queues: BTreeMap<String, QueueAccess> = ValueShape::Map {
            placeholder: "ID",
            key: TextRule::any_named("the id of a queue", (1, 64), "the id of a queue in this file"),
            of: &QUEUE_ACCESS,
            length: (0, usize::MAX),
        }
        .or(DefaultValue::EmptyTable)
        .aws("PutRolePolicy PolicyDocument"),
        /// Rights beside `tables`, `queues` and the log, as statements of IAM: `[[function.ID.allow]]`.
        pub allow: Vec<AllowStatement> = ALLOW.or(DefaultValue::EmptyList).aws("PutRolePolicy PolicyDocument"),
        /// Queues and tables that run the function: `[[function.ID.source]]`. The role may read them for it.
        pub source: Vec<SourceBlock> = SOURCE.or(DefaultValue::EmptyList).aws("CreateEventSourceMapping"),
        /// What becomes of calls that nobody waits for, those of schedules among them; `false` gives it back to Lambda.
        pub asynchronous: Option<OffOr<AsynchronousRule>> =
            ValueShape::Either(&[ValueShape::Table(AsynchronousRule::KEYS), ValueShape::Off])
                .derived("as it is; Lambda tries twice more, for six hours, and tells nobody")
                .aws("PutFunctionEventInvokeConfig"),
        /// Managed policies that the role has besides, by ARN.
        pub managed_policies: Vec<String> =
            ValueShape::List { of: &ValueShape::Text(MANAGED_POLICY), length: (0, MOST_ATTACHED) }
                .or(DefaultValue::EmptyList)
                .aws("AttachRolePolicy PolicyArn"),
        /// Role that the function runs as, of others: none is made, and its rights are not changed. For who may not create roles.
        pub role_arn: Option<String> =
            ValueShape::Text(ROLE_ARN).derived("a role of its own").aws("CreateFunction Role"),
        /// Tags of the function, its role and its log group, beside the stack's.
        pub tags: BTreeMap<String, String> = TAGS.or(DefaultValue::EmptyTable).aws("TagResource Tags, TagRole Tags"),
    }
}

impl FunctionBlock {
    /// Tells whether the stack makes the role that the function runs as.
    pub fn has_own_role(&self) -> bool {
        self.role_arn.is_none()
    }

    /// Returns the variables that are secrets, with where their values come from.
    pub fn secrets(&self, stack: &Stack) -> Vec<(String, SecretSource)> {
        let source = |(name, setting): (&String, &EnvironmentSetting)| Some((name.clone(), setting.source(stack)?));
        self.environment.iter().filter_map(source).collect()
    }
}
