//! What IAM's operations need ("Actions, resources, and condition keys for AWS Identity and Access Management").

use crate::arn::role_arn;
use crate::service::permission::{RequestView, RequiredPermission};

fn role(view: &RequestView<'_>) -> String {
    view.role(view.text("RoleName"))
}

pub(super) fn create_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let role = role_arn(view.input["Path"].as_str().unwrap_or("/"), view.text("RoleName"));
    view.creation(&view.action(), "iam:TagRole", &role, "Tags")
}

pub(super) fn on_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(role(view))]
}

pub(super) fn tag_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), &role(view), "Tags")]
}

pub(super) fn attach(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(role(view)).key("iam:policyarn", view.text("PolicyArn"))]
}
