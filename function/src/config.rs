//! The environment of the functions.
//!
//! | Variable | Meaning | Default |
//! |---|---|---|
//! | `TABLE_NAME` | the table of the orders | none, required |
//! | `STATUS_INDEX` | the name of its status index | `status-index` |
//! | `EXPIRY_AGE_HOURS` | how long an order may be PENDING, in hours, decimals allowed (expiry function only) | `60` |
//! | `CORS_ALLOW_ORIGINS` | the pages that may call from a browser: `*`, or origins such as `https://shop.example`, separated by commas (API function only) | none |
//! | `METRICS_NAMESPACE` | the CloudWatch namespace of the metrics | `Orders` |
//! | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | the credentials; Lambda sets them | none, required |
//! | `AWS_REGION` (else `AWS_DEFAULT_REGION`) | the region of the table; Lambda sets it | none, required |
//! | `AWS_ENDPOINT_URL_DYNAMODB` (else `AWS_ENDPOINT_URL`) | another DynamoDB than the region's | none |
//! | `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` | `true`: the two before do not count | `false` |
//!
//! Nothing is read before the first request that needs it; what is missing or wrong then is one error in the log that
//! names the variable.

use aws_sdk_dynamodb::config::Credentials;
use std::time::Duration;

/// Reads a variable: the environment, or a table in tests.
pub type VariableLookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads a variable of the process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable is missing or has no usable value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It has to be there.
    #[error("environment variable {name} is not set; it must be {rule}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// It is there, but wrong.
    #[error("environment variable {name} is {value:?}; it must be {rule}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
}

/// Where the orders are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableConfig {
    /// The name of the table.
    pub table: String,
    /// The name of its status index.
    pub index: String,
    /// The region of the table.
    pub region: String,
    /// Another DynamoDB than the region's.
    pub endpoint: Option<String>,
    /// Who asks. They last as long as the process: Lambda gives new ones to a new process only.
    pub credentials: Credentials,
}

impl TableConfig {
    /// Reads it from the environment.
    pub fn read(var: VariableLookup<'_>) -> Result<Self, ConfigError> {
        const NAME: &str = "a name of DynamoDB: 3 to 255 of a-z, A-Z, 0-9, _ . -";
        const REGION: &str = "an AWS region, like ap-south-1";
        const URL: &str = "a URL that starts with http:// or https://";
        const KEY: &str = "the credentials of the role of the function, which Lambda sets";
        let table = required(var, &["TABLE_NAME"], NAME, is_name)?;
        let index = checked(var, &["STATUS_INDEX"], NAME, is_name)?;
        let region = required(var, &["AWS_REGION", "AWS_DEFAULT_REGION"], REGION, is_region)?;
        let ignored =
            given(var, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|it| it.eq_ignore_ascii_case("true"));
        let endpoint =
            if ignored { None } else { checked(var, &["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"], URL, is_url)? };
        let key = required(var, &["AWS_ACCESS_KEY_ID"], KEY, |_| true)?;
        let secret = required(var, &["AWS_SECRET_ACCESS_KEY"], KEY, |_| true)?;
        let credentials = Credentials::new(key, secret, given(var, "AWS_SESSION_TOKEN"), None, "environment");
        let index = index.unwrap_or_else(|| "status-index".to_owned());
        Ok(Self { table, index, region, endpoint, credentials })
    }
}

/// How long an order may be PENDING.
pub fn expiry_age(var: VariableLookup<'_>) -> Result<Duration, ConfigError> {
    let rule = "a number of hours from 0 to 87600, decimals allowed";
    let hours = |text: &str| text.parse::<f64>().ok().filter(|hours| (0.0..=87_600.0).contains(hours));
    let text = checked(var, &["EXPIRY_AGE_HOURS"], rule, |text| hours(text).is_some())?;
    Ok(Duration::from_secs_f64(text.and_then(|text| hours(&text)).unwrap_or(60.0) * 3600.0))
}

/// The origins of the pages that may call from a browser, as they are written; empty when none may.
pub fn cors_origins(var: VariableLookup<'_>) -> Vec<String> {
    let list = given(var, "CORS_ALLOW_ORIGINS").unwrap_or_default();
    list.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect()
}

/// The namespace of the metrics. One that CloudWatch would refuse is replaced by the default: metrics are not worth a
/// failed request.
pub fn metrics_namespace(var: VariableLookup<'_>) -> String {
    given(var, "METRICS_NAMESPACE")
        .filter(|name| name.len() <= 255 && !name.starts_with("AWS/") && !name.contains(char::is_control))
        .unwrap_or_else(|| "Orders".to_owned())
}

/// A variable that is there and not blank.
fn given(var: VariableLookup<'_>, name: &str) -> Option<String> {
    var(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The first of some variables that is there; it has to pass a test.
fn checked(
    var: VariableLookup<'_>,
    names: &[&'static str],
    rule: &'static str,
    test: impl Fn(&str) -> bool,
) -> Result<Option<String>, ConfigError> {
    match names.iter().find_map(|name| Some((*name, given(var, name)?))) {
        Some((name, value)) if !test(&value) => Err(ConfigError::Wrong { name, value, rule }),
        found => Ok(found.map(|(_, value)| value)),
    }
}

/// The same, when one of them has to be there.
fn required(
    var: VariableLookup<'_>,
    names: &[&'static str],
    rule: &'static str,
    test: impl Fn(&str) -> bool,
) -> Result<String, ConfigError> {
    checked(var, names, rule, test)?
        .ok_or(ConfigError::Missing { name: names.first().copied().unwrap_or_default(), rule })
}

fn is_name(text: &str) -> bool {
    (3..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

fn is_region(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Only the scheme decides anything here; the rest is the SDK's to judge.
fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<TableConfig, String> {
        let var = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        TableConfig::read(&var).map_err(|error| error.to_string())
    }

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hidden-key")];

    #[test]
    fn table_configuration() {
        let read = |vars: &[(&str, &str)]| read(&[vars, &KEYS].concat());
        let least = TableConfig {
            table: "Orders".into(),
            index: "status-index".into(),
            region: "ap-south-1".into(),
            endpoint: None,
            credentials: Credentials::new("AKIA", "hidden-key", None, None, "environment"),
        };
        assert_eq!(read(&[("TABLE_NAME", "Orders"), ("AWS_REGION", "ap-south-1")]), Ok(least.clone()));
        assert_eq!(
            read(&[("TABLE_NAME", "Orders"), ("AWS_DEFAULT_REGION", "ap-south-1"), ("AWS_REGION", " ")]),
            Ok(least.clone())
        );
        let both = [
            ("TABLE_NAME", "Orders"),
            ("AWS_REGION", "ap-south-1"),
            ("AWS_ENDPOINT_URL", "http://localhost:4566"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000"),
        ];
        assert_eq!(read(&both).unwrap().endpoint.as_deref(), Some("http://localhost:8000"));
        assert_eq!(read(&both[..3]).unwrap().endpoint.as_deref(), Some("http://localhost:4566"));
        let ignored = [both.as_slice(), &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")]].concat();
        assert_eq!(read(&ignored).unwrap(), least);
        assert!(!format!("{least:?}").contains("hidden-key"), "the key is not for a log");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let name = "a name of DynamoDB: 3 to 255 of a-z, A-Z, 0-9, _ . -";
        let key = "the credentials of the role of the function, which Lambda sets";
        let cases = [
            (vec![], format!("environment variable TABLE_NAME is not set; it must be {name}")),
            (vec![("TABLE_NAME", "a b")], format!("environment variable TABLE_NAME is \"a b\"; it must be {name}")),
            (
                vec![("TABLE_NAME", "Orders")],
                "environment variable AWS_REGION is not set; it must be an AWS region, like ap-south-1".to_owned(),
            ),
            (
                vec![("TABLE_NAME", "Orders"), ("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", "localhost:8000")],
                "environment variable AWS_ENDPOINT_URL is \"localhost:8000\"; it must be a URL that starts with http:// or https://".to_owned(),
            ),
            (
                vec![("TABLE_NAME", "Orders"), ("AWS_REGION", "eu-west-1")],
                format!("environment variable AWS_ACCESS_KEY_ID is not set; it must be {key}"),
            ),
        ];
        for (vars, expected) in cases {
            assert_eq!(read(&vars).unwrap_err(), expected);
        }
    }

    #[test]
    fn origins() {
        for (value, origins) in [
            ("", &[][..]),
            (" , ", &[]),
            ("*", &["*"]),
            ("https://a.example", &["https://a.example"]),
            (" https://a.example ,http://localhost:3000,", &["https://a.example", "http://localhost:3000"]),
        ] {
            assert_eq!(cors_origins(&|_| Some(value.to_owned())), origins, "{value:?}");
        }
        assert!(cors_origins(&|_| None).is_empty());
    }

    #[test]
    fn expiry_ages() {
        let age = |value: &str| expiry_age(&|_| Some(value.to_owned())).map(|age| age.as_secs());
        assert_eq!(expiry_age(&|_| None).map(|age| age.as_secs()), Ok(216_000));
        assert_eq!(age("1"), Ok(3600));
        assert_eq!(age("0.5"), Ok(1800));
        assert_eq!(age("0"), Ok(0));
        for wrong in ["-1", "1e9", "NaN", "inf", "soon"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
