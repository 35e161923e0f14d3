//! The limits that Lambda checks before it takes a function.

use super::lookup::{constraint, invalid_parameter};
use crate::arn::ACCOUNT;
use crate::context::Context;
use crate::policy::document::trusts;
use crate::runtime::{is_reserved_variable, runs};
use crate::store::CloudDocument;
use crate::store::function::FunctionLogging;
use crate::wire::validation::in_range;
use crate::wire::{ServiceError, ServiceResult, TagLimits, TagMap, TagMistake};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Names and values of all variables together.
const MAX_ENVIRONMENT: usize = 4096;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EnvironmentInput {
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TracingInput {
    pub mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StorageInput {
    pub size: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoggingInput {
    log_format: Option<String>,
    application_log_level: Option<String>,
    system_log_level: Option<String>,
    log_group: Option<String>,
}

fn range(value: u32, member: &str, min: u32, max: u32) -> ServiceResult<u32> {
    in_range("ValidationException", value.into(), member, min.into(), max.into()).map(|()| value)
}

pub(super) fn memory(mb: u32) -> ServiceResult<u32> {
    range(mb, "memorySize", 128, 10_240)
}

pub(super) fn timeout(seconds: u32) -> ServiceResult<u32> {
    range(seconds, "timeout", 1, 900)
}

pub(super) fn storage(storage: &StorageInput) -> ServiceResult<u32> {
    range(storage.size, "ephemeralStorage.size", 512, 10_240)
}

pub(super) fn description(text: String) -> ServiceResult<String> {
    if text.chars().count() <= 256 {
        return Ok(text);
    }
    Err(constraint(text, "description", "have length less than or equal to 256"))
}

pub(super) fn handler(text: String) -> ServiceResult<String> {
    if text.is_empty() || text.len() > 128 || text.contains(char::is_whitespace) {
        return Err(constraint(text, "handler", "satisfy regular expression pattern: [^\\s]+"));
    }
    Ok(text)
}

/// Runtimes of AWS's that are kept and cannot be run: what is brought here from elsewhere may have one until its code is replaced.
const KEPT: &[&str] = &["python3.9", "python3.10", "python3.11", "python3.12", "python3.13"];

pub(super) fn runtime(name: String) -> ServiceResult<String> {
    if runs(&name) || KEPT.contains(&name.as_str()) {
        return Ok(name);
    }
    Err(ServiceError::not_implemented(format!(
        "the embedded cloud runs provided.al2023 and provided.al2, not runtime {name}"
    )))
}

pub(super) fn architecture(list: &[String]) -> ServiceResult<String> {
    match list {
        [one] if one == "x86_64" || one == "arm64" => Ok(one.clone()),
        other => Err(constraint(
            format!("[{}]", other.join(", ")),
            "architectures",
            "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]], and have length 1",
        )),
    }
}

pub(super) fn tracing(tracing: TracingInput) -> ServiceResult<String> {
    match tracing.mode {
        None => Ok("PassThrough".to_owned()),
        Some(mode) if mode == "Active" || mode == "PassThrough" => Ok(mode),
        Some(other) => Err(constraint(other, "tracingConfig.mode", "satisfy enum value set: [Active, PassThrough]")),
    }
}

pub(super) fn logging(name: &str, config: Option<LoggingInput>) -> ServiceResult<FunctionLogging> {
    let Some(config) = config else {
        return Ok(FunctionLogging {
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
            Err(constraint(level, member, format!("satisfy enum value set: [{}]", allowed.join(", "))))
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
    Ok(FunctionLogging {
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

pub(super) fn environment(environment: EnvironmentInput) -> ServiceResult<BTreeMap<String, String>> {
    let variables = environment.variables;
    let reserved: Vec<&str> = variables.keys().map(String::as_str).filter(|key| is_reserved_variable(key)).collect();
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
    let measured = serde_json::to_string(&variables).map_err(ServiceError::internal)?;
    if measured.len() > MAX_ENVIRONMENT {
        return Err(invalid_parameter(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(variables)
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
    let role = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"));
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
