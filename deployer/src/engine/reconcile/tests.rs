use super::super::plan::DeleteReason;
use super::super::scripted::{
    ResourceScript, ScriptedCloud, ScriptedKind, ScriptedLook, foreign, moving, ours, place, refusal, session,
};
use super::*;
use crate::aws::ErrorClass;
use crate::kinds::{KindDefinition, ObservedResource, ResourceId, RetryRule, StepSignal};
use serde_json::{Value, json};
use std::cell::RefCell;

static QUEUE: KindDefinition =
    KindDefinition { patience: Duration::from_secs(60), confidential: &["secret"], ..KindDefinition::new("queue") };

type Writes = Vec<StepResult<WriteProgress>>;

/// One step of a resource that should have the spec `{"a": 2}`: what is seen, what is answered.
struct StepCase {
    action: StepAction,
    desired: Option<Value>,
    seen: Option<ObservedResource<Value>>,
    looks: Vec<ScriptedLook>,
    writes: Writes,
    rule: Option<RetryRule>,
    /// When a signal comes.
    signal: Option<Duration>,
}

impl StepCase {
    fn of(action: StepAction, seen: Option<ObservedResource<Value>>) -> Self {
        Self {
            action,
            desired: Some(json!({"a": 2})),
            seen,
            looks: Vec::new(),
            writes: Vec::new(),
            rule: None,
            signal: None,
        }
    }

    fn create() -> Self {
        Self::of(StepAction::Create { spec: json!({"a": 2}) }, None)
    }

    fn update() -> Self {
        Self::of(StepAction::Update { changes: SpecDiff::default(), adopt: false }, Some(ours(json!({"a": 1}))))
    }

    fn delete() -> Self {
        let action = StepAction::Delete { reason: DeleteReason::Down, with_data: false };
        Self { desired: None, ..Self::of(action, Some(ours(json!({"a": 1})))) }
    }

    fn looks(self, looks: impl IntoIterator<Item = Option<ObservedResource<Value>>>) -> Self {
        Self { looks: looks.into_iter().map(Ok).collect(), ..self }
    }

    fn writes(self, writes: impl IntoIterator<Item = StepResult<WriteProgress>>) -> Self {
        Self { writes: writes.into_iter().collect(), ..self }
    }

    /// Runs the step and tells the calls with their seconds, every distinct thing that was told meanwhile, and how it ended.
    async fn transcript(self) -> String {
        // Pauses between attempts have a random part.
        fastrand::seed(1);
        let cloud = ScriptedCloud::new();
        let id = ResourceId::new("queue", "q");
        if let Some(rule) = self.rule {
            cloud.retries_by(rule);
        }
        let writes = self.writes.into_iter().map(|answer| (Duration::ZERO, answer)).collect();
        let script = ResourceScript { desired: self.desired, needs: Vec::new(), looks: self.looks.into(), writes };
        cloud.script(id.clone(), script);
        let kind = ScriptedKind::new(&QUEUE, &cloud);
        let session = session().await;
        let told = RefCell::new(Vec::new());
        let tell = |signal| {
            let line = match signal {
                StepSignal::Exists(place) => format!("{} exists", place.id),
                StepSignal::Waiting(_, reason, _) => format!("waiting for {reason}"),
                StepSignal::Note(note) => note,
            };
            if !told.borrow().contains(&line) {
                told.borrow_mut().push(line);
            }
        };
        let place = place(&id);
        let cx = StepContext::new(&session, &place, &tell);
        let kinds = [kind.erased()];
        let run = StackRun { kinds: &kinds, session: &session };
        let seen = self.seen.map(|seen| {
            seen.map(Ok::<_, Error>, |state| Ok(crate::kinds::ErasedState::new(state))).expect("nothing fails")
        });
        let stop = StopRequest::default();
        let signal = async {
            if let Some(at) = self.signal {
                sleep(at).await;
                stop.ask();
            }
            std::future::pending::<()>().await;
        };
        let result = tokio::select! {
            result = reconcile(run, &cx, &self.action, seen, &stop) => result,
            () = signal => unreachable!("it never ends"),
        };
        let end = match result {
            Ok(()) => "done".to_owned(),
            Err(error) => {
                let hints = error.hints.iter().map(|hint| format!("\n      hint: {hint}")).collect::<String>();
                let fact = |name| error.get(name).unwrap_or_default();
                format!("{error} ({}, {}){hints}", fact("resource"), fact("name"))
            }
        };
        let mut lines = shortened(cloud.calls());
        lines.extend(told.into_inner().into_iter().map(|line| format!("      told: {line}")));
        let outputs = session.ledger.outputs.borrow().clone();
        lines.extend(outputs.iter().map(|(id, outputs)| format!("      outputs of {id}: {outputs:?}")));
        lines.push(format!("{:.3} {end}", cloud.elapsed()));
        // What is waited for after the step has ended is waited for for ever.
        sleep(Duration::from_secs(100)).await;
        let waits = session.ledger.waits.take().total(Instant::now());
        lines.extend(
            waits.iter().map(|wait| format!("      waited {:.3} s for {}", wait.took.as_secs_f64(), wait.reason)),
        );
        lines.join("\n")
    }
}

/// Leaves out the middle of a long row of the same calls.
fn shortened(calls: Vec<String>) -> Vec<String> {
    if calls.len() <= 14 {
        return calls;
    }
    let left_out = calls.len() - 12;
    [&calls[..8], &[format!("… {left_out} more")], &calls[calls.len() - 4..]].concat()
}

fn done() -> StepResult<WriteProgress> {
    Ok(WriteProgress::Done)
}

fn settling() -> StepResult<WriteProgress> {
    Ok(WriteProgress::Settling)
}

fn right() -> Option<ObservedResource<Value>> {
    Some(ours(json!({"a": 2})))
}

fn wrong() -> Option<ObservedResource<Value>> {
    Some(ours(json!({"a": 1})))
}

#[tokio::test(start_paused = true)]
async fn what_agrees_is_left_alone() {
    let step = StepCase { seen: right(), ..StepCase::update() };
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_done_is_not_looked_at_again() {
    insta::assert_snapshot!(StepCase::create().writes([done()]).transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_settles_is_looked_at_until_it_agrees() {
    let coming = Some(moving(ours(json!({})), TransitionPhase::Coming));
    let step = StepCase::create().writes([settling(), settling()]).looks([coming.clone(), coming, wrong(), right()]);
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn what_never_comes_to_rest_times_out() {
    let step = StepCase::create().writes([settling()]).looks([Some(moving(ours(json!({})), TransitionPhase::Coming))]);
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_difference_that_aws_accepts_and_never_shows_is_hopeless() {
    let step = StepCase { desired: Some(json!({"a": 2, "secret": "new"})), ..StepCase::update() };
    let step = step.writes((0..9).map(|_| settling())).looks([Some(ours(json!({"a": 1, "secret": "old"})))]);
    insta::assert_snapshot!(step.transcript().await);
}

/// Each part of a change counts for itself.
#[tokio::test(start_paused = true)]
async fn a_difference_that_gets_smaller_is_not_hopeless() {
    let steps = (1..=6).map(|n| Some(ours(json!({"a": 0, "n": n}))));
    let step = StepCase { desired: Some(json!({"a": 2, "n": 0})), ..StepCase::update() };
    let step = step.writes((0..9).map(|_| settling())).looks(steps.chain([Some(ours(json!({"a": 2, "n": 0})))]));
    insta::assert_snapshot!(step.transcript().await);
}

/// A refusal says nothing about what accepting would do.
#[tokio::test(start_paused = true)]
async fn refused_writes_do_not_make_a_difference_hopeless() {
    let busy = || Err(refusal(ErrorClass::Busy));
    let step = StepCase::update().writes((0..6).map(|_| busy()).chain([done()])).looks([wrong()]);
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn every_class_of_refusal() {
    use ErrorClass::{Ambiguous, Busy, Denied, Exists, Fatal, NotFound, NotYet, Throttled, TooSoon};
    let mut said = Vec::new();
    for class in [Exists, NotFound, Busy, NotYet, Ambiguous, Throttled, TooSoon, Denied, Fatal] {
        let refused = (0..400).map(|_| Err(refusal(class)));
        said.push(format!("== {class:?}\n{}", StepCase::update().writes(refused).looks([wrong()]).transcript().await));
    }
    insta::assert_snapshot!("every_class_of_refusal", said.join("\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_kind_says_how_long_it_tries() {
    let rule = RetryRule {
        patience: Duration::from_secs(5),
        dense: (2, Duration::from_millis(100)),
        sparse: Duration::from_secs(1),
        reason: WaitReason::ResourceState("the role to become assumable".into()),
        hint: "Look at the trust policy.",
    };
    let refused = (0..400).map(|_| Err(refusal(ErrorClass::RoleUnusable)));
    let step = StepCase { rule: Some(rule), ..StepCase::create().writes(refused).looks([None]) };
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_at_and_not_repeated() {
    let step = StepCase::create().writes([Err(refusal(ErrorClass::Ambiguous))]).looks([right()]);
    insta::assert_snapshot!(step.transcript().await);
}

/// What was refused did nothing, and nobody waits for what comes of it.
#[tokio::test(start_paused = true)]
async fn after_a_signal_a_refused_write_is_not_sent_again() {
    let busy = (0..400).map(|_| Err(refusal(ErrorClass::Busy)));
    let step = StepCase { signal: Some(Duration::from_secs(2)), ..StepCase::update().writes(busy).looks([wrong()]) };
    insta::assert_snapshot!(step.transcript().await);
}

/// Nobody knows what a lost answer did, so that the run looks before it says how it ended.
#[tokio::test(start_paused = true)]
async fn after_a_signal_a_lost_answer_is_still_looked_at() {
    let lost = StepCase::create().writes([Err(refusal(ErrorClass::Ambiguous))]).looks([right()]);
    let step = StepCase { signal: Some(Duration::from_millis(1)), ..lost };
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn what_the_kind_refuses_is_final() {
    let step = StepCase::create().writes([Err(Error::refused("not like this").into())]);
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn what_appears_meanwhile_and_is_not_ours_is_left_alone() {
    let theirs = || Some(foreign(ours(json!({"a": 1}))));
    let step = StepCase::create().writes([Err(refusal(ErrorClass::Exists))]).looks([theirs()]);
    insta::assert_snapshot!(step.transcript().await);
    let adopt = StepAction::Update { changes: SpecDiff::default(), adopt: true };
    insta::assert_snapshot!(StepCase::of(adopt, theirs()).transcript().await);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_wanted_any_more_goes() {
    let step = StepCase { desired: None, ..StepCase::update() };
    insta::assert_snapshot!(step.transcript().await);
    let step = StepCase { desired: None, seen: None, ..StepCase::update() };
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_waited_for() {
    let leaving = || Some(moving(ours(json!({})), TransitionPhase::Leaving));
    let step = StepCase::delete().writes([settling()]).looks([wrong(), leaving(), leaving(), None]);
    insta::assert_snapshot!(step.transcript().await);
}

/// AWS said yes and shows nothing of it: the next look is one to delete by.
#[tokio::test(start_paused = true)]
async fn a_deletion_that_does_not_begin_is_asked_for_again() {
    let step = StepCase::delete().writes([settling(), done()]).looks([wrong()]);
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn what_is_being_made_is_deleted_once_it_is_there() {
    let coming = || Some(moving(ours(json!({})), TransitionPhase::Coming));
    let step = StepCase { seen: coming(), ..StepCase::delete() }.looks([coming(), wrong()]);
    insta::assert_snapshot!(step.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn what_took_our_name_is_not_deleted() {
    let theirs = Some(foreign(ours(json!({}))));
    let step = StepCase::delete().writes([Err(refusal(ErrorClass::NotFound))]).looks([theirs]);
    insta::assert_snapshot!(step.transcript().await);
    insta::assert_snapshot!(StepCase { seen: None, ..StepCase::delete() }.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_ends_the_step() {
    let mut step = StepCase::create().writes([settling()]);
    step.looks = vec![Err(refusal(ErrorClass::Denied))];
    insta::assert_snapshot!(step.transcript().await);
}

/// Tags may come later than the resource: nobody's is perhaps ours on its way.
#[tokio::test(start_paused = true)]
async fn what_is_being_made_may_still_become_ours() {
    let coming = Some(foreign(moving(ours(json!({})), TransitionPhase::Coming)));
    let outputs = [("arn".to_owned(), "arn:q".to_owned())].into();
    let there = Some(ObservedResource { outputs, ..ours(json!({"a": 2})) });
    let step = StepCase::create().writes([settling()]).looks([coming.clone(), coming, there]);
    insta::assert_snapshot!(step.transcript().await);
}
