//! Checks that roles and policies share.

use super::lookup::{INVALID, invalid, limit_exceeded};
use crate::policy::document;
use crate::wire::ServiceResult;
use crate::wire::validation::constraint_of;

/// Characters of a managed policy, white space not counted ("IAM and AWS STS quotas").
const MAX_SIZE: usize = 6144;

/// Checks the name of a policy, be it a role's own or a managed one.
pub(super) fn check_policy_name(name: &str) -> ServiceResult<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(plain) {
        return Err(invalid(
            "The specified value for policyName is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-",
        ));
    }
    Ok(())
}

pub(super) fn check_path(path: &str) -> ServiceResult<()> {
    let framed = path.starts_with('/') && path.ends_with('/') && path.len() <= 512;
    if !framed || !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(invalid(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
             characters and/or / characters.",
        ));
    }
    Ok(())
}

pub(super) fn check_description(text: Option<&str>) -> ServiceResult<()> {
    let text = text.unwrap_or_default();
    let allowed = |c| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if text.chars().count() > 1000 || !text.chars().all(allowed) {
        let rule = "have length less than or equal to 1000 and satisfy regular expression pattern: \
                    [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*";
        return Err(constraint_of(INVALID, "Value", "description", rule));
    }
    Ok(())
}

/// Checks a document of a managed policy.
pub(super) fn check_document(text: &str) -> ServiceResult<()> {
    document::check_identity(text)?;
    if document::weight(text) > MAX_SIZE {
        return Err(limit_exceeded(format!("Cannot exceed quota for PolicySize: {MAX_SIZE}")));
    }
    Ok(())
}
