//! What Lambda checks of a function beside its settings.

use super::lookup::{constraint, invalid_parameter};
use crate::arn::{ACCOUNT, after_partition};
use crate::context::Context;
use crate::policy::document::trusts;
use crate::store::CloudDocument;
use crate::wire::{ServiceError, ServiceResult, TagLimits, TagMap, TagMistake};

pub(super) fn architecture(list: &[String]) -> ServiceResult<String> {
    match list {
        [one] if one == "x86_64" || one == "arm64" => Ok(one.clone()),
        other => Err(constraint(
            format!("[{}]", other.join(", ")),
            "architectures",
            match other.len() {
                0 => "have length greater than or equal to 1",
                1 => {
                    "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
                }
                _ => "have length less than or equal to 1",
            },
        )),
    }
}

pub(super) fn tags(tags: &TagMap) -> ServiceResult<()> {
    TagLimits::WORDS.check(tags).map_err(|mistake| match mistake {
        TagMistake::TooMany => invalid_parameter("Number of tags exceeds resource tag limit."),
        TagMistake::Key(key) => invalid_parameter(format!("The tag key \"{key}\" is invalid.")),
        TagMistake::Value(key, value) => invalid_parameter(format!("The tag \"{key}\" = \"{value}\" is invalid.")),
        TagMistake::Reserved(key) => invalid_parameter(format!(
            "Invalid tag key {key}: aws: prefixed tag key names are not allowed for external use."
        )),
    })
}

/// Checks the shape of a role ARN.
pub(super) fn role_arn(arn: &str) -> ServiceResult<()> {
    let role =
        after_partition(arn).and_then(|rest| rest.strip_prefix("iam::")).and_then(|rest| rest.split_once(":role/"));
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&b);
    match role {
        Some((account, path))
            if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) && path.bytes().all(allowed) =>
        {
            if account == ACCOUNT {
                return Ok(());
            }
            Err(ServiceError::new(403, "AccessDeniedException", "Cross-account pass role is not allowed."))
        }
        _ => Err(constraint(
            arn,
            "role",
            "satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
        )),
    }
}

/// Checks that a role exists, trusts Lambda, and that IAM has told Lambda so.
pub(super) fn assumable(cx: &Context, document: &CloudDocument, arn: &str) -> ServiceResult<()> {
    let role = document.iam.roles.values().find(|role| role.arn == arn);
    let propagation = cx.faults.lasting(|faults| faults.role_propagation_ms).unwrap_or_default();
    match role {
        Some(role) if trusts(&role.trust, "lambda.amazonaws.com") && role.created + propagation <= cx.clock.now() => {
            Ok(())
        }
        _ => Err(invalid_parameter("The role defined for the function cannot be assumed by Lambda.")),
    }
}
