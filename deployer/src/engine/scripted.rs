//! Kinds that do what a test says, on a clock that moves only when everybody waits: the engine's decisions without any AWS.
//!
//! A [`ScriptedCloud`] has a script for each resource: what each look finds and what each write answers. It notes every call with
//! the time at which it came. The last look of a script is found again and again; a write without an answer in the script is done.

use crate::aws::tags::ResourceOwner;
use crate::aws::{AwsError, ConnectOptions, ErrorClass, connect, op};
use crate::error::{Error, Result};
use crate::kinds::diff::SpecDiff;
use crate::kinds::{
    DeclaredResource, DesiredScope, ErasedKind, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    OwnedLists, PendingTransition, PreflightFindings, ResourceId, ResourceKind, ResourceNeed, ResourceRef, RetryRule,
    RunSession, StepContext, StepError, StepMilestone, StepResult, TransitionPhase, WriteProgress,
};
use crate::stack;
use crate::stack::{DocumentDrift, Stack, StackSource};
use futures::future::{FutureExt, LocalBoxFuture, ready};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// What a look finds.
pub type ScriptedLook = StepResult<Option<ObservedResource<Value>>>;

/// What happens to one resource.
#[derive(Default)]
pub struct ResourceScript {
    /// What it should be like; `None` when it should not be there.
    pub desired: Option<Value>,
    /// What is needed first.
    pub needs: Vec<ResourceNeed>,
    /// What the looks find, one after the other.
    pub looks: VecDeque<ScriptedLook>,
    /// What the writes answer, and how long each takes.
    pub writes: VecDeque<(Duration, StepResult<WriteProgress>)>,
}

/// The resources of a test and what was done with them.
#[derive(Clone)]
pub struct ScriptedCloud(Arc<Mutex<CloudState>>);

struct CloudState {
    scripts: BTreeMap<ResourceId, ResourceScript>,
    undeclared: BTreeMap<ResourceId, ScriptedLook>,
    owned: BTreeMap<&'static str, StepResult<Vec<ResourceRef>>>,
    preflights: BTreeMap<&'static str, Result<Vec<String>, Vec<Error>>>,
    warning: Option<&'static str>,
    retry: Option<RetryRule>,
    /// What every look waits for, a second long.
    waits_in_looks: Option<&'static str>,
    calls: Vec<String>,
    began: Instant,
}

impl ScriptedCloud {
    /// Returns a cloud without resources. Its clock begins now.
    pub fn new() -> Self {
        let (scripts, undeclared, owned) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(CloudState {
            scripts,
            undeclared,
            owned,
            preflights: BTreeMap::new(),
            warning: None,
            retry: None,
            waits_in_looks: None,
            calls: Vec::new(),
            began: Instant::now(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, CloudState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the script of a resource.
    pub fn script(&self, id: ResourceId, script: ResourceScript) {
        self.state().scripts.insert(id, script);
    }

    /// Sets what a look finds of a resource that the stack does not ask for.
    pub fn undeclared(&self, id: ResourceId, look: ScriptedLook) {
        self.state().undeclared.insert(id, look);
    }

    /// Sets what the lists of a kind find.
    pub fn owns(&self, kind: &'static str, found: StepResult<Vec<ResourceRef>>) {
        self.state().owned.insert(kind, found);
    }

    /// Sets what the next preflight of a kind warns of.
    pub fn foresees(&self, kind: &'static str, warnings: Result<Vec<String>, Vec<Error>>) {
        self.state().preflights.insert(kind, warnings);
    }

    /// Sets what every kind says of the description.
    pub fn warns(&self, warning: &'static str) {
        self.state().warning = Some(warning);
    }

    /// Sets how every kind goes on after a refused write.
    pub fn retries_by(&self, rule: RetryRule) {
        self.state().retry = Some(rule);
    }

    /// Sets what every look waits for, a second long.
    pub fn waits_in_looks(&self, reason: &'static str) {
        self.state().waits_in_looks = Some(reason);
    }

    /// Returns every call, as `0.350 update role.api`.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    /// Returns how long the test has taken, in seconds of its own clock.
    pub fn elapsed(&self) -> f64 {
        self.state().began.elapsed().as_secs_f64()
    }

    fn note(&self, what: &str, place: &ResourceRef) {
        let mut state = self.state();
        let line = format!("{:.3} {what} {}", state.began.elapsed().as_secs_f64(), place.id);
        state.calls.push(line);
    }

    async fn write(&self, what: &str, cx: &StepContext<'_>) -> StepResult<WriteProgress> {
        self.note(what, cx.place);
        let answer = self.state().scripts.get_mut(&cx.place.id).and_then(|script| script.writes.pop_front());
        let (takes, answer) = answer.unwrap_or((Duration::ZERO, Ok(WriteProgress::Done)));
        // What is answered at once is answered in the same turn.
        if !takes.is_zero() {
            sleep(takes).await;
        }
        if matches!(&answer, Err(StepError::Aws(error)) if error.class == ErrorClass::Credentials) {
            cx.session.ledger.credentials_expired.set(true);
        }
        answer
    }
}

/// A kind of scripted resources.
pub struct ScriptedKind {
    definition: &'static KindDefinition,
    cloud: ScriptedCloud,
}

impl ScriptedKind {
    /// Returns a kind whose resources are those of `cloud` with its name.
    pub fn new(definition: &'static KindDefinition, cloud: &ScriptedCloud) -> Self {
        Self { definition, cloud: cloud.clone() }
    }

    /// Returns the kind as the engine takes it.
    pub fn erased(&self) -> &dyn ErasedKind {
        self
    }
}

impl KindContract for ScriptedKind {
    fn definition(&self) -> &'static KindDefinition {
        self.definition
    }

    fn declare(&self, _stack: &Stack) -> Vec<DeclaredResource> {
        let state = self.cloud.state();
        let ours = state.scripts.iter().filter(|(id, _)| id.kind == self.definition.name);
        ours.map(|(id, script)| DeclaredResource { place: place(id), needs: script.needs.clone() }).collect()
    }

    fn retry(&self, _cx: &StepContext<'_>, _error: &AwsError) -> Option<RetryRule> {
        self.cloud.state().retry.clone()
    }

    fn warn(&self, _stack: &Stack) -> Vec<String> {
        self.cloud.state().warning.into_iter().map(str::to_owned).collect()
    }

    fn takes_away(&self, diff: &SpecDiff) -> Vec<String> {
        diff.iter().map(|change| format!("loses its {}", change.path)).collect()
    }

    fn preflight<'a>(&'a self, _session: &'a RunSession) -> LocalBoxFuture<'a, Result<PreflightFindings, Vec<Error>>> {
        let warnings = self.cloud.state().preflights.remove(self.definition.name).unwrap_or(Ok(Vec::new()));
        ready(warnings.map(|warnings| PreflightFindings { warnings, check: None })).boxed_local()
    }
}

impl ResourceKind for ScriptedKind {
    type Spec = Value;
    type State = ();

    fn desire(&self, place: &ResourceRef, _stack: &Stack, _scope: &DesiredScope<'_>) -> Result<Option<Value>> {
        Ok(self.cloud.state().scripts.get(&place.id).and_then(|script| script.desired.clone()))
    }

    async fn observe(&self, cx: &StepContext<'_>, detail: ObserveDetail) -> ScriptedLook {
        self.cloud.note(&format!("look({detail:?})"), cx.place);
        if timeout(Duration::from_secs(600), cx.session.arn_when_known()).await.is_err() {
            return Err(Error::internal("nobody told the account").into());
        }
        let waits_for = self.cloud.state().waits_in_looks;
        if let Some(reason) = waits_for {
            cx.waiting(reason);
            sleep(Duration::from_secs(1)).await;
        }
        let mut state = self.cloud.state();
        let Some(script) = state.scripts.get_mut(&cx.place.id) else {
            return state.undeclared.get(&cx.place.id).cloned().unwrap_or(Ok(None));
        };
        match script.looks.len() {
            0 => Ok(None),
            1 => script.looks[0].clone(),
            _ => script.looks.pop_front().unwrap_or(Ok(None)),
        }
    }

    async fn create(&self, cx: &StepContext<'_>, _desired: &Value) -> StepResult<WriteProgress> {
        self.cloud.write("create", cx).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        _desired: &Value,
        _observed: &ObservedResource<Value>,
        _diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        self.cloud.write("update", cx).await
    }

    async fn delete(&self, cx: &StepContext<'_>, _observed: &ObservedResource<Value>) -> StepResult<WriteProgress> {
        let what = if cx.may_lose_data { "delete with data" } else { "delete" };
        self.cloud.write(what, cx).await
    }

    async fn owned(&self, _cx: &StepContext<'_>, _lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        self.cloud.state().owned.get(self.definition.name).cloned().unwrap_or(Ok(Vec::new()))
    }
}

/// Returns where a resource lives.
pub fn place(id: &ResourceId) -> ResourceRef {
    ResourceRef { id: id.clone(), name: format!("physical-{}", id.name) }
}

/// Returns a need.
pub fn need(id: &ResourceId, milestone: StepMilestone) -> ResourceNeed {
    ResourceNeed { id: id.clone(), milestone }
}

/// Returns a resource of the stack with this spec, at rest.
pub fn ours(spec: Value) -> ObservedResource<Value> {
    let outputs = BTreeMap::new();
    ObservedResource {
        spec,
        state: (),
        settling: None,
        owner: ResourceOwner::Ours,
        outputs,
        hold: None,
        changed_at: None,
    }
}

/// Returns the resource on its way to somewhere.
pub fn moving(resource: ObservedResource<Value>, phase: TransitionPhase) -> ObservedResource<Value> {
    let reason = format!("it to stop {}", format!("{phase:?}").to_lowercase());
    ObservedResource { settling: Some(PendingTransition { phase, reason }), ..resource }
}

/// Returns the resource as somebody else's.
pub fn foreign(resource: ObservedResource<Value>) -> ObservedResource<Value> {
    ObservedResource { owner: ResourceOwner::Nobody, ..resource }
}

/// Returns a refusal of AWS's of this class.
pub fn refusal(class: ErrorClass) -> StepError {
    StepError::Aws(AwsError {
        op: &op::CREATE_TABLE,
        code: format!("{class:?}Exception"),
        message: "as the script says".to_owned(),
        request_id: None,
        status: Some(400),
        class,
        advice: Vec::new(),
    })
}

/// Returns a run of an empty stack whose account is known; nothing in it reaches a network.
pub async fn session() -> RunSession {
    let source =
        StackSource { path: "deployer.toml".into(), text: "name = \"shop\"\nregion = \"eu-west-1\"\n".to_owned() };
    let stack = stack::check(source, None, &[], DocumentDrift::Refused).expect("the description is correct");
    let options = ConnectOptions {
        region: stack.region.clone(),
        endpoint_url: Some("http://127.0.0.1:9".to_owned()),
        local: true,
        ..ConnectOptions::default()
    };
    let session = RunSession::new(stack, connect(&options).await.expect("nothing is sent"));
    session.aws.account.set("123456789012".to_owned()).expect("it is set once");
    session
}
