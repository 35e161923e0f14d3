//! What a function may do beside its tables and its log: `[[function.X.allow]]`.

use crate::stack::{DefaultValue, TextRule, TextStep, ValueShape, toml_block};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Most statements, actions and resources. IAM limits their characters alone; more than this is a mistake.
const MOST: usize = 100;

/// An action of IAM ("IAM JSON policy elements: Action").
const ACTION: TextRule = TextRule::new(
    "an action of IAM",
    (1, 128),
    "`service:Action` as IAM names it, such as \"ses:SendEmail\"; `*` and `?` stand for any letters of the action",
    &[TextStep::Test { test: is_action, pattern: Some(r"^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$") }],
);

/// What an action is about ("IAM JSON policy elements: Resource").
const RESOURCE: TextRule = TextRule {
    what: "the ARN of a resource",
    words: "an ARN such as \"arn:aws:s3:::bucket/*\", or `*`; `${table.ID.arn}` and the like are replaced in it",
    length: (1, 2048),
    steps: &[TextStep::Test { test: is_resource, pattern: Some(r"^(\*$|arn:|\$\{)") }],
    references: true,
};

/// A condition operator ("IAM JSON policy elements: Condition operators").
const OPERATOR: TextRule = TextRule::new(
    "a condition operator",
    (1, 64),
    "an operator of IAM, such as `StringEquals`, `ArnLike` or `ForAllValues:StringLike`",
    &[TextStep::Test { test: is_operator, pattern: Some(r"^((ForAllValues|ForAnyValue):)?[A-Za-z]+$") }],
);

/// A condition key ("IAM JSON policy elements: Condition").
const CONDITION_KEY: TextRule = TextRule::new(
    "a condition key",
    (3, 256),
    "a key of IAM or of the service, such as `aws:SourceVpce` or `ses:FromAddress`",
    &[TextStep::Test { test: has_service, pattern: Some(r"^[^:]+:[\s\S]+$") }],
);

/// A value that a condition compares with.
const CONDITION_VALUE: TextRule = TextRule {
    references: true,
    ..TextRule::any_named("the value of a condition", (0, 2048), "any characters but control characters")
};

/// What a condition key is compared with: one value, or any of several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ConditionValues {
    /// `"text"`.
    One(String),
    /// `["text", "other"]`.
    Any(Vec<String>),
}

impl ConditionValues {
    /// Returns the values.
    pub fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Any(values) => values,
        }
    }
}

/// Conditions of a statement: values by operator and key.
pub type StatementConditions = BTreeMap<String, BTreeMap<String, ConditionValues>>;

toml_block! {
    /// A statement of the policy of a function's role.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct AllowStatement {
        /// Actions as IAM names them, such as `ses:SendEmail`.
        pub actions: Vec<String> =
            ValueShape::List { of: &ValueShape::Text(ACTION), length: (1, MOST) }.required().aws("PutRolePolicy PolicyDocument"),
        /// ARNs of what they are about; may refer to other blocks, as in `${function.worker.arn}`.
        pub resources: Vec<String> =
            ValueShape::List { of: &ValueShape::Text(RESOURCE), length: (1, MOST) }.required().aws("PutRolePolicy PolicyDocument"),
        /// What has to hold, by operator and key: `StringEquals."ses:FromAddress" = "shop@example.com"`.
        pub conditions: StatementConditions = ValueShape::Map {
            placeholder: "OPERATOR",
            key: OPERATOR,
            of: &ValueShape::Map {
                placeholder: "KEY",
                key: CONDITION_KEY,
                of: &ValueShape::Either(&[
                    ValueShape::Text(CONDITION_VALUE),
                    ValueShape::List { of: &ValueShape::Text(CONDITION_VALUE), length: (1, MOST) },
                ]),
                length: (1, MOST),
            },
            length: (0, MOST),
        }
        .or(DefaultValue::EmptyTable)
        .aws("PutRolePolicy PolicyDocument"),
    }
}

/// The shape of `allow`.
pub const ALLOW: ValueShape = ValueShape::List { of: &ValueShape::Table(AllowStatement::KEYS), length: (0, MOST) };

fn is_action(text: &str) -> Result<(), String> {
    if text == "*" {
        return Ok(());
    }
    let Some((service, action)) = text.split_once(':') else { return Err("it has no `service:`".to_owned()) };
    let is_prefix = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if service.is_empty() || !service.chars().all(is_prefix) {
        return Err(format!("`{service}` is no service prefix, which has small letters"));
    }
    if action.is_empty() || !action.chars().all(|c| c.is_ascii_alphanumeric() || "*?".contains(c)) {
        return Err(format!("`{action}` is no name of an action"));
    }
    Ok(())
}

fn is_resource(text: &str) -> Result<(), String> {
    if text == "*" || text.starts_with("${") {
        return Ok(());
    }
    if !text.starts_with("arn:") {
        return Err("it does not start with `arn:`".to_owned());
    }
    if text.splitn(6, ':').count() < 6 {
        return Err("an ARN has six parts: `arn:partition:service:region:account:resource`".to_owned());
    }
    match text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        Some(character) => Err(format!("{character:?} is not allowed")),
        None => Ok(()),
    }
}

/// The operators that IAM knows, without `IfExists` and the words for several values.
const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

fn is_operator(text: &str) -> Result<(), String> {
    let bare = ["ForAllValues:", "ForAnyValue:"].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    let is_known = bare != "NullIfExists" && OPERATORS.contains(&bare.strip_suffix("IfExists").unwrap_or(bare));
    if is_known { Ok(()) } else { Err("IAM has no such operator".to_owned()) }
}

fn has_service(text: &str) -> Result<(), String> {
    match text.split_once(':') {
        Some((service, key)) if !service.is_empty() && !key.is_empty() => Ok(()),
        _ => Err("it has no `service:`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_resources_and_operators_are_iams() {
        for (rule, text, refused) in [
            (&ACTION, "ses:SendEmail", None),
            (&ACTION, "s3:Get*", None),
            (&ACTION, "*", None),
            (&ACTION, "SendEmail", Some("it has no `service:`")),
            (&ACTION, "SES:SendEmail", Some("`SES` is no service prefix, which has small letters")),
            (&ACTION, "ses:", Some("`` is no name of an action")),
            (&ACTION, "ses:Send Email", Some("`Send Email` is no name of an action")),
            (&RESOURCE, "*", None),
            (&RESOURCE, "arn:aws:s3:::bucket/*", None),
            (&RESOURCE, "${table.orders.arn}/stream/*", None),
            (&RESOURCE, "bucket", Some("it does not start with `arn:`")),
            (&RESOURCE, "arn:aws:s3", Some("an ARN has six parts: `arn:partition:service:region:account:resource`")),
            (&RESOURCE, "arn:aws:s3:::a b", Some("' ' is not allowed")),
            (&OPERATOR, "StringEquals", None),
            (&OPERATOR, "ForAllValues:StringLikeIfExists", None),
            (&OPERATOR, "Null", None),
            (&OPERATOR, "NullIfExists", Some("IAM has no such operator")),
            (&OPERATOR, "StringIs", Some("IAM has no such operator")),
            (&CONDITION_KEY, "ses:FromAddress", None),
            (&CONDITION_KEY, "FromAddress", Some("it has no `service:`")),
        ] {
            assert_eq!(rule.refuses(text).as_deref(), refused, "{text}");
        }
    }
}
