//! `deployer down`: nothing of the stack left, and a census that proves it.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::signals::listening;
use super::target::StartPolicy;
use super::up::{DRY_RUN, ci, nobody_to_ask};
use super::{candidates, consent, run, target};
use crate::aws::op;
use crate::engine::{
    AdoptionScope, Plan, PlanOptions, RunEvent, RunGoal, RunOutcome, StackRun, StepAction, StopRequest,
};
use crate::error::Error;
use crate::kinds::{KINDS, ObserveDetail, ResourceRef, RunSession};
use crate::ui::confirm::{ConfirmAnswer, ConfirmQuestion};
use crate::ui::human::ShownParts;
use crate::ui::plan::{PlanPurpose, PlanStyle};
use crate::ui::{RunReporter, Screen, measure};
use crate::{engine, kinds, local};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use clap_complete::ArgValueCandidates;
use std::collections::{BTreeMap, BTreeSet};

/// `deployer down`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer down
  deployer down --yes --stage dev --delete-data Orders-dev
  deployer down --local                 on the embedded cloud; stops it, too, unless others are up in it")]
pub struct DownArgs {
    /// Apply without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Delete this resource, by id or name, although it holds data, such as a table's items, which are backed up first; may be repeated
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::data_holders))]
    pub delete_data: Vec<String>,
    /// Name the stage where `production = true` asks for it
    #[arg(long, value_name = "STAGE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::stages))]
    pub confirm_stage: Option<String>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &DownArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let confirmed = args.confirm_stage.as_deref();
    consent::stage_is(&stack, confirmed)?;
    let dir = local::data_dir(&target::project_dir(&stack.path));
    // Without any data there never was a cloud here; with data it is started to see what it holds.
    if global.local && !local::has_data(&dir) {
        screen.note("there is no embedded cloud here: nothing to remove");
        return Ok(exit_code::DONE);
    }
    if !args.yes && !ci() && !args.dry_run && !screen.can_ask() {
        return Err(nobody_to_ask("delete the stack"));
    }
    if !args.dry_run && !screen.can_ask() && consent::stage_is_needed(&stack, global.local, confirmed) {
        return Err(consent::unnamed(&stack));
    }
    let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
    let mut reporter = screen.reporter(ShownParts {
        plan: Some(PlanStyle { goal: PlanPurpose::Nothing, ..PlanStyle::default() }),
        verbose: false,
    });
    let code = match change(args, screen, StackRun { kinds: KINDS, session: &session }, reporter.as_mut()).await {
        Ok(code) => code,
        Err(failure) => run::abandon(failure, reporter.as_mut())?,
    };
    if global.local && code == exit_code::DONE && !args.dry_run {
        if others_are_up(&session).await {
            screen.note(
                "the embedded cloud goes on: other stacks or stages are up in it (`deployer local stop` stops it)",
            );
        } else if local::stop(&dir).await? {
            screen.note(&format!("the embedded cloud is stopped; its data stay in {}", dir.display()));
        }
    }
    Ok(code)
}

/// Tells whether functions of another stack or stage are there, in any region: their roles say so. Where that cannot be known they may be.
async fn others_are_up(session: &RunSession) -> bool {
    let own = kinds::role_path(&session.stack);
    let iam = &session.aws.connection.clients.iam;
    let every = || iam.list_roles().path_prefix(kinds::ROLES).send();
    match session.aws.caller.call(&op::LIST_ROLES, &|_| (), every).await {
        Ok(page) => page.is_truncated() || page.roles().iter().any(|role| role.path() != own),
        Err(_) => true,
    }
}

async fn change(
    args: &DownArgs,
    screen: &Screen,
    stack_run: StackRun<'_>,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    let observed = engine::observe_stack(stack_run, ObserveDetail::Identity).await?;
    let delete_data = args.delete_data.iter().cloned().collect();
    let mut options = PlanOptions { adopt: AdoptionScope::Nothing, delete_data, ..PlanOptions::default() };
    let mut plan = engine::decide(stack_run, &observed, RunGoal::Down, &options)?;
    reporter.event(&RunEvent::Target(observed.target.clone()));
    reporter.event(&RunEvent::Planned(plan.clone()));
    if let Some(refused) = run::refused(&plan) {
        return Err(refused);
    }
    if args.dry_run {
        let code = run::finish(stack_run, RunOutcome::default(), BTreeMap::new(), reporter);
        screen.note(DRY_RUN);
        return code;
    }
    if !args.yes && consent::held_data(screen, stack_run, &observed, &plan, &mut options.delete_data) {
        plan = engine::decide(stack_run, &observed, RunGoal::Down, &options)?;
        reporter.event(&RunEvent::Planned(plan.clone()));
    }
    if !plan.is_empty() {
        confirm(args, screen, stack_run.session, &plan)?;
    }
    let stop = StopRequest::default();
    let mut outcome =
        listening(&stop, engine::execute(stack_run, &observed, &plan, &stop, &mut |event| reporter.event(&event)))
            .await;
    if !outcome.summary.interrupted && !plan.is_empty() {
        census(stack_run, &plan, &mut outcome, reporter).await?;
    }
    run::finish(stack_run, outcome, BTreeMap::new(), reporter)
}

/// Asks the user: for the stage's name where that is needed, else for a yes.
fn confirm(args: &DownArgs, screen: &Screen, session: &RunSession, plan: &Plan) -> Result<(), CommandFailure> {
    let count = measure::count(run::deletions(plan), "resource");
    let about = format!("This deletes {count} of {}.", session.stack.name);
    if consent::stage(screen, session, args.confirm_stage.as_deref(), &about)? || args.yes || ci() {
        return Ok(());
    }
    let question = format!("Delete {count} of {} ({})?", session.stack.name, session.stack.stage);
    match screen.ask(ConfirmQuestion::YesNo(&question)) {
        ConfirmAnswer::Yes => Ok(()),
        ConfirmAnswer::No => Err(CommandFailure::Declined("Not applied; nothing was deleted.")),
        ConfirmAnswer::NotATerminal => Err(nobody_to_ask("delete the stack")),
    }
}

/// Looks once more, with fresh eyes: what is there that should be gone?
async fn census(
    stack_run: StackRun<'_>,
    plan: &Plan,
    outcome: &mut RunOutcome,
    reporter: &mut dyn RunReporter,
) -> Result<(), CommandFailure> {
    let stack = &stack_run.session.stack;
    let there = engine::observe_remaining(stack_run).await?;
    let kept: BTreeSet<_> =
        plan.steps.iter().filter(|s| matches!(s.action, StepAction::Retain { .. })).map(|s| &s.place).collect();
    let left: Vec<_> = there.iter().filter(|place| !kept.contains(place)).collect();
    let stays = kept.len();
    let message = match (left.len(), stays) {
        (0, 0) => {
            format!("checked again: nothing of {} ({}) is left", stack.name, stack.stage)
        }
        (0, _) => {
            let names: Vec<_> = kept.iter().map(|place| format!("{} {}", place.id, place.name)).collect();
            format!("checked again: only {} {} left (kept)", names.join(", "), if stays == 1 { "is" } else { "are" })
        }
        (n, _) => format!("checked again: {} left that should be gone", measure::count(n, "resource")),
    };
    reporter.event(&RunEvent::Note { message });
    let failed =
        |place: &&ResourceRef| !outcome.errors.iter().any(|e| e.get("resource") == Some(&place.id.to_string()));
    let unexplained: Vec<_> = left.iter().copied().filter(failed).cloned().collect();
    for place in unexplained {
        outcome.summary.failed += 1;
        outcome.errors.push(
            Error::timeout(format!("{} {} is still there", place.id, place.name))
                .fact("resource", place.id.to_string())
                .hint("Run `deployer down` again."),
        );
    }
    Ok(())
}
