//! Lambda's control plane: functions, who may invoke them, how many at once.

mod account;
mod check;
mod concurrency;
mod function;
mod invoke;
mod name;
mod permission;
mod tag;
mod update;
mod view;

pub use invoke::invoke;
pub use name::resolve;

use crate::context::Context;
use crate::front::json::{Call, Fault};
use crate::front::rest::Operation;
use crate::front::rest::Parameter::{List, Number, Text};
use crate::store::Document;
use crate::store::function::FunctionRecord;
use serde_json::Value;
use std::sync::Arc;

/// The operations that are modelled.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("POST", "/2015-03-31/functions", "CreateFunction", 201),
    Operation::new("GET", "/2015-03-31/functions", "ListFunctions", 200)
        .query(&[Text("Marker", "Marker"), Number("MaxItems", "MaxItems")]),
    Operation::new("GET", "/2015-03-31/functions/{FunctionName}", "GetFunction", 200).query(QUALIFIER),
    Operation::new("DELETE", "/2015-03-31/functions/{FunctionName}", "DeleteFunction", 204).query(QUALIFIER),
    Operation::new("GET", "/2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration", 200)
        .query(QUALIFIER),
    Operation::new("PUT", "/2015-03-31/functions/{FunctionName}/configuration", "UpdateFunctionConfiguration", 200),
    Operation::new("PUT", "/2015-03-31/functions/{FunctionName}/code", "UpdateFunctionCode", 200),
    Operation::new("POST", "/2015-03-31/functions/{FunctionName}/invocations", "Invoke", 200).query(QUALIFIER),
    Operation::new("POST", "/2015-03-31/functions/{FunctionName}/policy", "AddPermission", 201).query(QUALIFIER),
    Operation::new("GET", "/2015-03-31/functions/{FunctionName}/policy", "GetPolicy", 200).query(QUALIFIER),
    Operation::new("DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", "RemovePermission", 204)
        .query(&[Text("Qualifier", "Qualifier"), Text("RevisionId", "RevisionId")]),
    Operation::new("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency", 200),
    Operation::new("GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency", 200),
    Operation::new("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency", 204),
    Operation::new("GET", "/2016-08-19/account-settings", "GetAccountSettings", 200),
    Operation::new("GET", "/2017-03-31/tags/{Resource}", "ListTags", 200),
    Operation::new("POST", "/2017-03-31/tags/{Resource}", "TagResource", 204),
    Operation::new("DELETE", "/2017-03-31/tags/{Resource}", "UntagResource", 204).query(&[List("tagKeys", "TagKeys")]),
];

const QUALIFIER: &[crate::front::rest::Parameter] = &[Text("Qualifier", "Qualifier")];

/// The operations whose body is a blob.
pub const BLOBS: &[&str] = &["Invoke"];

/// Answers a Lambda call, `Invoke` excepted.
///
/// # Errors
/// Lambda's own, and `NotImplementedException`.
pub async fn handle(cx: &Arc<Context>, call: Call) -> Result<Value, Fault> {
    let region = call.region.as_str();
    match call.operation.as_str() {
        "CreateFunction" => function::create(cx, region, call.input()?).await,
        "GetFunction" => function::get(cx, region, &call.input()?),
        "GetFunctionConfiguration" => function::get_configuration(cx, region, &call.input()?),
        "ListFunctions" => function::list(cx, region, &call.input()?),
        "DeleteFunction" => function::delete(cx, region, &call.input()?).await,
        "UpdateFunctionConfiguration" => update::configuration(cx, region, call.input()?).await,
        "UpdateFunctionCode" => update::code(cx, region, call.input()?).await,
        "AddPermission" => permission::add(cx, region, call.input()?).await,
        "RemovePermission" => permission::remove(cx, region, &call.input()?),
        "GetPolicy" => permission::get(cx, region, &call.input()?),
        "PutFunctionConcurrency" => concurrency::put(cx, region, &call.input()?),
        "GetFunctionConcurrency" => concurrency::get(cx, region, &call.input()?),
        "DeleteFunctionConcurrency" => concurrency::delete(cx, region, &call.input()?),
        "GetAccountSettings" => Ok(account::settings(cx, region)),
        "TagResource" => tag::add(cx, region, call.input()?),
        "UntagResource" => tag::remove(cx, region, &call.input()?),
        "ListTags" => tag::list(cx, region, &call.input()?),
        other => Err(Fault::unknown_operation("lambda", other)),
    }
}

fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterValueException", message)
}

fn conflict(message: impl Into<String>) -> Fault {
    Fault::new(409, "ResourceConflictException", message)
}

fn not_found(region: &str, name: &str) -> Fault {
    let message = format!("Function not found: {}", name::arn(region, name));
    Fault::new(404, "ResourceNotFoundException", message)
}

fn function<'a>(document: &'a Document, region: &str, name: &str) -> Result<&'a FunctionRecord, Fault> {
    document.region(region).functions.get(name).ok_or_else(|| not_found(region, name))
}

fn function_mut<'a>(document: &'a mut Document, region: &str, name: &str) -> Result<&'a mut FunctionRecord, Fault> {
    document.region_mut(region).functions.get_mut(name).ok_or_else(|| not_found(region, name))
}

/// `RevisionId` of an update: somebody else must not have changed the function since.
fn check_revision(wanted: Option<&str>, current: &str) -> Result<(), Fault> {
    match wanted {
        Some(wanted) if wanted != current => Err(Fault::new(
            412,
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
             retrieve the latest Revision Id",
        )),
        _ => Ok(()),
    }
}
