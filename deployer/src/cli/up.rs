//! `deployer up`: the stack as described.

use super::args::{Global, Up};
use super::failure::Failure;
use super::signals::listening;
use super::target::Start;
use super::{consent, run, target};
use crate::engine;
use crate::engine::{Adopt, Choices, Event, Goal, Outcome, Plan, Stop, Summary, Survey, execute};
use crate::error::Error;
use crate::kinds::Session;
use crate::ui::confirm::{Answer, Question};
use crate::ui::human::Shown;
use crate::ui::plan::Manner;
use crate::ui::{Reporter, Screen, measure};

/// Runs the command.
pub async fn run(global: &Global, args: &Up, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    consent::stage_is(&stack, args.confirm_stage.as_deref())?;
    // Said before minutes of building, and not only on the day when there is something to change.
    if !args.yes && !ci() && !args.dry_run && !screen.can_ask() {
        return Err(nobody_to_ask("apply the plan"));
    }
    let session = target::session(global, stack, Start::IfNeeded).await?;
    session.delete_data.borrow_mut().extend(args.delete_data.iter().cloned());
    let mut reporter = screen.reporter(Shown { plan: Some(Manner::default()), verbose: false });
    match change(global, args, screen, &session, reporter.as_mut()).await {
        Ok(code) => Ok(code),
        Err(failure) => run::abandon(failure, reporter.as_mut()),
    }
}

async fn change(
    global: &Global,
    args: &Up,
    screen: &Screen,
    session: &Session,
    reporter: &mut dyn Reporter,
) -> Result<u8, Failure> {
    let adopt = if args.adopt { Adopt::Everything } else { Adopt::Nothing };
    let choices = || Choices { adopt: adopt.clone(), delete_data: session.delete_data.borrow().clone() };
    let (survey, mut plan) = run::compare(global, session, &args.code, &choices(), reporter).await?;
    if let Some(refused) = run::refused(&plan) {
        return Err(refused);
    }
    if args.dry_run {
        return run::finish(session, unchanged(&plan), run::outputs(session), reporter);
    }
    if !args.yes && consent::items(screen, session, &survey, &plan) {
        plan = engine::decide(session, &survey, Goal::Up, &choices())?;
        reporter.event(&Event::Planned(plan.clone()));
    }
    let consent = Consent { yes: args.yes, stage: args.confirm_stage.as_deref() };
    carry_out(consent, screen, session, &survey, &plan, reporter).await
}

/// What was agreed to on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Consent<'a> {
    /// The plan, whatever it is.
    pub yes: bool,
    /// That something is taken away from this stage.
    pub stage: Option<&'a str>,
}

/// Asks, unless that is agreed to or on a build server, and carries the plan out.
pub async fn carry_out(
    consent: Consent<'_>,
    screen: &Screen,
    session: &Session,
    survey: &Survey,
    plan: &Plan,
    reporter: &mut dyn Reporter,
) -> Result<u8, Failure> {
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
        match screen.ask(Question::YesNo("Apply these changes?")) {
            Answer::Yes => {}
            Answer::No => return Err(Error::new("refused", "nothing was changed: the plan was not confirmed").into()),
            Answer::NotATerminal => return Err(nobody_to_ask("apply the plan")),
        }
    }
    let stop = Stop::default();
    let outcome = listening(&stop, execute(session, survey, plan, &stop, &mut |event| reporter.event(&event))).await;
    run::finish(session, outcome, run::outputs(session), reporter)
}

fn unchanged(plan: &Plan) -> Outcome {
    let tally = plan.tally();
    Outcome {
        summary: Summary { unchanged: tally.keep, retained: tally.retain, ..Summary::default() },
        errors: Vec::new(),
    }
}

/// Build servers set `CI=true`; there is nobody to ask.
pub fn ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v.eq_ignore_ascii_case("true") || v == "1")
}

/// The error for a question without anybody to answer it.
pub fn nobody_to_ask(what: &str) -> Failure {
    Error::new("usage", format!("there is no terminal to ask whether to {what}; nothing was changed"))
        .hint("Add --yes, or set CI=true on a build server.")
        .into()
}
