//! Identity and Access Management: roles, their policies and their tags.

mod lookup;
mod pages;
mod permissions;
mod policy;
mod role;
mod tag;

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read, write};
use super::permission::on_anything;
use crate::wire::{ErrorCodes, ServiceSpec};
use permissions::{attach, create_role, on_role, tag_role};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        errors: ErrorCodes { internal: "ServiceFailure", ..ErrorCodes::QUERY },
        ..ServiceSpec::query("iam", "https://iam.amazonaws.com/doc/2010-05-08/")
    },
    operations: &[
        write("CreateRole", create_role, Immediate(role::create_role)),
        read("GetRole", on_role, Immediate(role::get_role)),
        write("UpdateRole", on_role, Immediate(role::update_role)),
        write("UpdateAssumeRolePolicy", on_role, Immediate(role::update_assume_role_policy)),
        write("DeleteRole", on_role, Immediate(role::delete_role)),
        read("ListRoles", on_anything, Immediate(role::list_roles)),
        write("PutRolePolicy", on_role, Immediate(policy::put_role_policy)),
        read("GetRolePolicy", on_role, Immediate(policy::get_role_policy)),
        write("DeleteRolePolicy", on_role, Immediate(policy::delete_role_policy)),
        read("ListRolePolicies", on_role, Immediate(policy::list_role_policies)),
        write("AttachRolePolicy", attach, Immediate(policy::attach_role_policy)),
        write("DetachRolePolicy", attach, Immediate(policy::detach_role_policy)),
        read("ListAttachedRolePolicies", on_role, Immediate(policy::list_attached_role_policies)),
        write("TagRole", tag_role, Immediate(tag::tag_role)),
        write("UntagRole", on_role, Immediate(tag::untag_role)),
        read("ListRoleTags", on_role, Immediate(tag::list_role_tags)),
    ],
    tagged: None,
};

#[cfg(test)]
mod tests;
