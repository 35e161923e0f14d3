//! Lambda functions.

mod block;
mod concurrency;
mod environment;
mod external;
mod read;
mod rights;
mod secrets;
mod spec;
mod write;

pub use block::{
    AllowStatement, AsynchronousRule, ConditionValues, EnvironmentSetting, FunctionBlock, PreciseTableAccess,
    QueueAccess, QueueAccessLevel, SourceBlock, StreamStart, TableAccess, TableAccessLevel,
};
pub use external::{
    FUNCTIONS as EXTERNAL_FUNCTIONS, SECRET as EXTERNAL_SECRET, SECRETS as EXTERNAL_SECRETS, fits as fits_external,
};
pub use rights::LARGEST_POLICY;

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, KindContract, KindDefinition, MetricSource, ObserveDetail, ObservedResource,
    PreflightFindings, ResourceId, ResourceKind, ResourceNeed, ResourceRef, RetryRule, RunSession, StackLink,
    StepContext, StepMilestone, StepResult, WriteProgress, role_path, source, sweep, table, wanted_tags,
};
use crate::aws::AwsError;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::error::{Error, Result};
use crate::stack::Stack;
use futures::future::{FutureExt, LocalBoxFuture};
use spec::FunctionSpec;

/// Lambda functions.
pub struct FunctionKind;

/// Name of the kind.
pub const NAME: &str = "function";

static DEFINITION: KindDefinition = KindDefinition {
    section: Some(&block::SECTION),
    // Values of variables may be secrets, also where nothing says so.
    confidential: &["environment"],
    // Nothing runs a function any more when it goes: what is under way is finished.
    deleted_after: &[source::NAME],
    outputs: &["name", "arn"],
    ..KindDefinition::new(NAME)
};

impl KindContract for FunctionKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    fn warn(&self, stack: &Stack) -> Vec<String> {
        rights::warnings(stack)
    }

    /// The role and the log group must exist; the function does not wait for the role's policy, which its first invocation needs.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        ResourceRef::of_blocks::<FunctionBlock>(NAME, stack)
            .map(|place| {
                let need = |kind| ResourceNeed {
                    id: ResourceId::new(kind, place.id.name.clone()),
                    milestone: StepMilestone::Exists,
                };
                let own_role = stack.get::<FunctionBlock>(&place.id.name).is_some_and(|block| block.has_own_role());
                let needs = own_role.then(|| need("role")).into_iter().chain([need("log_group")]).collect();
                DeclaredResource { needs, place }
            })
            .collect()
    }

    fn links(&self, stack: &Stack) -> Vec<StackLink> {
        let tables = table::named::described(stack);
        let of_function = |(id, block): (String, FunctionBlock)| {
            // What others manage is no resource of the stack.
            let own = block.tables.into_iter().filter(|(table, _)| tables.iter().any(|it| it.id.name == *table));
            own.map(|(table, access)| StackLink {
                from: ResourceId::new(NAME, id.clone()),
                to: ResourceId::new(table::NAME, table),
                label: access.to_string(),
            })
            .collect::<Vec<_>>()
        };
        stack.all::<FunctionBlock>().into_iter().flat_map(of_function).collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        match (op.service, op.name) {
            // What the account has left is asked only where some of it is to be reserved.
            ("lambda", "GetAccountSettings") if concurrency::wanted(stack) == 0 => Vec::new(),
            ("lambda", "GetAccountSettings") => vec!["*".to_owned()],
            // What sources and settings of asynchronous calls are about is their own business.
            ("lambda", name) if name.contains("EventSourceMapping") || name.contains("EventInvokeConfig") => Vec::new(),
            ("lambda", _) => {
                let own = stack.named::<FunctionBlock>().into_iter().map(|function| arn.function(&function.name));
                own.chain(external::permission(op, stack, arn)).collect()
            }
            ("secretsmanager", "DescribeSecret") => external::permission(op, stack, arn),
            // It cannot be restricted to resources ("Actions, resources, and condition keys for Amazon CloudWatch").
            ("cloudwatch", _) if !self.declare(stack).is_empty() => vec!["*".to_owned()],
            ("ssm" | "secretsmanager", _) => secrets::permission(op, stack, arn),
            _ => Vec::new(),
        }
    }

    /// "Types of metrics for Lambda functions".
    fn metrics(&self, stack: &Stack) -> Vec<MetricSource> {
        let of = |declared: DeclaredResource| MetricSource {
            namespace: "AWS/Lambda",
            dimensions: vec![("FunctionName", declared.place.name.clone())],
            place: declared.place,
            requests: "Invocations",
            errors: "Errors",
            client_errors: None,
            throttles: Some("Throttles"),
            duration: "Duration",
        };
        self.declare(stack).into_iter().map(of).collect()
    }

    fn retry(&self, cx: &StepContext<'_>, error: &AwsError) -> Option<RetryRule> {
        write::retry(cx, error)
    }

    fn preflight<'a>(&'a self, session: &'a RunSession) -> LocalBoxFuture<'a, Result<PreflightFindings, Vec<Error>>> {
        async move {
            let (secrets, findings, others) =
                futures::join!(secrets::resolve(session), concurrency::preflight(session), external::look(session));
            let (secrets, others) = match (secrets, others) {
                (Err(mut errors), Err(others)) => {
                    errors.extend(others);
                    return Err(errors);
                }
                (secrets, others) => (secrets, others),
            };
            others?;
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
        let block = stack.declared::<FunctionBlock>(&place.id.name)?;
        let environment = environment::wanted(&block, place, stack, scope)?;
        let code = scope.artifacts.get(&place.id.name).map(|artifact| artifact.code_sha256.clone());
        let role = match &block.role_arn {
            Some(role) => scope.arn.role_of_others(role),
            None => scope.arn.role(&role_path(stack), &place.name),
        };
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

    async fn create(&self, cx: &StepContext<'_>, desired: &FunctionSpec) -> StepResult<WriteProgress> {
        write::create(cx, desired).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &FunctionSpec,
        observed: &ObservedResource<FunctionSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, desired, observed, diff).await
    }

    async fn delete(&self, cx: &StepContext<'_>, _: &ObservedResource<FunctionSpec>) -> StepResult<WriteProgress> {
        write::delete(cx).await
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        let (tagged, roles) = futures::join!(lists.places(cx, NAME, read::name_of), lists.roles(cx));
        let mut out = tagged?;
        sweep::add(&mut out, NAME, &sweep::prefix(cx), roles?.iter().cloned());
        Ok(super::external::spare(&cx.session.stack, NAME, out))
    }
}

#[cfg(test)]
mod tests {
    use super::environment::VariableValue;
    use super::*;
    use crate::aws::arn::ArnScope;
    use crate::kinds::secret::StackSecrets;
    use crate::kinds::sections;
    use crate::stack::StackSource;
    use std::collections::BTreeMap;

    /// A reference that the description takes must have a value: nothing like `${…}` may reach Lambda.
    #[test]
    fn every_attribute_that_may_be_referred_to_has_a_value() {
        let sections = sections();
        let of = |section: &str, attribute: &str| format!("{section}_{attribute} = \"${{{section}.x.{attribute}}}\"\n");
        let references: String = sections
            .iter()
            .filter(|section| section.many)
            .flat_map(|section| section.attributes.iter().map(|attribute| of(section.name, attribute.word())))
            .chain(["name", "stage", "region", "account"].map(|a| format!("stack_{a} = \"${{stack.{a}}}\"\n")))
            .collect();
        let text = format!(
            "name = \"shop\"\nregion = \"eu-west-1\"\naccount = \"123456789012\"\n[table.x]\npartition_key = \"id\"\n\
             [queue.x]\n[schedule.x]\nfunction = \"x\"\nexpression = \"rate(1 hour)\"\n[function.x]\nartifact = \"x\"\n\
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
