//! Looking: who we are, what the stack declares as it is now, and what carries the stack's mark without being declared.

#[cfg(test)]
mod tests;

use super::event::RunTarget;
use super::run::StackRun;
use crate::aws::tags::ResourceOwner;
use crate::aws::{ErrorClass, op};
use crate::error::{Error, Result};
use crate::kinds::{
    DeclaredResource, ErasedResource, ObserveDetail, ObservedResources, OwnedLists, PreflightFindings, ResourceId,
    ResourceRef, RunSession, StepContext, StepError, StepResult,
};
use futures::future::join_all;
use std::collections::BTreeSet;
use std::time::SystemTime;
use tokio::time::Instant;

/// The stack as AWS shows it.
#[derive(Debug, Clone)]
pub struct ObservedStack {
    /// Where we are.
    pub target: RunTarget,
    /// What the stack declares, in the registry's order.
    pub declared: Vec<DeclaredResource>,
    /// Live resources, declared and orphaned.
    pub found: ObservedResources,
    /// Resources that carry the stack's mark and are not declared.
    pub orphans: Vec<ResourceRef>,
    /// What could not be found out, without being an obstacle.
    pub warnings: Vec<String>,
    /// Why the stack cannot be brought up, whatever is planned.
    pub refusals: Vec<Error>,
}

impl ObservedStack {
    /// Makes an observation of nothing.
    pub fn empty(target: RunTarget) -> Self {
        let (declared, found, orphans) = (Vec::new(), ObservedResources::new(), Vec::new());
        Self { target, declared, found, orphans, warnings: Vec::new(), refusals: Vec::new() }
    }

    /// Takes in what was found out beside the resources, in the light of what there is.
    fn judge(&mut self, findings: Vec<PreflightFindings>) {
        for finding in findings {
            self.warnings.extend(finding.warnings);
            self.refusals.extend(finding.check.and_then(|check| check(&self.found)));
        }
    }
}

/// Reads everything, concurrently. Changes nothing.
///
/// # Errors
/// Every distinct failure; a failure of the credentials stands for all.
pub async fn observe_stack(run: StackRun<'_>, detail: ObserveDetail) -> Result<ObservedStack, Vec<Error>> {
    // Without an identity nothing else is worth waiting for.
    let target = async { target(run.session).await.map_err(|error| vec![error]) };
    let others = async { Ok(futures::join!(observe_resources(run, detail), preflight(run, detail))) };
    let (target, (resources, findings)) = futures::try_join!(target, others)?;
    let (StackResources { declared, found, orphans, warnings }, findings) = match (resources, findings) {
        (Ok(resources), Ok(findings)) => (resources, findings),
        (resources, findings) => {
            return Err([resources.err(), findings.err()].into_iter().flatten().flatten().collect());
        }
    };
    let mut observed = ObservedStack { target, declared, found, orphans, warnings, refusals: Vec::new() };
    observed.judge(findings);
    if detail == ObserveDetail::Whole {
        observed.warnings.extend(run.session.aws.connection.expiry.warning(SystemTime::now()));
    }
    Ok(observed)
}

/// Finds out where the session acts, and as whom.
///
/// # Errors
/// A failure of the credentials, or that they have expired; `refused` when they are those of another account than the description's.
pub async fn target(session: &RunSession) -> Result<RunTarget> {
    let unexpired = || session.aws.connection.expiry.left(SystemTime::now()).map_err(|error| where_to(session, error));
    unexpired()?;
    let (account, caller) = identify(session).await.map_err(|error| where_to(session, error))?;
    guard_account(session, &account)?;
    // A run that looks again finds the same account.
    let _ = session.aws.account.set(account.clone());
    // Some credentials tell only with the first call until when they hold.
    unexpired()?;
    let connection = &session.aws.connection;
    Ok(RunTarget {
        stack: session.stack.name.clone(),
        stage: session.stack.stage.clone(),
        account,
        region: connection.region.clone(),
        endpoint: connection.endpoint.clone(),
        local: connection.local,
        caller,
    })
}

/// Looks at what is no resource of the stack and decides whether it can be brought up. Whoever only looks at what there is needs none
/// of it.
async fn preflight(run: StackRun<'_>, detail: ObserveDetail) -> Result<Vec<PreflightFindings>, Vec<Error>> {
    if detail != ObserveDetail::Whole {
        return Ok(Vec::new());
    }
    let (mut findings, mut errors) = (Vec::new(), Vec::new());
    for result in join_all(run.kinds.iter().map(|kind| kind.preflight(run.session))).await {
        match result {
            Ok(found) => findings.push(found),
            Err(failed) => errors.extend(failed),
        }
    }
    if errors.is_empty() { Ok(findings) } else { Err(errors) }
}

/// Lists what is there of the stack, declared or not. Read anew: nothing that the session knows is believed.
///
/// # Errors
/// Every distinct failure.
pub async fn observe_remaining(run: StackRun<'_>) -> Result<Vec<ResourceRef>, Vec<Error>> {
    let session = run.session;
    let fresh = session.afresh();
    let found = observe_resources(StackRun { session: &fresh, ..run }, ObserveDetail::Presence).await;
    session.ledger.waits.borrow_mut().absorb(fresh.ledger.waits.take(), Instant::now());
    let ours = found?.found.into_iter().filter(|(_, found)| found.owner == ResourceOwner::Ours);
    Ok(ours.map(|(place, _)| place).collect())
}

/// [`ObservedStack`] without what is not about resources.
struct StackResources {
    declared: Vec<DeclaredResource>,
    found: ObservedResources,
    orphans: Vec<ResourceRef>,
    warnings: Vec<String>,
}

async fn observe_resources(run: StackRun<'_>, detail: ObserveDetail) -> Result<StackResources, Vec<Error>> {
    let declared: Vec<_> = run.kinds.iter().map(|kind| (kind, kind.declare(&run.session.stack))).collect();
    // What goes away with its container is not looked at by whoever only wants it gone.
    let looked_at = declared.iter().filter(|(kind, _)| detail == ObserveDetail::Whole || !kind.definition().contained);
    let places: Vec<&ResourceRef> = looked_at.flat_map(|(_, declared)| declared).map(|d| &d.place).collect();
    let (observed, (owned, mut warnings)) = futures::join!(observe_all(run, &places, detail), owned(run));
    let mut found = collect(run.session, observed)?;

    let declared: Vec<DeclaredResource> = declared.into_iter().flat_map(|(_, declared)| declared).collect();
    let names: BTreeSet<(&str, &str)> = declared.iter().map(|d| (d.place.id.kind, d.place.name.as_str())).collect();
    let candidates: BTreeSet<ResourceRef> =
        owned.into_iter().filter(|p| !names.contains(&(p.id.kind, p.name.as_str()))).collect();
    let closely = match detail {
        ObserveDetail::Whole | ObserveDetail::Identity => ObserveDetail::Identity,
        ObserveDetail::Outputs | ObserveDetail::Presence => ObserveDetail::Presence,
    };
    // A hint is believed only when the resource is there and says itself that it is ours.
    let looked = observe_all(run, &candidates.iter().collect::<Vec<_>>(), closely).await;
    let mut orphans = Vec::new();
    for (place, result) in looked {
        match result {
            Ok(Some(orphan)) if orphan.owner == ResourceOwner::Ours => {
                found.insert(place.clone(), orphan);
                orphans.push(place);
            }
            Ok(_) => {}
            Err(failure) => warnings.push(format!(
                "{} {} may be left over from an earlier description, but it could not be read: {}",
                place.id,
                place.name,
                Error::from(failure)
            )),
        }
    }
    Ok(StackResources { declared, found, orphans, warnings })
}

type ObservationResults = Vec<(ResourceRef, StepResult<Option<ErasedResource>>)>;

async fn observe_all(run: StackRun<'_>, places: &[&ResourceRef], detail: ObserveDetail) -> ObservationResults {
    join_all(places.iter().map(|place| async move {
        let cx = StepContext::silent(run.session, place);
        let observed = match run.kind(place.id.kind) {
            Ok(kind) => kind.observe(&cx, detail).await,
            Err(error) => Err(error.into()),
        };
        ((*place).clone(), observed)
    }))
    .await
}

/// Publishes the outputs of observed resources and returns the resources, or all that went wrong.
fn collect(session: &RunSession, observed: ObservationResults) -> Result<ObservedResources, Vec<Error>> {
    let (mut found, mut errors) = (ObservedResources::new(), Vec::new());
    for (place, result) in observed {
        match result {
            Ok(Some(resource)) => {
                session.ledger.outputs.borrow_mut().insert(place.id.clone(), resource.outputs.clone());
                found.insert(place, resource);
            }
            Ok(None) => {}
            Err(failure) => {
                // What is denied is denied one action and one resource at a time: each is to be allowed.
                let denied = matches!(&failure, StepError::Aws(error) if error.class == ErrorClass::Denied);
                let error = Error::from(failure).fact("resource", place.id.to_string());
                let cause = error.get("code").filter(|_| !denied).unwrap_or(&error.message).to_owned();
                errors.push((cause, error));
            }
        }
    }
    // One cause, such as a region where nothing answers, fails every read: it is told once.
    let mut seen = BTreeSet::new();
    errors.retain(|(cause, _)| seen.insert(cause.clone()));
    if errors.is_empty() { Ok(found) } else { Err(errors.into_iter().map(|(_, error)| error).collect()) }
}

async fn identify(session: &RunSession) -> Result<(String, String)> {
    let sts = &session.aws.connection.clients.sts;
    let answer =
        session.aws.caller.call(&op::GET_CALLER_IDENTITY, &|_| (), || sts.get_caller_identity().send()).await?;
    let account = answer.account().unwrap_or_default().to_owned();
    check_account(&account)?;
    Ok((account, answer.arn().unwrap_or_default().to_owned()))
}

/// Refuses an answer that names no account: whatever answers is not AWS because it answers.
fn check_account(account: &str) -> Result<()> {
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::aws(format!(
            "what answered is not AWS (sts:GetCallerIdentity): it gives the account {account:?}"
        ))
        .hint("An account has 12 digits. Check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY."));
    }
    Ok(())
}

/// Adds where the calls went: a stray variable or a misspelt region is seen at once.
fn where_to(session: &RunSession, error: Error) -> Error {
    let connection = &session.aws.connection;
    let mut error = error.fact("region", &connection.region);
    if let Some(profile) = &connection.profile {
        error = error.fact("profile", profile);
    }
    match &connection.endpoint {
        Some(endpoint) => error.fact("endpoint", endpoint),
        None => error,
    }
}

fn guard_account(session: &RunSession, account: &str) -> Result<()> {
    match &session.stack.account {
        Some(wanted) if wanted != account && !session.aws.connection.local => Err(Error::refused(format!("these credentials are for account {account}, but the stack may only be deployed to {wanted}"))
            .fact("stack", &session.stack.name)
            .fact("account in the stack description", wanted)
            .fact("account of the credentials", account)
            .hint("Use the other account's credentials (AWS_PROFILE, --profile), or change `account` in the stack description.")),
        _ => Ok(()),
    }
}

/// Lists what carries the stack's mark. A list that fails is no obstacle: what is declared was read anyway.
async fn owned(run: StackRun<'_>) -> (Vec<ResourceRef>, Vec<String>) {
    let lists = OwnedLists::default();
    let searches = join_all(run.kinds.iter().map(|kind| {
        let lists = &lists;
        async move {
            let place = ResourceRef { id: ResourceId::new(kind.name(), "*"), name: String::new() };
            kind.owned(&StepContext::silent(run.session, &place), lists).await
        }
    }))
    .await;
    let (mut places, mut warnings) = (Vec::new(), BTreeSet::new());
    for search in searches {
        match search {
            Ok(found) => places.extend(found),
            Err(StepError::Aws(error)) => {
                warnings
                    .insert(format!("resources of earlier descriptions cannot be looked for: {}", Error::from(error)));
            }
            Err(StepError::Final(error)) => {
                warnings.insert(error.to_string());
            }
        }
    }
    (places, warnings.into_iter().collect())
}
