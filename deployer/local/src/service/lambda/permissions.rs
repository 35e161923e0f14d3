//! What Lambda's operations need ("Actions, resources, and condition keys for AWS Lambda").

use super::{name, sources};
use crate::arn::function_arn;
use crate::service::permission::{RequestView, RequiredPermission};

/// The service that functions' roles are handed to.
const SERVICE: &str = "lambda.amazonaws.com";

fn function(view: &RequestView<'_>) -> String {
    let given = view.text("FunctionName");
    // What is no name is refused by the operation itself.
    let name = name::resolve(view.region, given).unwrap_or_else(|_| given.to_owned());
    function_arn(view.region, &name)
}

pub(super) fn create_function(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let mut needs = view.creation(&view.action(), "lambda:TagResource", &function(view), "Tags");
    needs.insert(1, view.pass_role(view.text("Role"), SERVICE));
    needs
}

/// Needs the action for the function that is fed; tags at creation are given to a mapping whose id nobody knows yet.
pub(super) fn create_mapping(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let mut needs = view.creation(&view.action(), "lambda:TagResource", "*", "Tags");
    if let Some(tagging) = needs.get_mut(1) {
        tagging.resource = sources::mapping_arn(view.region, "*");
    }
    needs.into_iter().map(|need| need.key("lambda:functionarn", function(view))).collect()
}

pub(super) fn on_mapping(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let uuid = view.text("UUID");
    let own = view.own(sources::mapping_arn(view.region, uuid));
    let feeds =
        view.document.region(view.region).sources.get(uuid).map(|mapping| function_arn(view.region, &mapping.function));
    vec![match feeds {
        Some(function) => own.key("lambda:functionarn", function),
        None => own,
    }]
}

/// Needs the action for the function that is fed, and for that which shall be fed.
pub(super) fn update_mapping(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let mut needs = on_mapping(view);
    if !view.text("FunctionName").is_empty() {
        needs.push(
            view.own(sources::mapping_arn(view.region, view.text("UUID"))).key("lambda:functionarn", function(view)),
        );
    }
    needs
}

pub(super) fn update_configuration(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let role = view.input["Role"].as_str().map(|role| view.pass_role(role, SERVICE));
    std::iter::once(view.own(function(view))).chain(role).collect()
}

pub(super) fn on_function(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(function(view))]
}

pub(super) fn invoke(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![RequiredPermission::new("lambda:InvokeFunction", function(view))]
}

pub(super) fn tag_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), view.text("Resource"), "Tags")]
}

pub(super) fn on_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("Resource"))]
}

/// Needs `lambda:ListTags`, which it takes since 2024 to see the tags in the answer of `GetFunction` ("GetFunction").
pub(super) fn list_tags(view: &RequestView<'_>) -> RequiredPermission {
    RequiredPermission::new("lambda:ListTags", function(view))
}
