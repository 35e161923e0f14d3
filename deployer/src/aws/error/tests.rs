use super::super::op;
use super::*;

#[test]
fn the_action_that_is_missing_is_named() {
    for (op, message, expected) in [
        (
            &op::CREATE_FUNCTION,
            "User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/r because no identity-based policy allows the iam:PassRole action",
            "lacks the permission `iam:PassRole`",
        ),
        (
            &op::CREATE_LOG_GROUP,
            "User with accountId: 1 is not authorized to perform CreateLogGroup with Tags. An additional permission \"logs:TagResource\" is required.",
            "lacks the permission `logs:TagResource`",
        ),
        (
            &op::CREATE_REST_API,
            "User is not authorized to perform: something else",
            "lacks the permission `apigateway:POST`",
        ),
        (&op::GET_ROLE, "no message was given", "lacks the permission `iam:GetRole`"),
        (
            &op::GET_ROLE,
            "User: a is not authorized to perform: iam:GetRole on resource: r with an explicit deny in an identity-based policy",
            "forbids `iam:GetRole`",
        ),
    ] {
        let error = AwsError {
            op,
            code: "AccessDenied".to_owned(),
            message: message.to_owned(),
            request_id: None,
            status: Some(403),
            class: ErrorClass::Denied,
            advice: Vec::new(),
        };
        let hint = hint(&error).unwrap();
        assert!(hint.contains(expected), "{hint}");
    }
}

#[test]
fn failures_are_classified_by_what_may_be_done_about_them() {
    for (op, code, message, status, class) in [
        (&op::CREATE_TABLE, "ResourceInUseException", "Table already exists: Orders", 400, ErrorClass::Exists),
        (
            &op::UPDATE_TABLE,
            "ResourceInUseException",
            "Attempt to change a resource which is still in use",
            400,
            ErrorClass::Busy,
        ),
        (&op::CREATE_TABLE, "LimitExceededException", "Subscriber limit exceeded", 400, ErrorClass::Busy),
        (
            &op::UPDATE_TABLE,
            "LimitExceededException",
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 day(s). Last update at …",
            400,
            ErrorClass::TooSoon,
        ),
        (&op::CREATE_REST_API, "LimitExceededException", "", 429, ErrorClass::Throttled),
        (
            &op::CREATE_FUNCTION,
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
            400,
            ErrorClass::RoleUnusable,
        ),
        (
            &op::CREATE_FUNCTION,
            "InvalidParameterValueException",
            "Value 12 at 'memorySize' failed",
            400,
            ErrorClass::Fatal,
        ),
        (&op::CREATE_FUNCTION, "ResourceConflictException", "Function already exist: f", 409, ErrorClass::Exists),
        (
            &op::UPDATE_FUNCTION_CODE,
            "ResourceConflictException",
            "An update is in progress for resource",
            409,
            ErrorClass::Busy,
        ),
        (&op::CREATE_ROLE, "EntityAlreadyExists", "", 409, ErrorClass::Exists),
        (&op::RESTORE_TABLE_FROM_BACKUP, "TableAlreadyExistsException", "", 400, ErrorClass::Exists),
        (&op::RESTORE_TABLE_FROM_BACKUP, "BackupInUseException", "", 400, ErrorClass::Busy),
        (&op::UPDATE_CONTINUOUS_BACKUPS, "ContinuousBackupsUnavailableException", "", 400, ErrorClass::NotYet),
        (&op::UPDATE_TIME_TO_LIVE, "ValidationException", "TimeToLive is already enabled", 400, ErrorClass::Unchanged),
        (&op::UPDATE_TIME_TO_LIVE, "ValidationException", "TimeToLive is already disabled", 400, ErrorClass::Unchanged),
        (
            &op::UPDATE_TIME_TO_LIVE,
            "ValidationException",
            "Time to live has been modified multiple times within a fixed interval",
            400,
            ErrorClass::TooSoon,
        ),
        (
            &op::UPDATE_TIME_TO_LIVE,
            "ValidationException",
            "TimeToLive is active on a different AttributeName: current AttributeName is expires_at",
            400,
            ErrorClass::Fatal,
        ),
        (&op::UPDATE_TABLE, "ValidationException", "Stream is already enabled", 400, ErrorClass::Fatal),
        (&op::GET_ROLE, "NoSuchEntity", "", 404, ErrorClass::NotFound),
        (
            &op::PUT_REST_API,
            "ConflictException",
            "Unable to complete operation due to concurrent modification.",
            409,
            ErrorClass::Busy,
        ),
        (&op::DELETE_REST_API, "TooManyRequestsException", "", 429, ErrorClass::Throttled),
        (&op::GET_ROLE, "AccessDenied", "", 403, ErrorClass::Denied),
        (&op::GET_CALLER_IDENTITY, "ExpiredToken", "", 403, ErrorClass::Credentials),
        (&op::CREATE_ROLE, "ServiceFailure", "", 500, ErrorClass::Ambiguous),
        (&op::CREATE_TABLE, "RequestTimeout", "", 400, ErrorClass::Ambiguous),
        (&op::GET_CALLER_IDENTITY, "RequestTimeoutException", "", 400, ErrorClass::Ambiguous),
        (&op::CREATE_TABLE, "TransactionInProgressException", "", 400, ErrorClass::Throttled),
        (&op::GET_ROLE, "PriorRequestNotComplete", "", 400, ErrorClass::Throttled),
        (&op::CREATE_FUNCTION, "TooManyRequestsException", "Rate exceeded", 429, ErrorClass::Throttled),
        (&op::CREATE_TABLE, "ThrottlingException", "Rate exceeded", 400, ErrorClass::Throttled),
        (&op::GET_ROLE, "Throttling", "Rate exceeded", 400, ErrorClass::Throttled),
        (&op::GET_ROLE, "ThrottledException", "", 400, ErrorClass::Throttled),
        (&op::GET_ROLE, "RequestLimitExceeded", "", 400, ErrorClass::Throttled),
        (&op::CREATE_TABLE, "ProvisionedThroughputExceededException", "", 400, ErrorClass::Throttled),
        (&op::GET_ROLE, "SlowDown", "", 400, ErrorClass::Throttled),
        (&op::CREATE_QUEUE, "RequestThrottled", "", 403, ErrorClass::Throttled),
        (&op::CREATE_QUEUE, "AWS.SimpleQueueService.RequestThrottled", "", 403, ErrorClass::Throttled),
        (&op::GET_ROLE, "RequestThrottledException", "", 400, ErrorClass::Throttled),
        (&op::GET_ROLE, "BandwidthLimitExceeded", "", 400, ErrorClass::Throttled),
        (&op::GET_ROLE, "EC2ThrottledException", "", 400, ErrorClass::Throttled),
        (&op::CREATE_QUEUE, "QueueDeletedRecently", "", 400, ErrorClass::NotYet),
        (
            &op::UPDATE_TABLE,
            "LimitExceededException",
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day.",
            400,
            ErrorClass::TooSoon,
        ),
        (&op::GET_ROLE, "", "", 501, ErrorClass::Fatal),
        (&op::CREATE_FUNCTION, "NotImplementedException", "", 501, ErrorClass::Fatal),
        (&op::CREATE_ROLE, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", 409, ErrorClass::Fatal),
    ] {
        assert_eq!(classify(op, code, message, status), class, "{} {code}", op.name);
    }
}
