//! The environment of a function's process: what Lambda sets, nothing inherited.

use crate::state::access_key;
use crate::store::function::FunctionRecord;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// The variables that belong to Lambda: a function cannot have its own of these names ("Defined runtime environment
/// variables").
const RESERVED_VARIABLES: &str = "_HANDLER _X_AMZN_TRACE_ID AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_EXECUTION_ENV \
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION \
    AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME \
    AWS_LAMBDA_MAX_CONCURRENCY AWS_LAMBDA_METADATA_API AWS_LAMBDA_RUNTIME_API AWS_REGION AWS_SECRET_ACCESS_KEY \
    AWS_SESSION_TOKEN LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT";

/// Where a function finds the X-Ray daemon: an address of Lambda's that no other network routes, so that segments go nowhere.
const X_RAY_HOST: &str = "169.254.79.129";
const X_RAY_PORT: u16 = 2000;

/// Tells whether a variable belongs to Lambda.
pub(crate) fn is_reserved_variable(name: &str) -> bool {
    RESERVED_VARIABLES.split(' ').any(|reserved| reserved == name)
}

/// What a sandbox knows beyond its function.
#[derive(Clone, Copy, Debug)]
pub struct SandboxSurroundings<'a> {
    /// The unpacked code.
    pub task_root: &'a Path,
    /// Where the process finds its work.
    pub runtime_api: SocketAddr,
    /// The embedded cloud.
    pub endpoint: &'a str,
    /// By which the cloud knows its calls.
    pub session_token: &'a str,
    /// Where its lines go.
    pub log_stream: &'a str,
    /// How far the cloud's clock is ahead of the machine's.
    pub clock_ahead: Duration,
}

/// Returns all variables of the process ("Defined runtime environment variables" in the Lambda guide): Lambda's
/// defaults, over
/// them the function's own, over them those that are reserved. `AWS_EXECUTION_ENV` is not set for OS-only runtimes;
/// `_X_AMZN_TRACE_ID` is set by the runtime inside the process, from a header of each invocation.
///
/// `AWS_ENDPOINT_URL` is ours too: a function that runs here must never reach the real AWS by accident. So is
/// `DEPLOYER_CLOCK_AHEAD_MS`, which is there while the cloud's clock is ahead: a process reads the machine's clock, and from this
/// variable a function can tell an event of the cloud's time from one of a time that has not come.
pub fn variables(function: &FunctionRecord, around: SandboxSurroundings<'_>) -> BTreeMap<String, String> {
    let root = around.task_root.display();
    let defaults = [
        ("LD_LIBRARY_PATH", format!("{root}:{root}/lib")),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ];
    let reserved = [
        ("_HANDLER", function.handler.clone()),
        ("AWS_REGION", function.region.clone()),
        ("AWS_DEFAULT_REGION", function.region.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", function.logging.group.clone()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", around.log_stream.to_owned()),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".to_owned()),
        ("AWS_XRAY_DAEMON_ADDRESS", format!("{X_RAY_HOST}:{X_RAY_PORT}")),
        ("_AWS_XRAY_DAEMON_ADDRESS", X_RAY_HOST.to_owned()),
        ("_AWS_XRAY_DAEMON_PORT", X_RAY_PORT.to_string()),
        ("AWS_LAMBDA_RUNTIME_API", around.runtime_api.to_string()),
        ("AWS_ACCESS_KEY_ID", access_key(function)),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_SESSION_TOKEN", around.session_token.to_owned()),
        ("AWS_ENDPOINT_URL", around.endpoint.to_owned()),
        ("LAMBDA_TASK_ROOT", root.to_string()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
    ];
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    let mut variables = BTreeMap::from(defaults.map(owned));
    variables.extend(function.environment.clone().unwrap_or_default());
    variables.extend(reserved.map(owned));
    if !around.clock_ahead.is_zero() {
        variables.insert("DEPLOYER_CLOCK_AHEAD_MS".to_owned(), around.clock_ahead.as_millis().to_string());
    }
    // It is told only where it is not the default.
    if function.logging.format != "Text" {
        variables.insert("AWS_LAMBDA_LOG_FORMAT".to_owned(), function.logging.format.clone());
    }
    if let Some(level) = &function.logging.application_level {
        variables.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.clone());
    }
    variables
}
