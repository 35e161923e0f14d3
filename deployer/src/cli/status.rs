//! `deployer status`: every resource as it is, compared with its description.

use super::args::{Code, Global, Status as Args, code};
use super::failure::Failure;
use super::target::Start;
use super::{code as functions, target};
use crate::aws::tags::Owner;
use crate::engine;
use crate::engine::{Action, Choices, Condition, DeleteReason, Goal, Plan, ResourceStatus, StatusReport, Survey};
use crate::kinds::{Live, Look};
use crate::ui::status::StatusJson;
use crate::ui::{Screen, status, target as shown};

/// Runs the command. Code is compared with what was built last; nothing is built.
pub async fn run(global: &Global, args: &Args, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, Start::No).await?;
    let survey = engine::survey(&session, Look::Whole).await?;
    let built = Code { no_build: true, artifacts: args.artifacts.clone() };
    match functions::prepare(&session.stack, &built, global.local, &mut |_| ()).await {
        Ok(artifacts) => *session.artifacts.borrow_mut() = artifacts,
        Err(failure) if !args.artifacts.is_empty() => return Err(failure),
        Err(_) => screen.note(
            "the code of the functions is not compared: nothing was built on this machine yet (`deployer build`)",
        ),
    }
    let plan = engine::decide(&session, &survey, Goal::Up, &Choices::default())?;
    let report = report(&survey, &plan);
    screen.say(&shown::render(&survey.target, screen.verbose, &screen.err));
    for warning in &plan.warnings {
        screen.warn(warning);
    }
    screen.answer(|look| status::render(&report, screen.verbose, look), || StatusJson::new(&report))?;
    Ok(if args.detailed_exitcode && report.differs() { code::DIFFERENT } else { code::DONE })
}

/// Pure: a plan read as a table of conditions.
fn report(survey: &Survey, plan: &Plan) -> StatusReport {
    let resources = plan.steps.iter().filter_map(|step| {
        let live = survey.live.get(&step.place);
        let foreign = live.map(|l| &l.owner).filter(|owner| **owner != Owner::Ours);
        let condition = match (&step.action, live) {
            _ if foreign.is_some() => Condition::Foreign {
                owner: match foreign {
                    Some(Owner::Stack { stack, stage }) => format!("stack {stack}, stage {stage}"),
                    _ => "no deployer tags".to_owned(),
                },
            },
            (_, Some(Live { settling: Some(settling), .. })) => Condition::Settling { reason: settling.reason.clone() },
            (Action::Create { .. }, _) => Condition::Missing,
            (Action::Update { changes, .. }, _) => Condition::Drifted { changes: changes.clone() },
            (Action::Delete { reason: DeleteReason::Orphan } | Action::Retain { .. }, _) => Condition::Orphaned,
            // Declared, not wanted and not there: a function without routes has no grants.
            (Action::Keep, None) => return None,
            _ => Condition::InSync,
        };
        Some(ResourceStatus { place: step.place.clone(), condition })
    });
    StatusReport { resources: resources.collect() }
}
