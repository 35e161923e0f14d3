//! CloudWatch log groups: one per function, made before it so that Lambda does not make one that keeps its events for ever.

use super::diff::{SpecDiff, touches};
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, FunctionBlock, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    ResourceId, ResourceKind, ResourceRef, StepContext, StepResult, WriteProgress, function, sweep, tag_sync,
    wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceTags;
use crate::error::{Error, Result};
use crate::stack::Stack;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// CloudWatch log groups.
pub struct LogGroupKind;

/// Managed fields of a log group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroupSpec {
    /// Days that events are kept; `None` is for ever.
    pub retention_days: Option<i32>,
    /// Tags.
    pub tags: ResourceTags,
}

/// The log group of a function.
pub fn name_for(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

fn name_of(arn: &str) -> Option<String> {
    let name = arn.split_once(":log-group:")?.1;
    Some(name.strip_suffix(":*").unwrap_or(name).to_owned())
}

/// Name of the kind.
pub const NAME: &str = "log_group";

static DEFINITION: KindDefinition = KindDefinition {
    // A function that still runs would write into its log group.
    deleted_after: &[function::NAME],
    outputs: &["name"],
    ..KindDefinition::new(NAME)
};

impl KindContract for LogGroupKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        function::names(stack)
            .into_iter()
            .map(|(id, name)| DeclaredResource {
                place: ResourceRef { id: ResourceId::new(NAME, id), name: name_for(&name) },
                needs: Vec::new(),
            })
            .collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        let groups: Vec<_> =
            function::names(stack).into_iter().map(|(_, function)| arn.log_group(&name_for(&function))).collect();
        match (op.service, op.name) {
            ("logs", "DescribeLogGroups") if groups.is_empty() => Vec::new(),
            ("logs", "DescribeLogGroups") => vec![arn.log_group("*")],
            // Tags are read and changed under the bare ARN, everything else is about the one with `:*` ("CloudWatch Logs resources
            // and operations"), also giving tags to a new group.
            ("logs", "ListTagsForResource" | "UntagResource") => groups,
            ("logs", "TagResource") => groups.into_iter().flat_map(|group| [format!("{group}:*"), group]).collect(),
            ("logs", _) => groups.into_iter().map(|group| format!("{group}:*")).collect(),
            _ => Vec::new(),
        }
    }
}

impl ResourceKind for LogGroupKind {
    type Spec = LogGroupSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, _: &DesiredScope<'_>) -> Result<Option<LogGroupSpec>> {
        let block = stack
            .get::<FunctionBlock>(&place.id.name)
            .ok_or_else(|| Error::internal(format!("{} is not declared", place.id)))?;
        Ok(Some(LogGroupSpec {
            retention_days: i32::try_from(block.log_retention_days).ok().filter(|days| *days > 0),
            tags: wanted_tags(stack, &block.tags, &place.id),
        }))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        _: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<LogGroupSpec>>> {
        let logs = &cx.clients().logs;
        let mut pages = cx.pages(
            &op::DESCRIBE_LOG_GROUPS,
            |token| logs.describe_log_groups().log_group_name_prefix(cx.name()).set_next_token(token).send(),
            |page| page.next_token.clone(),
        );
        // Other groups have names that begin like this one.
        let group = loop {
            let Some(page) = pages.next().await? else { return Ok(None) };
            let mut groups = page.log_groups.unwrap_or_default().into_iter();
            if let Some(group) = groups.find(|group| group.log_group_name() == Some(cx.name())) {
                break group;
            }
        };
        // The tagging operations want the ARN without its `:*`.
        let arn = group.arn().unwrap_or_default().trim_end_matches(":*").to_owned();
        let Some(answer) =
            cx.find(&op::LOGS_LIST_TAGS, || logs.list_tags_for_resource().resource_arn(&arn).send()).await?
        else {
            return Ok(None);
        };
        let tags = cx.session.managed(answer.tags.unwrap_or_default());
        Ok(Some(ObservedResource {
            owner: cx.session.owner(&tags),
            spec: LogGroupSpec { retention_days: group.retention_in_days(), tags },
            state: (),
            settling: None,
            outputs: BTreeMap::from([("name".to_owned(), cx.name().to_owned()), ("arn".to_owned(), arn)]),
            hold: None,
        }))
    }

    async fn create(&self, cx: &StepContext<'_>, want: &LogGroupSpec) -> StepResult<WriteProgress> {
        let logs = &cx.clients().logs;
        cx.call(&op::CREATE_LOG_GROUP, || {
            logs.create_log_group()
                .log_group_name(cx.name())
                .set_tags(Some(want.tags.clone().into_iter().collect()))
                .send()
        })
        .await?;
        cx.publish("name", cx.name());
        cx.exists();
        retain(cx, want).await?;
        Ok(WriteProgress::Done)
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        want: &LogGroupSpec,
        live: &ObservedResource<LogGroupSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        let logs = &cx.clients().logs;
        if touches(diff, "retention_days") {
            retain(cx, want).await?;
        }
        let arn = live.outputs.get("arn").map(String::as_str).unwrap_or_default();
        tag_sync::sync(
            &want.tags,
            &live.spec.tags,
            async |tags: HashMap<_, _>| {
                let send = || logs.tag_resource().resource_arn(arn).set_tags(Some(tags.clone())).send();
                cx.call(&op::LOGS_TAG, send).await.map(drop)
            },
            async |keys| {
                let send = || logs.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
                cx.call(&op::LOGS_UNTAG, send).await.map(drop)
            },
        )
        .await?;
        Ok(WriteProgress::Done)
    }

    async fn delete(&self, cx: &StepContext<'_>, _: &ObservedResource<LogGroupSpec>) -> StepResult<WriteProgress> {
        let logs = &cx.clients().logs;
        cx.find(&op::DELETE_LOG_GROUP, || logs.delete_log_group().log_group_name(cx.name()).send()).await?;
        Ok(WriteProgress::Done)
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        let (tagged, roles) = futures::join!(lists.places(cx, NAME, name_of), lists.roles(cx));
        let mut out = tagged?;
        let groups = roles?.iter().map(|function| name_for(function));
        sweep::add(&mut out, NAME, &name_for(&sweep::prefix(cx)), groups);
        Ok(out)
    }
}

async fn retain(cx: &StepContext<'_>, want: &LogGroupSpec) -> StepResult<()> {
    let logs = &cx.clients().logs;
    match want.retention_days {
        Some(days) => {
            cx.call(&op::PUT_RETENTION_POLICY, || {
                logs.put_retention_policy().log_group_name(cx.name()).retention_in_days(days).send()
            })
            .await?;
        }
        None => {
            cx.find(&op::DELETE_RETENTION_POLICY, || logs.delete_retention_policy().log_group_name(cx.name()).send())
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_log_group_is_named_with_and_without_the_star() {
        assert_eq!(name_of("arn:aws:logs:r:1:log-group:/aws/lambda/f:*").as_deref(), Some("/aws/lambda/f"));
        assert_eq!(name_of("arn:aws:logs:r:1:log-group:/aws/lambda/f").as_deref(), Some("/aws/lambda/f"));
        assert_eq!(name_of("arn:aws:lambda:r:1:function:f"), None);
    }
}
