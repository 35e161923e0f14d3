//! Changing an API: import the definition, freeze it in a deployment, point the stage at it. Nothing is deployed that has not changed.

use super::definition::{define, with_policy};
use super::read::DEPLOYMENT;
use super::spec::{ApiDeployment, RestApiSpec, RestApiState};
use crate::aws::op;
use crate::error::{Error, Result};
use crate::kinds::diff::{SpecDiff, touches};
use crate::kinds::patch::replace;
use crate::kinds::{ApiBlock, ObservedResource, StepContext, StepResult, WriteProgress, patch, tag_sync, usage_plan};
use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::{EndpointConfiguration, EndpointType, PatchOperation, PutMode};

/// Deployments that no stage shows are kept up to this number, for whoever wants to look back.
const KEPT_DEPLOYMENTS: usize = 5;

fn block(cx: &StepContext<'_>) -> Result<ApiBlock> {
    cx.session.stack.declared(ApiBlock::ID)
}

/// Creates API, definition, deployment and stage.
pub async fn create(cx: &StepContext<'_>, desired: &RestApiSpec) -> StepResult<WriteProgress> {
    let gateway = &cx.clients().apigateway;
    let answer = cx
        .call(&op::CREATE_REST_API, || {
            gateway
                .create_rest_api()
                .name(&desired.name)
                .description(&desired.description)
                .endpoint_configuration(
                    EndpointConfiguration::builder().types(EndpointType::from(desired.endpoint_type.as_str())).build(),
                )
                .set_binary_media_types(
                    (!desired.binary_media_types.is_empty()).then(|| desired.binary_media_types.clone()),
                )
                .set_minimum_compression_size(desired.minimum_compression_size)
                .set_tags(Some(desired.tags.clone().into_iter().collect()))
                .send()
        })
        .await?;
    let id = answer.id().unwrap_or_default().to_owned();
    let stage = block(cx)?.stage_name(&cx.session.stack);
    cx.publish("id", &id);
    cx.publish("name", &desired.name);
    cx.publish("endpoint", cx.session.invoke_url(&id, &stage));
    cx.exists();
    import(cx, &id, desired, None).await?;
    deploy(cx, &id, desired, &RestApiSpec::default(), DeploymentChoice::Anew, false).await?;
    Ok(WriteProgress::Done)
}

/// Sends what differs.
pub async fn update(
    cx: &StepContext<'_>,
    desired: &RestApiSpec,
    observed: &ObservedResource<RestApiSpec, RestApiState>,
    diff: &SpecDiff,
) -> StepResult<WriteProgress> {
    let gateway = &cx.clients().apigateway;
    let id = observed.outputs.get("id").cloned().unwrap_or_default();
    for duplicate in &observed.spec.duplicates {
        cx.note(format!(
            "REST API {duplicate} has the same tags as {id} (the answer to an earlier creation was lost): it is deleted"
        ));
        cx.find(&op::DELETE_REST_API, || gateway.delete_rest_api().rest_api_id(duplicate).send()).await?;
    }
    let definition_differs = touches(diff, "routes") || touches(diff, "gateway_responses");
    let redeploy = touches(diff, "deployed");
    let settings = ["name", "description", "endpoint_type", "binary_media_types", "minimum_compression_size"];
    // The answer to an earlier CreateDeployment was lost, or the run ended before its stage was told: what was frozen is there.
    let unused = &observed.state.unused_deployments;
    let frozen = unused.iter().find(|d| d.hash == desired.deployed).filter(|_| redeploy && !definition_differs);
    // An import sets the name, the description and the media types too, but not everywhere and never the endpoint type: what it left
    // is patched.
    let mut now = observed.spec.clone();
    let imported = definition_differs || (redeploy && frozen.is_none());
    if imported {
        import(cx, &id, desired, observed.state.policy.as_deref()).await?.note(&mut now);
    }
    let patches =
        settings_patches(desired, &now, |field| settings.contains(&field) && (imported || touches(diff, field)));
    if !patches.is_empty() {
        cx.call(&op::UPDATE_REST_API, || {
            gateway.update_rest_api().rest_api_id(&id).set_patch_operations(Some(patches.clone())).send()
        })
        .await?;
    }
    let has_stage = observed.state.has_stage;
    let from = match frozen {
        Some(deployment) if has_stage => DeploymentChoice::Frozen(&deployment.id),
        _ if redeploy || !has_stage => DeploymentChoice::Anew,
        _ => DeploymentChoice::Nothing,
    };
    deploy(cx, &id, desired, &observed.spec, from, has_stage).await?;
    for stage in &observed.spec.former_stages {
        usage_plan::reopen(cx, &id, stage, &block(cx)?.stage_name(&cx.session.stack)).await?;
        cx.find(&op::DELETE_STAGE, || gateway.delete_stage().rest_api_id(&id).stage_name(stage).send()).await?;
    }
    tag_sync::sync_gateway(cx, &format!("/restapis/{id}"), &desired.tags, &observed.spec.tags).await?;
    if redeploy {
        prune(cx, &id, unused, frozen).await?;
    }
    Ok(WriteProgress::Done)
}

async fn import(
    cx: &StepContext<'_>,
    id: &str,
    desired: &RestApiSpec,
    policy: Option<&str>,
) -> StepResult<ImportedSettings> {
    let gateway = &cx.clients().apigateway;
    let arn = cx.session.arn()?;
    let mut document = define(&cx.session.stack, &block(cx)?, &desired.name, &arn).document;
    if let Some(policy) = policy {
        document = with_policy(document, policy).map_err(|error| {
            Error::refused(format!("the resource policy of REST API {id} cannot be read ({error}), and an import without it would take it away"))
                .hint("Look at it (`aws apigateway get-rest-api`), and write it anew or remove it there.")
        })?;
    }
    let body = Blob::new(document.to_string());
    let answer = cx
        .call(&op::PUT_REST_API, || {
            gateway
                .put_rest_api()
                .rest_api_id(id)
                .mode(PutMode::Overwrite)
                .fail_on_warnings(true)
                .body(body.clone())
                .send()
        })
        .await?;
    Ok(ImportedSettings {
        name: answer.name,
        description: answer.description,
        binary_media_types: answer.binary_media_types.unwrap_or_default(),
        minimum_compression_size: answer.minimum_compression_size,
    })
}

/// What an API has after an import, as its answer tells.
struct ImportedSettings {
    name: Option<String>,
    description: Option<String>,
    binary_media_types: Vec<String>,
    minimum_compression_size: Option<i32>,
}

impl ImportedSettings {
    fn note(self, spec: &mut RestApiSpec) {
        spec.name = self.name.unwrap_or_default();
        spec.description = self.description.unwrap_or_default();
        spec.binary_media_types = self.binary_media_types;
        spec.binary_media_types.sort();
        spec.minimum_compression_size = self.minimum_compression_size;
    }
}

fn settings_patches(
    desired: &RestApiSpec,
    observed: &RestApiSpec,
    differs: impl Fn(&str) -> bool,
) -> Vec<PatchOperation> {
    let mut out = Vec::new();
    if differs("name") && desired.name != observed.name {
        out.push(replace("/name", &desired.name));
    }
    if differs("description") && desired.description != observed.description {
        out.push(replace("/description", &desired.description));
    }
    if differs("endpoint_type") && desired.endpoint_type != observed.endpoint_type {
        out.push(replace(&format!("/endpointConfiguration/types/{}", observed.endpoint_type), &desired.endpoint_type));
    }
    if differs("minimum_compression_size") && desired.minimum_compression_size != observed.minimum_compression_size {
        // No value switches compression off (UpdateRestApi).
        let path = "/minimumCompressionSize";
        out.push(desired.minimum_compression_size.map_or_else(|| patch::clear(path), |size| replace(path, size)));
    }
    if differs("binary_media_types") && desired.binary_media_types != observed.binary_media_types {
        // A slash in a path segment is written `~1` (RFC 6901).
        let path = |media: &String| format!("/binaryMediaTypes/{}", media.replace('/', "~1"));
        let (wanted, there) = (&desired.binary_media_types, &observed.binary_media_types);
        out.extend(there.iter().filter(|media| !wanted.contains(media)).map(|media| patch::remove(&path(media))));
        out.extend(wanted.iter().filter(|media| !there.contains(media)).map(|media| patch::add(&path(media))));
    }
    out
}

/// Which deployment the stage is to show.
enum DeploymentChoice<'a> {
    /// The one that it shows.
    Nothing,
    /// One that is there and that no stage shows.
    Frozen(&'a str),
    /// One of what was just imported.
    Anew,
}

/// Makes a deployment if one is needed and brings the stage to it and to its settings, in as few calls as AWS needs.
async fn deploy(
    cx: &StepContext<'_>,
    id: &str,
    desired: &RestApiSpec,
    observed: &RestApiSpec,
    from: DeploymentChoice<'_>,
    has_stage: bool,
) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    let stage = block(cx)?.stage_name(&cx.session.stack);
    let mut patches = Vec::new();
    if let DeploymentChoice::Frozen(deployment) = from {
        patches.push(replace("/deploymentId", deployment));
    }
    if matches!(from, DeploymentChoice::Anew) {
        // Naming the stage creates it; an existing one is repointed by a patch, so that it keeps its settings.
        let new_stage = (!has_stage).then(|| stage.clone());
        let answer = cx
            .call(&op::CREATE_DEPLOYMENT, || {
                gateway
                    .create_deployment()
                    .rest_api_id(id)
                    .set_stage_name(new_stage.clone())
                    .description(format!("{DEPLOYMENT}{}", desired.deployed))
                    .send()
            })
            .await?;
        if has_stage {
            patches.push(replace("/deploymentId", answer.id().unwrap_or_default()));
        }
    }
    match (desired.throttle, observed.throttle) {
        (desired, observed) if desired == observed => {}
        (Some(limit), _) => {
            patches.push(replace("/*/*/throttling/rateLimit", limit.rate));
            patches.push(replace("/*/*/throttling/burstLimit", limit.burst));
        }
        // Not described is not managed.
        (None, _) => {}
    }
    if desired.tracing != observed.tracing {
        patches.push(replace("/tracingEnabled", desired.tracing));
    }
    if !patches.is_empty() {
        cx.call(&op::UPDATE_STAGE, || {
            gateway.update_stage().rest_api_id(id).stage_name(&stage).set_patch_operations(Some(patches.clone())).send()
        })
        .await?;
    }
    Ok(())
}

/// Deletes deployments that no stage shows, beyond the last few. `shown` is one that a stage has come to show meanwhile.
async fn prune(
    cx: &StepContext<'_>,
    id: &str,
    unused: &[ApiDeployment],
    shown: Option<&ApiDeployment>,
) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    let unused: Vec<_> = unused.iter().filter(|deployment| Some(*deployment) != shown).collect();
    for deployment in unused.iter().take(unused.len().saturating_sub(KEPT_DEPLOYMENTS)) {
        cx.find(&op::DELETE_DEPLOYMENT, || {
            gateway.delete_deployment().rest_api_id(id).deployment_id(&deployment.id).send()
        })
        .await?;
    }
    Ok(())
}

/// Deletes the API; stages and deployments go with it.
pub async fn delete(
    cx: &StepContext<'_>,
    observed: &ObservedResource<RestApiSpec, RestApiState>,
) -> StepResult<WriteProgress> {
    let gateway = &cx.clients().apigateway;
    let ids = observed.outputs.get("id").into_iter().chain(&observed.spec.duplicates);
    for id in ids {
        cx.find(&op::DELETE_REST_API, || gateway.delete_rest_api().rest_api_id(id).send()).await?;
    }
    Ok(WriteProgress::Done)
}
