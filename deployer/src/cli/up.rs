//! `deployer up`: the stack as described.

use super::code::CodeArgs;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::signals::listening;
use super::target::StartPolicy;
use super::{candidates, consent, run, target};
use crate::engine;
use crate::engine::{
    AdoptionScope, ObservedStack, Plan, PlanOptions, RunEvent, RunGoal, RunOutcome, RunSummary, StackRun, StopRequest,
};
use crate::error::Error;
use crate::kinds::KINDS;
use crate::ui::confirm::{ConfirmAnswer, ConfirmQuestion};
use crate::ui::human::ShownParts;
use crate::ui::plan::PlanStyle;
use crate::ui::{RunReporter, Screen, measure};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use clap_complete::ArgValueCandidates;
use std::collections::BTreeMap;

/// `deployer up`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer up                           show the plan, ask, carry it out
  deployer up --yes --stage prod        without asking, as in CI
  deployer up --local                   on the embedded cloud
  deployer up --artifact api=dist/api   with a binary that was built elsewhere")]
pub struct UpArgs {
    /// Apply without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Take over resources that exist under the stack's names without its tags
    #[arg(long)]
    pub adopt: bool,
    /// How the code of functions comes about.
    #[command(flatten)]
    pub code: CodeArgs,
    /// Delete this resource, by id or name, although it holds data, such as a table's items, if it is not described any more; may be repeated
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::data_holders))]
    pub delete_data: Vec<String>,
    /// Accept this change although it lowers a protection, such as `rest_api.api.routes.GET /orders`; may be repeated
    #[arg(long, value_name = "RESOURCE.FIELD", value_parser = NonEmptyStringValueParser::new())]
    pub accept: Vec<String>,
    /// Name the stage where `production = true` asks for it, before something is taken away
    #[arg(long, value_name = "STAGE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::stages))]
    pub confirm_stage: Option<String>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &UpArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    consent::stage_is(&stack, args.confirm_stage.as_deref())?;
    // Said before minutes of building, and not only on the day when there is something to change.
    if !args.yes && !ci() && !args.dry_run && !screen.can_ask() {
        return Err(nobody_to_ask("apply the plan"));
    }
    let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
    let mut reporter = screen.reporter(ShownParts { plan: Some(PlanStyle::default()), verbose: false });
    match change(global, args, screen, StackRun { kinds: KINDS, session: &session }, reporter.as_mut()).await {
        Ok(code) => Ok(code),
        Err(failure) => run::abandon(failure, reporter.as_mut()),
    }
}

async fn change(
    global: &GlobalArgs,
    args: &UpArgs,
    screen: &Screen,
    stack_run: StackRun<'_>,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    let adopt = if args.adopt { AdoptionScope::Everything } else { AdoptionScope::Nothing };
    let mut options = PlanOptions {
        adopt,
        delete_data: args.delete_data.iter().cloned().collect(),
        accept: args.accept.iter().cloned().collect(),
    };
    let (observed, mut plan) = run::compare(global, stack_run, &args.code, &options, reporter).await?;
    if let Some(refused) = run::refused(&plan) {
        return Err(refused);
    }
    if args.dry_run {
        let code = run::finish(stack_run, unchanged(&plan), BTreeMap::new(), reporter);
        screen.note(DRY_RUN);
        return code;
    }
    if !args.yes && consent::held_data(screen, stack_run, &observed, &plan, &mut options.delete_data) {
        plan = engine::decide(stack_run, &observed, RunGoal::Up, &options)?;
        reporter.event(&RunEvent::Planned(plan.clone()));
    }
    let consent = UserConsent { yes: args.yes, stage: args.confirm_stage.as_deref() };
    carry_out(consent, screen, stack_run, &observed, &plan, reporter).await
}

/// What stands last after a plan that was only to be shown.
pub const DRY_RUN: &str = "this was a dry run: nothing was changed";

/// What was agreed to on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserConsent<'a> {
    /// The plan, whatever it is.
    pub yes: bool,
    /// That something is taken away from this stage.
    pub stage: Option<&'a str>,
}

/// Carries the plan out, after a question unless `--yes` or a build server answers it.
pub async fn carry_out(
    consent: UserConsent<'_>,
    screen: &Screen,
    stack_run: StackRun<'_>,
    observed: &ObservedStack,
    plan: &Plan,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    if let Some(refused) = run::refused(plan) {
        return Err(refused);
    }
    if plan.is_empty() {
        return run::finish(stack_run, unchanged(plan), stack_run.outputs(), reporter);
    }
    agree(consent, screen, stack_run, plan)?;
    let stop = StopRequest::default();
    let outcome = listening(&stop, run::execute(stack_run, observed, plan, &stop, reporter)).await?;
    run::finish(stack_run, outcome, stack_run.outputs(), reporter)
}

/// Asks whether a plan is to be carried out, unless that is agreed to or on a build server.
pub fn agree(
    consent: UserConsent<'_>,
    screen: &Screen,
    stack_run: StackRun<'_>,
    plan: &Plan,
) -> Result<(), CommandFailure> {
    let losses = plan.steps.iter().filter(|step| stack_run.takes_away(step)).count();
    let about = format!(
        "This takes something away from {} of {}.",
        measure::count(losses, "resource"),
        stack_run.session.stack.name
    );
    let named = losses > 0 && consent::stage(screen, stack_run.session, consent.stage, &about)?;
    if named || consent.yes || ci() {
        return Ok(());
    }
    match screen.ask(ConfirmQuestion::YesNo("Apply these changes?")) {
        ConfirmAnswer::Yes => Ok(()),
        ConfirmAnswer::No => Err(CommandFailure::Declined("Not applied; nothing was changed.")),
        ConfirmAnswer::NotATerminal => Err(nobody_to_ask("apply the plan")),
    }
}

fn unchanged(plan: &Plan) -> RunOutcome {
    let tally = plan.tally();
    RunOutcome {
        summary: RunSummary { unchanged: tally.keep, retained: tally.retain, ..RunSummary::default() },
        errors: Vec::new(),
    }
}

/// Tells whether a build server runs this (`CI=true`), where there is nobody to ask.
pub fn ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v.eq_ignore_ascii_case("true") || v == "1")
}

/// Returns the error for a question that nobody is there to answer.
pub fn nobody_to_ask(what: &str) -> CommandFailure {
    Error::usage(format!("there is no terminal to ask whether to {what}; nothing was changed"))
        .hint("Add --yes, or set CI=true on a build server.")
        .into()
}
