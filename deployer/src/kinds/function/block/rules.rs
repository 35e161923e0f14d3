//! What the texts and numbers of `[function.X]` may be. Limits are Lambda's, from its API model and its quotas page.

use crate::stack::{CharacterGroup, CharacterSet, TextRule, TextStep};

/// The role has the function's name, and IAM's limit is 64 too.
pub const NAME: TextRule = TextRule::new(
    "a function name",
    (1, 64),
    "letters, digits, '-' and '_'",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "-_"))],
);

/// A binary: Cargo names one after its file where nothing else is said, and a file's name may have a point.
pub const BINARY_NAME: TextRule = TextRule::new(
    "the name of a binary",
    (1, 128),
    "letters, digits, '-', '_' and '.'",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::AllScripts], "-_."))],
);

/// A package or a profile.
pub const CARGO_NAME: TextRule = TextRule::new(
    "a name that Cargo knows",
    (1, 128),
    "letters, digits, '-' and '_'",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::AllScripts], "-_"))],
);

/// A Cargo feature.
pub const FEATURE: TextRule = TextRule::new(
    "a Cargo feature",
    (1, 128),
    "letters, digits, '-', '_', '+', '.', '/' and '?'",
    &[TextStep::Characters(CharacterSet::Of(&[CharacterGroup::AllScripts], "-_+./?"))],
);

/// The name of an environment variable.
pub const VARIABLE: TextRule = TextRule::new(
    "a variable that can be set",
    (2, 256),
    "letters, digits and '_', starting with a letter, and none that Lambda sets",
    &[
        TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "_")),
        TextStep::NoneOf(RESERVED, "Lambda sets it itself, take another name"),
        TextStep::StartsWithLetter,
    ],
);

/// Variables that Lambda refuses in a configuration. Others that start with `AWS_` may be set, and libraries use that.
const RESERVED: &[&str] = &[
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

/// The value of an environment variable.
pub const VALUE: TextRule = TextRule {
    what: "the value of an environment variable",
    words: "any text without the character NUL",
    length: (0, usize::MAX),
    steps: &[TextStep::Characters(CharacterSet::AllButNul)],
    references: true,
};

/// Days that CloudWatch Logs can keep events; 0 is for ever.
pub const RETENTION: &[i128] =
    &[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Actions on items, which a table's ARN can be the resource of.
pub const ACTIONS: &[&str] = &[
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

/// Actions that an index's ARN can be the resource of.
pub const INDEX_ACTIONS: &[&str] = &["PartiQLSelect", "Query", "Scan"];

/// Actions on a queue and its messages ("Actions, resources, and condition keys for Amazon SQS").
pub const QUEUE_ACTIONS: &[&str] = &[
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
];

/// The ARN of a role that others manage ("IAM identifiers").
pub const ROLE_ARN: TextRule = TextRule::new(
    "the ARN of a role",
    (20, 2048),
    "an ARN such as arn:aws:iam::123456789012:role/team/orders-api",
    &[TextStep::Test {
        test: is_role,
        pattern: Some(r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-~]+/)*[A-Za-z0-9_+=,.@-]+$"),
    }],
);

fn is_role(text: &str) -> Result<(), String> {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else {
        return Err("it is no ARN of IAM, which begins like arn:aws:iam::".to_owned());
    };
    if !partition.starts_with("aws") || !partition.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
        return Err(format!("{partition:?} is no partition"));
    }
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{account:?} is no account, which has 12 digits"));
    }
    let name = resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    if is_name && resource.chars().all(|c| c.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("it is not the ARN of a role, which has `:role/` and a name".to_owned())
    }
}
