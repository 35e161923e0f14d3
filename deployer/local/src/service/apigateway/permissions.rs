//! What API Gateway's operations need ("Actions, resources, and condition keys for Amazon API Gateway Management"): actions
//! are HTTP verbs, resources the paths of its own API.

use crate::arn::gateway_arn;
use crate::service::permission::{RequestView, RequiredPermission};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What an ARN keeps as a segment of `/tags/…`: `arn%3Aaws%3Aapigateway%3A…`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*');

/// Needs the verb on the path.
pub(super) fn on_path(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&action(view), &resource(view, &path(view)), "tags")]
}

/// Needs the verb on the path, and `PUT` on the tags of what is made: its id is not known yet.
pub(super) fn creation(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let here = resource(view, &path(view));
    let mut needs = view.creation(&action(view), "apigateway:PUT", &here, "tags");
    for tagging in needs.iter_mut().skip(1) {
        tagging.resource = resource(view, &format!("/tags/{}", utf8_percent_encode(&format!("{here}/*"), SEGMENT)));
    }
    needs
}

pub(super) fn create_rest_api(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let policy = view.input["policy"].is_string().then(|| update_policy(view, "/restapis/*"));
    creation(view).into_iter().chain(policy).collect()
}

pub(super) fn update_rest_api(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let mut patches = view.input["patchOperations"].as_array().into_iter().flatten();
    let policy = patches.any(|patch| patch["path"] == "/policy").then(|| update_policy(view, &path(view)));
    on_path(view).into_iter().chain(policy).collect()
}

/// Needs `PATCH` on what is tagged besides: that is not in the reference, but known from AWS.
pub(super) fn tag_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let patch = RequiredPermission::new("apigateway:PATCH", view.text("resourceArn"));
    on_path(view).into_iter().chain([patch]).collect()
}

fn update_policy(view: &RequestView<'_>, path: &str) -> RequiredPermission {
    RequiredPermission::new("apigateway:UpdateRestApiPolicy", resource(view, path))
}

fn action(view: &RequestView<'_>) -> String {
    format!("apigateway:{}", view.operation.route.map(|route| route.method).unwrap_or_default())
}

fn resource(view: &RequestView<'_>, path: &str) -> String {
    gateway_arn(view.region, path)
}

/// Returns the path with its labels filled in.
fn path(view: &RequestView<'_>) -> String {
    let path = view.operation.route.map(|route| route.path).unwrap_or_default();
    let fill = |segment: &str| match segment.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
        Some("resourceArn") => utf8_percent_encode(view.text("resourceArn"), SEGMENT).to_string(),
        Some(label) => view.text(label).to_owned(),
        None => segment.to_owned(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}
