//! The settings that `CreateFunction` and `UpdateFunctionConfiguration` share: how they are given, checked, kept and shown.

use super::check;
use super::lookup::{constraint, invalid_parameter};
use crate::runtime::{is_reserved_variable, runs};
use crate::store::function::{FunctionLogging, FunctionRecord};
use crate::wire::validation::in_range;
use crate::wire::{ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The members of both operations.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionSettingsInput {
    pub role: Option<String>,
    pub handler: Option<String>,
    pub runtime: Option<String>,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    environment: Option<EnvironmentInput>,
    tracing_config: Option<TracingInput>,
    ephemeral_storage: Option<StorageInput>,
    logging_config: Option<LoggingInput>,
}

/// Settings that were checked: those that are given change, the others stay.
pub(super) struct FunctionSettings {
    pub role: Option<String>,
    handler: Option<String>,
    runtime: Option<String>,
    description: Option<String>,
    timeout_s: Option<u32>,
    memory_mb: Option<u32>,
    environment: Option<BTreeMap<String, String>>,
    tracing_mode: Option<String>,
    ephemeral_storage_mb: Option<u32>,
    logging: Option<FunctionLogging>,
}

impl FunctionSettingsInput {
    /// Checks what is given for the function of this name.
    pub fn check(self, name: &str) -> ServiceResult<FunctionSettings> {
        if let Some(role) = &self.role {
            check::role_arn(role)?;
        }
        Ok(FunctionSettings {
            role: self.role,
            handler: self.handler.map(handler).transpose()?,
            runtime: self.runtime.map(runtime).transpose()?,
            description: self.description.map(description).transpose()?,
            timeout_s: self.timeout.map(timeout).transpose()?,
            memory_mb: self.memory_size.map(memory).transpose()?,
            environment: self.environment.map(environment).transpose()?,
            tracing_mode: self.tracing_config.map(tracing).transpose()?,
            ephemeral_storage_mb: self.ephemeral_storage.map(storage).transpose()?,
            logging: self.logging_config.map(|config| logging(name, config)).transpose()?,
        })
    }
}

impl FunctionSettings {
    /// Changes what is given; the environment is replaced as a whole.
    pub fn apply(self, function: &mut FunctionRecord) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut function.role, self.role);
        set(&mut function.handler, self.handler);
        set(&mut function.runtime, self.runtime);
        set(&mut function.description, self.description);
        set(&mut function.timeout_s, self.timeout_s);
        set(&mut function.memory_mb, self.memory_mb);
        function.environment = self.environment.or(function.environment.take());
        set(&mut function.tracing_mode, self.tracing_mode);
        set(&mut function.ephemeral_storage_mb, self.ephemeral_storage_mb);
        set(&mut function.logging, self.logging);
    }
}

/// Adds the settings of a function to a `FunctionConfiguration`.
pub(super) fn show(function: &FunctionRecord, view: &mut Value) {
    view["Role"] = json!(function.role);
    view["Handler"] = json!(function.handler);
    view["Runtime"] = json!(function.runtime);
    view["Description"] = json!(function.description);
    view["Timeout"] = json!(function.timeout_s);
    view["MemorySize"] = json!(function.memory_mb);
    // What was given is shown, also without variables.
    if let Some(variables) = &function.environment {
        view["Environment"] = json!({"Variables": variables});
    }
    view["TracingConfig"] = json!({"Mode": function.tracing_mode});
    view["EphemeralStorage"] = json!({"Size": function.ephemeral_storage_mb});
    let logging = &function.logging;
    view["LoggingConfig"] = json!({"LogFormat": logging.format, "LogGroup": logging.group});
    let levels = [("ApplicationLogLevel", &logging.application_level), ("SystemLogLevel", &logging.system_level)];
    for (member, level) in levels {
        if let Some(level) = level {
            view["LoggingConfig"][member] = json!(level);
        }
    }
}

/// Names and values of all variables together.
const MAX_ENVIRONMENT: usize = 4096;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EnvironmentInput {
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TracingInput {
    mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StorageInput {
    size: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingInput {
    log_format: Option<String>,
    application_log_level: Option<String>,
    system_log_level: Option<String>,
    log_group: Option<String>,
}

fn range(value: u32, member: &str, min: u32, max: u32) -> ServiceResult<u32> {
    in_range("ValidationException", value.into(), member, min.into(), max.into()).map(|()| value)
}

fn memory(mb: u32) -> ServiceResult<u32> {
    range(mb, "memorySize", 128, 10_240)
}

fn timeout(seconds: u32) -> ServiceResult<u32> {
    range(seconds, "timeout", 1, 900)
}

fn storage(storage: StorageInput) -> ServiceResult<u32> {
    range(storage.size, "ephemeralStorage.size", 512, 10_240)
}

fn description(text: String) -> ServiceResult<String> {
    if text.chars().count() <= 256 {
        return Ok(text);
    }
    Err(constraint(text, "description", "have length less than or equal to 256"))
}

fn handler(text: String) -> ServiceResult<String> {
    if text.is_empty() || text.len() > 128 || text.contains(char::is_whitespace) {
        return Err(constraint(text, "handler", "satisfy regular expression pattern: [^\\s]+"));
    }
    Ok(text)
}

/// Runtimes of AWS's that are kept and cannot be run: what is brought here from elsewhere may have one until its code is replaced.
const KEPT: &[&str] = &["python3.9", "python3.10", "python3.11", "python3.12", "python3.13"];

/// AWS's runtimes, in the order in which it was recorded to list them.
const RUNTIMES: [&str; 25] = [
    "nodejs20.x",
    "python3.14",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
    "python3.10",
    "python3.11",
    "java21",
    "ruby3.3",
    "ruby3.4",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "java17",
    "nodejs16.x",
    "dotnet10",
    "dotnet8",
    "java11",
    "dotnet6",
    "nodejs18.x",
    "provided.al2",
    "java8.al2",
];

fn runtime(name: String) -> ServiceResult<String> {
    if runs(&name) || KEPT.contains(&name.as_str()) {
        return Ok(name);
    }
    if !RUNTIMES.contains(&name.as_str()) {
        return Err(invalid_parameter(format!(
            "Value {name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
            RUNTIMES.join(", ")
        )));
    }
    Err(ServiceError::not_implemented(format!(
        "the embedded cloud runs provided.al2023 and provided.al2, not runtime {name}"
    )))
}

fn tracing(tracing: TracingInput) -> ServiceResult<String> {
    match tracing.mode {
        None => Ok("PassThrough".to_owned()),
        Some(mode) if mode == "Active" || mode == "PassThrough" => Ok(mode),
        Some(other) => Err(constraint(other, "tracingConfig.mode", "satisfy enum value set: [Active, PassThrough]")),
    }
}

fn logging(name: &str, config: LoggingInput) -> ServiceResult<FunctionLogging> {
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

fn environment(environment: EnvironmentInput) -> ServiceResult<BTreeMap<String, String>> {
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
