//! Who may invoke a function: its resource policy.

use crate::arn::ACCOUNT;
use crate::policy::arn_like;
use crate::store::function::{FunctionRecord, PolicyGrant};

/// Tells whether the service `principal` may invoke the function on behalf of the resource `source_arn`, which is in
/// this account.
pub fn allows(function: &FunctionRecord, principal: &str, source_arn: &str) -> bool {
    function.policy.iter().any(|statement| allowed_by(statement, principal, source_arn))
}

fn allowed_by(statement: &PolicyGrant, principal: &str, source_arn: &str) -> bool {
    matches!(statement.action.as_str(), "lambda:InvokeFunction" | "lambda:*" | "*")
        && (statement.principal == "*" || statement.principal == principal)
        && statement.source_arn.as_deref().is_none_or(|pattern| arn_like(pattern, source_arn))
        && statement.source_account.as_deref().is_none_or(|account| account == ACCOUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "arn:aws:execute-api:ap-south-1:000000000000:abc123/prod/GET/orders/*";

    #[test]
    fn statements() {
        let statement = PolicyGrant {
            sid: "s".to_owned(),
            principal: "apigateway.amazonaws.com".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            source_arn: Some("arn:aws:execute-api:ap-south-1:000000000000:abc123/*".to_owned()),
            source_account: Some(ACCOUNT.to_owned()),
        };
        let with = |change: fn(&mut PolicyGrant)| {
            let mut changed = statement.clone();
            change(&mut changed);
            allowed_by(&changed, "apigateway.amazonaws.com", API)
        };
        assert!(with(|_| {}));
        assert!(with(|s| s.source_arn = None));
        assert!(with(|s| s.principal = "*".to_owned()));
        assert!(!with(|s| s.principal = "events.amazonaws.com".to_owned()));
        assert!(!with(|s| s.action = "lambda:GetFunction".to_owned()));
        assert!(!with(|s| s.source_account = Some("111111111111".to_owned())));
    }
}
