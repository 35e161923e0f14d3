//! Policy documents: the checks that IAM does when one is stored.

use crate::wire::{ServiceError, ServiceResult};
use serde_json::{Map, Value};

fn malformed(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "MalformedPolicyDocument", message)
}

/// Characters that count against a quota: white space does not.
pub(crate) fn weight(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Checks a trust policy: statements with a principal and without a resource.
pub(crate) fn check_trust(text: &str) -> ServiceResult<()> {
    for statement in statements(text)? {
        if !statement.contains_key("Principal") && !statement.contains_key("NotPrincipal") {
            return Err(malformed("Missing required field Principal"));
        }
        if let Some(field) = ["Resource", "NotResource"].iter().find(|field| statement.contains_key(**field)) {
            return Err(malformed(format!("Has prohibited field {field}")));
        }
        for action in texts(statement.get("Action").unwrap_or(&Value::Null)) {
            if !action.to_ascii_lowercase().starts_with("sts:") {
                return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
            }
        }
        if let Some(Value::String(principal)) = statement.get("Principal")
            && principal != "*"
        {
            return Err(malformed(format!("Invalid principal in policy: \"STRING\":\"{principal}\"")));
        }
    }
    Ok(())
}

/// Checks an identity policy: statements with a resource and without a principal.
///
/// # Errors
/// `MalformedPolicyDocument`, and what is wrong.
pub(crate) fn check_identity(text: &str) -> ServiceResult<()> {
    for statement in statements(text)? {
        if let Some(field) = ["Principal", "NotPrincipal"].iter().find(|field| statement.contains_key(**field)) {
            return Err(malformed(format!("Policy document should not specify a {}.", field.to_lowercase())));
        }
        let resources = statement.get("Resource").or_else(|| statement.get("NotResource"));
        let Some(resources) = resources.map(texts).filter(|resources| !resources.is_empty()) else {
            return Err(malformed("Policy statement must contain resources."));
        };
        if let Some(wrong) = resources.iter().find(|arn| **arn != "*" && arn.split(':').count() < 6) {
            return Err(malformed(format!("Resource {wrong} must be in ARN format or \"*\".")));
        }
    }
    Ok(())
}

/// Returns the statements of a document whose frame is right.
fn statements(text: &str) -> ServiceResult<Vec<Map<String, Value>>> {
    let Ok(Value::Object(document)) = serde_json::from_str(text) else {
        return Err(malformed("This policy contains invalid Json"));
    };
    if let Some(version) = document.get("Version")
        && version != "2012-10-17"
        && version != "2008-10-17"
    {
        return Err(malformed("Syntax errors in policy. The Version must be 2012-10-17 or 2008-10-17."));
    }
    if let Some(field) = document.keys().find(|key| !matches!(key.as_str(), "Version" | "Id" | "Statement")) {
        return Err(malformed(format!("Syntax errors in policy. Unknown field {field}")));
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement @ Value::Object(_)) => vec![statement.clone()],
        _ => return Err(malformed("Missing required field Statement")),
    };
    if statements.is_empty() {
        return Err(malformed("Missing required field Statement cannot be empty!"));
    }
    statements
        .into_iter()
        .map(|statement| match statement {
            Value::Object(statement) => check_statement(&statement).map(|()| statement),
            _ => Err(malformed("Syntax errors in policy.")),
        })
        .collect()
}

const FIELDS: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn check_statement(statement: &Map<String, Value>) -> ServiceResult<()> {
    if let Some(field) = statement.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(malformed(format!("Syntax errors in policy. Unknown field {field}")));
    }
    match statement.get("Effect") {
        Some(Value::String(effect)) if effect == "Allow" || effect == "Deny" => {}
        Some(other) => return Err(malformed(format!("Invalid effect: {other}"))),
        None => return Err(malformed("Missing required field Effect")),
    }
    let actions = statement.get("Action").or_else(|| statement.get("NotAction"));
    let Some(actions) = actions.map(texts).filter(|actions| !actions.is_empty()) else {
        return Err(malformed("Policy statement must contain actions."));
    };
    if actions.iter().any(|action| *action != "*" && !action.contains(':')) {
        return Err(malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."));
    }
    match statement.get("Condition") {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err(malformed("Syntax errors in policy.")),
    }
}

/// Reads one text or a list of them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Tells whether a trust policy lets a service assume the role.
pub(crate) fn trusts(trust: &str, service: &str) -> bool {
    let Ok(statements) = statements(trust) else {
        return false;
    };
    let says = |statement: &Map<String, Value>, effect: &str| {
        let principals = match statement.get("Principal") {
            Some(Value::Object(principals)) => texts(principals.get("Service").unwrap_or(&Value::Null)),
            _ => Vec::new(),
        };
        let actions = texts(statement.get("Action").unwrap_or(&Value::Null));
        statement.get("Effect").is_some_and(|found| found == effect)
            && principals.contains(&service)
            && actions.iter().any(|action| ["sts:assumerole", "sts:*"].contains(&action.to_ascii_lowercase().as_str()))
    };
    statements.iter().any(|statement| says(statement, "Allow"))
        && !statements.iter().any(|statement| says(statement, "Deny"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn trust(statement: Value) -> String {
        json!({"Version": "2012-10-17", "Statement": statement}).to_string()
    }

    fn refusal(result: ServiceResult<()>) -> String {
        result.err().map(|error| error.message).unwrap_or_default()
    }

    #[test]
    fn trust_policies() {
        let good =
            json!([{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]);
        assert_eq!(check_trust(&trust(good.clone())), Ok(()));
        assert_eq!(check_trust(&trust(good[0].clone())), Ok(()));
        for (statement, message) in [
            (json!([]), "Missing required field Statement cannot be empty!"),
            (json!([{"Principal": "*", "Action": "sts:AssumeRole"}]), "Missing required field Effect"),
            (json!([{"Effect": "Allow", "Action": "sts:AssumeRole"}]), "Missing required field Principal"),
            (
                json!([{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}]),
                "Has prohibited field Resource",
            ),
            (json!([{"Effect": "Allow", "Principal": "*"}]), "Policy statement must contain actions."),
            (
                json!([{"Effect": "Allow", "Principal": "*", "Action": "s3:Get"}]),
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (json!([{"Effect": "Maybe", "Principal": "*", "Action": "sts:AssumeRole"}]), "Invalid effect: \"Maybe\""),
        ] {
            assert_eq!(refusal(check_trust(&trust(statement))), message);
        }
        assert_eq!(refusal(check_trust("{")), "This policy contains invalid Json");
        assert_eq!(refusal(check_trust("{}")), "Missing required field Statement");
    }

    #[test]
    fn identity_policies() {
        let good =
            json!([{"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "arn:aws:logs:eu-west-1:1:x"}]);
        assert_eq!(check_identity(&trust(good)), Ok(()));
        for (statement, message) in [
            (json!([{"Effect": "Allow", "Action": "logs:*"}]), "Policy statement must contain resources."),
            (
                json!([{"Effect": "Allow", "Action": "logs", "Resource": "*"}]),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                json!([{"Effect": "Allow", "Action": "logs:*", "Resource": "table"}]),
                "Resource table must be in ARN format or \"*\".",
            ),
            (
                json!([{"Effect": "Allow", "Action": "logs:*", "Resource": "*", "Principal": "*"}]),
                "Policy document should not specify a principal.",
            ),
        ] {
            assert_eq!(refusal(check_identity(&trust(statement))), message);
        }
    }

    #[test]
    fn who_may_assume() {
        let allow = json!({"Effect": "Allow", "Principal": {"Service": ["a.amazonaws.com", "lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]});
        let deny = json!({"Effect": "Deny", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:*"});
        assert!(trusts(&trust(allow.clone()), "lambda.amazonaws.com"));
        assert!(!trusts(&trust(allow.clone()), "events.amazonaws.com"));
        assert!(!trusts(&trust(json!([allow, deny])), "lambda.amazonaws.com"));
    }
}
