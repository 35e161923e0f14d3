//! The former order system: Python functions behind an API, made by Terraform. Its state file, and the orders that it wrote.

use serde_json::{Value, json};

/// The value of an environment variable that must never be shown.
pub const SECRET: &str = "sk_live_hunter2";

/// Returns orders as the former function wrote them, without a version and without a position in an index.
pub fn orders() -> Vec<Value> {
    [
        ("0b6f0a5e-7a53-4d0b-9d6c-1f6f2f1f0001", "PENDING"),
        ("0b6f0a5e-7a53-4d0b-9d6c-1f6f2f1f0002", "PROCESSING"),
        ("0b6f0a5e-7a53-4d0b-9d6c-1f6f2f1f0003", "COMPLETED"),
    ]
    .iter()
    .map(|(id, status)| {
        json!({"order_id": id, "item": "Laptop", "quantity": 2, "status": status, "customer_name": "Ana",
                "customer_email": "ana@example.com", "created_at": "2024-02-29T08:00:00.123Z"})
    })
    .collect()
}

/// The name of the API.
pub const API: &str = "order-api";
/// The name of the function behind the API.
pub const HANDLER: &str = "order-handler";
/// The name of the function that the rule invokes.
pub const EXPIRER: &str = "order-expirer";
/// The name of the rule.
pub const RULE: &str = "order-expiry";
/// The name of the role of both functions.
pub const ROLE: &str = "order-lambda-role";
/// The retention of the handler's log group, in days.
pub const RETENTION_DAYS: i32 = 90;
/// The trust policy of [`ROLE`].
pub const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
/// The path segments of the API with their methods.
pub const PATHS: [(&str, &[&str]); 2] = [("orders", &["GET", "POST"]), ("{order_id}", &["GET", "PUT", "DELETE"])];

/// Makes a resource of the state file.
fn resource(kind: &str, name: &str, attributes: Value) -> Value {
    json!({"mode": "managed", "type": kind, "name": name, "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}]})
}

/// Returns the text of `terraform.tfstate`. `api` is the id of the API; without it the state has no API.
pub fn state(account: &str, api: Option<&str>) -> String {
    let region = crate::cloud::REGION;
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{region}:{account}:{rest}");
    let role = format!("arn:aws:iam::{account}:role/{ROLE}");
    let function = |label: &str, name: &str| {
        let arn = arn("lambda", &format!("function:{name}"));
        let invoke = format!("arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations");
        resource(
            "aws_lambda_function",
            label,
            json!({"arn": arn, "function_name": name, "id": name, "invoke_arn": invoke, "role": role,
            "runtime": "python3.12", "handler": "lambda_function.lambda_handler", "package_type": "Zip", "reserved_concurrent_executions": -1,
            "environment": [{"variables": {"TABLE_NAME": "Orders", "STRIPE_KEY": SECRET}}]}),
        )
    };
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
        "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Scan", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"
    ]}]});
    let mut resources = vec![
        resource(
            "aws_dynamodb_table",
            "orders",
            json!({"arn": arn("dynamodb", "table/Orders"), "id": "Orders", "name": "Orders",
            "billing_mode": "PAY_PER_REQUEST", "hash_key": "order_id",
            "attribute": [{"name": "customer_name", "type": "S"}, {"name": "order_id", "type": "S"}],
            "global_secondary_index": [{"name": "by-customer", "hash_key": "customer_name", "range_key": "", "projection_type": "ALL", "non_key_attributes": []}],
            "tags_all": {"Environment": "production"}}),
        ),
        resource("aws_iam_role", "lambda", json!({"arn": role, "id": ROLE, "name": ROLE, "path": "/"})),
        resource(
            "aws_iam_role_policy",
            "access",
            json!({"id": format!("{ROLE}:access"), "name": "access", "role": ROLE, "policy": policy.to_string()}),
        ),
        function("handler", HANDLER),
        function("expirer", EXPIRER),
        resource(
            "aws_cloudwatch_log_group",
            "handler",
            json!({"arn": arn("logs", &format!("log-group:/aws/lambda/{HANDLER}")),
            "id": format!("/aws/lambda/{HANDLER}"), "name": format!("/aws/lambda/{HANDLER}"), "retention_in_days": RETENTION_DAYS}),
        ),
        resource(
            "aws_cloudwatch_event_rule",
            "expiry",
            json!({"arn": arn("events", &format!("rule/{RULE}")), "id": RULE, "name": RULE,
            "event_bus_name": "default", "schedule_expression": "rate(1 hour)", "state": "ENABLED"}),
        ),
        resource(
            "aws_cloudwatch_event_target",
            "expiry",
            json!({"arn": arn("lambda", &format!("function:{EXPIRER}")), "rule": RULE,
            "target_id": "expirer", "id": format!("{RULE}-expirer")}),
        ),
        resource(
            "aws_lambda_permission",
            "rule",
            json!({"id": "AllowRule", "statement_id": "AllowRule", "function_name": EXPIRER,
            "principal": "events.amazonaws.com"}),
        ),
        resource(
            "aws_s3_bucket",
            "assets",
            json!({"id": "order-assets", "bucket": "order-assets", "arn": "arn:aws:s3:::order-assets"}),
        ),
    ];
    if let Some(id) = api {
        resources.push(resource(
            "aws_api_gateway_rest_api",
            "orders",
            json!({"arn": format!("arn:aws:apigateway:{region}::/restapis/{id}"),
            "id": id, "name": API, "root_resource_id": "root", "endpoint_configuration": [{"types": ["REGIONAL"]}]}),
        ));
        let mut parent = "root".to_owned();
        for (segment, methods) in PATHS {
            let at = format!("id-of-{segment}");
            resources.push(resource(
                "aws_api_gateway_resource",
                segment.trim_matches(['{', '}']),
                json!({"id": at, "parent_id": parent,
                "path_part": segment, "rest_api_id": id}),
            ));
            for method in methods {
                let label = format!("{}-{}", method.to_lowercase(), segment.trim_matches(['{', '}']));
                resources.push(resource(
                    "aws_api_gateway_method",
                    &label,
                    json!({"rest_api_id": id, "resource_id": at, "http_method": method,
                    "authorization": "NONE", "api_key_required": false}),
                ));
                let uri = format!(
                    "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{}/invocations",
                    arn("lambda", &format!("function:{HANDLER}"))
                );
                resources.push(resource(
                    "aws_api_gateway_integration",
                    &label,
                    json!({"rest_api_id": id, "resource_id": at, "http_method": method,
                    "type": "AWS_PROXY", "uri": uri}),
                ));
            }
            parent = at;
        }
        resources.push(resource(
            "aws_api_gateway_stage",
            "prod",
            json!({"rest_api_id": id, "stage_name": "prod", "deployment_id": "d"}),
        ));
        resources.push(resource(
            "aws_lambda_permission",
            "apigw",
            json!({"id": "AllowAPIGatewayInvoke", "statement_id": "AllowAPIGatewayInvoke",
            "function_name": HANDLER, "principal": "apigateway.amazonaws.com"}),
        ));
    }
    format!("{:#}\n", json!({"version": 4, "terraform_version": "1.9.5", "serial": 7, "resources": resources}))
}
