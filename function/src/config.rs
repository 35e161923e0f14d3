//! Reads the configuration of the functions from environment variables.
//!
//! | Variable | Meaning | Default |
//! |---|---|---|
//! | `TABLE_NAME` | the table of the orders (not the outbox function) | none, required |
//! | `STATUS_INDEX` | the name of its status index | `status-index` |
//! | `EXPIRY_AGE_HOURS` | how long an order may be PENDING, in hours, decimals allowed (expiry function only) | `60` |
//! | `QUEUE_URL` | the URL of the queue of status changes (outbox function only) | none, required |
//! | `CORS_ALLOW_ORIGINS` | the pages that may call from a browser: `*`, or origins such as `https://shop.example`, separated by commas (API function only) | none |
//! | `METRICS_NAMESPACE` | the CloudWatch namespace of the metrics | `Orders` |
//! | `DEPLOYER_CLOCK_AHEAD_MS` | how far the clock of an embedded cloud was moved ahead of this machine's, in milliseconds; it sets the variable (expiry function only) | `0` |
//! | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | the credentials; Lambda sets them | none, required |
//! | `AWS_REGION` (else `AWS_DEFAULT_REGION`) | the region of the table and of the queue; Lambda sets it | none, required |
//! | `AWS_ENDPOINT_URL_DYNAMODB` (else `AWS_ENDPOINT_URL`) | the URL of a DynamoDB other than the region's | none |
//! | `AWS_ENDPOINT_URL_SQS` (else `AWS_ENDPOINT_URL`) | the URL of an SQS other than that of `QUEUE_URL` (outbox function only) | none |
//! | `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` | `true`: the endpoint variables are ignored | `false` |
//!
//! A variable is read when the first request needs it. If it is missing or wrong, the log gets an error that names it.

use aws_sdk_dynamodb::config::Credentials;
use std::time::Duration;

/// A function that returns the value of a variable: from the environment, or from a list in tests.
pub type VariableLookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Returns the value of an environment variable of this process. `None` if it is not set or not UTF-8.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Says which variable is missing or has no valid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The variable is required and not set.
    #[error("environment variable {name} is not set; it must be {rule}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The value of the variable is not valid.
    #[error("environment variable {name} is {value:?}; it must be {rule}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// The value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
}

/// The table of the orders and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableConfig {
    /// The name of the table.
    pub table: String,
    /// The name of its status index.
    pub index: String,
    /// The region of the table.
    pub region: String,
    /// The URL of a DynamoDB other than the region's.
    pub endpoint: Option<String>,
    /// The credentials. They are valid for the life of the process: Lambda sets new ones only for a new process.
    pub credentials: Credentials,
}

impl TableConfig {
    /// Reads the configuration of the table from variables.
    pub fn read(lookup: VariableLookup<'_>) -> Result<Self, ConfigError> {
        const NAME: &str = "a name of DynamoDB: 3 to 255 of a-z, A-Z, 0-9, _ . -";
        let table = required(lookup, &["TABLE_NAME"], NAME, is_name)?;
        let index = optional(lookup, &["STATUS_INDEX"], NAME, is_name)?.unwrap_or_else(|| "status-index".to_owned());
        let region = region(lookup)?;
        let endpoint = endpoint(lookup, "AWS_ENDPOINT_URL_DYNAMODB")?;
        Ok(Self { table, index, region, endpoint, credentials: credentials(lookup)? })
    }
}

/// The queue that is told of status changes and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueConfig {
    /// The URL of the queue, by which SQS knows it.
    pub url: String,
    /// The region of the queue.
    pub region: String,
    /// The URL of SQS.
    pub endpoint: String,
    /// The credentials. They are valid for the life of the process: Lambda sets new ones only for a new process.
    pub credentials: Credentials,
}

impl QueueConfig {
    /// Reads the configuration of the queue from variables.
    pub fn read(lookup: VariableLookup<'_>) -> Result<Self, ConfigError> {
        let url = required(lookup, &["QUEUE_URL"], "the URL of an SQS queue", is_url)?;
        let region = region(lookup)?;
        let endpoint = endpoint(lookup, "AWS_ENDPOINT_URL_SQS")?.unwrap_or_else(|| origin(&url).to_owned());
        Ok(Self { url, region, endpoint, credentials: credentials(lookup)? })
    }
}

/// Returns the region in which the function works.
fn region(lookup: VariableLookup<'_>) -> Result<String, ConfigError> {
    required(lookup, &["AWS_REGION", "AWS_DEFAULT_REGION"], "an AWS region, like ap-south-1", is_region)
}

/// Returns the URL of a service that is not AWS's own: from its variable, or from that of all services.
fn endpoint(lookup: VariableLookup<'_>, variable: &'static str) -> Result<Option<String>, ConfigError> {
    let ignored = non_blank(lookup, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if ignored {
        return Ok(None);
    }
    optional(lookup, &[variable, "AWS_ENDPOINT_URL"], "a URL that starts with http:// or https://", is_url)
}

/// Returns the credentials of the function's role.
fn credentials(lookup: VariableLookup<'_>) -> Result<Credentials, ConfigError> {
    const RULE: &str = "the credentials of the role of the function, which Lambda sets";
    let key = required(lookup, &["AWS_ACCESS_KEY_ID"], RULE, |_| true)?;
    let secret = required(lookup, &["AWS_SECRET_ACCESS_KEY"], RULE, |_| true)?;
    Ok(Credentials::new(key, secret, non_blank(lookup, "AWS_SESSION_TOKEN"), None, "environment"))
}

/// Returns a URL without its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |end| host + end);
    &url[..end]
}

/// Returns how long an order may be PENDING before it expires.
pub fn expiry_age(lookup: VariableLookup<'_>) -> Result<Duration, ConfigError> {
    let rule = "a number of hours from 0 to 87600, decimals allowed";
    let hours = |text: &str| text.parse::<f64>().ok().filter(|hours| (0.0..=87_600.0).contains(hours));
    let text = optional(lookup, &["EXPIRY_AGE_HOURS"], rule, |text| hours(text).is_some())?;
    Ok(Duration::from_secs_f64(text.and_then(|text| hours(&text)).unwrap_or(60.0) * 3600.0))
}

/// Returns how far the cloud's clock is ahead of this machine's. Only an embedded cloud whose clock was moved says so.
pub fn clock_ahead(lookup: VariableLookup<'_>) -> Result<Duration, ConfigError> {
    let is_millis = |text: &str| text.parse::<u64>().is_ok();
    let text = optional(lookup, &["DEPLOYER_CLOCK_AHEAD_MS"], "a number of milliseconds", is_millis)?;
    Ok(Duration::from_millis(text.and_then(|text| text.parse().ok()).unwrap_or_default()))
}

/// Returns the origins of the pages that may call the API from a browser, as they are spelled in the variable.
pub fn cors_origins(lookup: VariableLookup<'_>) -> Vec<String> {
    let list = non_blank(lookup, "CORS_ALLOW_ORIGINS").unwrap_or_default();
    list.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect()
}

/// Returns the namespace of the metrics. A namespace that CloudWatch would refuse is replaced by the default, because a
/// wrong name of metrics must not make requests fail.
pub fn metrics_namespace(lookup: VariableLookup<'_>) -> String {
    non_blank(lookup, "METRICS_NAMESPACE")
        .filter(|name| name.len() <= 255 && !name.starts_with("AWS/") && !name.contains(char::is_control))
        .unwrap_or_else(|| "Orders".to_owned())
}

/// Returns the trimmed value of a variable. `None` if it is not set or blank.
fn non_blank(lookup: VariableLookup<'_>, name: &str) -> Option<String> {
    lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Returns the first value that is set among some variables, and checks it with `is_valid`.
fn optional(
    lookup: VariableLookup<'_>,
    names: &[&'static str],
    rule: &'static str,
    is_valid: impl Fn(&str) -> bool,
) -> Result<Option<String>, ConfigError> {
    match names.iter().find_map(|name| Some((*name, non_blank(lookup, name)?))) {
        Some((name, value)) if !is_valid(&value) => Err(ConfigError::Wrong { name, value, rule }),
        found => Ok(found.map(|(_, value)| value)),
    }
}

/// Returns the first value that is set among some variables, and checks it with `is_valid`. At least one must be set.
fn required(
    lookup: VariableLookup<'_>,
    names: &[&'static str],
    rule: &'static str,
    is_valid: impl Fn(&str) -> bool,
) -> Result<String, ConfigError> {
    optional(lookup, names, rule, is_valid)?
        .ok_or(ConfigError::Missing { name: names.first().copied().unwrap_or_default(), rule })
}

/// Tells whether a text is a name of a table or index by the rules of DynamoDB.
fn is_name(text: &str) -> bool {
    (3..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

/// Tells whether a text has the form of a region's name.
fn is_region(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Tells whether a text is a URL of HTTP with a host. The SDK checks the rest when it connects.
fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<TableConfig, String> {
        let lookup = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        TableConfig::read(&lookup).map_err(|error| error.to_string())
    }

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hidden-key")];

    #[test]
    fn table_configuration() {
        let read = |vars: &[(&str, &str)]| read(&[vars, &KEYS].concat());
        let minimal = TableConfig {
            table: "Orders".into(),
            index: "status-index".into(),
            region: "ap-south-1".into(),
            endpoint: None,
            credentials: Credentials::new("AKIA", "hidden-key", None, None, "environment"),
        };
        assert_eq!(read(&[("TABLE_NAME", "Orders"), ("AWS_REGION", "ap-south-1")]), Ok(minimal.clone()));
        assert_eq!(
            read(&[("TABLE_NAME", "Orders"), ("AWS_DEFAULT_REGION", "ap-south-1"), ("AWS_REGION", " ")]),
            Ok(minimal.clone())
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
        assert_eq!(read(&ignored).unwrap(), minimal);
        assert!(!format!("{minimal:?}").contains("hidden-key"), "the key is not for a log");
    }

    #[test]
    fn queue_configuration() {
        let read = |vars: &[(&str, &str)]| {
            let vars = [&[("AWS_REGION", "eu-west-1")], vars, &KEYS].concat();
            let lookup = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            QueueConfig::read(&lookup).map_err(|error| error.to_string())
        };
        const QUEUE: (&str, &str) = ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/changes.fifo");
        let endpoint = |vars: &[(&str, &str)]| read(&[&[QUEUE], vars].concat()).map(|config| config.endpoint);
        assert_eq!(endpoint(&[]).as_deref(), Ok("https://sqs.eu-west-1.amazonaws.com"));
        let all = ("AWS_ENDPOINT_URL", "http://localhost:4566");
        assert_eq!(endpoint(&[all]).as_deref(), Ok("http://localhost:4566"));
        assert_eq!(
            endpoint(&[all, ("AWS_ENDPOINT_URL_SQS", "http://localhost:9")]).as_deref(),
            Ok("http://localhost:9")
        );
        assert_eq!(
            endpoint(&[all, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]).as_deref(),
            Ok("https://sqs.eu-west-1.amazonaws.com")
        );
        assert_eq!(read(&[QUEUE]).unwrap().url, QUEUE.1);
        assert_eq!(
            read(&[("QUEUE_URL", "changes.fifo")]).unwrap_err(),
            "environment variable QUEUE_URL is \"changes.fifo\"; it must be the URL of an SQS queue"
        );
        assert_eq!(
            read(&[]).unwrap_err(),
            "environment variable QUEUE_URL is not set; it must be the URL of an SQS queue"
        );
    }

    #[test]
    fn an_error_names_the_variable() {
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
    fn a_moved_clock() {
        let ahead = |value: &str| clock_ahead(&|_| Some(value.to_owned())).map(|ahead| ahead.as_millis());
        assert_eq!(clock_ahead(&|_| None), Ok(Duration::ZERO));
        assert_eq!(ahead("219600000"), Ok(219_600_000));
        for wrong in ["-1", "1.5", "61h"] {
            assert!(ahead(wrong).is_err(), "{wrong}");
        }
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
