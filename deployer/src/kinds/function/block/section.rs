//! What `[function.X]` may hold. Limits are Lambda's, from its API model and its quotas page.

use super::{FunctionBlock, check};
use crate::kinds::secret::FORMS;
use crate::stack::{
    IntegerRange, KeyDefinition, SectionDefinition, TAGS, TextRule, ValueShape, characters, fits, printable,
};

/// `[function.X]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: "function",
    many: true,
    shape: ValueShape::Table(FUNCTION),
    physical_name: NAME,
    files: &[],
    attributes: &["name", "arn"],
    check: check::check,
    fits: fits::<FunctionBlock>,
};

/// The role has the function's name, and IAM's limit is 64 too.
const NAME: TextRule = TextRule::rule("a function name", (1, 64), "letters, digits, '-' and '_'", |text| {
    characters(text, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
});

const CARGO_NAME: TextRule =
    TextRule::rule("a name that Cargo knows", (1, 128), "letters, digits, '-' and '_'", |text| {
        characters(text, |c| c.is_alphanumeric() || c == '-' || c == '_')
    });

const FEATURE: TextRule =
    TextRule::rule("a Cargo feature", (1, 128), "letters, digits, '-', '_', '+', '.', '/' and '?'", |text| {
        characters(text, |c| c.is_alphanumeric() || "-_+./?".contains(c))
    });

const VARIABLE: TextRule = TextRule::rule(
    "an environment variable",
    (2, 256),
    "letters, digits and '_', starting with a letter, and none that Lambda sets",
    |name| {
        characters(name, |c| c.is_ascii_alphanumeric() || c == '_')?;
        if RESERVED.contains(&name) {
            return Err("Lambda sets it itself".to_owned());
        }
        match name.chars().next() {
            Some(first) if !first.is_ascii_alphabetic() => Err(format!("it starts with {first:?}, not with a letter")),
            _ => Ok(()),
        }
    },
);

/// Variables that Lambda refuses in a configuration. Others that start with `AWS_` may be set, and libraries use that.
const RESERVED: [&str; 20] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

const VALUE: TextRule = TextRule {
    what: "the value of an environment variable",
    words: "any text without the character NUL",
    length: (0, usize::MAX),
    test: |text| characters(text, |c| c != '\0'),
    references: true,
};

/// A text, or where a secret comes from. What `from` says is checked apart, so that nothing quotes it: it may be the secret.
const SETTING: ValueShape = ValueShape::Either(&[ValueShape::Text(VALUE), ValueShape::Table(SECRET)]);

const SECRET: &[KeyDefinition] = &[
    KeyDefinition::required(
        "secret",
        ValueShape::Boolean,
        "`true`: the value comes from elsewhere and is shown nowhere.",
    ),
    KeyDefinition::required(
        "from",
        ValueShape::Text(TextRule {
            what: "where a secret comes from",
            words: FORMS,
            length: (0, usize::MAX),
            test: |_| Ok(()),
            references: true,
        }),
        "Where the secret comes from; it does not belong in this file.",
    ),
];

/// Days that CloudWatch Logs can keep events; 0 is for ever.
const RETENTION: &[i128] =
    &[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Actions on items, which a table's ARN can be the resource of.
const ACTIONS: &[&str] = &[
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLSelect",
    "PartiQLUpdate",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
];

const TABLE: TextRule = TextRule::rule("the id of a table", (1, 64), "the id of a table in this file", printable);

/// Actions that an index's ARN can be the resource of.
const INDEX_ACTIONS: &[&str] = &["PartiQLSelect", "Query", "Scan"];

const INDEX: TextRule =
    TextRule::rule("the name of an index", (3, 255), "the name of an index of the table", printable);

const ACCESS: ValueShape = ValueShape::Either(&[
    ValueShape::OneOf(&["read", "write", "read_write"]),
    ValueShape::List { of: &ValueShape::OneOf(ACTIONS), length: (1, ACTIONS.len()) },
    ValueShape::Table(PRECISE),
]);

const PRECISE: &[KeyDefinition] = &[
    KeyDefinition::optional(
        "actions",
        ValueShape::List { of: &ValueShape::OneOf(ACTIONS), length: (1, ACTIONS.len()) },
        "DynamoDB actions on the table itself.",
    ),
    KeyDefinition::optional(
        "index",
        ValueShape::Map {
            key: INDEX,
            of: &ValueShape::List { of: &ValueShape::OneOf(INDEX_ACTIONS), length: (1, INDEX_ACTIONS.len()) },
            length: (1, usize::MAX),
        },
        "DynamoDB actions on an index, by its name.",
    ),
];

const FUNCTION: &[KeyDefinition] = &[
    KeyDefinition::default(
        "name",
        "{stack}-{stage}-{id}",
        ValueShape::Text(NAME),
        "Name of the function and of its role.",
    ),
    KeyDefinition::optional(
        "description",
        ValueShape::Text(TextRule::any("a description", 0, 256)),
        "Text shown in the console.",
    ),
    KeyDefinition::optional(
        "package",
        ValueShape::Text(CARGO_NAME),
        "Cargo package that is built; this or `artifact`.",
    ),
    KeyDefinition::optional("bin", ValueShape::Text(CARGO_NAME), "Binary of the package; its only one when absent."),
    KeyDefinition::optional(
        "profile",
        ValueShape::Text(CARGO_NAME),
        "Cargo profile; `lambda` where the workspace has it, else `release`.",
    ),
    KeyDefinition::optional(
        "features",
        ValueShape::List { of: &ValueShape::Text(FEATURE), length: (0, 64) },
        "Cargo features.",
    ),
    KeyDefinition::optional(
        "artifact",
        ValueShape::Text(TextRule::rule("a path", (1, 1024), "a path relative to this file", printable)),
        "A ready `bootstrap`, a directory that holds one, or a zip; this or `package`.",
    ),
    KeyDefinition::default(
        "architecture",
        "x86_64",
        ValueShape::OneOf(&["x86_64", "arm64"]),
        "Processor architecture.",
    ),
    KeyDefinition::default(
        "memory",
        "128",
        ValueShape::Integer(IntegerRange { min: 128, max: 10_240, unit: "MB" }),
        "Memory in MB; processor time grows with it.",
    ),
    KeyDefinition::default(
        "timeout",
        "10",
        ValueShape::Integer(IntegerRange { min: 1, max: 900, unit: "seconds" }),
        "Longest run in seconds; callers behind the API wait 29 at most.",
    ),
    KeyDefinition::default(
        "ephemeral_storage",
        "512",
        ValueShape::Integer(IntegerRange { min: 512, max: 10_240, unit: "MB" }),
        "Size of `/tmp` in MB.",
    ),
    KeyDefinition::optional(
        "environment",
        ValueShape::Map { key: VARIABLE, of: &SETTING, length: (0, usize::MAX) },
        "Environment variables; values may refer to other blocks, as in `${table.orders.name}`, or be secrets from elsewhere.",
    ),
    KeyDefinition::default("tracing", "false", ValueShape::Boolean, "X-Ray active tracing."),
    KeyDefinition::optional(
        "reserved_concurrency",
        ValueShape::Integer(IntegerRange { min: 0, max: i32::MAX as i128, unit: "" }),
        "Concurrent runs set aside for, and the most of, this function; 0 stops it.",
    ),
    KeyDefinition::default(
        "log_retention_days",
        "30",
        ValueShape::IntegerOf { allowed: RETENTION, unit: "days" },
        "Days that log events are kept; 0 is for ever.",
    ),
    KeyDefinition::optional(
        "tables",
        ValueShape::Map { key: TABLE, of: &ACCESS, length: (0, usize::MAX) },
        "Tables the function may use: `\"read\"`, `\"write\"`, `\"read_write\"`, a list of DynamoDB actions, or `actions` and `index.NAME` apart.",
    ),
    KeyDefinition::optional("tags", TAGS, "Tags of the function, its role and its log group, beside the stack's."),
];
