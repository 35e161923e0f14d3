//! Lists everything that exists at an endpoint, of the kinds that the deployer makes. The operations that list are used, and no
//! names or tags, so that a resource is found even where the deployer would not look for it.

use deployer::aws::AwsClients;
use serde_json::{Value, json};

/// Lists tables, functions, what runs them, roles, APIs, log groups, rules, usage plans, API keys and queues, as `table orders`,
/// sorted.
///
/// # Panics
/// If the endpoint does not answer.
pub async fn everything(aws: &AwsClients) -> Vec<String> {
    let mut out = Vec::new();
    let mut add = |kind: &str, name: Option<&str>| out.push(format!("{kind} {}", name.unwrap_or("?")));
    let tables = aws.dynamodb.list_tables().send().await.expect("ListTables");
    tables.table_names().iter().for_each(|name| add("table", Some(name)));
    let functions = aws.lambda.list_functions().send().await.expect("ListFunctions");
    functions.functions().iter().for_each(|function| add("function", function.function_name()));
    let roles = aws.iam.list_roles().send().await.expect("ListRoles");
    roles.roles().iter().for_each(|role| add("role", Some(role.role_name())));
    let apis = aws.apigateway.get_rest_apis().limit(500).send().await.expect("GetRestApis");
    apis.items().iter().for_each(|api| add("api", api.name()));
    let groups = aws.logs.describe_log_groups().send().await.expect("DescribeLogGroups");
    groups.log_groups().iter().for_each(|group| add("log group", group.log_group_name()));
    let rules = aws.events.list_rules().send().await.expect("ListRules");
    rules.rules().iter().for_each(|rule| add("rule", rule.name()));
    let plans = aws.apigateway.get_usage_plans().limit(500).send().await.expect("GetUsagePlans");
    plans.items().iter().for_each(|plan| add("usage plan", plan.name()));
    let keys = aws.apigateway.get_api_keys().limit(500).send().await.expect("GetApiKeys");
    keys.items().iter().for_each(|key| add("api key", key.name()));
    let mappings = aws.lambda.list_event_source_mappings().send().await.expect("ListEventSourceMappings");
    mappings.event_source_mappings().iter().for_each(|mapping| add("source", mapping.event_source_arn()));
    let queues = aws.sqs.send("ListQueues", &json!({})).await.expect("ListQueues");
    let urls = queues["QueueUrls"].as_array().into_iter().flatten().filter_map(Value::as_str);
    urls.for_each(|url| add("queue", url.rsplit('/').next()));
    out.sort();
    out
}

/// Lists the tables of the backups that exist, sorted.
///
/// # Panics
/// If the endpoint does not answer.
pub async fn backups(aws: &AwsClients) -> Vec<String> {
    let backups = aws.dynamodb.list_backups().send().await.expect("ListBackups");
    let mut out: Vec<_> =
        backups.backup_summaries().iter().filter_map(|backup| backup.table_name().map(str::to_owned)).collect();
    out.sort();
    out
}
