//! What EventBridge's operations need ("Actions, resources, and condition keys for Amazon EventBridge").

use crate::arn::rule_arn;
use crate::service::permission::{RequestView, RequiredPermission};

fn rule(view: &RequestView<'_>, member: &str) -> String {
    rule_arn(view.region, view.text(member))
}

pub(super) fn put_rule(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    view.creation(&view.action(), "events:TagResource", &rule(view, "Name"), "Tags")
}

pub(super) fn on_name(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(rule(view, "Name"))]
}

pub(super) fn on_rule(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(rule(view, "Rule"))]
}

pub(super) fn tag_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), view.text("ResourceARN"), "Tags")]
}

pub(super) fn on_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("ResourceARN"))]
}
