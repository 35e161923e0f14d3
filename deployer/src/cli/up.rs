//! `deployer up`: the stack as described.

use super::args::{GlobalArgs, UpArgs};
use super::failure::CommandFailure;
use super::signals::listening;
use super::target::StartPolicy;
use super::{consent, run, target};
use crate::engine;
use crate::engine::{
    AdoptionScope, ObservedStack, Plan, PlanOptions, RunEvent, RunGoal, RunOutcome, RunSummary, StopRequest, execute,
};
use crate::error::Error;
use crate::kinds::RunSession;
use crate::ui::confirm::{ConfirmAnswer, ConfirmQuestion};
use crate::ui::human::ShownParts;
use crate::ui::plan::PlanStyle;
use crate::ui::{RunReporter, Screen, measure};

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &UpArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    consent::stage_is(&stack, args.confirm_stage.as_deref())?;
    // Said before minutes of building, and not only on the day when there is something to change.
    if !args.yes && !ci() && !args.dry_run && !screen.can_ask() {
        return Err(nobody_to_ask("apply the plan"));
    }
    let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
    session.delete_data.borrow_mut().extend(args.delete_data.iter().cloned());
    let mut reporter = screen.reporter(ShownParts { plan: Some(PlanStyle::default()), verbose: false });
    match change(global, args, screen, &session, reporter.as_mut()).await {
        Ok(code) => Ok(code),
        Err(failure) => run::abandon(failure, reporter.as_mut()),
    }
}

async fn change(
    global: &GlobalArgs,
    args: &UpArgs,
    screen: &Screen,
    session: &RunSession,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    let adopt = if args.adopt { AdoptionScope::Everything } else { AdoptionScope::Nothing };
    let choices = || PlanOptions { adopt: adopt.clone(), delete_data: session.delete_data.borrow().clone() };
    let (survey, mut plan) = run::compare(global, session, &args.code, &choices(), reporter).await?;
    if let Some(refused) = run::refused(&plan) {
        return Err(refused);
    }
    if args.dry_run {
        return run::finish(session, unchanged(&plan), run::outputs(session), reporter);
    }
    if !args.yes && consent::items(screen, session, &survey, &plan) {
        plan = engine::decide(session, &survey, RunGoal::Up, &choices())?;
        reporter.event(&RunEvent::Planned(plan.clone()));
    }
    let consent = UserConsent { yes: args.yes, stage: args.confirm_stage.as_deref() };
    carry_out(consent, screen, session, &survey, &plan, reporter).await
}

/// What was agreed to on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserConsent<'a> {
    /// The plan, whatever it is.
    pub yes: bool,
    /// That something is taken away from this stage.
    pub stage: Option<&'a str>,
}

/// Asks, unless that is agreed to or on a build server, and carries the plan out.
pub async fn carry_out(
    consent: UserConsent<'_>,
    screen: &Screen,
    session: &RunSession,
    survey: &ObservedStack,
    plan: &Plan,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    if let Some(refused) = run::refused(plan) {
        return Err(refused);
    }
    if plan.is_empty() {
        return run::finish(session, unchanged(plan), run::outputs(session), reporter);
    }
    let losses = plan.steps.iter().filter(|step| step.takes_away()).count();
    let about =
        format!("This takes something away from {} of {}.", measure::count(losses, "resource"), session.stack.name);
    let named = losses > 0 && consent::stage(screen, session, consent.stage, &about)?;
    if !named && !consent.yes && !ci() {
        match screen.ask(ConfirmQuestion::YesNo("Apply these changes?")) {
            ConfirmAnswer::Yes => {}
            ConfirmAnswer::No => {
                return Err(Error::refused("nothing was changed: the plan was not confirmed").into());
            }
            ConfirmAnswer::NotATerminal => return Err(nobody_to_ask("apply the plan")),
        }
    }
    let stop = StopRequest::default();
    let outcome = listening(&stop, execute(session, survey, plan, &stop, &mut |event| reporter.event(&event))).await;
    run::finish(session, outcome, run::outputs(session), reporter)
}

fn unchanged(plan: &Plan) -> RunOutcome {
    let tally = plan.tally();
    RunOutcome {
        summary: RunSummary { unchanged: tally.keep, retained: tally.retain, ..RunSummary::default() },
        errors: Vec::new(),
    }
}

/// Build servers set `CI=true`; there is nobody to ask.
pub fn ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v.eq_ignore_ascii_case("true") || v == "1")
}

/// The error for a question without anybody to answer it.
pub fn nobody_to_ask(what: &str) -> CommandFailure {
    Error::usage(format!("there is no terminal to ask whether to {what}; nothing was changed"))
        .hint("Add --yes, or set CI=true on a build server.")
        .into()
}
