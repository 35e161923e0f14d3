//! How operations are carried out: on items by the engine alone, on tables by what is around it.

use super::region_arn::{globalise, globalise_text, localise};
use super::{engine, table};
use crate::context::Context;
use crate::wire::{Call, JsonVersion, Output, ServiceError, ServiceResult, aws_json};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Carries an operation on items out.
pub(super) async fn item(cx: &Arc<Context>, call: &Call) -> ServiceResult<Output> {
    let (cx, call) = (Arc::clone(cx), call.clone());
    let body = spawn_blocking(move || {
        let run = || {
            table::check_usable(&cx, &call)?;
            engine::run(&cx.tables.database(&call.region)?, &call.operation, &call.payload)
        };
        run().map_err(|error| with_region(&call, error))
    });
    let body = body.await.map_err(ServiceError::internal)??;
    Ok(Output::Ready(aws_json::ready(JsonVersion::V1_0, body)))
}

/// Carries an operation on tables or backups out; the handler sees ARNs in the engine's region.
pub(super) fn control(cx: &Context, call: &Call, handler: fn(&Context, &Call) -> ServiceResult) -> ServiceResult {
    let run = || {
        let mut local = call.clone();
        local.body = localise(&call.region, local.body)?;
        handler(cx, &local)
    };
    run().map(|members| globalise(&call.region, members)).map_err(|error| with_region(call, error))
}

fn with_region(call: &Call, error: ServiceError) -> ServiceError {
    ServiceError { message: globalise_text(&call.region, &error.message), ..error }
}
