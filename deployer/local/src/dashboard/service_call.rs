//! Asks the services what they know, as a caller who may do everything.

use crate::context::Context;
use crate::service::find_service;
use crate::wire::{Call, Output, ServiceError, ServiceResult};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;

/// Calls an operation that changes nothing.
pub async fn ask(cx: &Arc<Context>, service: &str, operation: &str, region: &str, input: &Value) -> ServiceResult {
    let unknown = || ServiceError::not_modelled(format_args!("{service} {operation}"));
    let declared = find_service(service).and_then(|service| service.operation(operation)).ok_or_else(unknown)?;
    let call = Call {
        region: region.to_owned(),
        operation: operation.to_owned(),
        body: input.clone(),
        payload: input.to_string().into(),
        ..Call::default()
    };
    match declared.handler.run(cx, &Arc::new(call)).await? {
        Output::Members(members) => Ok(members),
        Output::Ready(response) => {
            let body = response.into_body().collect().await.map_err(ServiceError::internal)?.to_bytes();
            serde_json::from_slice(&body).map_err(ServiceError::internal)
        }
    }
}
