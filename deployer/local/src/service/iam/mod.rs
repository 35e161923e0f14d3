//! Identity and Access Management: roles, their policies, boundaries and tags, and customer managed policies.

mod boundary;
mod check;
mod lookup;
mod managed_policy;
mod pages;
mod permissions;
mod policy;
mod policy_version;
mod role;
mod tag;
mod view;

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read, write};
use super::permission::on_anything;
use crate::wire::{ErrorCodes, ServiceSpec};
use permissions::{attach, bound_role, create_policy, create_role, on_policy, on_role, tag_policy, tag_role};

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
        write("PutRolePermissionsBoundary", bound_role, Immediate(boundary::put_role_permissions_boundary)),
        write("DeleteRolePermissionsBoundary", on_role, Immediate(boundary::delete_role_permissions_boundary)),
        read("ListInstanceProfilesForRole", on_role, Immediate(role::list_instance_profiles_for_role)),
        write("CreatePolicy", create_policy, Immediate(managed_policy::create_policy)),
        read("GetPolicy", on_policy, Immediate(managed_policy::get_policy)),
        read("ListPolicies", on_anything, Immediate(managed_policy::list_policies)),
        write("DeletePolicy", on_policy, Immediate(managed_policy::delete_policy)),
        read("ListEntitiesForPolicy", on_policy, Immediate(managed_policy::list_entities_for_policy)),
        write("CreatePolicyVersion", on_policy, Immediate(policy_version::create_policy_version)),
        read("GetPolicyVersion", on_policy, Immediate(policy_version::get_policy_version)),
        read("ListPolicyVersions", on_policy, Immediate(policy_version::list_policy_versions)),
        write("SetDefaultPolicyVersion", on_policy, Immediate(policy_version::set_default_policy_version)),
        write("DeletePolicyVersion", on_policy, Immediate(policy_version::delete_policy_version)),
        write("TagPolicy", tag_policy, Immediate(tag::tag_policy)),
        write("UntagPolicy", on_policy, Immediate(tag::untag_policy)),
        read("ListPolicyTags", on_policy, Immediate(tag::list_policy_tags)),
    ],
    tagged: None,
};

#[cfg(test)]
mod tests;
