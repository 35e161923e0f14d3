//! The contract that every kind of cloud object fulfils.

use super::context::StepContext;
use super::definition::KindDefinition;
use super::desired::DesiredScope;
use super::diff::SpecDiff;
use super::id::ResourceRef;
use super::link::StackLink;
use super::metrics::{ConsumptionSource, MetricSource};
use super::observed::{ObserveDetail, ObservedResource, ObservedResources};
use super::protection::{ProposedChange, ProtectionVerdict};
use super::session::RunSession;
use super::step::{DeclaredResource, RetryRule, StepResult, WriteProgress};
use super::sweep::OwnedLists;
use crate::aws::AwsError;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::error::{Error, Result};
use crate::stack::{SectionDefinition, Stack};
use futures::future::{FutureExt, LocalBoxFuture, ready};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// The part of the contract that does not mention a spec, and so is the same for all kinds.
pub trait KindContract: Sync {
    /// Returns what is fixed about the kind.
    fn definition(&self) -> &'static KindDefinition;

    /// Lists the resources of this kind that the stack asks for. Pure.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource>;

    /// Tells what somebody should know before the stack is where others can reach it. Pure. A warning is no obstacle, and of the
    /// embedded cloud it is not told.
    fn warn(&self, _stack: &Stack) -> Vec<String> {
        Vec::new()
    }

    /// Says what an update throws away that was there, each in words that go on from the resource's name; nothing for every other
    /// update. Pure.
    fn takes_away(&self, _diff: &SpecDiff) -> Vec<String> {
        Vec::new()
    }

    /// Says what becomes of a change that lowers what protects the owner's data or callers, where the description does not ask for it
    /// in words; nothing for every other change. Pure.
    fn protects(&self, _proposed: &ProposedChange<'_>) -> Option<ProtectionVerdict> {
        None
    }

    /// Says how to go on after a write that AWS refused; `None` where the class of the error says it all.
    fn retry(&self, _cx: &StepContext<'_>, _error: &AwsError) -> Option<RetryRule> {
        None
    }

    /// Looks at what is no resource and decides whether the stack can be brought up, beside the reads of the resources.
    fn preflight<'a>(&'a self, _session: &'a RunSession) -> LocalBoxFuture<'a, Result<PreflightFindings, Vec<Error>>> {
        ready(Ok(PreflightFindings::default())).boxed_local()
    }

    /// Returns what the stack gives out because of a resource with these outputs, beside [`KindDefinition::outputs`]: pairs of flat name and value.
    fn stack_outputs(&self, _session: &RunSession, _outputs: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Lists what the resources of this kind call or use, beside what they need to be made. Pure.
    fn links(&self, _stack: &Stack) -> Vec<StackLink> {
        Vec::new()
    }

    /// Lists the metrics that tell how the resources of this kind are used; none where they take no requests. Pure.
    fn metrics(&self, _stack: &Stack) -> Vec<MetricSource> {
        Vec::new()
    }

    /// Lists the metrics of what the resources of this kind consume; none where nothing of it is counted. Pure.
    fn consumption(&self, _stack: &Stack) -> Vec<ConsumptionSource> {
        Vec::new()
    }

    /// Returns the ARNs that whoever deploys the stack must be allowed to use `op` on; none where this kind does not send it. Pure.
    fn permission(&self, _op: &AwsOperation, _stack: &Stack, _arn: &ArnScope) -> Vec<String> {
        Vec::new()
    }

    /// Returns what AWS does in the name of whoever deploys the stack, beside the operations that are sent. Pure.
    fn dependent_permissions(&self, _stack: &Stack, _arn: &ArnScope) -> Vec<DependentPermission> {
        Vec::new()
    }

    /// Returns the section of the stack description that the kind defines.
    fn section(&self) -> Option<&'static SectionDefinition> {
        self.definition().section
    }

    /// Returns the name of the kind: the first half of an id.
    fn name(&self) -> &'static str {
        self.definition().name
    }
}

/// Judges the observed resources in the light of a preflight.
pub type PreflightCheck = Box<dyn FnOnce(&ObservedResources) -> Option<Error>>;

/// What a preflight found.
#[derive(Default)]
pub struct PreflightFindings {
    /// What could not be found out, without being an obstacle.
    pub warnings: Vec<String>,
    /// Why the stack cannot be brought up, once it is known what there is.
    pub check: Option<PreflightCheck>,
}

/// Actions that AWS takes in the name of whoever deploys.
#[derive(Debug, Clone, PartialEq)]
pub struct DependentPermission {
    /// The actions, such as `iam:PassRole`.
    pub actions: &'static [&'static str],
    /// ARNs of the resources.
    pub resources: Vec<String>,
    /// `Condition` of the statement.
    pub condition: Option<Value>,
}

/// One kind of cloud object. The unit struct lives in `kinds/<name>.rs` or `kinds/<name>/mod.rs`.
#[expect(async_fn_in_trait, reason = "every future stays on one task")]
pub trait ResourceKind: KindContract + 'static {
    /// Only the fields that are managed; desired and observed have one shape. A field that is `None` and skipped when serialised is not managed.
    type Spec: Serialize + DeserializeOwned + Clone;
    /// What reading finds out for writing, beside the spec.
    type State: Clone + 'static;

    /// Returns what the resource should be like; `None` when it should not be there although it is declared. Pure.
    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<Self::Spec>>;

    /// Reads the resource, never writes. `None` when it does not exist.
    async fn observe(
        &self,
        cx: &StepContext<'_>,
        detail: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<Self::Spec, Self::State>>>;

    /// Creates the resource.
    async fn create(&self, cx: &StepContext<'_>, desired: &Self::Spec) -> StepResult<WriteProgress>;

    /// Sends what differs, or the first part of it.
    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &Self::Spec,
        observed: &ObservedResource<Self::Spec, Self::State>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress>;

    /// Deletes the resource. Absent is success.
    async fn delete(
        &self,
        cx: &StepContext<'_>,
        observed: &ObservedResource<Self::Spec, Self::State>,
    ) -> StepResult<WriteProgress>;

    /// Lists the resources of this kind that carry the stack's ownership mark, declared or not. A hint: each is looked at before it is
    /// believed.
    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>>;
}
