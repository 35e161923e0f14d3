//! CloudWatch log groups: one per function, made before it so that Lambda does not make one that keeps its events for ever.

use super::diff::{SpecDiff, touches};
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, FunctionBlock, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    ProposedChange, ProtectionVerdict, ResourceKind, ResourceRef, StepContext, StepResult, WriteProgress, external,
    function, sweep, tag_sync, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceTags;
use crate::error::Result;
use crate::stack::{Stack, TypedBlock};
use aws_sdk_cloudwatchlogs::types::LogGroup;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// Returns the log group of a function.
pub fn name_for(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

fn name_of(arn: &str) -> Option<String> {
    let name = arn.split_once(":log-group:")?.1;
    Some(name.strip_suffix(":*").unwrap_or(name).to_owned())
}

/// Key of a function's block that says how long events are kept.
const RETENTION_KEY: &str = "log_retention_days";

/// Name of the kind.
pub const NAME: &str = "log_group";

static DEFINITION: KindDefinition = KindDefinition {
    // A function that still runs would write into its log group.
    deleted_after_namesake: &[function::NAME],
    outputs: &["name"],
    ..KindDefinition::new(NAME)
};

impl KindContract for LogGroupKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        ResourceRef::of_blocks::<FunctionBlock>(NAME, stack)
            .map(|function| ResourceRef { name: name_for(&function.name), ..function }.into())
            .collect()
    }

    /// Events that are longer kept than nobody described are kept on. Of a group that this stack made, `null` is a creation that was cut
    /// short, not somebody's wish to keep them for ever.
    fn protects(&self, proposed: &ProposedChange<'_>) -> Option<ProtectionVerdict> {
        let (was, want) = (proposed.change.was.as_i64(), proposed.change.want.as_i64());
        let is_shorter =
            proposed.change.path == "retention_days" && want.is_some_and(|want| was.is_none_or(|was| want < was));
        if !is_shorter || proposed.is_described(FunctionBlock::SECTION, &[RETENTION_KEY]) {
            return None;
        }
        match was {
            Some(_) => Some(proposed.unmanaged(RETENTION_KEY)),
            None => proposed.adopts().then(|| {
                let keep = format!(
                    "Set `{RETENTION_KEY} = 0` in `[function.{}]`, or a number of days to keep them.",
                    proposed.place.id.name
                );
                proposed.refused("keeps its events for ever: older ones than described would be deleted", keep)
            }),
        }
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        let groups: Vec<_> =
            stack.named::<FunctionBlock>().iter().map(|function| arn.log_group(&name_for(&function.name))).collect();
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
        let block = stack.declared::<FunctionBlock>(&place.id.name)?;
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
        let reads = &cx.session.ledger.log_groups;
        let Some(group) = reads.look(cx.name(), async |asked| list(cx, asked).await).await? else { return Ok(None) };
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
            changed_at: None,
        }))
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &LogGroupSpec) -> StepResult<WriteProgress> {
        let logs = &cx.clients().logs;
        cx.call(&op::CREATE_LOG_GROUP, || {
            logs.create_log_group()
                .log_group_name(cx.name())
                .set_tags(Some(desired.tags.clone().into_iter().collect()))
                .send()
        })
        .await?;
        cx.publish("name", cx.name());
        cx.exists();
        retain(cx, desired).await?;
        Ok(WriteProgress::Done)
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &LogGroupSpec,
        observed: &ObservedResource<LogGroupSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        let logs = &cx.clients().logs;
        if touches(diff, "retention_days") {
            retain(cx, desired).await?;
        }
        let arn = observed.outputs.get("arn").map(String::as_str).unwrap_or_default();
        tag_sync::sync(
            &desired.tags,
            &observed.spec.tags,
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
        // The log of a function that others manage now is theirs.
        let others = external::names(&cx.session.stack, function::NAME);
        out.retain(|group| !others.iter().any(|function| group.name == name_for(function)));
        Ok(out)
    }
}

/// Reads the groups that are asked for from the list of all that begin alike, and one by one where that list is full of others.
async fn list(cx: &StepContext<'_>, asked: &dyn Fn() -> Vec<String>) -> StepResult<BTreeMap<String, LogGroup>> {
    // A list of many pages costs at most half as many calls as single looks would.
    let most_pages = |names: usize| if names == 1 { usize::MAX } else { names.div_ceil(2) };
    let (mut found, is_complete) = search(cx, asked, most_pages).await?;
    if !is_complete {
        let missing: BTreeSet<_> = asked().into_iter().filter(|name| !found.contains_key(name)).collect();
        let single = async |name: &String| search(cx, &|| vec![name.clone()], |_| usize::MAX).await;
        for (group, _) in try_join_all(missing.iter().map(single)).await? {
            found.extend(group);
        }
    }
    Ok(found)
}

/// Reads the list of the groups that begin like all that are asked for, up to a number of pages that depends on the number of names.
/// Returns those that were found, and whether there can be no others.
async fn search(
    cx: &StepContext<'_>,
    asked: &dyn Fn() -> Vec<String>,
    most_pages: impl Fn(usize) -> usize,
) -> StepResult<(BTreeMap<String, LogGroup>, bool)> {
    let logs = &cx.clients().logs;
    let mut pages = cx.pages(
        &op::DESCRIBE_LOG_GROUPS,
        |token| {
            let prefix = common_prefix(&asked());
            logs.describe_log_groups().log_group_name_prefix(prefix).set_next_token(token).send()
        },
        |page| page.next_token.clone(),
    );
    let mut found = BTreeMap::new();
    let mut read = 0;
    while let Some(page) = pages.next().await? {
        let names: BTreeSet<_> = asked().into_iter().collect();
        // Other groups have names that begin like these.
        let groups = page.log_groups.unwrap_or_default().into_iter();
        found.extend(groups.filter_map(|group| Some((names.get(group.log_group_name()?)?.clone(), group))));
        read += 1;
        if found.len() == names.len() {
            break;
        }
        if read >= most_pages(names.len()) && !pages.is_over() {
            return Ok((found, false));
        }
    }
    Ok((found, true))
}

/// Returns what all names begin with.
fn common_prefix(names: &[String]) -> String {
    let Some((first, rest)) = names.split_first() else { return String::new() };
    let is_common = |end: &usize| rest.iter().all(|name| name.starts_with(&first[..*end]));
    let ends = first.char_indices().map(|(at, _)| at).chain([first.len()]);
    let end = ends.take_while(is_common).last().unwrap_or_default();
    first[..end].to_owned()
}

async fn retain(cx: &StepContext<'_>, desired: &LogGroupSpec) -> StepResult<()> {
    let logs = &cx.clients().logs;
    match desired.retention_days {
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
    use super::{common_prefix, name_of};

    #[test]
    fn groups_are_listed_by_what_their_names_begin_with() {
        for (names, prefix) in [
            (&["/aws/lambda/a"][..], "/aws/lambda/a"),
            (&["/aws/lambda/shop-a", "/aws/lambda/shop-b"], "/aws/lambda/shop-"),
            (&["/aws/lambda/a", "/aws/lambda/ab", "/aws/lambda/b"], "/aws/lambda/"),
            (&["/aws/é", "/aws/è"], "/aws/"),
        ] {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(common_prefix(&names), prefix);
        }
    }

    #[test]
    fn a_log_group_is_named_with_and_without_the_star() {
        assert_eq!(name_of("arn:aws:logs:r:1:log-group:/aws/lambda/f:*").as_deref(), Some("/aws/lambda/f"));
        assert_eq!(name_of("arn:aws:logs:r:1:log-group:/aws/lambda/f").as_deref(), Some("/aws/lambda/f"));
        assert_eq!(name_of("arn:aws:lambda:r:1:function:f"), None);
    }
}
