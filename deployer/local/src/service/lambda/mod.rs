//! Lambda: functions, who may invoke them, how many at once. The data plane is [`crate::runtime`].

mod account;
mod check;
mod concurrency;
mod function;
mod function_policy;
mod invoke;
mod lookup;
mod name;
mod permissions;
mod tag;
mod update;
mod view;

use super::declaration::Service;
use super::operation::OperationHandler::{Async, Blocking, Immediate};
use super::operation::{AnswerRedaction, ServiceOperation};
use super::permission::on_anything;
use crate::wire::QueryParameter::{List, Number, Text};
use crate::wire::{ErrorCodes, PublishedRate, QueryParameter, ServiceSpec, WireProtocol};

const FUNCTIONS: &str = "/2015-03-31/functions";
const FUNCTION: &str = "/2015-03-31/functions/{FunctionName}";
const CONFIGURATION: &str = "/2015-03-31/functions/{FunctionName}/configuration";
const POLICY: &str = "/2015-03-31/functions/{FunctionName}/policy";
const STATEMENT: &str = "/2015-03-31/functions/{FunctionName}/policy/{StatementId}";
const TAGS: &str = "/2017-03-31/tags/{Resource}";
const QUALIFIER: &[QueryParameter] = &[Text("Qualifier", "Qualifier")];

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "lambda",
        action_prefix: "lambda",
        protocol: WireProtocol::Rest,
        rate: Some(PublishedRate { bucket: "", per_second: 15.0, burst: 15.0 }),
        errors: ErrorCodes { internal: "ServiceException", ..ErrorCodes::REST },
    },
    operations: &[
        ServiceOperation::write("CreateFunction", permissions::create_function, Blocking(function::create_function))
            .route("POST", FUNCTIONS, 201),
        ServiceOperation::read("ListFunctions", on_anything, Immediate(function::list_functions))
            .route("GET", FUNCTIONS, 200)
            .query(&[Text("Marker", "Marker"), Number("MaxItems", "MaxItems")]),
        ServiceOperation::read("GetFunction", permissions::on_function, Immediate(function::get_function))
            .route("GET", FUNCTION, 200)
            .query(QUALIFIER)
            .rate(100.0, 100.0)
            .not_counted_by_service()
            .redacted(AnswerRedaction { needs: permissions::list_tags, redact: function::redact_tags }),
        ServiceOperation::write("DeleteFunction", permissions::on_function, Immediate(function::delete_function))
            .route("DELETE", FUNCTION, 204)
            .query(QUALIFIER),
        ServiceOperation::read(
            "GetFunctionConfiguration",
            permissions::on_function,
            Immediate(function::get_function_configuration),
        )
        .route("GET", CONFIGURATION, 200)
        .query(QUALIFIER),
        ServiceOperation::write(
            "UpdateFunctionConfiguration",
            permissions::update_configuration,
            Immediate(update::update_function_configuration),
        )
        .route("PUT", CONFIGURATION, 200),
        ServiceOperation::write("UpdateFunctionCode", permissions::on_function, Blocking(update::update_function_code))
            .route("PUT", "/2015-03-31/functions/{FunctionName}/code", 200),
        ServiceOperation::write("Invoke", permissions::invoke, Async(|cx, call| Box::pin(invoke::invoke(cx, call))))
            .route("POST", "/2015-03-31/functions/{FunctionName}/invocations", 200)
            .query(QUALIFIER)
            .blob()
            .data_plane()
            .not_counted_by_service(),
        ServiceOperation::write("AddPermission", permissions::on_function, Blocking(function_policy::add_permission))
            .route("POST", POLICY, 201)
            .query(QUALIFIER),
        ServiceOperation::read("GetPolicy", permissions::on_function, Immediate(function_policy::get_policy))
            .route("GET", POLICY, 200)
            .query(QUALIFIER)
            .rate(15.0, 15.0)
            .not_counted_by_service(),
        ServiceOperation::write(
            "RemovePermission",
            permissions::on_function,
            Immediate(function_policy::remove_permission),
        )
        .route("DELETE", STATEMENT, 204)
        .query(&[Text("Qualifier", "Qualifier"), Text("RevisionId", "RevisionId")]),
        ServiceOperation::write(
            "PutFunctionConcurrency",
            permissions::on_function,
            Immediate(concurrency::put_function_concurrency),
        )
        .route("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", 200),
        ServiceOperation::read(
            "GetFunctionConcurrency",
            permissions::on_function,
            Immediate(concurrency::get_function_concurrency),
        )
        .route("GET", "/2019-09-30/functions/{FunctionName}/concurrency", 200),
        ServiceOperation::write(
            "DeleteFunctionConcurrency",
            permissions::on_function,
            Immediate(concurrency::delete_function_concurrency),
        )
        .route("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204),
        ServiceOperation::read("GetAccountSettings", on_anything, Immediate(account::get_account_settings)).route(
            "GET",
            "/2016-08-19/account-settings",
            200,
        ),
        ServiceOperation::read("ListTags", permissions::on_resource, Immediate(tag::list_tags)).route("GET", TAGS, 200),
        ServiceOperation::write("TagResource", permissions::tag_resource, Immediate(tag::tag_resource))
            .route("POST", TAGS, 204),
        ServiceOperation::write("UntagResource", permissions::on_resource, Immediate(tag::untag_resource))
            .route("DELETE", TAGS, 204)
            .query(&[List("tagKeys", "TagKeys")]),
    ],
    tagged: Some(tag::tagged),
};
