//! Changing a function. A second update while one is under way is refused, so every pass sends one and looks again.

use super::spec::{CONFIGURATION, FunctionSpec};
use super::{environment, read};
use crate::artifact::FunctionArtifact;
use crate::aws::{AwsError, ErrorClass, op};
use crate::error::Error;
use crate::kinds::diff::{SpecDiff, touches};
use crate::kinds::{ObservedResource, ResourceId, RetryRule, StepContext, StepResult, WriteProgress, tag_sync};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, EphemeralStorage, FunctionCode, Runtime, TracingConfig, TracingMode};
use std::time::Duration;

/// A role that was just made reaches Lambda within seconds; a trust policy that is wrong never does.
const ROLE_PATIENCE: Duration = Duration::from_secs(60);

/// Says how to go on after Lambda refused the function's role. A role that this run did not touch is wrong, and waiting does not help.
pub fn retry(cx: &StepContext<'_>, error: &AwsError) -> Option<RetryRule> {
    if error.class != ErrorClass::RoleUnusable {
        return None;
    }
    let fresh = cx.session.ledger.fresh.borrow().contains(&ResourceId::new("role", &cx.place.id.name));
    let (patience, hint) = if fresh {
        (
            ROLE_PATIENCE,
            "The new role was not known to Lambda for 60 s. Run the same command again: it goes on from here.",
        )
    } else {
        (
            Duration::ZERO,
            "The role was not changed in this run, so waiting does not help: its trust policy must let lambda.amazonaws.com assume it. `deployer plan` shows whether it differs.",
        )
    };
    Some(RetryRule {
        patience,
        // Most roles are known within seconds, and every pause is on the critical path.
        dense: (7, Duration::from_millis(250)),
        sparse: Duration::from_millis(1000),
        reason: "the new role to become known to Lambda".into(),
        hint,
    })
}

fn artifact(cx: &StepContext<'_>) -> StepResult<FunctionArtifact> {
    cx.session.uploads.artifacts.borrow().get(&cx.place.id.name).cloned().ok_or_else(|| {
        Error::artifact(format!("there is no code for {}", cx.place.id))
            .hint(format!("Build it (leave out --no-build), or bring it: `--artifact {}=PATH`.", cx.place.id.name))
            .into()
    })
}

/// Puts the settings of a function into a request: CreateFunction and UpdateFunctionConfiguration take the same ones, by builders that
/// share no type.
macro_rules! with_settings {
    ($request:expr, $cx:expr, $desired:expr) => {
        $request
            .role(&$desired.role)
            .runtime(Runtime::from($desired.runtime.as_str()))
            .handler(&$desired.handler)
            .memory_size($desired.memory)
            .timeout($desired.timeout)
            .ephemeral_storage(EphemeralStorage::builder().size($desired.ephemeral_storage).build()?)
            .description(&$desired.description)
            .environment(environment::sent($cx, &$desired.environment)?)
            .tracing_config(TracingConfig::builder().mode(TracingMode::from($desired.tracing.as_str())).build())
    };
}

/// Creates the function with its code.
pub async fn create(cx: &StepContext<'_>, desired: &FunctionSpec) -> StepResult<WriteProgress> {
    let lambda = &cx.clients().lambda;
    let zip = Blob::new(artifact(cx)?.zip.to_vec());
    let request = with_settings!(lambda.create_function(), cx, desired)
        .function_name(cx.name())
        .architectures(Architecture::from(desired.architecture.as_str()))
        .code(FunctionCode::builder().zip_file(zip).build())
        .set_tags(Some(desired.tags.clone().into_iter().collect()));
    let answer = cx.call(&op::CREATE_FUNCTION, || request.clone().send()).await?;
    cx.publish("name", cx.name());
    cx.publish("arn", cx.session.arn()?.function(cx.name()));
    cx.exists();
    // Accepted while the function is Pending.
    concurrency(cx, desired.reserved_concurrency, None).await?;
    Ok(if read::settling(answer.state(), answer.last_update_status()).is_some() {
        WriteProgress::Settling
    } else {
        WriteProgress::Done
    })
}

/// Sends the configuration or the code, and whatever is independent of both.
pub async fn update(
    cx: &StepContext<'_>,
    desired: &FunctionSpec,
    observed: &ObservedResource<FunctionSpec>,
    diff: &SpecDiff,
) -> StepResult<WriteProgress> {
    let beside = async {
        let concurrency = concurrency(cx, desired.reserved_concurrency, observed.spec.reserved_concurrency);
        let (concurrency, tags) = futures::join!(concurrency, retag(cx, desired, observed));
        concurrency.and(tags)
    };
    if touches(diff, "environment") && environment::is_marked_anew(diff) {
        // A value that was a secret is gone before the mark that hides it is.
        let main = update_main(cx, desired, diff).await?;
        return beside.await.map(|()| main);
    }
    let (main, beside) = futures::join!(update_main(cx, desired, diff), beside);
    beside?;
    main
}

async fn update_main(cx: &StepContext<'_>, desired: &FunctionSpec, diff: &SpecDiff) -> StepResult<WriteProgress> {
    let lambda = &cx.clients().lambda;
    let code_differs = touches(diff, "code_sha256") || touches(diff, "architecture");
    if CONFIGURATION.iter().any(|field| touches(diff, field)) {
        let request = with_settings!(lambda.update_function_configuration(), cx, desired).function_name(cx.name());
        let answer = cx.call(&op::UPDATE_FUNCTION_CONFIGURATION, || request.clone().send()).await?;
        if code_differs || read::settling(answer.state(), answer.last_update_status()).is_some() {
            return Ok(WriteProgress::Settling);
        }
    }
    if code_differs {
        let zip = Blob::new(artifact(cx)?.zip.to_vec());
        let answer = cx
            .call(&op::UPDATE_FUNCTION_CODE, || {
                lambda
                    .update_function_code()
                    .function_name(cx.name())
                    .zip_file(zip.clone())
                    .architectures(Architecture::from(desired.architecture.as_str()))
                    .send()
            })
            .await?;
        if read::settling(answer.state(), answer.last_update_status()).is_some() {
            return Ok(WriteProgress::Settling);
        }
    }
    Ok(WriteProgress::Done)
}

async fn concurrency(cx: &StepContext<'_>, desired: Option<i32>, observed: Option<i32>) -> StepResult<()> {
    let lambda = &cx.clients().lambda;
    match desired {
        _ if desired == observed => {}
        Some(n) => {
            cx.call(&op::PUT_FUNCTION_CONCURRENCY, || {
                lambda.put_function_concurrency().function_name(cx.name()).reserved_concurrent_executions(n).send()
            })
            .await?;
        }
        None => {
            cx.call(&op::DELETE_FUNCTION_CONCURRENCY, || {
                lambda.delete_function_concurrency().function_name(cx.name()).send()
            })
            .await?;
        }
    }
    Ok(())
}

async fn retag(
    cx: &StepContext<'_>,
    desired: &FunctionSpec,
    observed: &ObservedResource<FunctionSpec>,
) -> StepResult<()> {
    let arn = observed.outputs.get("arn").map(String::as_str).unwrap_or_default();
    tag_sync::sync_lambda(cx, arn, &desired.tags, &observed.spec.tags).await
}

/// Deletes the function; its resource policy goes with it.
pub async fn delete(cx: &StepContext<'_>) -> StepResult<WriteProgress> {
    let lambda = &cx.clients().lambda;
    cx.find(&op::DELETE_FUNCTION, || lambda.delete_function().function_name(cx.name()).send()).await?;
    Ok(WriteProgress::Done)
}
