//! Permissions boundaries of roles.

use super::lookup::{check_attachable, missing, role_mut};
use crate::context::Context;
use crate::wire::{Call, ServiceResult};
use serde_json::Value;

pub(super) fn put_role_permissions_boundary(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name, boundary] = call.texts(["RoleName", "PermissionsBoundary"])?;
    cx.store.write(|document| {
        check_attachable(document, boundary)?;
        role_mut(document, role_name)?.boundary = Some(boundary.to_owned());
        Ok(Value::Null)
    })
}

pub(super) fn delete_role_permissions_boundary(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name] = call.texts(["RoleName"])?;
    cx.store.write(|document| match role_mut(document, role_name)?.boundary.take() {
        Some(_) => Ok(Value::Null),
        None => Err(missing(format!("Role {role_name} does not have a permissions boundary."))),
    })
}
