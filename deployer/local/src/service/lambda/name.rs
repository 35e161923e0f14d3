//! How a function may be named in a call: by name, by partial ARN, by ARN.

use super::lookup::constraint;
use crate::arn::{ACCOUNT, function_arn};
use crate::wire::{ServiceError, ServiceResult};

/// Reads the plain name in `orders`, `<account>:function:orders` or
/// `arn:aws:lambda:<region>:<account>:function:orders`, each
/// perhaps with `:$LATEST` at its end.
///
/// # Errors
/// `ValidationException` for what is no name, `ResourceNotFoundException` for another region, account or version.
pub(super) fn resolve(region: &str, given: &str) -> ServiceResult<String> {
    let missing = || ServiceError::new(404, "ResourceNotFoundException", format!("Function not found: {given}"));
    let parts: Vec<&str> = given.split(':').collect();
    let (name, version) = match parts.as_slice() {
        ["arn", "aws", "lambda", in_region, account, "function", rest @ ..] => {
            if *in_region != region || *account != ACCOUNT {
                return Err(missing());
            }
            split(rest)
        }
        [account, "function", rest @ ..] => {
            if *account != ACCOUNT {
                return Err(missing());
            }
            split(rest)
        }
        rest => split(rest),
    }
    .ok_or_else(|| invalid(given))?;
    check(name)?;
    match version {
        None | Some("$LATEST") => Ok(name.to_owned()),
        Some(_) => Err(missing()),
    }
}

/// Checks the `Qualifier` of a call: there is only `$LATEST`.
pub(super) fn check_qualifier(region: &str, name: &str, qualifier: Option<&str>) -> ServiceResult<()> {
    match qualifier {
        None | Some("$LATEST") => Ok(()),
        Some(other) => {
            let message = format!("Function not found: {}:{other}", function_arn(region, name));
            Err(ServiceError::new(404, "ResourceNotFoundException", message))
        }
    }
}

fn split<'a>(parts: &[&'a str]) -> Option<(&'a str, Option<&'a str>)> {
    match parts {
        [name] => Some((name, None)),
        [name, version] => Some((name, Some(version))),
        _ => None,
    }
}

/// Checks a name as `CreateFunction` does.
fn check(name: &str) -> ServiceResult<()> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(invalid(name));
    }
    if name.len() > 64 {
        return Err(constraint(name, "functionName", "have length less than or equal to 64"));
    }
    Ok(())
}

fn invalid(given: &str) -> ServiceError {
    constraint(
        given,
        "functionName",
        "satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns() {
        for given in [
            "orders",
            "orders:$LATEST",
            "000000000000:function:orders",
            "arn:aws:lambda:eu-west-1:000000000000:function:orders",
            "arn:aws:lambda:eu-west-1:000000000000:function:orders:$LATEST",
        ] {
            assert_eq!(resolve("eu-west-1", given), Ok("orders".to_owned()), "{given}");
        }
        for (given, code) in [
            ("", "ValidationException"),
            ("or ders", "ValidationException"),
            ("a:b:c:d", "ValidationException"),
            ("orders:live", "ResourceNotFoundException"),
            ("111111111111:function:orders", "ResourceNotFoundException"),
            ("arn:aws:lambda:us-east-1:000000000000:function:orders", "ResourceNotFoundException"),
        ] {
            assert_eq!(resolve("eu-west-1", given).map_err(|error| error.code), Err(code.to_owned()), "{given}");
        }
        assert!(resolve("eu-west-1", &"x".repeat(64)).is_ok());
        assert!(resolve("eu-west-1", &"x".repeat(65)).is_err());
    }
}
