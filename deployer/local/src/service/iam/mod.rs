//! Identity and Access Management: roles, their policies and their tags.

mod form;
mod lookup;
mod permissions;
mod policy;
mod role;
mod tag;

use super::declaration::Service;
use super::operation::OperationHandler::Immediate;
use super::operation::ServiceOperation;
use super::permission::on_anything;
use crate::wire::{ErrorCodes, ServiceSpec, WireProtocol};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "iam",
        action_prefix: "iam",
        protocol: WireProtocol::Query("https://iam.amazonaws.com/doc/2010-05-08/"),
        rate: None,
        errors: ErrorCodes { internal: "ServiceFailure", ..ErrorCodes::QUERY },
    },
    operations: &[
        ServiceOperation::write("CreateRole", permissions::create_role, Immediate(role::create_role)),
        ServiceOperation::read("GetRole", permissions::on_role, Immediate(role::get_role)),
        ServiceOperation::write("UpdateRole", permissions::on_role, Immediate(role::update_role)),
        ServiceOperation::write(
            "UpdateAssumeRolePolicy",
            permissions::on_role,
            Immediate(role::update_assume_role_policy),
        ),
        ServiceOperation::write("DeleteRole", permissions::on_role, Immediate(role::delete_role)),
        ServiceOperation::read("ListRoles", on_anything, Immediate(role::list_roles)),
        ServiceOperation::write("PutRolePolicy", permissions::on_role, Immediate(policy::put_role_policy)),
        ServiceOperation::read("GetRolePolicy", permissions::on_role, Immediate(policy::get_role_policy)),
        ServiceOperation::write("DeleteRolePolicy", permissions::on_role, Immediate(policy::delete_role_policy)),
        ServiceOperation::read("ListRolePolicies", permissions::on_role, Immediate(policy::list_role_policies)),
        ServiceOperation::write("AttachRolePolicy", permissions::attach, Immediate(policy::attach_role_policy)),
        ServiceOperation::write("DetachRolePolicy", permissions::attach, Immediate(policy::detach_role_policy)),
        ServiceOperation::read(
            "ListAttachedRolePolicies",
            permissions::on_role,
            Immediate(policy::list_attached_role_policies),
        ),
        ServiceOperation::write("TagRole", permissions::tag_role, Immediate(tag::tag_role)),
        ServiceOperation::write("UntagRole", permissions::on_role, Immediate(tag::untag_role)),
        ServiceOperation::read("ListRoleTags", permissions::on_role, Immediate(tag::list_role_tags)),
    ],
    tagged: None,
};
