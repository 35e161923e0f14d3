//! `deployer up`: the stack as described.
use super::{
    args::{Global, Up},
    failure::Failure,
    run,
    signals::listening,
    target::{self, Start},
};
use crate::{
    engine::{Adopt, Choices, Outcome, Plan, Stop, Summary, Survey, execute},
    error::Error,
    kinds::Session,
    ui::{
        Reporter, Screen,
        confirm::{Answer, Question},
        human::Shown,
        plan::Manner,
    },
};

/// Runs the command.
pub async fn run(global: &Global, args: &Up, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    // Said before minutes of building, and not only on the day when there is something to change.
    if !args.yes && !ci() && !args.dry_run && !screen.can_ask() {
        return Err(nobody_to_ask("apply the plan"));
    }
    let mut session = target::session(global, stack, Start::IfNeeded).await?;
    session.delete_data = args.delete_data.iter().cloned().collect();
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
    let choices = Choices { adopt, delete_data: session.delete_data.clone() };
    let (survey, plan) = run::compare(global, session, &args.code, &choices, reporter).await?;
    if args.dry_run && run::refused(&plan).is_none() {
        return run::finish(unchanged(&plan), run::outputs(session), reporter);
    }
    carry_out(args.yes, screen, session, &survey, &plan, reporter).await
}

/// Asks, unless `yes` or on a build server, and carries the plan out.
pub async fn carry_out(
    yes: bool,
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
        return run::finish(unchanged(plan), run::outputs(session), reporter);
    }
    if !yes && !ci() {
        match screen.ask(Question::YesNo("Apply these changes?")) {
            Answer::Yes => {}
            Answer::No => return Err(Error::new("refused", "nothing was changed: the plan was not confirmed").into()),
            Answer::NotATerminal => return Err(nobody_to_ask("apply the plan")),
        }
    }
    let stop = Stop::default();
    let outcome = listening(&stop, execute(session, survey, plan, &stop, &mut |event| reporter.event(&event))).await;
    run::finish(outcome, run::outputs(session), reporter)
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
