//! `deployer status`: every resource as it is, compared with its description, and how the stack does.

use super::code::CodeArgs;
use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::value::ArtifactArg;
use super::{code as functions, target, value};
use crate::aws::tags::ResourceOwner;
use crate::engine;
use crate::engine::{
    DeleteReason, ObservedStack, Plan, PlanOptions, ResourceCondition, ResourceStatus, RunGoal, StackRun, StatusReport,
    StepAction,
};
use crate::kinds::{KINDS, ObserveDetail, ObservedResource};
use crate::ui::plan::unmanaged_notes;
use crate::ui::status::StatusJson;
use crate::ui::{Screen, status, target as shown};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueHint};
use time::OffsetDateTime;

/// `deployer status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer status
  deployer status --detailed-exitcode --output json     for a nightly check for drift")]
pub struct StatusArgs {
    /// Exit with 2 when something is not as described
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Compare the code of a function with this `bootstrap`, directory or zip instead of the last build; may be repeated
    #[arg(long = "artifact", value_name = "FUNCTION=PATH", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().try_map(value::artifact))]
    pub artifacts: Vec<ArtifactArg>,
}

/// Runs the command. Code is compared with what was built last; nothing is built.
pub async fn run(global: &GlobalArgs, args: &StatusArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, StartPolicy::No).await?;
    let run = StackRun { kinds: KINDS, session: &session };
    let traffic = async { Ok::<_, CommandFailure>(engine::observe_traffic(run, OffsetDateTime::now_utc()).await) };
    let ((observed, plan), traffic) = futures::try_join!(compare(global, run, &args.artifacts, screen), traffic)?;
    let report = StatusReport { health: traffic.health(&observed), ..report(&observed, &plan) };
    screen.say(&shown::render(&observed.target, screen.verbose, &screen.err));
    for note in unmanaged_notes(&plan.unmanaged) {
        screen.note(&note);
    }
    for warning in &plan.warnings {
        screen.warn(warning);
    }
    if let Some(why) = report.health.as_ref().and_then(|health| health.unread.as_ref()) {
        screen.note(&status::unread(why));
    }
    let is_missing = |resource: &ResourceStatus| resource.condition == ResourceCondition::Missing;
    if !report.resources.is_empty() && report.resources.iter().all(is_missing) {
        screen.note("nothing of this stack is there yet: `deployer up` brings it up");
    }
    screen.answer(|look| status::render(&report, screen.verbose, look), || StatusJson::new(&report))?;
    Ok(if args.detailed_exitcode && report.differs() { exit_code::DIFFERENT } else { exit_code::DONE })
}

/// Looks at the stack and compares it with its description, and its code with what was built last: nothing is built.
pub(super) async fn compare(
    global: &GlobalArgs,
    run: StackRun<'_>,
    artifacts: &[ArtifactArg],
    screen: &Screen,
) -> Result<(ObservedStack, Plan), CommandFailure> {
    let observed = engine::observe_stack(run, ObserveDetail::Whole).await?;
    let built = CodeArgs { no_build: true, release: false, artifacts: artifacts.to_vec() };
    match functions::prepare(&run.session.stack, &built, global.local, &mut |_| ()).await {
        Ok(found) => *run.session.uploads.artifacts.borrow_mut() = found,
        Err(failure) if !artifacts.is_empty() => return Err(failure),
        Err(_) => screen.note(
            "the code of the functions is not compared: nothing was built on this machine yet (`deployer build`)",
        ),
    }
    let plan = engine::decide(run, &observed, RunGoal::Up, &PlanOptions::default())?;
    Ok((observed, plan))
}

/// Reads a plan as a table of conditions.
pub(super) fn report(observed: &ObservedStack, plan: &Plan) -> StatusReport {
    let resources = plan.steps.iter().map(|step| {
        let found = observed.found.get(&step.place);
        let foreign = found.map(|l| &l.owner).filter(|owner| **owner != ResourceOwner::Ours);
        let condition = match (&step.action, found) {
            _ if foreign.is_some() => ResourceCondition::Foreign {
                owner: match foreign {
                    Some(ResourceOwner::Stack { stack, stage }) => format!("stack {stack}, stage {stage}"),
                    _ => "no deployer tags".to_owned(),
                },
            },
            (_, Some(ObservedResource { settling: Some(settling), .. })) => {
                ResourceCondition::Settling { reason: settling.reason.clone() }
            }
            (StepAction::Create { .. }, _) => ResourceCondition::Missing,
            (StepAction::Update { changes, .. }, _) => ResourceCondition::Drifted { changes: changes.clone() },
            (StepAction::Delete { reason: DeleteReason::Orphan, .. } | StepAction::Retain { .. }, _) => {
                ResourceCondition::Orphaned
            }
            _ => ResourceCondition::InSync,
        };
        ResourceStatus { place: step.place.clone(), condition }
    });
    StatusReport { resources: resources.collect(), unmanaged: plan.unmanaged.clone(), health: None }
}
