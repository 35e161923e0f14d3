use super::super::scripted::{
    ResourceScript, ScriptedCloud, ScriptedKind, ScriptedLook, foreign, need, ours, place, refusal, session,
};
use super::*;
use crate::aws::{AwsError, ErrorClass};
use crate::kinds::{KindDefinition, ObservedResource, StepMilestone};
use serde_json::{Value, json};
use std::rc::Rc;

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
            Ok(StackResources { declared, found, orphans, warnings }) => {
                lines.extend(declared.iter().map(|declared| format!("declared {}", declared.place.id)));
                lines.extend(found.keys().map(|place| format!("found {}", place.id)));
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
        assert!(transcript.contains("found queue.first") && transcript.contains("warning: "), "{transcript}");
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

/// Only who wants to change something has to know whether it can be done.
#[tokio::test(start_paused = true)]
async fn a_preflight_is_for_who_looks_at_everything() {
    let cloud = ScriptedCloud::new();
    let (queues, grants) = (ScriptedKind::new(&QUEUE, &cloud), ScriptedKind::new(&GRANT, &cloud));
    let (session, kinds) = (session().await, [queues.erased(), grants.erased()]);
    let run = StackRun { kinds: &kinds, session: &session };
    for (detail, expected) in [
        (ObserveDetail::Whole, vec!["too few".to_owned(), "none left".to_owned()]),
        (ObserveDetail::Identity, Vec::new()),
        (ObserveDetail::Outputs, Vec::new()),
        (ObserveDetail::Presence, Vec::new()),
    ] {
        cloud.foresees("queue", Ok(vec!["too few".to_owned()]));
        cloud.foresees("grant", Ok(vec!["none left".to_owned()]));
        let found = preflight(run, detail).await.expect("nothing fails");
        let warnings: Vec<_> = found.into_iter().flat_map(|finding| finding.warnings).collect();
        assert_eq!(warnings, expected, "{detail:?}");
    }
    cloud.foresees("queue", Err(vec![Error::refused("no secret"), Error::refused("no other")]));
    let failed = preflight(run, ObserveDetail::Whole).await.err().expect("it fails");
    assert_eq!(failed.iter().map(|error| error.message.as_str()).collect::<Vec<_>>(), ["no secret", "no other"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_foreseen_is_judged_by_what_there_is() {
    let session = session().await;
    let connection = &session.aws.connection;
    let target = RunTarget {
        stack: "shop".into(),
        stage: "dev".into(),
        account: "123456789012".into(),
        region: connection.region.clone(),
        endpoint: None,
        local: false,
        caller: String::new(),
    };
    for (found, refusals) in [(None, 0), (there("first"), 1)] {
        let mut observed = ObservedStack::empty(target.clone());
        let found = found.map(|found| found.map(Ok::<_, Error>, |state| Ok(crate::kinds::ErasedState::new(state))));
        observed.found.extend(found.map(|found| (place(&queue("first")), found.expect("nothing fails"))));
        let check = |found: &ObservedResources| (!found.is_empty()).then(|| Error::refused("it is full"));
        observed.judge(vec![PreflightFindings { warnings: vec!["too few".to_owned()], check: Some(Box::new(check)) }]);
        assert_eq!((observed.warnings, observed.refusals.len()), (vec!["too few".to_owned()], refusals));
    }
}

/// A run that shows its waits shows those of its last look too.
#[tokio::test(start_paused = true)]
async fn the_last_look_hands_on_what_it_waited_for() {
    let cloud = ScriptedCloud::new();
    let queues = ScriptedKind::new(&QUEUE, &cloud);
    cloud.script(queue("slow"), ResourceScript { looks: [Ok(None)].into(), ..ResourceScript::default() });
    let (session, kinds) = (session().await, [queues.erased()]);
    cloud.waits_in_looks("a turn");
    observe_remaining(StackRun { kinds: &kinds, session: &session }).await.expect("every look works");
    let waits = session.ledger.waits.take().total(Instant::now());
    assert_eq!(waits.iter().map(|wait| wait.reason.as_str()).collect::<Vec<_>>(), ["a turn"]);
}

#[tokio::test(start_paused = true)]
async fn only_the_account_of_the_description_is_touched() {
    let mut session = session().await;
    for (described, local, refused) in [
        (None, false, false),
        (Some("123456789012"), false, false),
        (Some("210987654321"), false, true),
        (Some("210987654321"), true, false),
    ] {
        session.stack.account = described.map(str::to_owned);
        session.aws.connection.local = local;
        let guarded = guard_account(&session, "123456789012");
        assert_eq!(guarded.is_err(), refused, "{described:?} {local}");
    }
}

#[test]
fn an_account_has_twelve_digits() {
    for (account, is_one) in [
        ("123456789012", true),
        ("000000000000", true),
        ("12345678901", false),
        ("1234567890123", false),
        ("12345678901x", false),
        ("", false),
    ] {
        assert_eq!(check_account(account).is_ok(), is_one, "{account}");
    }
}

/// The address that was asked is told with every failure to get there.
#[tokio::test(start_paused = true)]
async fn a_failure_says_where_the_calls_went() {
    let session = session().await;
    let error = where_to(&session, Error::aws("nobody answers"));
    assert_eq!((error.get("region"), error.get("endpoint")), (Some("eu-west-1"), Some("http://127.0.0.1:9")));
}

#[tokio::test(start_paused = true)]
async fn what_a_step_takes_away_is_known_before_it_runs() {
    use crate::engine::plan::{DeleteReason, PlanStep, StepAction};
    use crate::kinds::diff::diff;
    let queues = ScriptedCloud::new();
    let queues = ScriptedKind::new(&QUEUE, &queues);
    let (session, kinds) = (session().await, [queues.erased()]);
    let run = StackRun { kinds: &kinds, session: &session };
    let changes = diff(&json!({"a": 1}), &json!({"a": 2}));
    for (action, takes_away) in [
        (StepAction::Keep, false),
        (StepAction::Create { spec: json!({}) }, false),
        (StepAction::Update { changes: Default::default(), adopt: false }, false),
        (StepAction::Update { changes, adopt: false }, true),
        (StepAction::Delete { reason: DeleteReason::Down, with_data: false }, true),
        (StepAction::Retain { reason: "it holds data".into() }, false),
    ] {
        let step = PlanStep { place: place(&queue("q")), action, after: Vec::new() };
        assert_eq!(run.takes_away(&step), takes_away, "{:?}", step.action);
    }
}

#[tokio::test]
async fn a_second_look_goes_at_the_pace_of_the_first() {
    let first = session().await;
    let second = first.afresh();
    assert!(Rc::ptr_eq(&first.aws.caller, &second.aws.caller), "what was learned of AWS's rates is forgotten");
    assert!(second.aws.account.get().is_some() && second.aws.account.get() == first.aws.account.get());
}
