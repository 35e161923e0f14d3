use super::super::scripted::{
    ResourceScript, ScriptedCloud, ScriptedKind, ScriptedLook, foreign, need, ours, place, refusal, session,
};
use super::*;
use crate::aws::{AwsError, ErrorClass};
use crate::kinds::{KindDefinition, ObservedResource, StepMilestone};
use serde_json::{Value, json};

static QUEUE: KindDefinition = KindDefinition::new("queue");
static GRANT: KindDefinition = KindDefinition { contained: true, ..KindDefinition::new("grant") };

/// Resources that are declared, each with what a look finds, and what the lists find beside them.
struct ObserveCase {
    cloud: ScriptedCloud,
}

fn queue(name: &str) -> ResourceId {
    ResourceId::new("queue", name)
}

fn there(name: &str) -> Option<ObservedResource<Value>> {
    let outputs = [("arn".to_owned(), format!("arn:{name}"))].into();
    Some(ObservedResource { outputs, ..ours(json!({"name": name})) })
}

impl ObserveCase {
    fn new() -> Self {
        Self { cloud: ScriptedCloud::new() }
    }

    fn declares(self, id: ResourceId, look: ScriptedLook) -> Self {
        let needs = vec![need(&queue("first"), StepMilestone::Exists)];
        let script = ResourceScript { desired: Some(json!({})), needs, looks: [look].into(), writes: [].into() };
        self.cloud.script(id, script);
        self
    }

    fn lists(self, found: StepResult<Vec<ResourceId>>) -> Self {
        self.cloud.owns("queue", found.map(|ids| ids.iter().map(place).collect()));
        self
    }

    /// Observes everything and tells what was found, and which looks that took.
    async fn transcript(self, detail: ObserveDetail) -> String {
        let (queues, grants) = (ScriptedKind::new(&QUEUE, &self.cloud), ScriptedKind::new(&GRANT, &self.cloud));
        let (session, kinds) = (session().await, [queues.erased(), grants.erased()]);
        let run = StackRun { kinds: &kinds, session: &session };
        let mut lines = Vec::new();
        match observe_resources(run, detail).await {
            Ok(StackResources { declared, live, orphans, warnings }) => {
                lines.extend(declared.iter().map(|declared| format!("declared {}", declared.place.id)));
                lines.extend(live.keys().map(|place| format!("live {}", place.id)));
                lines.extend(orphans.iter().map(|place| format!("orphan {}", place.id)));
                lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
            }
            Err(errors) => {
                lines.extend(errors.iter().map(|error| format!("error: {} {:?}", error.message, error.get("resource"))))
            }
        }
        lines.extend(session.ledger.outputs.borrow().keys().map(|id| format!("outputs of {id}")));
        lines.extend(self.cloud.calls().into_iter().map(|call| call.replace("0.000 ", "")));
        lines.join("\n")
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_declared_is_looked_at_and_gives_its_outputs() {
    let case = ObserveCase::new().declares(queue("first"), Ok(there("first"))).declares(queue("second"), Ok(None));
    insta::assert_snapshot!(case.transcript(ObserveDetail::Whole).await);
}

/// It goes away with what contains it.
#[tokio::test(start_paused = true)]
async fn who_only_wants_it_gone_does_not_look_at_what_is_contained() {
    let grant = ResourceId::new("grant", "g");
    for detail in [ObserveDetail::Whole, ObserveDetail::Identity, ObserveDetail::Outputs, ObserveDetail::Presence] {
        let case = ObserveCase::new().declares(grant.clone(), Ok(there("g")));
        let looked = case.transcript(detail).await.contains("look(");
        assert_eq!(looked, detail == ObserveDetail::Whole, "{detail:?}");
    }
}

/// A list lags and tells what is long gone, or what somebody else has taken since.
#[tokio::test(start_paused = true)]
async fn a_hint_is_believed_when_the_resource_says_so_itself() {
    let case = ObserveCase::new().declares(queue("first"), Ok(there("first")));
    for (name, look) in [
        ("left", Ok(there("left"))),
        ("gone", Ok(None)),
        ("theirs", Ok(there("theirs").map(foreign))),
        ("denied", Err(refusal(ErrorClass::Denied))),
    ] {
        case.cloud.undeclared(queue(name), look);
    }
    let case = case.lists(Ok(["first", "left", "gone", "theirs", "denied", "left"].map(queue).into()));
    insta::assert_snapshot!(case.transcript(ObserveDetail::Whole).await);
}

#[tokio::test(start_paused = true)]
async fn an_orphan_is_looked_at_no_closer_than_needed() {
    for (detail, closely) in [
        (ObserveDetail::Whole, "look(Identity)"),
        (ObserveDetail::Identity, "look(Identity)"),
        (ObserveDetail::Outputs, "look(Presence)"),
        (ObserveDetail::Presence, "look(Presence)"),
    ] {
        let case = ObserveCase::new().lists(Ok(vec![queue("left")]));
        case.cloud.undeclared(queue("left"), Ok(there("left")));
        let transcript = case.transcript(detail).await;
        assert!(transcript.ends_with(&format!("{closely} queue.left")), "{detail:?}: {transcript}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_is_no_obstacle() {
    for failure in [refusal(ErrorClass::Denied), Error::internal("the list is wrong").into()] {
        let case = ObserveCase::new().declares(queue("first"), Ok(there("first"))).lists(Err(failure));
        let transcript = case.transcript(ObserveDetail::Whole).await;
        assert!(transcript.contains("live queue.first") && transcript.contains("warning: "), "{transcript}");
    }
}

/// One cause fails every read and is told once; what is denied is denied resource by resource.
#[tokio::test(start_paused = true)]
async fn every_distinct_failure_is_told() {
    let mut said = Vec::new();
    for class in [ErrorClass::Ambiguous, ErrorClass::Denied] {
        // AWS names the resource in a denial.
        let refused = |name: &str| match refusal(class) {
            StepError::Aws(error) => StepError::Aws(AwsError { message: format!("on {name}"), ..error }),
            other => other,
        };
        let case = ["first", "second"]
            .iter()
            .fold(ObserveCase::new(), |case, name| case.declares(queue(name), Err(refused(name))));
        said.push(format!("== {class:?}\n{}", case.transcript(ObserveDetail::Whole).await));
    }
    insta::assert_snapshot!(said.join("\n\n"));
}

/// Nothing that the run knows is believed.
#[tokio::test(start_paused = true)]
async fn what_remains_is_read_anew() {
    let cloud = ScriptedCloud::new();
    let queues = ScriptedKind::new(&QUEUE, &cloud);
    for (name, look) in [("kept", Ok(there("kept"))), ("gone", Ok(None)), ("theirs", Ok(there("theirs").map(foreign)))]
    {
        cloud.script(queue(name), ResourceScript { looks: [look].into(), ..ResourceScript::default() });
    }
    let (session, kinds) = (session().await, [queues.erased()]);
    session.ledger.publish(&queue("gone"), [("arn".to_owned(), "stale".to_owned())]);
    let remaining = observe_remaining(StackRun { kinds: &kinds, session: &session }).await.expect("every look works");
    assert_eq!(remaining, [place(&queue("kept"))]);
    assert_eq!(session.ledger.outputs.borrow().len(), 1, "the run's own knowledge is as it was");
}
