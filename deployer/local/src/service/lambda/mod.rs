//! Lambda: functions, who may invoke them, how many at once. The data plane is [`crate::runtime`].

mod account;
mod check;
mod concurrency;
mod event_invoke;
mod function;
mod function_policy;
mod invoke;
mod lookup;
mod name;
mod permissions;
mod settings;
mod sources;
mod tag;
mod update;
mod view;

pub use sources::SourcePollers;

use super::declaration::OperationHandler::{Async, Blocking, Immediate};
use super::declaration::{AnswerRedaction, Service, read, write};
use super::permission::on_anything;
use crate::wire::QueryParameter::{List, Number, Text};
use crate::wire::{ErrorCodes, QueryParameter, ServiceSpec};
use permissions::{
    create_function, create_mapping, invoke, list_tags, on_function, on_mapping, on_resource, tag_resource,
    update_configuration, update_mapping,
};
use sources::{
    create_event_source_mapping, delete_event_source_mapping, get_event_source_mapping, list_event_source_mappings,
    update_event_source_mapping,
};

const FUNCTIONS: &str = "/2015-03-31/functions";
const FUNCTION: &str = "/2015-03-31/functions/{FunctionName}";
const CONFIGURATION: &str = "/2015-03-31/functions/{FunctionName}/configuration";
const POLICY: &str = "/2015-03-31/functions/{FunctionName}/policy";
const STATEMENT: &str = "/2015-03-31/functions/{FunctionName}/policy/{StatementId}";
const CODE: &str = "/2015-03-31/functions/{FunctionName}/code";
const INVOCATIONS: &str = "/2015-03-31/functions/{FunctionName}/invocations";
const VERSIONS: &str = "/2015-03-31/functions/{FunctionName}/versions";
const CODE_SIGNING: &str = "/2020-06-30/functions/{FunctionName}/code-signing-config";
const LIMIT: &str = "/2017-10-31/functions/{FunctionName}/concurrency";
const LIMIT_READ: &str = "/2019-09-30/functions/{FunctionName}/concurrency";
const EVENT_INVOKE: &str = "/2019-09-25/functions/{FunctionName}/event-invoke-config";
const SETTINGS: &str = "/2016-08-19/account-settings";
const MAPPINGS: &str = "/2015-03-31/event-source-mappings";
const MAPPING: &str = "/2015-03-31/event-source-mappings/{UUID}";
const TAGS: &str = "/2017-03-31/tags/{Resource}";
const QUALIFIER: &[QueryParameter] = &[Text("Qualifier", "Qualifier")];

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        errors: ErrorCodes { internal: "ServiceException", ..ErrorCodes::REST },
        ..ServiceSpec::rest("lambda").rate(15.0, 15.0)
    },
    operations: &[
        write("CreateFunction", create_function, Blocking(function::create_function)).route("POST", FUNCTIONS, 201),
        read("ListFunctions", on_anything, Immediate(function::list_functions))
            .route("GET", FUNCTIONS, 200)
            .query(&[Text("Marker", "Marker"), Number("MaxItems", "MaxItems")]),
        read("GetFunction", on_function, Immediate(function::get_function))
            .route("GET", FUNCTION, 200)
            .query(QUALIFIER)
            .rate(100.0, 100.0)
            .not_counted_by_service()
            .redacted(AnswerRedaction { needs: list_tags, redact: function::redact_tags }),
        write("DeleteFunction", on_function, Immediate(function::delete_function))
            .route("DELETE", FUNCTION, 204)
            .query(QUALIFIER),
        read("GetFunctionConfiguration", on_function, Immediate(function::get_function_configuration))
            .route("GET", CONFIGURATION, 200)
            .query(QUALIFIER),
        write("UpdateFunctionConfiguration", update_configuration, Immediate(update::update_function_configuration))
            .route("PUT", CONFIGURATION, 200),
        write("UpdateFunctionCode", on_function, Blocking(update::update_function_code)).route("PUT", CODE, 200),
        write("Invoke", invoke, Async(|cx, call| Box::pin(invoke::invoke(cx, call))))
            .route("POST", INVOCATIONS, 200)
            .query(QUALIFIER)
            .blob()
            .data_plane()
            .not_counted_by_service(),
        write("AddPermission", on_function, Blocking(function_policy::add_permission))
            .route("POST", POLICY, 201)
            .query(QUALIFIER),
        read("GetPolicy", on_function, Immediate(function_policy::get_policy))
            .route("GET", POLICY, 200)
            .query(QUALIFIER)
            .rate(15.0, 15.0)
            .not_counted_by_service(),
        write("RemovePermission", on_function, Immediate(function_policy::remove_permission))
            .route("DELETE", STATEMENT, 204)
            .query(&[Text("Qualifier", "Qualifier"), Text("RevisionId", "RevisionId")]),
        write("PutFunctionConcurrency", on_function, Immediate(concurrency::put_function_concurrency))
            .route("PUT", LIMIT, 200),
        read("GetFunctionConcurrency", on_function, Immediate(concurrency::get_function_concurrency))
            .route("GET", LIMIT_READ, 200),
        write("DeleteFunctionConcurrency", on_function, Immediate(concurrency::delete_function_concurrency))
            .route("DELETE", LIMIT, 204),
        write("PutFunctionEventInvokeConfig", on_function, Immediate(event_invoke::put_function_event_invoke_config))
            .route("PUT", EVENT_INVOKE, 200)
            .query(QUALIFIER),
        read("GetFunctionEventInvokeConfig", on_function, Immediate(event_invoke::get_function_event_invoke_config))
            .route("GET", EVENT_INVOKE, 200)
            .query(QUALIFIER),
        write(
            "DeleteFunctionEventInvokeConfig",
            on_function,
            Immediate(event_invoke::delete_function_event_invoke_config),
        )
        .route("DELETE", EVENT_INVOKE, 204)
        .query(QUALIFIER),
        read("ListVersionsByFunction", on_function, Immediate(function::list_versions_by_function))
            .route("GET", VERSIONS, 200)
            .query(&[Text("Marker", "Marker"), Number("MaxItems", "MaxItems")]),
        read("GetFunctionCodeSigningConfig", on_function, Immediate(function::get_function_code_signing_config)).route(
            "GET",
            CODE_SIGNING,
            200,
        ),
        read("GetAccountSettings", on_anything, Immediate(account::get_account_settings)).route("GET", SETTINGS, 200),
        write("CreateEventSourceMapping", create_mapping, Blocking(create_event_source_mapping))
            .route("POST", MAPPINGS, 202),
        read("GetEventSourceMapping", on_mapping, Immediate(get_event_source_mapping)).route("GET", MAPPING, 200),
        read("ListEventSourceMappings", on_anything, Immediate(list_event_source_mappings))
            .route("GET", MAPPINGS, 200)
            .query(&[
                Text("EventSourceArn", "EventSourceArn"),
                Text("FunctionName", "FunctionName"),
                Text("Marker", "Marker"),
                Number("MaxItems", "MaxItems"),
            ]),
        write("UpdateEventSourceMapping", update_mapping, Blocking(update_event_source_mapping))
            .route("PUT", MAPPING, 202),
        write("DeleteEventSourceMapping", on_mapping, Immediate(delete_event_source_mapping))
            .route("DELETE", MAPPING, 202),
        read("ListTags", on_resource, Immediate(|cx, call| tag::TAGS.list(cx, call))).route("GET", TAGS, 200),
        write("TagResource", tag_resource, Immediate(|cx, call| tag::TAGS.tag(cx, call))).route("POST", TAGS, 204),
        write("UntagResource", on_resource, Immediate(|cx, call| tag::TAGS.untag(cx, call)))
            .route("DELETE", TAGS, 204)
            .query(&[List("tagKeys", "TagKeys")]),
    ],
    tagged: Some(tag::tagged),
};

#[cfg(test)]
mod tests;
