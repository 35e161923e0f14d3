//! Failures of AWS calls: classified once, told with everything a person needs.

use super::http::{RouteFailure, find};
use super::op::{AwsOperation, CallEffect};
use crate::error::Error;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;
use aws_types::request_id::RequestId;

/// What a failure means for whoever sent the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The resource does not exist.
    NotFound,
    /// The resource exists already: perhaps an earlier answer was lost.
    Exists,
    /// What was asked for is so already; nothing was done.
    Unchanged,
    /// AWS allows the change once in a while, and there was one just now; nothing was done.
    TooSoon,
    /// AWS refused because of its rate limits; nothing was done.
    Throttled,
    /// Another change to the resource is under way; nothing was done.
    Busy,
    /// Something that was just created is not known everywhere yet; nothing was done.
    NotYet,
    /// The role of a request cannot be assumed: it was just created and is not known there yet, or it is wrong; nothing was done.
    RoleUnusable,
    /// No answer, or a server error: the call may or may not have taken effect.
    Ambiguous,
    /// No connection could be made: nothing was done.
    Unreachable,
    /// Credentials are missing, wrong or expired.
    Credentials,
    /// The caller may not do this.
    Denied,
    /// The request itself is wrong, or a quota is exhausted.
    Fatal,
}

/// A failed call.
#[derive(Debug, Clone)]
pub struct AwsError {
    /// What was called.
    pub op: &'static AwsOperation,
    /// Code as AWS names it, such as `ResourceInUseException`; empty where no answer came.
    pub code: String,
    /// AWS's message, or what went wrong on the way.
    pub message: String,
    /// AWS's id of the request, for its support.
    pub request_id: Option<String>,
    /// HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// What it means.
    pub class: ErrorClass,
    /// What to do, where the failure is one of the way to AWS and says more than its class.
    pub advice: Vec<String>,
}

impl AwsError {
    /// Reads everything out of an SDK error, whose own `Display` says nothing.
    pub fn new<E>(op: &'static AwsOperation, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        // An answer that broke off is none.
        let answer = error.raw_response().filter(|_| matches!(error, SdkError::ServiceError(_)));
        let status = answer.map(|r| r.status().as_u16());
        let code = error.code().unwrap_or_default().to_owned();
        let request_id = error.request_id().map(str::to_owned);
        let answered = matches!(error, SdkError::ServiceError(_));
        let causes = DisplayErrorContext(error).to_string();
        // The metadata of an instance are asked for last: who does not answer there is no instance, most of the time.
        let route = find::<RouteFailure>(error).map(|failure| &failure.party).filter(|_| !causes.contains("IMDS"));
        let no_credentials = !answered && route.is_none() && is_credentials(&causes);
        let mut advice = Vec::new();
        let message = match (error, error.message()) {
            _ if no_credentials => match find::<Error>(error) {
                Some(told) => {
                    advice.clone_from(&told.hints);
                    told.message.clone()
                }
                None => super::credentials::explain(&causes, &root_cause(error)),
            },
            (SdkError::ServiceError(_), Some(message)) if !message.is_empty() => message.to_owned(),
            (SdkError::ServiceError(_), _) => "no message was given".to_owned(),
            _ => match route {
                Some(party) => {
                    let cause = root_cause(error);
                    advice.push(party.advice(&cause));
                    party.told(&cause)
                }
                None => root_cause(error),
            },
        };
        let unconnected = route.is_some_and(|party| party.unconnected);
        let class = match error {
            SdkError::ServiceError(_) => classify(op, &code, &message, status.unwrap_or(0)),
            _ if no_credentials => ErrorClass::Credentials,
            _ if unconnected => ErrorClass::Unreachable,
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => ErrorClass::Ambiguous,
            SdkError::DispatchFailure(failure) if is_connect(failure) => ErrorClass::Unreachable,
            SdkError::DispatchFailure(_) => ErrorClass::Ambiguous,
            _ => ErrorClass::Fatal,
        };
        AwsError { op, code, message, request_id, status, class, advice }
    }

    /// Tells whether what answered is not AWS, which gives every refusal a code; only its load balancers give none where they fail.
    pub fn is_foreign(&self) -> bool {
        self.code.is_empty() && self.status.is_some_and(|status| status < 500 || status == 501)
    }

    /// Tells whether the resource does not exist.
    pub fn is_not_found(&self) -> bool {
        self.class == ErrorClass::NotFound
    }
}

/// Returns the innermost causes of a failure that never got an answer, without the SDK's wrapping words.
pub(super) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut causes = Vec::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        let wrapping = ["client error (", "dispatch failure", "io error"].iter().any(|words| text.starts_with(words))
            || cause.is::<RouteFailure>();
        if !text.is_empty() && !wrapping && !causes.iter().any(|c: &String| c.contains(&text)) {
            causes.push(text);
        }
        next = cause.source();
    }
    match causes.len() {
        0 => DisplayErrorContext(error).to_string(),
        n if n > 3 => causes.split_off(n - 3).join(": "),
        _ => causes.join(": "),
    }
}

/// Tells whether no connection was made, so that nothing can have been done.
fn is_connect(failure: &aws_smithy_runtime_api::client::result::DispatchFailure) -> bool {
    failure.as_connector_error().is_some_and(|e| {
        let text = DisplayErrorContext(e).to_string().to_ascii_lowercase();
        text.contains("connection refused")
            || text.contains("dns")
            || text.contains("tcp connect")
            || text.contains("failed to lookup")
            || text.contains("connect timeout")
            || text.contains("tls handshake")
            || text.contains("certificate")
    })
}

/// Recognises the SDK's words for no source of credentials that had any, or for one that failed.
fn is_credentials(causes: &str) -> bool {
    let text = causes.to_ascii_lowercase();
    ["credentials provider", "loading credentials", "no credentials", "credentialsnotloaded", "identity provider"]
        .iter()
        .any(|words| text.contains(words))
}

/// Classifies an answered failure. Pure. Sources: the services' API references and recorded answers.
pub fn classify(op: &AwsOperation, code: &str, message: &str, status: u16) -> ErrorClass {
    match code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code) {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => ErrorClass::Credentials,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AuthorizationError" => ErrorClass::Denied,
        "TooManyRequestsException"
        | "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "ProvisionedThroughputExceededException"
        | "SlowDown"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "BandwidthLimitExceeded"
        | "EC2ThrottledException"
        | "PriorRequestNotComplete"
        | "TransactionInProgressException" => ErrorClass::Throttled,
        // DynamoDB says "limit exceeded" for table operations that merely run at once; API Gateway for its own rates.
        "LimitExceededException" if op.service == "dynamodb" && lasts_a_day(message) => ErrorClass::TooSoon,
        "LimitExceededException" if op.service == "dynamodb" => ErrorClass::Busy,
        "LimitExceededException" if status == 429 => ErrorClass::Throttled,
        "ResourceInUseException" if op.service == "dynamodb" && op.name == "CreateTable" => ErrorClass::Exists,
        "ResourceInUseException"
        | "TableInUseException"
        | "BackupInUseException"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "OperationAbortedException"
        | "ConcurrentUpdateException" => ErrorClass::Busy,
        "ResourceConflictException" if message.contains("already exist") => ErrorClass::Exists,
        "ResourceConflictException" => ErrorClass::Busy,
        "ConflictException" if message.contains("already exist") => ErrorClass::Exists,
        "ConflictException" => ErrorClass::Busy,
        "QueueNameExists"
        | "EntityAlreadyExists"
        | "EntityAlreadyExistsException"
        | "ResourceAlreadyExistsException"
        | "TableAlreadyExistsException" => ErrorClass::Exists,
        "ResourceNotFoundException"
        | "NoSuchEntity"
        | "NoSuchEntityException"
        | "NotFoundException"
        | "QueueDoesNotExist"
        | "NonExistentQueue"
        | "TableNotFoundException"
        | "BackupNotFoundException" => ErrorClass::NotFound,
        "ContinuousBackupsUnavailableException" | "QueueDeletedRecently" => ErrorClass::NotYet,
        "InvalidParameterValueException" if role_not_ready(message) => ErrorClass::RoleUnusable,
        "MalformedPolicyDocument" if message.contains("Invalid principal") => ErrorClass::NotYet,
        // A plan that was just detached from a stage, and the stage's API, are not known to be free at once.
        "BadRequestException"
            if message.contains("API Stages associated with it") || message.contains("stages in usage plan") =>
        {
            ErrorClass::Busy
        }
        "DeleteConflict" | "DeleteConflictException" => ErrorClass::Busy,
        "ValidationException" if op.name == "UpdateTimeToLive" => time_to_live_refusal(message),
        "NotFound" if status == 404 => ErrorClass::NotFound,
        "RequestTimeout" | "RequestTimeoutException" => ErrorClass::Ambiguous,
        _ if status == 429 => ErrorClass::Throttled,
        _ if status == 501 => ErrorClass::Fatal,
        _ if status >= 500 => ErrorClass::Ambiguous,
        _ => ErrorClass::Fatal,
    }
}

/// Recognises Lambda's words while a new role has not reached it yet.
fn role_not_ready(message: &str) -> bool {
    message.contains("cannot be assumed by Lambda")
        || message.contains("execution role does not have permissions")
        || message.contains("KMS key is invalid for CreateGrant")
        || message.contains("ensure the role can perform")
}

/// Recognises DynamoDB's words for what it allows so often a day: "Update to PayPerRequest mode are limited to once in 1 day(s)",
/// "Provisioned throughput decreases are limited within a given UTC day".
fn lasts_a_day(message: &str) -> bool {
    message.contains(" day(s)") || message.contains("UTC day")
}

/// Classifies by its words why DynamoDB refuses to switch time to live. All refusals have the same code.
fn time_to_live_refusal(message: &str) -> ErrorClass {
    if message.contains("already enabled") || message.contains("already disabled") {
        ErrorClass::Unchanged
    } else if message.contains("multiple times within a fixed interval") {
        ErrorClass::TooSoon
    } else {
        ErrorClass::Fatal
    }
}

/// Returns the action that AWS names when it denies a call. It is not always the call's own: `CreateFunction` takes `iam:PassRole`.
fn missing_action(message: &str) -> Option<&str> {
    let (_, rest) =
        message.split_once("authorized to perform: ").or_else(|| message.split_once("additional permission \""))?;
    let action = rest.split([' ', '"']).next()?.trim_end_matches([',', '.']);
    action.contains(':').then_some(action)
}

/// Says what a person can do about a failure. Pure.
fn hint(error: &AwsError) -> Option<String> {
    let op = error.op;
    Some(match error.class {
        _ if error.is_foreign() => {
            "Check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY: a login page of the network or another server answers there.".to_owned()
        }
        ErrorClass::Credentials => super::credentials::hint(&error.code, &error.message),
        ErrorClass::Denied => {
            let action = missing_action(&error.message).map_or_else(|| op.action(), str::to_owned);
            if error.message.contains("explicit deny") {
                format!("A policy forbids `{action}` to the caller, and allowing it elsewhere does not help: take it out of the statement that denies it.")
            } else {
                format!("The caller lacks the permission `{action}`: add it to the policy of the role or user that runs deployer. `deployer policy` prints all that this stack needs.")
            }
        }
        ErrorClass::Throttled => "AWS limits how often this may be called: wait a minute and run the same command again, it goes on where it stopped.".to_owned(),
        ErrorClass::Ambiguous if error.status.is_none() && op.effect == CallEffect::Read => {
            "Check the network and, where they are set, --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY, then run the same command again.".to_owned()
        }
        ErrorClass::Ambiguous => "Run the same command again: it looks at what is there and goes on from that.".to_owned(),
        ErrorClass::Unreachable => "Check the network, the region's name and --endpoint-url (or AWS_ENDPOINT_URL), then run the same command again.".to_owned(),
        ErrorClass::TooSoon if op.name != "UpdateTimeToLive" => {
            "AWS allows this change so often a day: everything else is done. Take it back in the stack description until then, or run the same command again when the time is over.".to_owned()
        }
        ErrorClass::TooSoon => "AWS lets time to live be switched once an hour for a table. Everything else is done: run the same command again in an hour.".to_owned(),
        ErrorClass::Busy => "Another change to this resource is under way: wait for it and run the same command again.".to_owned(),
        _ if error.code == "NotImplemented" => "The endpoint is not AWS and lacks this operation.".to_owned(),
        _ => return None,
    })
}

/// The SDK's builders check required members, which are always set here.
impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Error::internal(format!("an AWS request could not be made: {error}"))
    }
}

impl From<AwsError> for Error {
    fn from(error: AwsError) -> Self {
        let op = format!("{}:{}", error.op.service, error.op.name);
        let what = match error.class {
            ErrorClass::Credentials => "AWS did not accept the credentials",
            ErrorClass::Denied => "AWS denied the call",
            ErrorClass::Unreachable => "AWS could not be reached",
            ErrorClass::Throttled => "AWS throttled the call for too long",
            _ if error.status.is_none() => "no clear answer came from AWS",
            _ => "AWS refused the call",
        };
        let message = match error.class {
            ErrorClass::Credentials if error.code.is_empty() => error.message.clone(),
            _ if error.is_foreign() => {
                format!("what answered with status {} is not AWS ({op})", error.status.unwrap_or_default())
            }
            _ => format!("{what} ({op}): {}", error.message),
        };
        let mut out = Error::aws(message).fact("operation", op);
        if !error.code.is_empty() {
            out = out.fact("code", &error.code);
        }
        if let Some(status) = error.status {
            out = out.fact("status", status.to_string());
        }
        if let Some(id) = &error.request_id {
            out = out.fact("request id", id);
        }
        if error.advice.is_empty() {
            out.hints.extend(hint(&error));
        } else {
            out.hints.extend(error.advice);
        }
        out
    }
}

#[cfg(test)]
mod tests;
