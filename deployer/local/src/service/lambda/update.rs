//! Changing functions.

use super::check::{self, EnvironmentInput, LoggingInput, StorageInput, TracingInput};
use super::function::{store_code, unpublished};
use super::lookup::{check_revision, conflict, function, function_mut};
use super::{name, view};
use crate::arn::function_arn;
use crate::context::Context;
use crate::store::function::FunctionRecord;
use crate::wire::{Call, ServiceResult};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateFunctionConfigurationInput {
    function_name: String,
    role: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    environment: Option<EnvironmentInput>,
    runtime: Option<String>,
    tracing_config: Option<TracingInput>,
    revision_id: Option<String>,
    ephemeral_storage: Option<StorageInput>,
    logging_config: Option<LoggingInput>,
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

/// Changes only what is given; the environment is replaced as a whole.
pub(super) fn update_function_configuration(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateFunctionConfigurationInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve(region, &input.function_name)?;
    let handler = input.handler.map(check::handler).transpose()?;
    let description = input.description.map(check::description).transpose()?;
    let timeout_s = input.timeout.map(check::timeout).transpose()?;
    let memory_mb = input.memory_size.map(check::memory).transpose()?;
    let environment = input.environment.map(check::environment).transpose()?;
    let runtime = input.runtime.map(check::runtime).transpose()?;
    let tracing_mode = input.tracing_config.map(check::tracing).transpose()?;
    let storage_mb = input.ephemeral_storage.as_ref().map(check::storage).transpose()?;
    let logging = input.logging_config.map(|config| check::logging(&name, Some(config))).transpose()?;
    if let Some(role) = &input.role {
        check::role_arn(role)?;
    }
    let view = cx.store.write(|document| {
        check_settled(cx, function(document, region, &name)?, false)?;
        if let Some(role) = &input.role {
            check::assumable(cx, document, role)?;
        }
        let function = function_mut(document, region, &name)?;
        check_revision(input.revision_id.as_deref(), &function.revision)?;
        set(&mut function.role, input.role);
        set(&mut function.handler, handler);
        set(&mut function.description, description);
        set(&mut function.timeout_s, timeout_s);
        set(&mut function.memory_mb, memory_mb);
        set(&mut function.environment, environment);
        set(&mut function.runtime, runtime);
        set(&mut function.tracing_mode, tracing_mode);
        set(&mut function.ephemeral_storage_mb, storage_mb);
        set(&mut function.logging, logging);
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
        set(&mut function.architecture, architecture.clone());
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

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
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
