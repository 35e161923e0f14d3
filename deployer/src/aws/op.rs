//! The AWS operations that are used, in one place: what they are called, whether they change anything, and how often AWS allows
//! them. Rates are AWS's published quotas per account and region ("Amazon API Gateway quotas", "Lambda quotas", "CloudWatch Logs quotas",
//! "Amazon EventBridge quotas"). AWS publishes none for IAM and for the tables of DynamoDB: theirs are guesses to begin with, as all of
//! them are only the beginning of what a run learns.

use std::time::Duration;

/// One operation of one service.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct AwsOperation {
    /// Service prefix as in IAM policies: `dynamodb`.
    pub service: &'static str,
    /// Operation: `CreateTable`.
    pub name: &'static str,
    /// What a repetition does.
    pub effect: CallEffect,
    /// What IAM calls the action, after the prefix: the name, but for API Gateway, whose actions are HTTP verbs ("Actions, resources, and
    /// condition keys for API Gateway Management").
    action: &'static str,
    /// Shortest time between two calls that AWS allows, where it is long enough to matter; with the calls allowed at once. What all
    /// operations of the service share is told by [`service_quota`].
    pub quota: Option<RateQuota>,
    /// Time limit of one attempt.
    pub time_limit: Duration,
}

/// What sending an operation twice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallEffect {
    /// Changes nothing.
    Read,
    /// Changes something; sending it again is harmless or refused.
    Write,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateQuota {
    /// One token comes back in this time.
    pub every: Duration,
    /// Tokens at rest.
    pub burst: u32,
}

impl AwsOperation {
    /// Returns the IAM action that the operation takes: `dynamodb:CreateTable`.
    pub fn action(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }
}

impl CallEffect {
    /// Returns the time limit of one attempt, where the operation has none of its own.
    const fn time_limit(self) -> Duration {
        match self {
            Self::Read => Duration::from_secs(15),
            Self::Write => Duration::from_secs(60),
        }
    }
}

macro_rules! ops {
    ($($service:literal $(every $all_ms:literal ms burst $all_burst:literal)? { $($konst:ident = $effect:ident $name:literal $(as $action:literal)? $(every $ms:literal ms burst $burst:literal)? $(within $seconds:literal s)?;)* })*) => {
        $($(
            #[doc = concat!("`", $service, ":", $name, "`.")]
            pub static $konst: AwsOperation = AwsOperation {
                service: $service,
                name: $name,
                effect: CallEffect::$effect,
                action: ops!(@first $($action,)? $name),
                quota: ops!(@quota $($ms $burst)?),
                time_limit: ops!(@first $(Duration::from_secs($seconds),)? CallEffect::$effect.time_limit()),
            };
        )*)*
        /// Every operation that the deployer may send.
        pub static ALL: &[&AwsOperation] = &[$($(&$konst),*),*];

        /// Returns the rate that all operations of a service share.
        pub fn service_quota(service: &str) -> Option<RateQuota> {
            match service {
                $($service => ops!(@quota $($all_ms $all_burst)?),)*
                _ => None,
            }
        }
    };
    (@first $first:expr $(, $other:expr)?) => { $first };
    (@quota) => { None };
    (@quota $ms:literal $burst:literal) => { Some(RateQuota { every: Duration::from_millis($ms), burst: $burst }) };
}

ops! {
    "sts" {
        GET_CALLER_IDENTITY = Read "GetCallerIdentity";
    }
    "dynamodb" every 20 ms burst 50 {
        DESCRIBE_TABLE = Read "DescribeTable";
        DESCRIBE_TIME_TO_LIVE = Read "DescribeTimeToLive";
        DESCRIBE_CONTINUOUS_BACKUPS = Read "DescribeContinuousBackups";
        LIST_TAGS_OF_RESOURCE = Read "ListTagsOfResource";
        SCAN = Read "Scan";
        CREATE_TABLE = Write "CreateTable";
        UPDATE_TABLE = Write "UpdateTable";
        DELETE_TABLE = Write "DeleteTable";
        UPDATE_TIME_TO_LIVE = Write "UpdateTimeToLive";
        UPDATE_CONTINUOUS_BACKUPS = Write "UpdateContinuousBackups";
        DYNAMODB_TAG = Write "TagResource";
        DYNAMODB_UNTAG = Write "UntagResource";
        CREATE_BACKUP = Write "CreateBackup";
        DESCRIBE_BACKUP = Read "DescribeBackup";
        LIST_BACKUPS = Read "ListBackups" every 200 ms burst 5;
        RESTORE_TABLE_FROM_BACKUP = Write "RestoreTableFromBackup";
        BATCH_WRITE_ITEM = Write "BatchWriteItem";
    }
    "iam" every 50 ms burst 20 {
        GET_ROLE = Read "GetRole";
        LIST_ROLES = Read "ListRoles";
        LIST_ROLE_POLICIES = Read "ListRolePolicies";
        GET_ROLE_POLICY = Read "GetRolePolicy";
        LIST_ATTACHED_ROLE_POLICIES = Read "ListAttachedRolePolicies";
        CREATE_ROLE = Write "CreateRole";
        UPDATE_ASSUME_ROLE_POLICY = Write "UpdateAssumeRolePolicy";
        PUT_ROLE_POLICY = Write "PutRolePolicy";
        DELETE_ROLE_POLICY = Write "DeleteRolePolicy";
        ATTACH_ROLE_POLICY = Write "AttachRolePolicy";
        DETACH_ROLE_POLICY = Write "DetachRolePolicy";
        PUT_ROLE_PERMISSIONS_BOUNDARY = Write "PutRolePermissionsBoundary";
        DELETE_ROLE = Write "DeleteRole";
        TAG_ROLE = Write "TagRole";
        UNTAG_ROLE = Write "UntagRole";
    }
    // GetFunction has a limit of its own, of 100 a second, that a run learns.
    "lambda" every 67 ms burst 15 {
        GET_FUNCTION = Read "GetFunction";
        // Of a function it is never sent: since 2024 GetFunction tells tags only to who may do this ("GetFunction").
        LAMBDA_LIST_TAGS = Read "ListTags";
        GET_POLICY = Read "GetPolicy";
        GET_ACCOUNT_SETTINGS = Read "GetAccountSettings";
        LIST_EVENT_SOURCE_MAPPINGS = Read "ListEventSourceMappings";
        GET_EVENT_SOURCE_MAPPING = Read "GetEventSourceMapping";
        CREATE_EVENT_SOURCE_MAPPING = Write "CreateEventSourceMapping";
        UPDATE_EVENT_SOURCE_MAPPING = Write "UpdateEventSourceMapping";
        DELETE_EVENT_SOURCE_MAPPING = Write "DeleteEventSourceMapping";
        // Uploads take as long as the zip needs.
        CREATE_FUNCTION = Write "CreateFunction" within 300 s;
        UPDATE_FUNCTION_CODE = Write "UpdateFunctionCode" within 300 s;
        UPDATE_FUNCTION_CONFIGURATION = Write "UpdateFunctionConfiguration";
        DELETE_FUNCTION = Write "DeleteFunction";
        PUT_FUNCTION_CONCURRENCY = Write "PutFunctionConcurrency";
        DELETE_FUNCTION_CONCURRENCY = Write "DeleteFunctionConcurrency";
        GET_FUNCTION_EVENT_INVOKE_CONFIG = Read "GetFunctionEventInvokeConfig";
        PUT_FUNCTION_EVENT_INVOKE_CONFIG = Write "PutFunctionEventInvokeConfig";
        DELETE_FUNCTION_EVENT_INVOKE_CONFIG = Write "DeleteFunctionEventInvokeConfig";
        ADD_PERMISSION = Write "AddPermission";
        REMOVE_PERMISSION = Write "RemovePermission";
        LAMBDA_TAG = Write "TagResource";
        LAMBDA_UNTAG = Write "UntagResource";
        // A function runs for 15 minutes at most.
        INVOKE = Write "InvokeFunction" within 910 s;
    }
    "apigateway" every 100 ms burst 40 {
        GET_REST_APIS = Read "GetRestApis" as "GET";
        GET_RESOURCES = Read "GetResources" as "GET" every 400 ms burst 5;
        GET_GATEWAY_RESPONSES = Read "GetGatewayResponses" as "GET";
        GET_STAGES = Read "GetStages" as "GET";
        GET_DEPLOYMENTS = Read "GetDeployments" as "GET";
        CREATE_REST_API = Write "CreateRestApi" as "POST" every 3000 ms burst 1;
        PUT_REST_API = Write "PutRestApi" as "PUT" every 1000 ms burst 1;
        UPDATE_REST_API = Write "UpdateRestApi" as "PATCH";
        DELETE_REST_API = Write "DeleteRestApi" as "DELETE" every 30000 ms burst 1;
        CREATE_DEPLOYMENT = Write "CreateDeployment" as "POST" every 5000 ms burst 1;
        DELETE_DEPLOYMENT = Write "DeleteDeployment" as "DELETE";
        UPDATE_STAGE = Write "UpdateStage" as "PATCH";
        DELETE_STAGE = Write "DeleteStage" as "DELETE";
        GET_USAGE_PLANS = Read "GetUsagePlans" as "GET";
        GET_USAGE_PLAN = Read "GetUsagePlan" as "GET";
        GET_USAGE_PLAN_KEYS = Read "GetUsagePlanKeys" as "GET";
        GET_API_KEYS = Read "GetApiKeys" as "GET";
        GET_API_KEY = Read "GetApiKey" as "GET";
        CREATE_USAGE_PLAN = Write "CreateUsagePlan" as "POST";
        UPDATE_USAGE_PLAN = Write "UpdateUsagePlan" as "PATCH" every 20000 ms burst 1;
        DELETE_USAGE_PLAN = Write "DeleteUsagePlan" as "DELETE";
        CREATE_USAGE_PLAN_KEY = Write "CreateUsagePlanKey" as "POST";
        CREATE_API_KEY = Write "CreateApiKey" as "POST" every 200 ms burst 5;
        UPDATE_API_KEY = Write "UpdateApiKey" as "PATCH";
        DELETE_API_KEY = Write "DeleteApiKey" as "DELETE" every 200 ms burst 5;
        APIGATEWAY_TAG = Write "TagResource" as "PUT";
        APIGATEWAY_UNTAG = Write "UntagResource" as "DELETE";
    }
    "events" every 20 ms burst 50 {
        DESCRIBE_RULE = Read "DescribeRule";
        LIST_RULES = Read "ListRules";
        LIST_TARGETS_BY_RULE = Read "ListTargetsByRule";
        EVENTS_LIST_TAGS = Read "ListTagsForResource";
        PUT_RULE = Write "PutRule";
        PUT_TARGETS = Write "PutTargets";
        REMOVE_TARGETS = Write "RemoveTargets";
        DELETE_RULE = Write "DeleteRule";
        EVENTS_TAG = Write "TagResource";
        EVENTS_UNTAG = Write "UntagResource";
    }
    "logs" {
        DESCRIBE_LOG_GROUPS = Read "DescribeLogGroups" every 200 ms burst 5;
        LOGS_LIST_TAGS = Read "ListTagsForResource";
        FILTER_LOG_EVENTS = Read "FilterLogEvents" every 200 ms burst 5;
        CREATE_LOG_GROUP = Write "CreateLogGroup" every 200 ms burst 5;
        PUT_RETENTION_POLICY = Write "PutRetentionPolicy";
        DELETE_RETENTION_POLICY = Write "DeleteRetentionPolicy";
        DELETE_LOG_GROUP = Write "DeleteLogGroup" every 200 ms burst 5;
        LOGS_TAG = Write "TagResource";
        LOGS_UNTAG = Write "UntagResource";
    }
    // "GetMetricData: 50 transactions per second" (CloudWatch service quotas).
    "cloudwatch" {
        GET_METRIC_DATA = Read "GetMetricData" every 20 ms burst 50;
    }
    "sqs" {
        GET_QUEUE_ATTRIBUTES = Read "GetQueueAttributes";
        LIST_QUEUE_TAGS = Read "ListQueueTags";
        CREATE_QUEUE = Write "CreateQueue";
        SET_QUEUE_ATTRIBUTES = Write "SetQueueAttributes";
        DELETE_QUEUE = Write "DeleteQueue";
        SEND_MESSAGE = Write "SendMessage";
        RECEIVE_MESSAGE = Write "ReceiveMessage" within 30 s;
        CHANGE_MESSAGE_VISIBILITY = Write "ChangeMessageVisibility";
        START_MESSAGE_MOVE_TASK = Write "StartMessageMoveTask";
        LIST_MESSAGE_MOVE_TASKS = Read "ListMessageMoveTasks";
        PURGE_QUEUE = Write "PurgeQueue";
        SQS_TAG = Write "TagQueue";
        SQS_UNTAG = Write "UntagQueue";
    }
    "ssm" {
        GET_PARAMETERS = Read "GetParameters";
    }
    "secretsmanager" {
        GET_SECRET_VALUE = Read "GetSecretValue";
        DESCRIBE_SECRET = Read "DescribeSecret";
    }
    "tag" {
        GET_TAGGED_RESOURCES = Read "GetResources";
    }
}
