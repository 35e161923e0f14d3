//! What can go wrong between a client and AWS, in the words of each protocol.

use hyper::StatusCode;

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before AWS sees the request.
    CutBefore,
    /// AWS carries the request out, and the connection breaks before the answer.
    CutAfter,
    /// AWS carries the request out and answers 500.
    ErrorAfter,
    /// AWS refuses the request because of its rate limits.
    Throttle,
    /// The client is killed when AWS has seen nothing of the request yet.
    KillBefore,
    /// The client is killed when AWS has carried the request out.
    KillAfter,
    /// The client is killed when it has the answer.
    KillAnswered,
    /// AWS answers 503 and does nothing.
    Unavailable,
    /// AWS carries the request out, and nothing more is heard.
    Silence,
    /// AWS refuses the request because of another change.
    Conflict,
    /// AWS does not allow the request.
    Denied,
    /// The request waits until it is released.
    Hold,
}

impl Fault {
    /// Whether the request does not reach AWS.
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

    /// Whether the client is killed.
    pub fn kills(self) -> bool {
        matches!(self, Fault::KillBefore | Fault::KillAfter | Fault::KillAnswered)
    }

    /// Whether AWS's own answer gets through.
    pub fn is_answered(self) -> bool {
        matches!(self, Fault::KillAnswered | Fault::Hold)
    }

    /// The answer in place of AWS's: status, error type header, content type and body. `None` is a broken connection.
    pub fn answer(self, service: &str) -> Option<Answer> {
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
            "iam" | "sts" => Answer {
                status: status.unwrap_or(StatusCode::BAD_REQUEST),
                code,
                content_type: "text/xml",
                body: format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
                ),
            },
            "lambda" | "apigateway" => Answer {
                status: status.unwrap_or(StatusCode::TOO_MANY_REQUESTS),
                code,
                content_type: "application/json",
                body: format!(r#"{{"message":"{message}"}}"#),
            },
            _ => Answer {
                status: status.unwrap_or(StatusCode::BAD_REQUEST),
                code,
                content_type: "application/x-amz-json-1.1",
                body: format!(r#"{{"__type":"{code}","message":"{message}"}}"#),
            },
        })
    }
}

fn throttling_code(service: &str) -> &'static str {
    match service {
        "iam" | "sts" => "Throttling",
        "lambda" | "apigateway" => "TooManyRequestsException",
        _ => "ThrottlingException",
    }
}

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

fn denied_code(service: &str) -> &'static str {
    if matches!(service, "iam" | "sts") { "AccessDenied" } else { "AccessDeniedException" }
}

/// An answer that AWS did not give.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Error code, for `x-amzn-ErrorType`.
    pub code: &'static str,
    /// Media type of the body.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}
