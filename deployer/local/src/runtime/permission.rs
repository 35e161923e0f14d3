//! Who may invoke a function: its resource policy.

use crate::ACCOUNT;
use crate::store::function::{FunctionRecord, Statement};

/// May the service `principal` invoke the function on behalf of the resource `source_arn`, which is in this account?
pub fn allows(function: &FunctionRecord, principal: &str, source_arn: &str) -> bool {
    function.policy.iter().any(|statement| allowed_by(statement, principal, source_arn))
}

fn allowed_by(statement: &Statement, principal: &str, source_arn: &str) -> bool {
    matches!(statement.action.as_str(), "lambda:InvokeFunction" | "lambda:*" | "*")
        && (statement.principal == "*" || statement.principal == principal)
        && statement.source_arn.as_deref().is_none_or(|pattern| arn_like(pattern, source_arn))
        && statement.source_account.as_deref().is_none_or(|account| account == ACCOUNT)
}

/// `ArnLike`: each of the six parts is compared on its own, `*` and `?` are wildcards within it.
pub fn arn_like(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(pattern, part)| like(pattern, part))
}

/// Matches byte by byte; on a mismatch the last `*` takes one byte more.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "arn:aws:execute-api:ap-south-1:000000000000:abc123/prod/GET/orders/*";

    #[test]
    fn arns() {
        for (pattern, arn, expected) in [
            (API, API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/*", API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/*/*/*", API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/prod/*/orders/*", API, true),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/prod/GET/orders", API, false),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc123/dev/*", API, false),
            ("arn:aws:execute-api:ap-south-1:000000000000:abc???/*", API, true),
            ("arn:aws:execute-api:*:000000000000:abc123/*", API, true),
            ("arn:aws:execute-api:*", API, false),
            ("*", API, false),
            ("arn:aws:execute-api:ap-south-1:111111111111:abc123/*", API, false),
        ] {
            assert_eq!(arn_like(pattern, arn), expected, "{pattern}");
        }
    }

    #[test]
    fn statements() {
        let statement = Statement {
            sid: "s".to_owned(),
            principal: "apigateway.amazonaws.com".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            source_arn: Some("arn:aws:execute-api:ap-south-1:000000000000:abc123/*".to_owned()),
            source_account: Some(ACCOUNT.to_owned()),
        };
        let with = |change: fn(&mut Statement)| {
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
