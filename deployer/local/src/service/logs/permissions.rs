//! What the operations of CloudWatch Logs need ("Actions, resources, and condition keys for Amazon CloudWatch Logs").
//!
//! Three forms of ARN: calls for tags are about the group's bare ARN, everything else about the group with `:log-stream:` and
//! perhaps a stream behind it, which `…:*` in a policy covers ("Overview of managing access permissions to your CloudWatch
//! Logs resources").

use crate::arn::{ACCOUNT, log_group_arn};
use crate::service::permission::{RequestView, RequiredPermission};

/// Returns the ARN of a stream, or of all streams of the group when `stream` is empty. The group is given by its name, or by
/// an identifier, which is a name or an ARN.
fn stream_arn(view: &RequestView<'_>, stream: &str) -> String {
    let name = view.input["logGroupName"].as_str().unwrap_or_else(|| view.text("logGroupIdentifier"));
    let group = match name.strip_suffix(":*").unwrap_or(name) {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        name => log_group_arn(view.region, name),
    };
    format!("{group}:log-stream:{stream}")
}

pub(super) fn create_log_group(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let mut needs = view.creation(&view.action(), "logs:TagResource", &stream_arn(view, ""), "tags");
    for tagging in needs.iter_mut().skip(1) {
        tagging.refusal = Some(format!(
            "User with accountId: {ACCOUNT} is not authorized to perform CreateLogGroup with Tags. An additional permission \
             \"logs:TagResource\" is required."
        ));
    }
    needs
}

pub(super) fn on_group(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(stream_arn(view, ""))]
}

pub(super) fn on_stream(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(stream_arn(view, view.text("logStreamName")))]
}

/// Needs the action on all groups, whatever prefix is asked for.
pub(super) fn on_groups(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(format!("{}:log-stream:", log_group_arn(view.region, "")))]
}

pub(super) fn tag_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), view.text("resourceArn"), "tags")]
}

pub(super) fn on_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("resourceArn"))]
}

/// Needs the action on the group's bare ARN, as all calls for tags do.
pub(super) fn list_tags_log_group(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(log_group_arn(view.region, view.text("logGroupName")))]
}
