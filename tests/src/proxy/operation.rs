//! Finds out which AWS operation a request is, from the HTTP request alone, without the SDK or the deployer.

use hyper::{HeaderMap, Method, Uri};

/// Returns service and operation of a request as IAM names them: `dynamodb`, `CreateTable`.
pub fn identify(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Signature Version 4: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
    let service = header("authorization")
        .split_once("Credential=")
        .and_then(|(_, rest)| rest.split('/').nth(3))
        .unwrap_or("unsigned")
        .to_owned();
    let operation = if let Some((_, operation)) = header("x-amz-target").rsplit_once('.') {
        operation.to_owned()
    } else if let Some(operation) = form_action(body) {
        operation
    } else {
        let segments: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
        // Lambda's paths begin with the date of the API version.
        let segments = if service == "lambda" { segments.get(1..).unwrap_or_default() } else { &segments[..] };
        rest_operation(&service, method, segments)
            .map_or_else(|| format!("{method} /{}", segments.join("/")), str::to_owned)
    };
    (service, operation)
}

/// Returns the operation of a request of the Query protocol, whose body begins with `Action=…`.
fn form_action(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let action = text.strip_prefix("Action=")?;
    Some(action.split('&').next().unwrap_or(action).to_owned())
}

/// The REST operations that a deployment of functions and APIs can need. `*` stands for any one segment, `**` for the rest.
const REST: &[(&str, &str, &str, &str)] = &[
    ("lambda", "GET", "account-settings", "GetAccountSettings"),
    ("lambda", "POST", "functions", "CreateFunction"),
    ("lambda", "GET", "functions/*", "GetFunction"),
    ("lambda", "DELETE", "functions/*", "DeleteFunction"),
    ("lambda", "PUT", "functions/*/code", "UpdateFunctionCode"),
    ("lambda", "GET", "functions/*/configuration", "GetFunctionConfiguration"),
    ("lambda", "PUT", "functions/*/configuration", "UpdateFunctionConfiguration"),
    ("lambda", "GET", "functions/*/policy", "GetPolicy"),
    ("lambda", "POST", "functions/*/policy", "AddPermission"),
    ("lambda", "DELETE", "functions/*/policy/*", "RemovePermission"),
    ("lambda", "PUT", "functions/*/concurrency", "PutFunctionConcurrency"),
    ("lambda", "DELETE", "functions/*/concurrency", "DeleteFunctionConcurrency"),
    ("lambda", "GET", "functions/*/event-invoke-config", "GetFunctionEventInvokeConfig"),
    ("lambda", "PUT", "functions/*/event-invoke-config", "PutFunctionEventInvokeConfig"),
    ("lambda", "DELETE", "functions/*/event-invoke-config", "DeleteFunctionEventInvokeConfig"),
    ("lambda", "GET", "event-source-mappings", "ListEventSourceMappings"),
    ("lambda", "POST", "event-source-mappings", "CreateEventSourceMapping"),
    ("lambda", "GET", "event-source-mappings/*", "GetEventSourceMapping"),
    ("lambda", "PUT", "event-source-mappings/*", "UpdateEventSourceMapping"),
    ("lambda", "DELETE", "event-source-mappings/*", "DeleteEventSourceMapping"),
    ("lambda", "GET", "tags/**", "ListTags"),
    ("lambda", "POST", "tags/**", "TagResource"),
    ("lambda", "DELETE", "tags/**", "UntagResource"),
    ("apigateway", "GET", "usageplans", "GetUsagePlans"),
    ("apigateway", "POST", "usageplans", "CreateUsagePlan"),
    ("apigateway", "GET", "usageplans/*", "GetUsagePlan"),
    ("apigateway", "PATCH", "usageplans/*", "UpdateUsagePlan"),
    ("apigateway", "DELETE", "usageplans/*", "DeleteUsagePlan"),
    ("apigateway", "GET", "usageplans/*/keys", "GetUsagePlanKeys"),
    ("apigateway", "POST", "usageplans/*/keys", "CreateUsagePlanKey"),
    ("apigateway", "GET", "apikeys", "GetApiKeys"),
    ("apigateway", "POST", "apikeys", "CreateApiKey"),
    ("apigateway", "PATCH", "apikeys/*", "UpdateApiKey"),
    ("apigateway", "DELETE", "apikeys/*", "DeleteApiKey"),
    ("apigateway", "POST", "restapis", "CreateRestApi"),
    ("apigateway", "GET", "restapis", "GetRestApis"),
    ("apigateway", "PUT", "restapis/*", "PutRestApi"),
    ("apigateway", "PATCH", "restapis/*", "UpdateRestApi"),
    ("apigateway", "DELETE", "restapis/*", "DeleteRestApi"),
    ("apigateway", "GET", "restapis/*/resources", "GetResources"),
    ("apigateway", "GET", "restapis/*/gatewayresponses", "GetGatewayResponses"),
    ("apigateway", "GET", "restapis/*/stages", "GetStages"),
    ("apigateway", "PATCH", "restapis/*/stages/*", "UpdateStage"),
    ("apigateway", "DELETE", "restapis/*/stages/*", "DeleteStage"),
    ("apigateway", "GET", "restapis/*/deployments", "GetDeployments"),
    ("apigateway", "POST", "restapis/*/deployments", "CreateDeployment"),
    ("apigateway", "DELETE", "restapis/*/deployments/*", "DeleteDeployment"),
    ("apigateway", "PUT", "tags/**", "TagResource"),
    ("apigateway", "DELETE", "tags/**", "UntagResource"),
];

/// Finds the operation of a REST request in [`REST`].
fn rest_operation(service: &str, method: &Method, segments: &[&str]) -> Option<&'static str> {
    REST.iter()
        .find(|(of, with, pattern, _)| *of == service && *with == method.as_str() && matches(pattern, segments))
        .map(|(.., operation)| *operation)
}

/// Tells whether the segments of a path match a pattern of [`REST`].
fn matches(pattern: &str, segments: &[&str]) -> bool {
    let mut rest = segments.iter();
    for part in pattern.split('/') {
        match (part, rest.next()) {
            ("**", Some(_)) => return true,
            ("*", Some(_)) => {}
            (literal, Some(segment)) if literal == *segment => {}
            _ => return false,
        }
    }
    rest.next().is_none()
}

/// Tells whether an operation changes nothing, by the verb in its name, which all services here follow.
pub fn is_read(operation: &str) -> bool {
    ["Get", "List", "Describe", "Scan", "Query"].iter().any(|verb| operation.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(method: &str, path: &str, service: &str, target: &str, body: &str) -> String {
        let mut headers = HeaderMap::new();
        let scope = format!("AWS4-HMAC-SHA256 Credential=K/20260101/ap-south-1/{service}/aws4_request, Signature=x");
        headers.insert("authorization", scope.parse().unwrap());
        if !target.is_empty() {
            headers.insert("x-amz-target", target.parse().unwrap());
        }
        let (service, operation) =
            identify(&method.parse().unwrap(), &path.parse().unwrap(), &headers, body.as_bytes());
        format!("{service}:{operation}")
    }

    #[test]
    fn every_protocol_names_its_operation() {
        for (method, path, service, target, body, want) in [
            ("POST", "/", "dynamodb", "DynamoDB_20120810.Scan", "{}", "dynamodb:Scan"),
            ("POST", "/", "iam", "", "Action=GetRole&Version=2010-05-08", "iam:GetRole"),
            ("GET", "/2015-03-31/functions/f/policy", "lambda", "", "", "lambda:GetPolicy"),
            ("POST", "/2017-03-31/tags/arn:aws:lambda:x:function:f", "lambda", "", "", "lambda:TagResource"),
            ("GET", "/restapis?limit=500", "apigateway", "", "", "apigateway:GetRestApis"),
            ("PUT", "/tags/arn%3Aaws%3Aapigateway/x", "apigateway", "", "", "apigateway:TagResource"),
            ("GET", "/restapis/a/models", "apigateway", "", "", "apigateway:GET /restapis/a/models"),
        ] {
            assert_eq!(named(method, path, service, target, body), want);
        }
    }
}
