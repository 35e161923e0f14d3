//! How a function may be named in a call: by name, by partial ARN, by ARN.

use super::lookup::invalid_parameter;
use crate::arn::{ACCOUNT, function_arn};
use crate::wire::validation::{self, ConstraintViolations};
use crate::wire::{ServiceError, ServiceResult};
use regex_lite::{Captures, Regex};
use std::sync::LazyLock;

/// What names a function that is there, in AWS's words.
const EXISTING: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
/// What CreateFunction takes.
const NEW: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
/// What a qualifier may be.
const QUALIFIER: &str = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";
/// Groups of the patterns of names.
const REGION: usize = 3;
const ACCOUNT_ID: usize = 9;
const NAME: usize = 11;
const VERSION: usize = 13;

/// Most characters of what CreateFunction takes, of a name, and of a qualifier.
const LONGEST_GIVEN: usize = 140;
const LONGEST_NAME: usize = 64;
const LONGEST_QUALIFIER: usize = 128;

/// The only version there is here.
pub(super) const LATEST: &str = "$LATEST";

/// A pattern in AWS's words, as it is matched: a whole text, and with `-` where it stands for itself.
pub(super) fn whole(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?:{})$", pattern.replace("9-_", r"9\-_"))).ok()
}

static EXISTING_PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| whole(EXISTING));
static NEW_PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| whole(NEW));
static QUALIFIER_PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| whole(QUALIFIER));

/// Matches a name; what else is broken is told with it.
fn captures<'t>(
    pattern: &LazyLock<Option<Regex>>,
    words: &str,
    given: &'t str,
    mut broken: ConstraintViolations,
) -> ServiceResult<Captures<'t>> {
    let found = pattern.as_ref().and_then(|pattern| pattern.captures(given));
    if found.is_none() {
        broken.add(given, "functionName", format_args!("satisfy regular expression pattern: {words}"));
    }
    broken.check("ValidationException")?;
    found.ok_or_else(|| ServiceError::internal("a pattern of names does not compile"))
}

/// A function as a call names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedFunction {
    /// The plain name.
    pub name: String,
    /// Whether the call names a version too: `$LATEST`, the only one there is.
    pub versioned: bool,
}

/// Reads the plain name of a function that is there in `orders`, `<account>:function:orders` or
/// `arn:aws:lambda:<region>:<account>:function:orders`, each perhaps with `:$LATEST` at its end.
///
/// # Errors
/// `ValidationException` for what is no name, `ResourceNotFoundException` for another region, account or version.
pub(super) fn resolve(region: &str, given: &str) -> ServiceResult<String> {
    resolve_version(region, given, None).map(|function| function.name)
}

/// Reads the plain name where a version, even `$LATEST`, makes no sense.
///
/// # Errors
/// `InvalidParameterValueException` for a name with a version, else as of [`resolve`].
pub(super) fn resolve_unqualified(region: &str, given: &str) -> ServiceResult<String> {
    let function = resolve_version(region, given, None)?;
    if function.versioned {
        return Err(invalid_parameter(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please \
             specify either a function name or an unqualified function ARN.",
        ));
    }
    Ok(function.name)
}

/// Reads the plain name where the call has a `Qualifier` too: there is only `$LATEST`.
///
/// # Errors
/// As of [`resolve`], and `InvalidParameterValueException` where both name a version and not the same.
pub(super) fn resolve_version(region: &str, given: &str, qualifier: Option<&str>) -> ServiceResult<NamedFunction> {
    let mut broken = ConstraintViolations::default();
    if let Some(qualifier) = qualifier {
        if qualifier.chars().count() > LONGEST_QUALIFIER {
            broken.add(qualifier, "qualifier", format_args!("have length less than or equal to {LONGEST_QUALIFIER}"));
        }
        if !QUALIFIER_PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(qualifier)) {
            broken.add(qualifier, "qualifier", format_args!("satisfy regular expression pattern: {QUALIFIER}"));
        }
    }
    let parts = captures(&EXISTING_PATTERN, EXISTING, given, broken)?;
    if other_account(&parts) {
        let message = format!("Function not found: {given}");
        return Err(ServiceError::new(404, "ResourceNotFoundException", message));
    }
    here(region, &parts, qualifier)
}

/// Reads the plain name of a function that is to be made.
///
/// # Errors
/// `ValidationException` or `InvalidParameterValueException` for what is no name, else as of [`resolve`].
pub(super) fn resolve_new(region: &str, given: &str) -> ServiceResult<String> {
    let mut broken = ConstraintViolations::default();
    if given.chars().count() > LONGEST_GIVEN {
        broken.add(given, "functionName", format_args!("have length less than or equal to {LONGEST_GIVEN}"));
    }
    let parts = captures(&NEW_PATTERN, NEW, given, broken)?;
    if other_account(&parts) {
        let message = "Functions of another account cannot be made.";
        return Err(ServiceError::new(403, "AccessDeniedException", message));
    }
    let name = here(region, &parts, None)?.name;
    if name.len() > LONGEST_NAME {
        let rule = format_args!("have length less than or equal to {LONGEST_NAME}");
        return Err(validation::constraint("InvalidParameterValueException", name, "functionName", rule));
    }
    Ok(name)
}

fn part<'t>(parts: &Captures<'t>, group: usize) -> Option<&'t str> {
    parts.get(group).map(|found| found.as_str().trim_end_matches(':'))
}

fn other_account(parts: &Captures<'_>) -> bool {
    part(parts, ACCOUNT_ID).is_some_and(|account| account != ACCOUNT)
}

/// Returns the function, if the region and the version are those that are here.
fn here(region: &str, parts: &Captures<'_>, qualifier: Option<&str>) -> ServiceResult<NamedFunction> {
    let missing = |message: String| ServiceError::new(404, "ResourceNotFoundException", message);
    if let Some(other) = part(parts, REGION).filter(|other| *other != region) {
        return Err(missing(format!("Functions from '{other}' are not reachable in this region ('{region}')")));
    }
    let (name, derived) = (part(parts, NAME).unwrap_or_default(), part(parts, VERSION));
    if derived.is_some() && qualifier.is_some() && derived != qualifier {
        return Err(invalid_parameter(
            "The derived qualifier from the function name does not match the specified qualifier.",
        ));
    }
    match derived.or(qualifier) {
        version @ (None | Some(LATEST)) => Ok(NamedFunction { name: name.to_owned(), versioned: version.is_some() }),
        Some(version) => Err(missing(format!("Function not found: {}:{version}", function_arn(region, name)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:000000000000:function";

    #[test]
    fn names_and_arns() {
        for given in ["orders", "orders:$LATEST", "function:orders", "000000000000:function:orders", "eu-west-1:orders"]
        {
            assert_eq!(resolve("eu-west-1", given), Ok("orders".to_owned()), "{given}");
        }
        for given in [format!("{ARN}:orders"), format!("{ARN}:orders:$LATEST")] {
            assert_eq!(resolve("eu-west-1", &given), Ok("orders".to_owned()), "{given}");
        }
        // An ARN without a name ends with one all the same, as AWS was recorded to read it.
        assert_eq!(resolve("eu-west-1", ARN), Ok("function".to_owned()));
        // What is too long to be made is not found.
        assert_eq!(resolve("eu-west-1", &"x".repeat(65)), Ok("x".repeat(65)));
    }

    /// The answers are those that AWS was recorded to give.
    #[test]
    fn names_that_are_refused() {
        let pattern = |value: &str, words: &str| {
            format!(
                "1 validation error detected: Value '{value}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: {words}"
            )
        };
        let elsewhere = "arn:aws:lambda:ap-southeast-1:000000000000:function:orders";
        let mut cases = vec![
            ("orders:live".to_owned(), "ResourceNotFoundException", format!("Function not found: {ARN}:orders:live")),
            (
                "111111111111:function:orders".to_owned(),
                "ResourceNotFoundException",
                "Function not found: 111111111111:function:orders".to_owned(),
            ),
            (
                elsewhere.to_owned(),
                "ResourceNotFoundException",
                "Functions from 'ap-southeast-1' are not reachable in this region ('eu-west-1')".to_owned(),
            ),
        ];
        for given in [
            "",
            "my-function!",
            "*",
            "a:b:c:d",
            "my-function:invalid!",
            "invalid-account:function:my-function",
            "function:my-function:$LATEST:extra",
            "arn:aws:lambda:invalid-region:000000000000:function:f",
            "arn:aws:lambda::000000000000:function:f",
            "arn:aws:lambda:eu-west-1::function:f",
            "arn:aws:ec2:eu-west-1:000000000000:instance:i-1",
            "arn:aws:lambda:eu-west-1:000000000000:function:f:$LATES",
            "arn:aws:lambda:eu-west-1:000000000000:function:f:1:2",
        ] {
            cases.push((given.to_owned(), "ValidationException", pattern(given, EXISTING)));
            let new = resolve_new("eu-west-1", given).expect_err("it is no name");
            assert_eq!((new.code.as_str(), new.message), ("ValidationException", pattern(given, NEW)));
        }
        for (given, code, message) in cases {
            let error = resolve("eu-west-1", &given).expect_err("it is refused");
            assert_eq!((error.code.as_str(), error.message), (code, message), "{given}");
        }
    }

    #[test]
    fn names_that_are_too_long_to_be_made() {
        let longest = "x".repeat(64);
        assert_eq!(resolve_new("eu-west-1", &longest), Ok(longest));
        for (given, code, most) in [
            ("x".repeat(65), "InvalidParameterValueException", 64),
            (format!("my-function:{}", "x".repeat(129)), "ValidationException", 140),
        ] {
            let error = resolve_new("eu-west-1", &given).expect_err("it is too long");
            assert_eq!(error.code, code, "{given}");
            assert!(error.message.ends_with(&format!("at 'functionName' failed to satisfy constraint: Member must have length less than or equal to {most}")), "{error:?}");
        }
    }

    #[test]
    fn qualifiers() {
        let long = "x".repeat(129);
        for (given, qualifier, code, message) in [
            ("orders", "$LATEST", "", ""),
            ("orders:$LATEST", "$LATEST", "", ""),
            (
                "orders",
                "1",
                "ResourceNotFoundException",
                "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:orders:1",
            ),
            (
                "orders:2",
                "1",
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified qualifier.",
            ),
            (
                "orders",
                "invalid!",
                "ValidationException",
                r"1 validation error detected: Value 'invalid!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
            ),
            (
                "orders",
                &long,
                "ValidationException",
                "at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128",
            ),
        ] {
            let read = resolve_version("eu-west-1", given, Some(qualifier)).map(|function| assert!(function.versioned));
            let (got, said) = read.map_or_else(|error| (error.code, error.message), |_| Default::default());
            assert!(got == code && said.ends_with(message), "{given} {qualifier}: {got} {said}");
        }
    }
}
