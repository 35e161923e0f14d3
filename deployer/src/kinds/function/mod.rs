//! Lambda functions.

mod block;
mod concurrency;
mod environment;
mod read;
mod secrets;
mod spec;
mod write;

pub use block::{EnvironmentSetting, FunctionBlock, PreciseTableAccess, TableAccess, TableAccessLevel};

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, KindContract, KindDefinition, ObserveDetail, ObservedResource, PreflightFindings,
    ResourceId, ResourceKind, ResourceNeed, ResourceRef, RetryRule, RunSession, ScheduleBlock, StepContext,
    StepMilestone, StepResult, TableBlock, WriteProgress, role_path, sweep, wanted_tags,
};
use crate::aws::AwsError;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::error::{Error, Result};
use crate::stack::{BlockReference, Stack};
use futures::future::{FutureExt, LocalBoxFuture};
use spec::FunctionSpec;

/// Lambda functions.
pub struct FunctionKind;

/// Id and physical name of every function of the stack. Its role and its log group are named after it.
pub fn names(stack: &Stack) -> Vec<(String, String)> {
    stack
        .all::<FunctionBlock>()
        .into_iter()
        .map(|(id, block)| (id.clone(), stack.physical_name(&id, block.name.as_deref())))
        .collect()
}

/// The value that `${section.id.attribute}` stands for.
fn look_up(reference: &BlockReference, stack: &Stack, scope: &DesiredScope<'_>) -> Option<String> {
    match (reference.section.as_str(), reference.attribute.as_str()) {
        ("stack", "region") => Some(scope.arn.region.clone()),
        ("stack", "account") => Some(scope.arn.account.clone()),
        ("table", attribute) => {
            let id = reference.id.as_deref()?;
            let name = stack.physical_name(id, stack.get::<TableBlock>(id)?.name.as_deref());
            Some(if attribute == "arn" { scope.arn.table(&name) } else { name })
        }
        ("schedule", _) => {
            let id = reference.id.as_deref()?;
            Some(stack.physical_name(id, stack.get::<ScheduleBlock>(id)?.name.as_deref()))
        }
        ("function", attribute) => {
            let id = reference.id.as_deref()?;
            let name = stack.physical_name(id, stack.get::<FunctionBlock>(id)?.name.as_deref());
            Some(if attribute == "arn" { scope.arn.function(&name) } else { name })
        }
        _ => None,
    }
}

/// Name of the kind.
pub const NAME: &str = "function";

static DEFINITION: KindDefinition = KindDefinition {
    section: Some(&block::SECTION),
    // Values of variables may be secrets, also where nothing says so.
    confidential: &["environment"],
    outputs: &["name", "arn"],
    ..KindDefinition::new(NAME)
};

impl KindContract for FunctionKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// The role and the log group must exist; the function does not wait for the role's policy, which its first invocation needs.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        names(stack)
            .into_iter()
            .map(|(id, name)| {
                let need =
                    |kind| ResourceNeed { id: ResourceId::new(kind, id.clone()), milestone: StepMilestone::Exists };
                DeclaredResource {
                    needs: vec![need("role"), need("log_group")],
                    place: ResourceRef { id: ResourceId::new(NAME, id), name },
                }
            })
            .collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        match (op.service, op.name) {
            // What the account has left is asked only where some of it is to be reserved.
            ("lambda", "GetAccountSettings") if concurrency::wanted(stack) == 0 => Vec::new(),
            ("lambda", "GetAccountSettings") => vec!["*".to_owned()],
            ("lambda", _) => names(stack).into_iter().map(|(_, name)| arn.function(&name)).collect(),
            ("ssm" | "secretsmanager", _) => secrets::permission(op, stack, arn),
            _ => Vec::new(),
        }
    }

    fn retry(&self, cx: &StepContext<'_>, error: &AwsError) -> Option<RetryRule> {
        write::retry(cx, error)
    }

    fn preflight<'a>(&'a self, session: &'a RunSession) -> LocalBoxFuture<'a, Result<PreflightFindings, Vec<Error>>> {
        async move {
            let (secrets, findings) = futures::join!(secrets::resolve(session), concurrency::preflight(session));
            *session.uploads.secrets.borrow_mut() = secrets?;
            Ok(findings)
        }
        .boxed_local()
    }
}

impl ResourceKind for FunctionKind {
    type Spec = FunctionSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<FunctionSpec>> {
        let block = stack
            .get::<FunctionBlock>(&place.id.name)
            .ok_or_else(|| Error::internal(format!("{} is not declared", place.id)))?;
        let environment = environment::wanted(&block, place, stack, scope)?;
        let code = scope.artifacts.get(&place.id.name).map(|artifact| artifact.code_sha256.clone());
        let role = scope.arn.role(&role_path(stack), &place.name);
        let mut tags = wanted_tags(stack, &block.tags, &place.id);
        tags.extend(environment::mark(&block, stack));
        Ok(Some(spec::of(&block, role, environment, code, tags)))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        _: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<FunctionSpec>>> {
        read::observe(cx).await
    }

    async fn create(&self, cx: &StepContext<'_>, want: &FunctionSpec) -> StepResult<WriteProgress> {
        write::create(cx, want).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        want: &FunctionSpec,
        live: &ObservedResource<FunctionSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, want, live, diff).await
    }

    async fn delete(&self, cx: &StepContext<'_>, _: &ObservedResource<FunctionSpec>) -> StepResult<WriteProgress> {
        write::delete(cx).await
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        let (tagged, roles) = futures::join!(lists.places(cx, NAME, read::name_of), lists.roles(cx));
        let mut out = tagged?;
        sweep::add(&mut out, NAME, &sweep::prefix(cx), roles?.iter().cloned());
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::environment::VariableValue;
    use super::*;
    use crate::aws::arn::ArnScope;
    use crate::kinds::KINDS;
    use crate::kinds::secret::StackSecrets;
    use crate::stack::StackSource;
    use std::collections::BTreeMap;

    /// A reference that the description takes must have a value: nothing like `${…}` may reach Lambda.
    #[test]
    fn every_attribute_that_may_be_referred_to_has_a_value() {
        let sections: Vec<_> = KINDS.iter().filter_map(|kind| kind.section()).collect();
        let of = |section: &str, attribute: &str| format!("{section}_{attribute} = \"${{{section}.x.{attribute}}}\"\n");
        let references: String = sections
            .iter()
            .filter(|section| section.many)
            .flat_map(|section| section.attributes.iter().map(|attribute| of(section.name, attribute)))
            .chain(["name", "stage", "region", "account"].map(|a| format!("stack_{a} = \"${{stack.{a}}}\"\n")))
            .collect();
        let text = format!(
            "name = \"shop\"\nregion = \"eu-west-1\"\naccount = \"123456789012\"\n[table.x]\npartition_key = \"id\"\n\
             [schedule.x]\nfunction = \"x\"\nexpression = \"rate(1 hour)\"\n[function.x]\nartifact = \"x\"\n\
             [function.x.environment]\n{references}"
        );
        let source = StackSource { path: "deployer.toml".into(), text };
        let stack =
            crate::stack::parse(source, None, &sections, crate::stack::DocumentDrift::Refused, &|_| Ok(String::new()))
                .unwrap();
        let arn = ArnScope::new("123456789012", "eu-west-1");
        let (outputs, artifacts) = (BTreeMap::new(), BTreeMap::new());
        let secrets = StackSecrets::default();
        let scope = DesiredScope { arn: &arn, outputs: &outputs, artifacts: &artifacts, secrets: &secrets };
        let place = ResourceRef { id: ResourceId::new("function", "x"), name: "shop-dev-x".to_owned() };
        let spec = FunctionKind.desire(&place, &stack, &scope).unwrap().unwrap();
        let left = |value: &VariableValue| !matches!(value, VariableValue::Plain(text) if !text.contains("${"));
        let unresolved: Vec<_> = spec.environment.iter().filter(|(_, value)| left(value)).collect();
        assert!(unresolved.is_empty(), "{unresolved:?}");
        assert!(spec.environment.len() >= 9, "{:?}", spec.environment);
    }
}
