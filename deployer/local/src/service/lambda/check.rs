//! The limits that Lambda checks before it takes a function.

use super::invalid_parameter;
use crate::ACCOUNT;
use crate::context::Context;
use crate::control::iam::trusts;
use crate::front::json::Fault;
use crate::store::Document;
use crate::store::function::Logging;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Names and values of all variables together.
const MAX_ENVIRONMENT: usize = 4096;

/// Variables that belong to Lambda.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Environment {
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tracing {
    pub mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Storage {
    pub size: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoggingConfig {
    log_format: Option<String>,
    application_log_level: Option<String>,
    system_log_level: Option<String>,
    log_group: Option<String>,
}

/// The shape of Lambda's answer to a member out of its range or set.
fn constraint(value: impl std::fmt::Display, member: &str, rule: &str) -> Fault {
    Fault::new(
        400,
        "ValidationException",
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}"
        ),
    )
}

fn range(value: u32, member: &str, min: u32, max: u32) -> Result<u32, Fault> {
    if value < min {
        return Err(constraint(value, member, &format!("have value greater than or equal to {min}")));
    }
    if value > max {
        return Err(constraint(value, member, &format!("have value less than or equal to {max}")));
    }
    Ok(value)
}

pub(super) fn memory(mb: u32) -> Result<u32, Fault> {
    range(mb, "memorySize", 128, 10_240)
}

pub(super) fn timeout(seconds: u32) -> Result<u32, Fault> {
    range(seconds, "timeout", 1, 900)
}

pub(super) fn storage(storage: &Storage) -> Result<u32, Fault> {
    range(storage.size, "ephemeralStorage.size", 512, 10_240)
}

pub(super) fn description(text: String) -> Result<String, Fault> {
    if text.chars().count() <= 256 {
        return Ok(text);
    }
    Err(constraint(text, "description", "have length less than or equal to 256"))
}

pub(super) fn handler(text: String) -> Result<String, Fault> {
    if text.is_empty() || text.len() > 128 || text.contains(char::is_whitespace) {
        return Err(constraint(text, "handler", "satisfy regular expression pattern: [^\\s]+"));
    }
    Ok(text)
}

/// Runtimes of AWS's that are kept and cannot be run: what is brought here from elsewhere may have one until its code is replaced.
const KEPT: &[&str] = &["python3.9", "python3.10", "python3.11", "python3.12", "python3.13"];

pub(super) fn runtime(name: String) -> Result<String, Fault> {
    if crate::runtime::runs(&name) || KEPT.contains(&name.as_str()) {
        return Ok(name);
    }
    Err(Fault::not_implemented(format!("the embedded cloud runs provided.al2023 and provided.al2, not runtime {name}")))
}

pub(super) fn architecture(list: &[String]) -> Result<String, Fault> {
    match list {
        [one] if one == "x86_64" || one == "arm64" => Ok(one.clone()),
        other => Err(constraint(
            format!("[{}]", other.join(", ")),
            "architectures",
            "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]], and have length 1",
        )),
    }
}

pub(super) fn tracing(tracing: Tracing) -> Result<String, Fault> {
    match tracing.mode {
        None => Ok("PassThrough".to_owned()),
        Some(mode) if mode == "Active" || mode == "PassThrough" => Ok(mode),
        Some(other) => Err(constraint(other, "tracingConfig.mode", "satisfy enum value set: [Active, PassThrough]")),
    }
}

pub(super) fn logging(name: &str, config: Option<LoggingConfig>) -> Result<Logging, Fault> {
    let Some(config) = config else {
        return Ok(Logging {
            format: "Text".to_owned(),
            group: format!("/aws/lambda/{name}"),
            application_level: None,
            system_level: None,
        });
    };
    let format = config.log_format.unwrap_or_else(|| "Text".to_owned());
    if format != "Text" && format != "JSON" {
        return Err(constraint(format, "loggingConfig.logFormat", "satisfy enum value set: [JSON, Text]"));
    }
    let json = format == "JSON";
    if !json && (config.application_log_level.is_some() || config.system_log_level.is_some()) {
        return Err(invalid_parameter("Invalid LoggingConfig: log levels require LogFormat JSON."));
    }
    let level = |level: Option<String>, member: &str, allowed: &[&str]| match level {
        Some(level) if !allowed.contains(&level.as_str()) => {
            Err(constraint(level, member, &format!("satisfy enum value set: [{}]", allowed.join(", "))))
        }
        Some(level) => Ok(Some(level)),
        None => Ok(json.then(|| "INFO".to_owned())),
    };
    let group = config.log_group.unwrap_or_else(|| format!("/aws/lambda/{name}"));
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-/.#".contains(&b);
    if group.is_empty() || group.len() > 512 || !group.bytes().all(allowed) {
        return Err(constraint(
            group,
            "loggingConfig.logGroup",
            "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
        ));
    }
    Ok(Logging {
        application_level: level(
            config.application_log_level,
            "loggingConfig.applicationLogLevel",
            &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"],
        )?,
        system_level: level(config.system_log_level, "loggingConfig.systemLogLevel", &["DEBUG", "INFO", "WARN"])?,
        format,
        group,
    })
}

pub(super) fn environment(environment: Environment) -> Result<BTreeMap<String, String>, Fault> {
    let variables = environment.variables;
    let reserved: Vec<&str> = variables.keys().map(String::as_str).filter(|key| RESERVED.contains(key)).collect();
    if !reserved.is_empty() {
        return Err(invalid_parameter(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. Reserved keys used in \
             this request: {}",
            reserved.join(", ")
        )));
    }
    for key in variables.keys() {
        let mut bytes = key.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic());
        if !first || key.len() < 2 || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(constraint(
                key,
                "environment.variables",
                "satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
            ));
        }
    }
    let measured = serde_json::to_string(&variables).map_err(Fault::internal)?;
    if measured.len() > MAX_ENVIRONMENT {
        return Err(invalid_parameter(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(variables)
}

pub(super) fn tags(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Fault> {
    if tags.len() > 50 {
        return Err(invalid_parameter("Number of tags exceeds resource tag limit."));
    }
    for (key, value) in &tags {
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        let fits = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
        if !fits || !key.chars().all(allowed) || !value.chars().all(allowed) {
            return Err(invalid_parameter(format!("The tag \"{key}\" = \"{value}\" is invalid.")));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid_parameter(format!(
                "Invalid tag key {key}: aws: prefixed tag key names are not allowed for external use."
            )));
        }
    }
    Ok(tags)
}

/// The shape of a role ARN.
pub(super) fn role_arn(arn: &str) -> Result<(), Fault> {
    let role = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"));
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&b);
    match role {
        Some((account, path))
            if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) && path.bytes().all(allowed) =>
        {
            if account == ACCOUNT {
                return Ok(());
            }
            Err(Fault::new(403, "AccessDeniedException", "Cross-account pass role is not allowed."))
        }
        _ => Err(constraint(
            arn,
            "role",
            "satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
        )),
    }
}

/// The role exists, trusts Lambda, and IAM has told Lambda so.
pub(super) fn assumable(cx: &Context, document: &Document, arn: &str) -> Result<(), Fault> {
    let role = document.iam.roles.values().find(|role| role.arn == arn);
    let propagation = cx.faults.settings().role_propagation();
    match role {
        Some(role) if trusts(&role.trust, "lambda.amazonaws.com") && role.created + propagation <= cx.clock.now() => {
            Ok(())
        }
        _ => Err(invalid_parameter("The role defined for the function cannot be assumed by Lambda.")),
    }
}
