//! Changing functions.

use super::function::{store_code, unpublished};
use super::lookup::{check_revision, conflict, function, function_mut};
use super::settings::FunctionSettingsInput;
use super::{check, name, view};
use crate::arn::function_arn;
use crate::context::Context;
use crate::store::function::FunctionRecord;
use crate::wire::{Call, ServiceResult};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateFunctionConfigurationInput {
    function_name: String,
    revision_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateFunctionCodeInput {
    function_name: String,
    zip_file: Option<String>,
    publish: Option<bool>,
    dry_run: Option<bool>,
    revision_id: Option<String>,
    architectures: Option<Vec<String>>,
}

pub(super) fn update_function_configuration(cx: &Context, call: &Call) -> ServiceResult {
    let (input, settings): (UpdateFunctionConfigurationInput, FunctionSettingsInput) = call.inputs()?;
    let region = call.region.as_str();
    let name = name::resolve(region, &input.function_name)?;
    let settings = settings.check(&name)?;
    let view = cx.store.write(|document| {
        check_settled(cx, function(document, region, &name)?, false)?;
        if let Some(role) = &settings.role {
            check::assumable(cx, document, role)?;
        }
        let function = function_mut(document, region, &name)?;
        check_revision(input.revision_id.as_deref(), &function.revision)?;
        settings.apply(function);
        touch(cx, function);
        Ok(view::configuration(cx, function))
    })?;
    cx.runtime.retire(&function_arn(region, &name));
    Ok(view)
}

pub(super) fn update_function_code(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateFunctionCodeInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve(region, &input.function_name)?;
    unpublished(input.publish)?;
    let architecture = input.architectures.as_deref().map(check::architecture).transpose()?;
    let check = |function: &FunctionRecord| {
        check_settled(cx, function, false)?;
        check_revision(input.revision_id.as_deref(), &function.revision)
    };
    cx.store.read(|document| check(function(document, region, &name)?))?;
    let stored = store_code(cx, input.zip_file)?;
    let apply = |function: &mut FunctionRecord| {
        (function.code_sha256, function.code_size) = (stored.sha256.clone(), stored.size);
        if let Some(architecture) = &architecture {
            function.architecture.clone_from(architecture);
        }
    };
    if input.dry_run == Some(true) {
        return cx.store.read(|document| {
            let mut function = function(document, region, &name)?.clone();
            apply(&mut function);
            Ok(view::configuration(cx, &function))
        });
    }
    let view = cx.store.write(|document| {
        let function = function_mut(document, region, &name)?;
        check(function)?;
        apply(function);
        touch(cx, function);
        Ok(view::configuration(cx, function))
    })?;
    cx.runtime.retire(&function_arn(region, &name));
    Ok(view)
}

/// Mints a revision, as every change of code or configuration does, even one that changes nothing.
fn touch(cx: &Context, function: &mut FunctionRecord) {
    let now = cx.clock.now();
    function.revision = uuid::Uuid::new_v4().to_string();
    function.modified = now;
    function.updating_until = cx.unsettled_until(|faults| faults.function_updating_ms);
}

/// Checks that a function is neither being created nor updated: such a one takes no other change.
pub(super) fn check_settled(cx: &Context, function: &FunctionRecord, deleting: bool) -> ServiceResult<()> {
    let now = cx.clock.now();
    if view::pending(function, now) {
        return Err(conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        ));
    }
    if view::updating(function, now) && !deleting {
        return Err(conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {}",
            function.arn
        )));
    }
    Ok(())
}
