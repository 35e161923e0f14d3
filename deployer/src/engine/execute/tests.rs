use super::super::event::RunTarget;
use super::super::plan::{DeleteReason, StepDependency};
use super::super::scripted::{ResourceScript, ScriptedCloud, ScriptedKind, moving, ours, place, refusal, session};
use super::*;
use crate::aws::{AwsError, ErrorClass};
use crate::kinds::{KindDefinition, ResourceId, StepError, StepResult, TransitionPhase, WriteProgress};
use serde_json::json;

static QUEUE: KindDefinition = KindDefinition::new("queue");
static TOPIC: KindDefinition = KindDefinition::new("topic");

/// A run of steps that are given by hand.
struct RunCase {
    cloud: ScriptedCloud,
    plan: Plan,
    /// How many signals came before the run began.
    asked_before: u32,
    /// When signals come, in milliseconds.
    signals: Vec<u64>,
    credentials_expired: bool,
}

/// Returns the id of a queue, or of a topic where the name says so.
fn id(name: &str) -> ResourceId {
    match name.strip_prefix("topic.") {
        Some(name) => ResourceId::new("topic", name),
        None => ResourceId::new("queue", name),
    }
}

impl RunCase {
    fn new() -> Self {
        Self {
            cloud: ScriptedCloud::new(),
            plan: Plan::default(),
            asked_before: 0,
            signals: Vec::new(),
            credentials_expired: false,
        }
    }

    /// Adds a step to create a resource, which takes so many milliseconds.
    fn step(self, name: &str, after: &[(&str, StepMilestone)], takes: u64, answer: StepResult<WriteProgress>) -> Self {
        let action = StepAction::Create { spec: json!({}) };
        self.with(name, action, after, [(Duration::from_millis(takes), answer)])
    }

    fn with(
        mut self,
        name: &str,
        action: StepAction,
        after: &[(&str, StepMilestone)],
        writes: impl IntoIterator<Item = (Duration, StepResult<WriteProgress>)>,
    ) -> Self {
        let desired = (!matches!(action, StepAction::Delete { .. })).then(|| json!({}));
        // Once it was made it is as wanted.
        let looks = [Ok(Some(moving(ours(json!({})), TransitionPhase::Coming))), Ok(Some(ours(json!({}))))].into();
        let script = ResourceScript { desired, needs: Vec::new(), looks, writes: writes.into_iter().collect() };
        self.cloud.script(id(name), script);
        let after =
            after.iter().map(|(other, milestone)| StepDependency { place: place(&id(other)), milestone: *milestone });
        self.plan.steps.push(PlanStep { place: place(&id(name)), action, after: after.collect() });
        self
    }

    async fn transcript(self) -> String {
        let (queue, topic) = (ScriptedKind::new(&QUEUE, &self.cloud), ScriptedKind::new(&TOPIC, &self.cloud));
        let (session, kinds) = (session().await, [queue.erased(), topic.erased()]);
        session.ledger.credentials_expired.set(self.credentials_expired);
        let run = StackRun { kinds: &kinds, session: &session };
        let target = RunTarget {
            stack: "shop".into(),
            stage: "dev".into(),
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            endpoint: None,
            local: false,
            caller: String::new(),
        };
        let mut observed = ObservedStack::empty(target);
        for step in &self.plan.steps {
            if matches!(step.action, StepAction::Delete { .. }) {
                let there = ours(json!({})).map(Ok::<_, Error>, |state| Ok(crate::kinds::ErasedState::new(state)));
                observed.found.insert(step.place.clone(), there.expect("nothing fails"));
            }
        }
        let stop = StopRequest::default();
        (0..self.asked_before).for_each(|_| stop.ask());
        let mut lines = Vec::new();
        let cloud = self.cloud.clone();
        let mut emit = |event: RunEvent| {
            let line = match event {
                RunEvent::Started { id, verb } => format!("{verb:?} {id}"),
                RunEvent::Done { id, took, .. } => format!("{id} done after {} ms", took.as_millis()),
                RunEvent::Failed { id, error, .. } => format!("{id} failed: {}", error.message),
                RunEvent::Skipped { id, because, .. } => format!("{id} skipped: {because}"),
                RunEvent::Interrupted { in_flight } => format!("interrupted, {in_flight} in flight"),
                RunEvent::Waiting { id, reason } => format!("{id} waits for {reason}"),
                other => format!("{other:?}"),
            };
            lines.push(format!("{:.3} {line}", cloud.elapsed()));
        };
        let signals = async {
            let mut before = 0;
            for at in &self.signals {
                tokio::time::sleep(Duration::from_millis(at - before)).await;
                before = *at;
                stop.ask();
            }
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            outcome = execute(run, &observed, &self.plan, &stop, &mut emit) => outcome,
            () = signals => unreachable!("signals never end"),
        };
        let RunSummary { created, updated, deleted, unchanged, retained, failed, skipped, interrupted, in_flight } =
            outcome.summary;
        if !in_flight.is_empty() {
            let ids: Vec<_> = in_flight.iter().map(ToString::to_string).collect();
            lines.push(format!("left in flight: {}", ids.join(", ")));
        }
        lines.push(format!(
            "created {created}, updated {updated}, deleted {deleted}, unchanged {unchanged}, retained {retained}, failed {failed}, skipped {skipped}, interrupted {interrupted}; {} errors",
            outcome.errors.len()
        ));
        lines.join("\n")
    }
}

fn ok() -> StepResult<WriteProgress> {
    Ok(WriteProgress::Done)
}

fn fatal() -> StepResult<WriteProgress> {
    Err(refusal(ErrorClass::Fatal))
}

#[tokio::test(start_paused = true)]
async fn a_step_starts_when_what_it_needs_is_done() {
    let run = RunCase::new()
        .step("c", &[("a", StepMilestone::Done), ("b", StepMilestone::Done)], 10, ok())
        .step("a", &[], 100, ok())
        .step("b", &[("kept", StepMilestone::Done)], 300, ok())
        .with("kept", StepAction::Keep, &[], [])
        .with("held", StepAction::Retain { reason: "it holds data".into() }, &[], []);
    insta::assert_snapshot!(run.transcript().await);
}

/// What only has to exist is not waited for to its end.
#[tokio::test(start_paused = true)]
async fn a_step_starts_when_what_it_needs_exists() {
    let made = [(Duration::from_millis(100), Ok(WriteProgress::Settling))];
    let run = RunCase::new()
        .with("a", StepAction::Create { spec: json!({}) }, &[], made)
        .step("b", &[("a", StepMilestone::Exists)], 10, ok())
        .step("c", &[("a", StepMilestone::Done)], 10, ok());
    insta::assert_snapshot!(run.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_skips_what_needs_it_and_nothing_else() {
    let run = RunCase::new()
        .step("a", &[], 100, fatal())
        .step("b", &[("a", StepMilestone::Exists)], 10, ok())
        .step("c", &[("b", StepMilestone::Done)], 10, ok())
        .step("d", &[], 500, ok());
    insta::assert_snapshot!(run.transcript().await);
}

/// It exists all the same, and that is enough for some.
#[tokio::test(start_paused = true)]
async fn a_step_that_fails_after_it_exists_skips_only_what_needs_it_whole() {
    let mut run = RunCase::new().with("a", StepAction::Create { spec: json!({}) }, &[], []);
    let coming = moving(ours(json!({})), TransitionPhase::Coming);
    run.cloud.script(
        id("a"),
        ResourceScript {
            desired: Some(json!({"a": 2})),
            needs: Vec::new(),
            looks: [Ok(Some(coming)), Ok(Some(ours(json!({"a": 1}))))].into(),
            writes: [(Duration::from_millis(100), Ok(WriteProgress::Settling)), (Duration::ZERO, fatal())].into(),
        },
    );
    run = run.step("b", &[("a", StepMilestone::Exists)], 10, ok()).step("c", &[("a", StepMilestone::Done)], 10, ok());
    insta::assert_snapshot!(run.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn needs_in_a_circle_never_come() {
    let run = RunCase::new()
        .step("a", &[("b", StepMilestone::Done)], 10, ok())
        .step("b", &[("a", StepMilestone::Done)], 10, ok())
        .step("c", &[("nothing", StepMilestone::Exists)], 10, ok())
        .step("d", &[], 10, ok());
    insta::assert_snapshot!(run.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn after_the_first_signal_nothing_new_starts_and_the_rest_is_finished() {
    let mut run = RunCase::new().step("a", &[], 1000, ok()).step("b", &[("a", StepMilestone::Done)], 10, ok()).step(
        "c",
        &[],
        2000,
        fatal(),
    );
    run.signals = vec![500];
    insta::assert_snapshot!(run.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn after_the_second_signal_nothing_is_waited_for() {
    let mut run = RunCase::new().step("a", &[], 1000, ok()).step("b", &[], 2000, ok()).step(
        "c",
        &[("b", StepMilestone::Done)],
        10,
        ok(),
    );
    run.signals = vec![500, 1500];
    insta::assert_snapshot!(run.transcript().await);
}

/// What was refused did nothing: it is not started, and what needs it is not a victim of it.
#[tokio::test(start_paused = true)]
async fn what_would_be_sent_again_when_a_signal_comes_has_not_failed() {
    let busy = || (Duration::from_millis(10), Err(refusal(ErrorClass::Busy)));
    let create = StepAction::Create { spec: json!({}) };
    let mut run = RunCase::new().with("a", create, &[], [busy()]).step("b", &[("a", StepMilestone::Done)], 10, ok());
    run.signals = vec![15];
    let told = run.transcript().await;
    let (_, end) = told.rsplit_once('\n').unwrap_or_default();
    assert!(end.contains("failed 0, skipped 2, interrupted true; 0 errors"), "{told}");
    assert!(
        told.contains("a skipped: interrupted while waiting for ") && told.contains("b skipped: the run was"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_signal_before_the_first_step_starts_none() {
    let run = RunCase { asked_before: 1, ..RunCase::new().step("a", &[], 1000, ok()).step("b", &[], 10, ok()) };
    insta::assert_snapshot!(run.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn without_credentials_nothing_starts_and_one_error_is_told() {
    let run = RunCase { credentials_expired: true, ..RunCase::new().step("a", &[], 10, ok()) };
    insta::assert_snapshot!(run.transcript().await);
}

#[tokio::test(start_paused = true)]
async fn deletions_with_data_say_so() {
    let delete = |with_data| StepAction::Delete { reason: DeleteReason::Orphan, with_data };
    let run =
        RunCase::new().with("a", delete(true), &[], []).with("b", delete(false), &[("a", StepMilestone::Done)], []);
    let cloud = run.cloud.clone();
    insta::assert_snapshot!(run.transcript().await);
    insta::assert_snapshot!(cloud.calls().join("\n"));
}

/// More steps of a kind than may be in flight at once hold up their own kind alone.
#[tokio::test(start_paused = true)]
async fn so_many_steps_of_a_kind_run_at_once() {
    let mut run = RunCase::new();
    for number in 0..WIDTH + 1 {
        run = run.step(&format!("{number:03}"), &[], 100, ok());
    }
    let transcript = run.step("topic.news", &[], 100, ok()).transcript().await;
    let started = |at: &str, kind: &str| {
        transcript.lines().filter(|line| line.starts_with(at) && line.contains(&format!("Create {kind}."))).count()
    };
    assert_eq!((started("0.000", "queue"), started("0.100", "queue")), (WIDTH, 1), "{transcript}");
    assert_eq!(started("0.000", "topic"), 1, "{transcript}");
}

#[tokio::test(start_paused = true)]
async fn every_sort_of_step_is_counted() {
    let retain = || StepAction::Retain { reason: "it holds data".into() };
    let update = StepAction::Update { changes: crate::kinds::diff::SpecDiff::default(), adopt: false };
    let delete = StepAction::Delete { reason: DeleteReason::Orphan, with_data: false };
    let run = RunCase::new()
        .with("a", StepAction::Keep, &[], [])
        .with("b", retain(), &[], [])
        .with("c", retain(), &[], [])
        .with("d", update, &[], [])
        .with("e", delete, &[], [])
        .step("f", &[], 0, ok())
        .step("g", &[], 0, ok());
    let transcript = run.transcript().await;
    assert!(
        transcript.ends_with(
            "created 2, updated 1, deleted 1, unchanged 1, retained 2, failed 0, skipped 0, interrupted false; 0 errors"
        ),
        "{transcript}"
    );
}

/// Whatever the order of the plan is, a step is skipped for the step before it, not for want of anything.
#[tokio::test(start_paused = true)]
async fn each_skipped_step_names_the_step_that_it_needs() {
    let run = RunCase::new()
        .step("d", &[("c", StepMilestone::Exists)], 10, ok())
        .step("c", &[("b", StepMilestone::Exists)], 10, ok())
        .step("b", &[("a", StepMilestone::Done)], 10, ok())
        .step("a", &[], 100, fatal());
    let transcript = run.transcript().await;
    let skipped: Vec<_> = transcript.lines().filter(|line| line.contains("skipped:")).collect();
    assert_eq!(
        skipped,
        [
            "0.100 queue.b skipped: queue.a failed",
            "0.100 queue.c skipped: queue.b failed",
            "0.100 queue.d skipped: queue.c failed"
        ]
    );
}

/// A resource that came to exist and failed in one turn, or long before something else is done, is enough for who needs it to exist.
#[tokio::test(start_paused = true)]
async fn what_failed_after_it_exists_is_there_for_later_steps() {
    let run = RunCase::new().step("late", &[], 500, ok());
    run.cloud.script(
        id("a"),
        ResourceScript {
            desired: Some(json!({"a": 2})),
            needs: Vec::new(),
            looks: [Ok(Some(ours(json!({"a": 1}))))].into(),
            writes: [(Duration::ZERO, Ok(WriteProgress::Settling)), (Duration::ZERO, fatal())].into(),
        },
    );
    let mut run = run.step("b", &[("a", StepMilestone::Exists)], 10, ok()).step(
        "c",
        &[("a", StepMilestone::Exists), ("late", StepMilestone::Done)],
        10,
        ok(),
    );
    let action = StepAction::Create { spec: json!({}) };
    run.plan.steps.push(PlanStep { place: place(&id("a")), action, after: Vec::new() });
    let transcript = run.transcript().await;
    for line in ["0.000 queue.a failed: ", "0.010 queue.b done", "0.510 queue.c done"] {
        assert!(transcript.contains(line), "{line}: {transcript}");
    }
}

/// One reason that ends everything is told once; what failed for another reason is told beside it.
#[tokio::test(start_paused = true)]
async fn expired_credentials_are_told_once() {
    let failing = |class, message: &str| match refusal(class) {
        StepError::Aws(error) => Err(StepError::Aws(AwsError { message: message.to_owned(), ..error })),
        other => Err(other),
    };
    for (class, errors) in [(ErrorClass::Credentials, 3), (ErrorClass::Denied, 4)] {
        let run = RunCase::new()
            .step("a", &[], 100, failing(class, "the token has ended"))
            .step("b", &[], 100, failing(class, "the token has ended"))
            .step("c", &[], 200, failing(class, "the token is from the future"))
            .step("d", &[], 200, failing(ErrorClass::Fatal, "the token has ended"));
        let transcript = run.transcript().await;
        assert!(
            transcript.ends_with(&format!("failed 4, skipped 0, interrupted false; {errors} errors")),
            "{transcript}"
        );
    }
}

#[test]
fn a_wait_of_known_length_is_told_in_whole_seconds() {
    let mut said = Vec::new();
    for (lasts, words) in [(None, "a turn"), (Some(1200), "a turn (2 s)"), (Some(3000), "a turn (3 s)")] {
        let signal = StepSignal::Waiting(id("a"), "a turn".into(), lasts.map(Duration::from_millis));
        take_in(signal, &mut BTreeMap::new(), &mut |event| said.push((event, words)));
    }
    for (event, words) in said {
        assert!(matches!(&event, RunEvent::Waiting { reason, .. } if reason == words), "{event:?}");
    }
}
