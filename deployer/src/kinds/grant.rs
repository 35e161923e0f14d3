//! Invoke grants: the statements of a function's resource policy that let API Gateway and EventBridge call it.
//!
//! A statement's id carries a hash of its content, so a changed grant is a new statement: it is added before the old one goes, and
//! there is no moment without a grant. AWS loses statements that are added at once, so one function's grants are one resource.

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    ApiBlock, DeclaredResource, DesiredScope, FunctionBlock, KindContract, KindDefinition, ObserveDetail,
    ObservedResource, ResourceId, ResourceKind, ResourceNeed, ResourceRef, ScheduleBlock, StepContext, StepMilestone,
    StepResult, WriteProgress, function, rest_api, schedule,
};
use crate::aws::op;
use crate::aws::tags::ResourceOwner;
use crate::error::Result;
use crate::stack::Stack;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Invoke grants of a function.
pub struct GrantKind;

/// Statement ids of ours begin like this; others are left alone.
const PREFIX: &str = "deployer-";

/// The managed statements of a function's resource policy, by statement id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GrantSpec {
    /// Who may invoke it.
    pub statements: BTreeMap<String, InvokeStatement>,
}

/// Who may invoke the function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvokeStatement {
    /// Service principal.
    pub principal: String,
    /// ARN (pattern) of the caller's resource.
    pub source_arn: String,
}

fn statement_id(source: &ResourceId, statement: &InvokeStatement) -> String {
    let digest = Sha256::digest(format!("{}\n{}", statement.principal, statement.source_arn));
    let mut out = format!("{PREFIX}{}-{}-", source.kind, source.name);
    for byte in &digest[..4] {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Returns the part of the path that all of a function's routes share, as an ARN pattern: `/orders` and `/orders/{id}` give `/orders*`.
fn common_path<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let mut common: Option<Vec<&str>> = None;
    let mut exact = true;
    for path in paths {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let literal: Vec<&str> = segments.iter().copied().take_while(|s| !s.starts_with('{')).collect();
        exact &= literal.len() == segments.len();
        common = Some(match common {
            None => literal,
            Some(before) => {
                exact &= before == literal;
                before.into_iter().zip(literal).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
            }
        });
    }
    let prefix = format!("/{}", common.unwrap_or_default().join("/"));
    if exact { prefix } else { format!("{prefix}*") }
}

/// Returns the caller that API Gateway is for a function; `None` when no route leads to it.
fn api_statement(stack: &Stack, function: &str, scope: &DesiredScope<'_>) -> Option<(ResourceId, InvokeStatement)> {
    let api = ApiBlock::of(stack)?;
    let routes: Vec<_> =
        rest_api::routes(&api).into_iter().filter(|(_, id)| id == function).map(|(route, _)| route).collect();
    if routes.is_empty() {
        return None;
    }
    let id = rest_api::resource_id();
    let api_id = scope.output(&id, "id").unwrap_or("(known when the API exists)");
    let stage = api.stage_name(stack);
    let source_arn =
        scope.arn.execute_api(api_id, &stage, "*", &common_path(routes.iter().map(|route| route.path.as_str())));
    Some((id, InvokeStatement { principal: "apigateway.amazonaws.com".to_owned(), source_arn }))
}

/// Returns the rules that run a function, as callers.
fn schedule_statements(stack: &Stack, function: &str, scope: &DesiredScope<'_>) -> Vec<(ResourceId, InvokeStatement)> {
    stack
        .named::<ScheduleBlock>()
        .into_iter()
        .filter(|schedule| schedule.block.function == function)
        .map(|schedule| {
            let source_arn = scope.arn.rule(&schedule.name);
            let statement = InvokeStatement { principal: "events.amazonaws.com".to_owned(), source_arn };
            (ResourceId::new(schedule::NAME, schedule.id), statement)
        })
        .collect()
}

/// Name of the kind.
pub const NAME: &str = "grant";

static DEFINITION: KindDefinition = KindDefinition { contained: true, ..KindDefinition::new(NAME) };

impl KindContract for GrantKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let api = ApiBlock::of(stack);
        ResourceRef::of_blocks::<FunctionBlock>(NAME, stack)
            .map(|place| {
                let function = ResourceId::new(function::NAME, place.id.name.clone());
                let sources = [Some(function), api.is_some().then(rest_api::resource_id)];
                let need = |id| ResourceNeed { id, milestone: StepMilestone::Exists };
                DeclaredResource { needs: sources.into_iter().flatten().map(need).collect(), place }
            })
            .collect()
    }
}

impl ResourceKind for GrantKind {
    type Spec = GrantSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<GrantSpec>> {
        let schedules = schedule_statements(stack, &place.id.name, scope);
        let statements: BTreeMap<_, _> = api_statement(stack, &place.id.name, scope)
            .into_iter()
            .chain(schedules)
            .map(|(source, statement)| (statement_id(&source, &statement), statement))
            .collect();
        Ok((!statements.is_empty()).then_some(GrantSpec { statements }))
    }

    async fn observe(&self, cx: &StepContext<'_>, _: ObserveDetail) -> StepResult<Option<ObservedResource<GrantSpec>>> {
        let lambda = &cx.clients().lambda;
        let Some(answer) = cx.find(&op::GET_POLICY, || lambda.get_policy().function_name(cx.name()).send()).await?
        else {
            return Ok(None);
        };
        let statements = read(answer.policy().unwrap_or_default());
        Ok((!statements.is_empty()).then(|| ObservedResource {
            spec: GrantSpec { statements },
            state: (),
            settling: None,
            owner: ResourceOwner::Ours,
            outputs: BTreeMap::new(),
            hold: None,
            changed_at: None,
        }))
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &GrantSpec) -> StepResult<WriteProgress> {
        for (id, statement) in &desired.statements {
            add(cx, id, statement).await?;
        }
        Ok(WriteProgress::Done)
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &GrantSpec,
        observed: &ObservedResource<GrantSpec>,
        _: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        for (id, statement) in desired.statements.iter().filter(|(id, _)| !observed.spec.statements.contains_key(*id)) {
            add(cx, id, statement).await?;
        }
        // The same id with other content was edited by hand: the id must be free before the statement can be added again.
        for (id, statement) in desired
            .statements
            .iter()
            .filter(|(id, wanted)| observed.spec.statements.get(*id).is_some_and(|l| l != *wanted))
        {
            remove(cx, id).await?;
            add(cx, id, statement).await?;
        }
        for id in observed.spec.statements.keys().filter(|id| !desired.statements.contains_key(*id)) {
            remove(cx, id).await?;
        }
        Ok(WriteProgress::Done)
    }

    async fn delete(&self, cx: &StepContext<'_>, observed: &ObservedResource<GrantSpec>) -> StepResult<WriteProgress> {
        for id in observed.spec.statements.keys() {
            remove(cx, id).await?;
        }
        Ok(WriteProgress::Done)
    }

    /// Grants have no tags; they go with their function.
    async fn owned(&self, _: &StepContext<'_>, _: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        Ok(Vec::new())
    }
}

async fn add(cx: &StepContext<'_>, id: &str, statement: &InvokeStatement) -> StepResult<()> {
    let lambda = &cx.clients().lambda;
    cx.call(&op::ADD_PERMISSION, || {
        lambda
            .add_permission()
            .function_name(cx.name())
            .statement_id(id)
            .action("lambda:InvokeFunction")
            .principal(&statement.principal)
            .source_arn(&statement.source_arn)
            .send()
    })
    .await?;
    Ok(())
}

async fn remove(cx: &StepContext<'_>, id: &str) -> StepResult<()> {
    let lambda = &cx.clients().lambda;
    cx.find(&op::REMOVE_PERMISSION, || lambda.remove_permission().function_name(cx.name()).statement_id(id).send())
        .await?;
    Ok(())
}

/// Returns our statements of a resource policy as Lambda stores it.
fn read(policy: &str) -> BTreeMap<String, InvokeStatement> {
    let document: Value = serde_json::from_str(policy).unwrap_or_default();
    document["Statement"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|s| {
            let id = s["Sid"].as_str()?.to_owned();
            let principal =
                s["Principal"]["Service"].as_str().or_else(|| s["Principal"].as_str()).unwrap_or_default().to_owned();
            let source = ["ArnLike", "ArnEquals", "StringLike"].iter().find_map(|operator| {
                let condition = s["Condition"][operator].as_object()?;
                condition.iter().find(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"))?.1.as_str()
            });
            Some((id, InvokeStatement { principal, source_arn: source.unwrap_or_default().to_owned() }))
        })
        .filter(|(id, _)| id.starts_with(PREFIX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_covers_the_routes_and_little_more() {
        for (paths, pattern) in [
            (vec!["/orders"], "/orders"),
            (vec!["/orders", "/orders/{order_id}"], "/orders*"),
            (vec!["/orders/{order_id}"], "/orders*"),
            (vec!["/orders", "/users"], "/*"),
            (vec!["/a/b/c", "/a/b/d"], "/a/b*"),
            (vec!["/"], "/"),
            (vec!["/{proxy+}"], "/*"),
        ] {
            assert_eq!(common_path(paths.iter().copied()), pattern, "{paths:?}");
        }
    }

    #[test]
    fn only_our_statements_are_read() {
        let policy = r#"{"Statement":[
            {"Sid":"deployer-rest_api-api-1","Principal":{"Service":"apigateway.amazonaws.com"},"Condition":{"ArnLike":{"AWS:SourceArn":"arn:x"}}},
            {"Sid":"by-hand","Principal":"*"}]}"#;
        let read = read(policy);
        assert_eq!(read.len(), 1);
        assert_eq!(
            read["deployer-rest_api-api-1"],
            InvokeStatement { principal: "apigateway.amazonaws.com".into(), source_arn: "arn:x".into() }
        );
        assert!(super::read("nonsense").is_empty());
    }

    #[test]
    fn changed_content_is_a_new_statement() {
        let id = ResourceId::new("rest_api", "api");
        let a = InvokeStatement { principal: "p".into(), source_arn: "a".into() };
        let b = InvokeStatement { source_arn: "b".into(), ..a.clone() };
        assert_ne!(statement_id(&id, &a), statement_id(&id, &b));
        assert_eq!(statement_id(&id, &a), statement_id(&id, &a));
    }
}
