//! What `up`, `plan` and `down` share: the comparison, the outputs, the end of a run.

use super::code;
use super::code::CodeArgs;
use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use crate::engine;
use crate::engine::{
    ObservedStack, Plan, PlanOptions, RunEvent, RunGoal, RunOutcome, StackRun, StepAction, StopRequest,
};
use crate::kinds::{ObserveDetail, ResourceRef, named, seed};
use crate::ui::{RunFinish, RunReporter, measure};
use futures::future::{Either, select};
use std::collections::BTreeMap;
use std::pin::pin;

/// Builds and looks at the same time: neither changes anything.
pub async fn look(
    global: &GlobalArgs,
    run: StackRun<'_>,
    code: &CodeArgs,
    reporter: &mut dyn RunReporter,
) -> Result<ObservedStack, CommandFailure> {
    let mut emit = |event: RunEvent| reporter.event(&event);
    let building = pin!(code::prepare(&run.session.stack, code, global.local, &mut emit));
    let looking = pin!(engine::observe_stack(run, ObserveDetail::Whole));
    // Whichever fails first ends both: no minute of building for credentials that have expired.
    let (artifacts, mut observed) = match select(building, looking).await {
        Either::Left((artifacts, looking)) => (artifacts?, looking.await?),
        Either::Right((observed, building)) => {
            let observed = observed?;
            (building.await?, observed)
        }
    };
    observed.warnings.extend(code::warnings(&run.session.stack, &artifacts));
    *run.session.uploads.artifacts.borrow_mut() = artifacts;
    Ok(observed)
}

/// Plans, and tells the plan.
pub async fn plan(
    run: StackRun<'_>,
    observed: &ObservedStack,
    choices: &PlanOptions,
    reporter: &mut dyn RunReporter,
) -> Result<Plan, CommandFailure> {
    let mut plan = engine::decide(run, observed, RunGoal::Up, choices)?;
    refuse_wrong_seeds(run, &mut plan).await;
    reporter.event(&RunEvent::Target(observed.target.clone()));
    reporter.event(&RunEvent::Planned(plan.clone()));
    Ok(plan)
}

/// Runs [`look`], then [`plan`].
pub async fn compare(
    global: &GlobalArgs,
    run: StackRun<'_>,
    code: &CodeArgs,
    choices: &PlanOptions,
    reporter: &mut dyn RunReporter,
) -> Result<(ObservedStack, Plan), CommandFailure> {
    let observed = look(global, run, code, reporter).await?;
    let plan = plan(run, &observed, choices, reporter).await?;
    Ok((observed, plan))
}

/// Refuses a plan that makes a table whose `seed` is wrong, where seeds have a meaning: in the embedded cloud.
pub async fn refuse_wrong_seeds(run: StackRun<'_>, plan: &mut Plan) {
    let wrong = seed::check(&run.session.stack, &begun_with_seeds(run, plan)).await;
    plan.refusals.extend(wrong.err().into_iter().flatten());
}

/// Returns the tables that a plan makes and that begin with what their `seed` names.
fn begun_with_seeds(run: StackRun<'_>, plan: &Plan) -> Vec<ResourceRef> {
    if !run.session.aws.connection.local {
        return Vec::new();
    }
    let is_made = |table: &ResourceRef| {
        plan.steps.iter().any(|step| step.place == *table && matches!(step.action, StepAction::Create { .. }))
    };
    named::described(&run.session.stack).into_iter().filter(is_made).collect()
}

/// Carries a plan out. A table that is made in the embedded cloud begins with the items that its `seed` names.
pub async fn execute(
    run: StackRun<'_>,
    observed: &ObservedStack,
    plan: &Plan,
    stop: &StopRequest,
    reporter: &mut dyn RunReporter,
) -> Result<RunOutcome, CommandFailure> {
    let mut outcome = engine::execute(run, observed, plan, stop, &mut |event| reporter.event(&event)).await;
    // What failed is told; the tables that are there begin as they should all the same.
    let made = if outcome.summary.interrupted { Vec::new() } else { begun_with_seeds(run, plan) };
    for place in &made {
        match seed::plant(run.session, place).await {
            Ok(None) => {}
            Ok(Some(items)) => {
                let items = measure::count(usize::try_from(items).unwrap_or(usize::MAX), "item");
                reporter.event(&RunEvent::Note { message: format!("table {} begins with {items}", place.name) });
            }
            Err(error) if outcome.summary.succeeded() => outcome.errors.push(error),
            Err(_) => {}
        }
    }
    Ok(outcome)
}

/// Checks whether the plan can be carried out at all.
pub fn refused(plan: &Plan) -> Option<CommandFailure> {
    (!plan.refusals.is_empty()).then(|| CommandFailure::Errors(plan.refusals.clone()))
}

/// Returns how many steps of a plan take something away.
pub fn deletions(plan: &Plan) -> usize {
    plan.steps.iter().filter(|step| matches!(step.action, StepAction::Delete { .. })).count()
}

/// Returns the end of a run, for the reporter.
pub fn finish(
    run: StackRun<'_>,
    outcome: RunOutcome,
    outputs: BTreeMap<String, String>,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    let exit_code = match &outcome.summary {
        summary if summary.interrupted => exit_code::INTERRUPTED,
        summary if summary.succeeded() && outcome.errors.is_empty() => exit_code::DONE,
        _ => exit_code::FAILED,
    };
    let RunOutcome { summary, errors } = outcome;
    reporter.finish(&RunFinish { summary, outputs, waits: run.session.ledger.waited(), errors, exit_code })?;
    Ok(exit_code)
}

/// Ends a run that failed before anything was changed: the errors go through the reporter, so that JSON ends with `finished` too.
pub fn abandon(failure: CommandFailure, reporter: &mut dyn RunReporter) -> Result<u8, CommandFailure> {
    let CommandFailure::Errors(errors) = failure else { return Err(failure) };
    reporter.finish(&RunFinish { errors, exit_code: exit_code::FAILED, ..RunFinish::default() })?;
    Ok(exit_code::FAILED)
}
