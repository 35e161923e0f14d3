//! What policy documents say about a request.

use super::condition;
use super::pattern::like;
use crate::arn::after_partition;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the documents say about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyVerdict {
    /// At least one statement allows it and none denies it.
    Allowed,
    /// No statement allows it.
    Unmentioned,
    /// A statement denies it.
    Denied,
    /// It may be allowed, but not within the role's permissions boundary.
    OutOfBounds,
}

/// What documents say about a request, and which statement says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDecision {
    /// What they say.
    pub verdict: PolicyVerdict,
    /// `statement 2 "Orders"`; `None` when none is about the request.
    pub statement: Option<String>,
}

/// A request to be judged.
#[derive(Clone, Debug)]
pub struct PolicyRequest<'a> {
    /// The caller's account, for resource policies; `None`: anonymous.
    pub account: Option<&'a str>,
    /// `logs:PutLogEvents`
    pub action: &'a str,
    /// An ARN.
    pub resource: &'a str,
    /// Condition keys in lower case.
    pub keys: BTreeMap<&'a str, String>,
}

/// A policy document.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument {
    statement: OneOrMany<PolicyStatement>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyStatement {
    sid: Option<String>,
    effect: String,
    principal: Option<Value>,
    not_principal: Option<Value>,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<Value>>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(many) => many,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

impl PolicyDocument {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is no policy document.
    pub fn parse(document: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(document)
    }

    /// Returns what the document says.
    pub fn judge(&self, request: &PolicyRequest<'_>) -> PolicyVerdict {
        self.deciding(request).0
    }

    /// Returns what the document says, and which statement says it.
    pub fn decide(&self, request: &PolicyRequest<'_>) -> PolicyDecision {
        let (verdict, number) = self.deciding(request);
        let name = |number: usize| match &self.statement.as_slice()[number].sid {
            Some(sid) if !sid.is_empty() => format!("statement {} \"{sid}\"", number + 1),
            _ => format!("statement {}", number + 1),
        };
        PolicyDecision { verdict, statement: number.map(name) }
    }

    /// Returns what the document says, and the number of the statement that says it, from 0.
    fn deciding(&self, request: &PolicyRequest<'_>) -> (PolicyVerdict, Option<usize>) {
        let mut allowing = None;
        for (number, statement) in self.statement.as_slice().iter().enumerate() {
            let denies = statement.effect == "Deny";
            if statement.covers(request, denies) {
                if denies {
                    return (PolicyVerdict::Denied, Some(number));
                }
                allowing = allowing.or(Some(number));
            }
        }
        (if allowing.is_some() { PolicyVerdict::Allowed } else { PolicyVerdict::Unmentioned }, allowing)
    }
}

impl PolicyStatement {
    fn covers(&self, request: &PolicyRequest<'_>, denies: bool) -> bool {
        self.is_for(request.account)
            && matches(self.action.as_ref(), self.not_action.as_ref(), |pattern| {
                like(&pattern.to_ascii_lowercase(), &request.action.to_ascii_lowercase())
            })
            && matches(self.resource.as_ref(), self.not_resource.as_ref(), |pattern| like(pattern, request.resource))
            && self.condition.iter().all(|(operator, keys)| {
                keys.iter().all(|(key, wanted)| {
                    let found = request.keys.get(key.to_ascii_lowercase().as_str()).map(String::as_str);
                    // What cannot be judged must not open anything.
                    condition::holds(operator, found, wanted.as_slice()).unwrap_or(denies)
                })
            })
    }

    /// Tells whether a statement is about a caller. Identity policies have no principal: they are asked about their
    /// own role alone.
    fn is_for(&self, account: Option<&str>) -> bool {
        match (&self.principal, &self.not_principal) {
            (Some(principal), _) => names(principal, account),
            (None, Some(others)) => !names(others, account),
            (None, None) => true,
        }
    }
}

fn matches(these: Option<&OneOrMany<String>>, others: Option<&OneOrMany<String>>, is: impl Fn(&str) -> bool) -> bool {
    match (these, others) {
        (Some(these), _) => these.as_slice().iter().any(|one| is(one)),
        (None, Some(others)) => !others.as_slice().iter().any(|one| is(one)),
        (None, None) => false,
    }
}

/// Does a `Principal` element name everybody, or an account?
fn names(principal: &Value, account: Option<&str>) -> bool {
    let is = |value: &Value| match value.as_str() {
        Some("*") => true,
        Some(one) => account.is_some_and(|account| {
            one == account || after_partition(one) == Some(format!("iam::{account}:root").as_str())
        }),
        None => false,
    };
    match principal {
        Value::Object(kinds) => match kinds.get("AWS") {
            Some(Value::Array(many)) => many.iter().any(is),
            Some(one) => is(one),
            None => false,
        },
        one => is(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(statements: Value, account: Option<&str>) -> PolicyVerdict {
        let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let request = PolicyRequest {
            account,
            action: "logs:PutLogEvents",
            resource: "arn:aws:logs:r:1:log-group:/aws/lambda/f:log-stream:s",
            keys: BTreeMap::from([("aws:sourceip", "127.0.0.1".to_owned())]),
        };
        PolicyDocument::parse(&document).unwrap().judge(&request)
    }

    #[test]
    fn statements() {
        let allow =
            |action: Value, resource: Value| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        for (statements, expected) in [
            (json!([]), PolicyVerdict::Unmentioned),
            (allow(json!("logs:PutLogEvents"), json!("*")), PolicyVerdict::Allowed),
            (
                allow(json!(["logs:CreateLogStream", "LOGS:put*"]), json!(["x", "arn:aws:logs:r:1:*"])),
                PolicyVerdict::Allowed,
            ),
            (allow(json!("logs:Put"), json!("*")), PolicyVerdict::Unmentioned),
            (allow(json!("*"), json!("arn:aws:logs:r:1:log-group:/aws/lambda/f")), PolicyVerdict::Unmentioned),
            (allow(json!("*"), json!("arn:aws:logs:r:1:log-group:/aws/lambda/f:*")), PolicyVerdict::Allowed),
            (
                json!([allow(json!("*"), json!("*")), { "Effect": "Deny", "Action": "logs:*", "Resource": "*" }]),
                PolicyVerdict::Denied,
            ),
            (json!({ "Effect": "Allow", "NotAction": "s3:*", "NotResource": "arn:aws:s3*" }), PolicyVerdict::Allowed),
            (json!({ "Effect": "Allow", "NotAction": "logs:*", "Resource": "*" }), PolicyVerdict::Unmentioned),
            (
                json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEquals": { "aws:other": "x" } } }),
                PolicyVerdict::Unmentioned,
            ),
            (
                json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"] } } }),
                PolicyVerdict::Allowed,
            ),
            (
                json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "DateLessThan": { "aws:CurrentTime": "2030-01-01" } } }),
                PolicyVerdict::Unmentioned,
            ),
            (
                json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "DateLessThan": { "aws:CurrentTime": "2030-01-01" } } }),
                PolicyVerdict::Denied,
            ),
        ] {
            assert_eq!(verdict(statements.clone(), None), expected, "{statements}");
        }
    }

    #[test]
    fn principals() {
        for (principal, account, expected) in [
            (json!("*"), None, true),
            (json!({ "AWS": "*" }), None, true),
            (json!({ "AWS": ["1", "*"] }), None, true),
            (json!({ "AWS": "1" }), None, false),
            (json!({ "AWS": "1" }), Some("1"), true),
            (json!({ "AWS": "arn:aws:iam::1:root" }), Some("1"), true),
            (json!({ "AWS": "2" }), Some("1"), false),
            (json!({ "Service": "lambda.amazonaws.com" }), Some("1"), false),
        ] {
            let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*" });
            assert_eq!(verdict(statement, account) == PolicyVerdict::Allowed, expected, "{principal}");
        }
    }
}
