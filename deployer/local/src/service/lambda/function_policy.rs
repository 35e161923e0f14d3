//! The resource policy of a function: who may invoke it.

use super::lookup::{self, check_revision, conflict, function, function_mut, invalid_parameter};
use super::name;
use crate::arn::{after_partition, partition};
use crate::context::Context;
use crate::store::function::{FunctionRecord, PolicyGrant};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;

/// Bytes of a resource policy.
const MAX_POLICY: usize = 20_480;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddPermissionInput {
    function_name: String,
    statement_id: String,
    action: String,
    principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
    qualifier: Option<String>,
    revision_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemovePermissionInput {
    function_name: String,
    statement_id: String,
    qualifier: Option<String>,
    revision_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetPolicyInput {
    function_name: String,
    qualifier: Option<String>,
}

pub(super) fn add_permission(cx: &Context, call: &Call) -> ServiceResult {
    let input: AddPermissionInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve(region, &input.function_name)?;
    no_version(input.qualifier.as_deref())?;
    check(&input)?;
    let statement = PolicyGrant {
        sid: input.statement_id,
        principal: input.principal,
        action: input.action,
        source_arn: input.source_arn,
        source_account: input.source_account,
    };
    let race = match cx.faults.lasting(|faults| faults.add_permission_ms) {
        Some(slow) => {
            let read = cx.store.read(|document| function(document, region, &name).map(|f| f.policy.clone()))?;
            Handle::current().block_on(cx.clock.sleep(slow));
            Some(read)
        }
        None => None,
    };
    cx.store.write(|document| {
        let function = function_mut(document, region, &name)?;
        check_revision(input.revision_id.as_deref(), &function.policy_revision)?;
        // AWS's lost update: what others added meanwhile is written over.
        if let Some(read) = race {
            function.policy = read;
        }
        if function.policy.iter().any(|known| known.sid == statement.sid) {
            return Err(conflict(format!(
                "The statement id ({}) provided already exists. Please provide a new statement id, or remove the \
                 existing statement.",
                statement.sid
            )));
        }
        let view = statement_view(function, &statement).to_string();
        function.policy.push(statement);
        function.policy_revision = uuid::Uuid::new_v4().to_string();
        if policy_view(function).len() > MAX_POLICY {
            let message = format!("The final policy size is bigger than the limit ({MAX_POLICY}).");
            return Err(ServiceError::new(400, "PolicyLengthExceededException", message));
        }
        Ok(json!({"Statement": view}))
    })
}

pub(super) fn remove_permission(cx: &Context, call: &Call) -> ServiceResult {
    let input: RemovePermissionInput = call.input()?;
    let name = name::resolve(&call.region, &input.function_name)?;
    no_version(input.qualifier.as_deref())?;
    let missing = |message: String| ServiceError::new(404, "ResourceNotFoundException", message);
    cx.store.write(|document| {
        let function = function_mut(document, &call.region, &name)?;
        if function.policy.is_empty() {
            return Err(missing("No policy is associated with the given resource.".to_owned()));
        }
        let Some(index) = function.policy.iter().position(|known| known.sid == input.statement_id) else {
            return Err(missing(format!("Statement {} is not found in resource policy.", input.statement_id)));
        };
        check_revision(input.revision_id.as_deref(), &function.policy_revision)?;
        function.policy.remove(index);
        function.policy_revision = uuid::Uuid::new_v4().to_string();
        Ok(Value::Null)
    })
}

pub(super) fn get_policy(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetPolicyInput = call.input()?;
    let name = name::resolve(&call.region, &input.function_name)?;
    no_version(input.qualifier.as_deref())?;
    cx.store.read(|document| {
        let function = function(document, &call.region, &name)?;
        if function.policy.is_empty() {
            let message = "The resource you requested does not exist.";
            return Err(ServiceError::new(404, "ResourceNotFoundException", message));
        }
        Ok(json!({"Policy": policy_view(function), "RevisionId": function.policy_revision}))
    })
}

fn no_version(qualifier: Option<&str>) -> ServiceResult<()> {
    match qualifier {
        None => Ok(()),
        Some(_) => Err(ServiceError::not_modelled("Qualifier of a permission")),
    }
}

fn check(input: &AddPermissionInput) -> ServiceResult<()> {
    let constraint = |value: &str, member: &str, pattern: &str| {
        Err(lookup::constraint(value, member, format_args!("satisfy regular expression pattern: {pattern}")))
    };
    let sid = &input.statement_id;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if sid.is_empty() || sid.len() > 100 || !sid.bytes().all(allowed) {
        return constraint(sid, "statementId", "([a-zA-Z0-9-_]+)");
    }
    let action = input.action.strip_prefix("lambda:").unwrap_or_default();
    if input.action != "*" && action != "*" && (action.is_empty() || !action.bytes().all(|b| b.is_ascii_alphabetic())) {
        return constraint(&input.action, "action", "(lambda:[*]|lambda:[a-zA-Z]+|[*])");
    }
    if input.principal.is_empty() || input.principal.contains(char::is_whitespace) {
        return constraint(&input.principal, "principal", "[^\\s]+");
    }
    let known = input.principal == "*"
        || input.principal.ends_with(".amazonaws.com")
        || account(&input.principal)
        || after_partition(&input.principal).is_some_and(|rest| rest.starts_with("iam::"));
    if !known {
        return Err(invalid_parameter("The provided principal was invalid. Please check the principal and try again."));
    }
    if let Some(arn) = &input.source_arn
        && arn.splitn(6, ':').count() < 6
    {
        return constraint(
            arn,
            "sourceArn",
            "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)",
        );
    }
    if let Some(source) = &input.source_account
        && !account(source)
    {
        return constraint(source, "sourceAccount", "\\d{12}");
    }
    Ok(())
}

fn account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Shows a statement as Lambda stores it.
fn statement_view(function: &FunctionRecord, statement: &PolicyGrant) -> Value {
    let principal = match statement.principal.as_str() {
        "*" => json!("*"),
        service if service.ends_with(".amazonaws.com") => json!({"Service": service}),
        id if account(id) => json!({"AWS": format!("arn:{}:iam::{id}:root", partition(&function.region))}),
        arn => json!({"AWS": arn}),
    };
    let mut view = json!({
        "Sid": statement.sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": statement.action,
        "Resource": function.arn,
    });
    if let Some(account) = &statement.source_account {
        view["Condition"]["StringEquals"] = json!({"AWS:SourceAccount": account});
    }
    if let Some(arn) = &statement.source_arn {
        view["Condition"]["ArnLike"] = json!({"AWS:SourceArn": arn});
    }
    view
}

fn policy_view(function: &FunctionRecord) -> String {
    let statements: Vec<Value> = function.policy.iter().map(|statement| statement_view(function, statement)).collect();
    json!({"Version": "2012-10-17", "Id": "default", "Statement": statements}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arn::ACCOUNT;

    fn add(statement_id: &str, action: &str, principal: &str, source_arn: Option<&str>) -> AddPermissionInput {
        AddPermissionInput {
            function_name: "f".into(),
            statement_id: statement_id.into(),
            action: action.into(),
            principal: principal.into(),
            source_arn: source_arn.map(str::to_owned),
            source_account: None,
            qualifier: None,
            revision_id: None,
        }
    }

    #[test]
    fn shapes_of_a_permission() {
        let gateway = "apigateway.amazonaws.com";
        let arn = format!("arn:aws:execute-api:eu-west-1:{ACCOUNT}:abc/prod/GET/orders/*");
        assert_eq!(check(&add("s-1", "lambda:InvokeFunction", gateway, Some(&arn))), Ok(()));
        assert_eq!(check(&add("s", "lambda:*", ACCOUNT, None)), Ok(()));
        for wrong in [
            add("", "lambda:InvokeFunction", gateway, None),
            add("a b", "lambda:InvokeFunction", gateway, None),
            add("s", "InvokeFunction", gateway, None),
            add("s", "lambda:Invoke Function", gateway, None),
            add("s", "lambda:InvokeFunction", "", None),
            add("s", "lambda:InvokeFunction", "gateway", None),
            add("s", "lambda:InvokeFunction", gateway, Some("orders")),
        ] {
            assert!(check(&wrong).is_err(), "{} {} {}", wrong.statement_id, wrong.action, wrong.principal);
        }
    }
}
