//! What IAM's operations need ("Actions, resources, and condition keys for AWS Identity and Access Management").

use crate::arn::{policy_arn, role_arn};
use crate::service::permission::{RequestView, RequiredPermission};

fn role(view: &RequestView<'_>) -> String {
    view.role(view.text("RoleName"))
}

pub(super) fn create_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let role = role_arn(view.region, view.input["Path"].as_str().unwrap_or("/"), view.text("RoleName"));
    let mut needs = view.creation(&view.action(), "iam:TagRole", &role, "Tags");
    let boundary = view.text("PermissionsBoundary");
    if !boundary.is_empty() {
        needs = needs.into_iter().map(|need| need.key("iam:permissionsboundary", boundary)).collect();
    }
    needs
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

pub(super) fn bound_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(role(view)).key("iam:permissionsboundary", view.text("PermissionsBoundary"))]
}

pub(super) fn create_policy(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let policy = policy_arn(view.region, view.input["Path"].as_str().unwrap_or("/"), view.text("PolicyName"));
    view.creation(&view.action(), "iam:TagPolicy", &policy, "Tags")
}

pub(super) fn on_policy(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("PolicyArn"))]
}

pub(super) fn tag_policy(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), view.text("PolicyArn"), "Tags")]
}
