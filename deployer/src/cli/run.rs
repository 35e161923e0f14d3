//! What `up`, `plan` and `down` share: the comparison, the outputs, the end of a run.

use super::code;
use super::code::CodeArgs;
use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use crate::engine::{ObservedStack, Plan, PlanOptions, RunEvent, RunGoal, RunOutcome, StepAction};
use crate::kinds::{ApiAuth, ApiBlock, ObserveDetail, ResourceId, RunSession};
use crate::ui::{RunFinish, RunReporter};
use crate::{engine, kinds};
use futures::future::{Either, select};
use std::collections::BTreeMap;
use std::pin::pin;

/// Builds and looks at the same time: neither changes anything.
pub async fn look(
    global: &GlobalArgs,
    session: &RunSession,
    code: &CodeArgs,
    reporter: &mut dyn RunReporter,
) -> Result<ObservedStack, CommandFailure> {
    let mut emit = |event: RunEvent| reporter.event(&event);
    let building = pin!(code::prepare(&session.stack, code, global.local, &mut emit));
    let looking = pin!(engine::survey(session, ObserveDetail::Whole));
    // Whichever fails first ends both: no minute of building for credentials that have expired.
    let (artifacts, survey) = match select(building, looking).await {
        Either::Left((artifacts, looking)) => (artifacts?, looking.await?),
        Either::Right((survey, building)) => {
            let survey = survey?;
            (building.await?, survey)
        }
    };
    *session.artifacts.borrow_mut() = artifacts;
    Ok(survey)
}

/// Plans, and tells the plan.
pub fn plan(
    session: &RunSession,
    survey: &ObservedStack,
    choices: &PlanOptions,
    reporter: &mut dyn RunReporter,
) -> Result<Plan, CommandFailure> {
    let plan = engine::decide(session, survey, RunGoal::Up, choices)?;
    reporter.event(&RunEvent::Target(survey.target.clone()));
    reporter.event(&RunEvent::Planned(plan.clone()));
    Ok(plan)
}

/// Runs [`look`], then [`plan`].
pub async fn compare(
    global: &GlobalArgs,
    session: &RunSession,
    code: &CodeArgs,
    choices: &PlanOptions,
    reporter: &mut dyn RunReporter,
) -> Result<(ObservedStack, Plan), CommandFailure> {
    let survey = look(global, session, code, reporter).await?;
    let plan = plan(session, &survey, choices, reporter)?;
    Ok((survey, plan))
}

/// Returns the values that the stack gives out, by flat name.
pub fn outputs(session: &RunSession) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let live = session.outputs.borrow();
    for (id, values) in live.iter() {
        let names: &[&str] = match id.kind {
            "table" | "function" => &["name", "arn"],
            "rest_api" => &["id"],
            "log_group" => &["name"],
            kinds::USAGE_PLAN => &["id", "key_id"],
            _ => &[],
        };
        for name in names {
            if let Some(value) = values.get(*name) {
                out.insert(format!("{}.{}.{name}", id.kind, id.name), value.clone());
            }
        }
    }
    if let Some(endpoint) = live.get(&ResourceId::new("rest_api", "api")).and_then(|values| values.get("endpoint")) {
        out.insert("endpoint".to_owned(), endpoint.clone());
        if let Some(curl) = curl(session, endpoint) {
            out.insert("curl".to_owned(), curl);
        }
    }
    out
}

/// Returns a line to paste: the first route that needs neither a body nor a parameter.
fn curl(session: &RunSession, endpoint: &str) -> Option<String> {
    let api = session.stack.get::<ApiBlock>("api")?;
    let path = api.routes.keys().filter_map(|route| route.strip_prefix("GET ")).find(|path| !path.contains('{'))?;
    let proof = match api.auth {
        ApiAuth::None => String::new(),
        ApiAuth::ApiKey => "-H \"x-api-key: $API_KEY\" ".to_owned(),
        ApiAuth::Iam => format!(
            "--aws-sigv4 aws:amz:{}:execute-api --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\" ",
            session.connection.region
        ),
    };
    Some(format!("curl -sS {proof}{endpoint}{path}"))
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
    session: &RunSession,
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
    reporter.finish(&RunFinish { summary, outputs, waits: session.waited(), errors, exit_code })?;
    Ok(exit_code)
}

/// Ends a run that failed before anything was changed: the errors go through the reporter, so that JSON ends with `finished` too.
pub fn abandon(failure: CommandFailure, reporter: &mut dyn RunReporter) -> Result<u8, CommandFailure> {
    let CommandFailure::Errors(errors) = failure else { return Err(failure) };
    reporter.finish(&RunFinish { errors, exit_code: exit_code::FAILED, ..RunFinish::default() })?;
    Ok(exit_code::FAILED)
}
