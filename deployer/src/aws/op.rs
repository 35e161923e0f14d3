//! The AWS operations that are used, in one place: what they are called, whether they change anything, and how often AWS allows
//! them. Rates are AWS's published quotas per account and region ("Amazon API Gateway quotas", "Lambda quotas", "CloudWatch Logs quotas").

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
    /// Shortest time between two calls that AWS allows, where it is long enough to matter; with the calls allowed at once.
    pub quota: Option<RateQuota>,
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
    /// The IAM action that it takes. API Gateway's are HTTP verbs ("Actions, resources, and condition keys for API Gateway Management").
    pub fn action(&self) -> String {
        if self.service != "apigateway" {
            return format!("{}:{}", self.service, self.name);
        }
        let verb = match self.name {
            name if name.starts_with("Get") => "GET",
            name if name.starts_with("Create") => "POST",
            name if name.starts_with("Put") || name.starts_with("Tag") => "PUT",
            name if name.starts_with("Update") => "PATCH",
            _ => "DELETE",
        };
        format!("apigateway:{verb}")
    }
}

macro_rules! ops {
    ($($service:literal { $($konst:ident = $effect:ident $name:literal $(every $ms:literal ms burst $burst:literal)?;)* })*) => {
        $($(
            #[doc = concat!("`", $service, ":", $name, "`.")]
            pub static $konst: AwsOperation = AwsOperation { service: $service, name: $name, effect: CallEffect::$effect, quota: ops!(@quota $($ms $burst)?) };
        )*)*
        /// Every operation that the deployer may send.
        pub static ALL: &[&AwsOperation] = &[$($(&$konst),*),*];
    };
    (@quota) => { None };
    (@quota $ms:literal $burst:literal) => { Some(RateQuota { every: Duration::from_millis($ms), burst: $burst }) };
}

ops! {
    "sts" {
        GET_CALLER_IDENTITY = Read "GetCallerIdentity";
    }
    "dynamodb" {
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
    "iam" {
        GET_ROLE = Read "GetRole";
        LIST_ROLES = Read "ListRoles";
        LIST_ROLE_POLICIES = Read "ListRolePolicies";
        GET_ROLE_POLICY = Read "GetRolePolicy";
        LIST_ATTACHED_ROLE_POLICIES = Read "ListAttachedRolePolicies";
        CREATE_ROLE = Write "CreateRole";
        UPDATE_ASSUME_ROLE_POLICY = Write "UpdateAssumeRolePolicy";
        PUT_ROLE_POLICY = Write "PutRolePolicy";
        DELETE_ROLE_POLICY = Write "DeleteRolePolicy";
        DETACH_ROLE_POLICY = Write "DetachRolePolicy";
        DELETE_ROLE = Write "DeleteRole";
        TAG_ROLE = Write "TagRole";
        UNTAG_ROLE = Write "UntagRole";
    }
    "lambda" {
        GET_FUNCTION = Read "GetFunction";
        // Never sent: since 2024 GetFunction tells tags only to who may do this ("GetFunction").
        LAMBDA_LIST_TAGS = Read "ListTags";
        GET_POLICY = Read "GetPolicy";
        GET_ACCOUNT_SETTINGS = Read "GetAccountSettings";
        CREATE_FUNCTION = Write "CreateFunction";
        UPDATE_FUNCTION_CODE = Write "UpdateFunctionCode";
        UPDATE_FUNCTION_CONFIGURATION = Write "UpdateFunctionConfiguration";
        DELETE_FUNCTION = Write "DeleteFunction";
        PUT_FUNCTION_CONCURRENCY = Write "PutFunctionConcurrency";
        DELETE_FUNCTION_CONCURRENCY = Write "DeleteFunctionConcurrency";
        ADD_PERMISSION = Write "AddPermission";
        REMOVE_PERMISSION = Write "RemovePermission";
        LAMBDA_TAG = Write "TagResource";
        LAMBDA_UNTAG = Write "UntagResource";
        INVOKE = Write "InvokeFunction";
    }
    "apigateway" {
        GET_REST_APIS = Read "GetRestApis";
        GET_RESOURCES = Read "GetResources" every 400 ms burst 5;
        GET_GATEWAY_RESPONSES = Read "GetGatewayResponses";
        GET_STAGES = Read "GetStages";
        GET_DEPLOYMENTS = Read "GetDeployments";
        CREATE_REST_API = Write "CreateRestApi" every 3000 ms burst 1;
        PUT_REST_API = Write "PutRestApi" every 1000 ms burst 1;
        UPDATE_REST_API = Write "UpdateRestApi";
        DELETE_REST_API = Write "DeleteRestApi" every 30000 ms burst 1;
        CREATE_DEPLOYMENT = Write "CreateDeployment" every 5000 ms burst 1;
        DELETE_DEPLOYMENT = Write "DeleteDeployment";
        UPDATE_STAGE = Write "UpdateStage";
        DELETE_STAGE = Write "DeleteStage";
        GET_USAGE_PLANS = Read "GetUsagePlans";
        GET_USAGE_PLAN = Read "GetUsagePlan";
        GET_USAGE_PLAN_KEYS = Read "GetUsagePlanKeys";
        GET_API_KEYS = Read "GetApiKeys";
        GET_API_KEY = Read "GetApiKey";
        CREATE_USAGE_PLAN = Write "CreateUsagePlan";
        UPDATE_USAGE_PLAN = Write "UpdateUsagePlan" every 20000 ms burst 1;
        DELETE_USAGE_PLAN = Write "DeleteUsagePlan";
        CREATE_USAGE_PLAN_KEY = Write "CreateUsagePlanKey";
        CREATE_API_KEY = Write "CreateApiKey" every 200 ms burst 5;
        UPDATE_API_KEY = Write "UpdateApiKey";
        DELETE_API_KEY = Write "DeleteApiKey" every 200 ms burst 5;
        APIGATEWAY_TAG = Write "TagResource";
        APIGATEWAY_UNTAG = Write "UntagResource";
    }
    "events" {
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
    "ssm" {
        GET_PARAMETERS = Read "GetParameters";
    }
    "secretsmanager" {
        GET_SECRET_VALUE = Read "GetSecretValue";
    }
    "tag" {
        GET_TAGGED_RESOURCES = Read "GetResources";
    }
}
