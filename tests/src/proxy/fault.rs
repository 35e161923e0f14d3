//! The faults that a proxy injects between a client and AWS, in the format of each protocol.

use hyper::StatusCode;

/// A fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed before AWS sees the request.
    CutBefore,
    /// AWS executes the request, and the connection is closed before the answer.
    CutAfter,
    /// AWS executes the request and answers 500.
    ErrorAfter,
    /// AWS refuses the request because of its rate limits.
    Throttle,
    /// The client is killed before AWS sees the request.
    KillBefore,
    /// The client is killed after AWS has executed the request and before the answer.
    KillAfter,
    /// The client is killed after it has the answer.
    KillAnswered,
    /// AWS answers 503 and does nothing.
    Unavailable,
    /// AWS executes the request, and no answer ever comes.
    Silence,
    /// AWS refuses the request because of another change.
    Conflict,
    /// AWS does not allow the request.
    Denied,
    /// The request waits until it is released.
    Hold,
}

impl Fault {
    /// Tells whether the request does not reach AWS.
    pub fn is_before(self) -> bool {
        matches!(
            self,
            Fault::CutBefore
                | Fault::Throttle
                | Fault::KillBefore
                | Fault::Unavailable
                | Fault::Conflict
                | Fault::Denied
        )
    }

    /// Tells whether the client is killed.
    pub fn kills(self) -> bool {
        matches!(self, Fault::KillBefore | Fault::KillAfter | Fault::KillAnswered)
    }

    /// Tells whether the client gets AWS's own answer.
    pub fn is_answered(self) -> bool {
        matches!(self, Fault::KillAnswered | Fault::Hold)
    }

    /// Returns the answer in place of AWS's. `None` if the connection is closed instead.
    pub fn answer(self, service: &str) -> Option<FaultAnswer> {
        let (status, code) = match self {
            Fault::Throttle => (None, throttling_code(service)),
            Fault::ErrorAfter => (Some(StatusCode::INTERNAL_SERVER_ERROR), "InternalFailure"),
            Fault::Unavailable => (Some(StatusCode::SERVICE_UNAVAILABLE), "ServiceUnavailable"),
            Fault::Conflict => (Some(StatusCode::CONFLICT), conflict_code(service)),
            Fault::Denied => (Some(StatusCode::FORBIDDEN), denied_code(service)),
            _ => return None,
        };
        let message = "made up by the proxy";
        Some(match service {
            "iam" | "sts" => FaultAnswer {
                status: status.unwrap_or(StatusCode::BAD_REQUEST),
                code,
                content_type: "text/xml",
                body: format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
                ),
            },
            "lambda" | "apigateway" => FaultAnswer {
                status: status.unwrap_or(StatusCode::TOO_MANY_REQUESTS),
                code,
                content_type: "application/json",
                body: format!(r#"{{"message":"{message}"}}"#),
            },
            _ => FaultAnswer {
                status: status.unwrap_or(StatusCode::BAD_REQUEST),
                code,
                content_type: "application/x-amz-json-1.1",
                body: format!(r#"{{"__type":"{code}","message":"{message}"}}"#),
            },
        })
    }
}

/// Returns the code by which a service refuses a request because of its rate limits.
fn throttling_code(service: &str) -> &'static str {
    match service {
        "iam" | "sts" => "Throttling",
        "lambda" | "apigateway" => "TooManyRequestsException",
        _ => "ThrottlingException",
    }
}

/// Returns the code by which a service refuses a request because of another change.
fn conflict_code(service: &str) -> &'static str {
    match service {
        "iam" => "ConcurrentModification",
        "lambda" => "ResourceConflictException",
        "apigateway" => "ConflictException",
        "dynamodb" => "LimitExceededException",
        "events" => "ConcurrentModificationException",
        _ => "OperationAbortedException",
    }
}

/// Returns the code by which a service denies a request.
fn denied_code(service: &str) -> &'static str {
    if matches!(service, "iam" | "sts") { "AccessDenied" } else { "AccessDeniedException" }
}

/// An answer of the proxy in place of AWS's.
#[derive(Debug)]
pub struct FaultAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The error code, for `x-amzn-ErrorType`.
    pub code: &'static str,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}
