//! Bringing the tags of a resource to what is desired, whichever service keeps them.

use super::{StepContext, StepResult};
use crate::aws::tags::ResourceTags;
use crate::aws::{AwsError, op, tags};
use aws_smithy_types::error::operation::BuildError;
use std::collections::HashMap;

/// Tags in the form that requests of a service take.
pub trait RequestTags: Sized {
    /// Converts tags.
    ///
    /// # Errors
    /// When the SDK does not build a tag, which it does of every key and value.
    fn from_tags(tags: &ResourceTags) -> Result<Self, BuildError>;
}

/// A tag in the form that requests of a service take: the kinds of a service say it of the service's.
pub trait RequestTag: Sized {
    /// Makes a tag.
    ///
    /// # Errors
    /// As [`RequestTags::from_tags`].
    fn from_tag(key: &str, value: &str) -> Result<Self, BuildError>;
}

/// API Gateway, CloudWatch Logs and Lambda take a map.
impl RequestTags for HashMap<String, String> {
    fn from_tags(tags: &ResourceTags) -> Result<Self, BuildError> {
        Ok(tags.clone().into_iter().collect())
    }
}

impl<T: RequestTag> RequestTags for Vec<T> {
    fn from_tags(tags: &ResourceTags) -> Result<Self, BuildError> {
        tags.iter().map(|(key, value)| T::from_tag(key, value)).collect()
    }
}

/// Sends what turns the observed tags into the desired ones: `set` those that are new or have another value, `remove` the keys of the
/// others. Sends nothing where nothing differs.
///
/// # Errors
/// What `set` or `remove` fails with.
pub async fn sync<T: RequestTags>(
    desired: &ResourceTags,
    observed: &ResourceTags,
    set: impl AsyncFnOnce(T) -> Result<(), AwsError>,
    remove: impl AsyncFnOnce(Vec<String>) -> Result<(), AwsError>,
) -> StepResult<()> {
    let (changed, gone) = tags::changes(desired, observed);
    if !changed.is_empty() {
        set(T::from_tags(&changed)?).await?;
    }
    if !gone.is_empty() {
        remove(gone).await?;
    }
    Ok(())
}

/// Brings tags to what is desired as [`sync`] does, for something at a path of API Gateway's own API, such as `/restapis/abc`.
///
/// # Errors
/// The failure of a call.
pub async fn sync_gateway(
    cx: &StepContext<'_>,
    path: &str,
    desired: &ResourceTags,
    observed: &ResourceTags,
) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    let arn = &cx.session.arn()?.gateway(path);
    sync(
        desired,
        observed,
        async |tags: HashMap<_, _>| {
            let send = || gateway.tag_resource().resource_arn(arn).set_tags(Some(tags.clone())).send();
            cx.call(&op::APIGATEWAY_TAG, send).await.map(drop)
        },
        async |keys| {
            let send = || gateway.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
            cx.call(&op::APIGATEWAY_UNTAG, send).await.map(drop)
        },
    )
    .await
}

/// Brings tags to what is desired as [`sync`] does, for a function or an event source mapping.
///
/// # Errors
/// The failure of a call.
pub async fn sync_lambda(
    cx: &StepContext<'_>,
    arn: &str,
    desired: &ResourceTags,
    observed: &ResourceTags,
) -> StepResult<()> {
    let lambda = &cx.clients().lambda;
    sync(
        desired,
        observed,
        async |tags: HashMap<_, _>| {
            let send = || lambda.tag_resource().resource(arn).set_tags(Some(tags.clone())).send();
            cx.call(&op::LAMBDA_TAG, send).await.map(drop)
        },
        async |keys| {
            let send = || lambda.untag_resource().resource(arn).set_tag_keys(Some(keys.clone())).send();
            cx.call(&op::LAMBDA_UNTAG, send).await.map(drop)
        },
    )
    .await
}
