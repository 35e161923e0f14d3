//! Reading the world: who we are, what the stack declares as it is now, and what carries the stack's mark without being declared.

use super::event::RunTarget;
use crate::aws::tags::ResourceOwner;
use crate::aws::{ErrorClass, op};
use crate::error::{Error, Result};
use crate::kinds::room::ConcurrencyQuota;
use crate::kinds::{
    DeclaredResource, ErasedKind, KINDS, ObserveDetail, ObservedResource, ResourceId, ResourceRef, RunSession,
    StepContext, StepError, StepResult, kind, room, secret,
};
use futures::future::join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;
use tokio::time::Instant;

/// The world as it is.
#[derive(Debug, Clone)]
pub struct ObservedStack {
    /// Where we are.
    pub target: RunTarget,
    /// What the stack declares, in the registry's order.
    pub declared: Vec<DeclaredResource>,
    /// Live resources, declared and orphaned.
    pub live: BTreeMap<ResourceRef, ObservedResource<Value>>,
    /// Resources that carry the stack's mark and are not declared.
    pub orphans: Vec<ResourceRef>,
    /// What could not be found out, without being an obstacle.
    pub warnings: Vec<String>,
    /// What the account has left for reserved concurrency, where the stack reserves any.
    pub room: Option<ConcurrencyQuota>,
}

/// Reads everything, concurrently. Changes nothing.
///
/// # Errors
/// Every distinct failure; a failure of the credentials stands for all.
pub async fn survey(session: &RunSession, look: ObserveDetail) -> Result<ObservedStack, Vec<Error>> {
    // Without an identity nothing else is worth waiting for.
    let target = async { target(session).await.map_err(|error| vec![error]) };
    let others = async { Ok(futures::join!(read(session, look), foresee(session, look))) };
    let (target, (world, foreseen)) = futures::try_join!(target, others)?;
    let (ObservedWorld { declared, live, orphans, mut warnings }, PreflightResult { room, warnings: more }) =
        match (world, foreseen) {
            (Ok(world), Ok(foreseen)) => (world, foreseen),
            (world, foreseen) => return Err([world.err(), foreseen.err()].into_iter().flatten().flatten().collect()),
        };
    warnings.extend(more);
    Ok(ObservedStack { target, declared, live, orphans, warnings, room })
}

/// Where the session acts, and as whom.
///
/// # Errors
/// A failure of the credentials, or that they have expired; `refused` when they are those of another account than the description's.
pub async fn target(session: &RunSession) -> Result<RunTarget> {
    let unexpired = || session.connection.expiry.left(SystemTime::now()).map_err(|error| where_to(session, error));
    unexpired()?;
    let (account, caller) = identify(session).await.map_err(|error| where_to(session, error))?;
    guard_account(session, &account)?;
    *session.account.borrow_mut() = Some(account.clone());
    // Some credentials tell only with the first call until when they hold.
    unexpired()?;
    let connection = &session.connection;
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

/// What is not a resource of the stack and decides whether it can be brought up: its secrets, which the session keeps, and the
/// account's room. Whoever only looks at what there is needs neither.
async fn foresee(session: &RunSession, look: ObserveDetail) -> Result<PreflightResult, Vec<Error>> {
    if look != ObserveDetail::Whole {
        return Ok(PreflightResult::default());
    }
    let (secrets, room) = futures::join!(secret::resolve(session), room::look(session));
    *session.secrets.borrow_mut() = secrets?;
    let (room, unknown) = match room {
        Ok(room) => (room, None),
        Err(unknown) => (None, Some(unknown)),
    };
    Ok(PreflightResult {
        room,
        warnings: unknown.into_iter().chain(session.connection.expiry.warning(SystemTime::now())).collect(),
    })
}

/// See [`foresee`].
#[derive(Default)]
struct PreflightResult {
    room: Option<ConcurrencyQuota>,
    warnings: Vec<String>,
}

/// What is there of the stack, declared or not. Read anew: nothing that the session knows is believed.
///
/// # Errors
/// Every distinct failure.
pub async fn census(session: &RunSession) -> Result<Vec<ResourceRef>, Vec<Error>> {
    let fresh = RunSession::new(session.stack.clone(), session.connection.clone());
    let world = read(&fresh, ObserveDetail::Presence).await;
    session.waits.borrow_mut().absorb(fresh.waits.take(), Instant::now());
    let world = world?;
    Ok(world.live.into_iter().filter(|(_, live)| live.owner == ResourceOwner::Ours).map(|(place, _)| place).collect())
}

/// [`ObservedStack`] but for the target.
struct ObservedWorld {
    declared: Vec<DeclaredResource>,
    live: BTreeMap<ResourceRef, ObservedResource<Value>>,
    orphans: Vec<ResourceRef>,
    warnings: Vec<String>,
}

async fn read(session: &RunSession, look: ObserveDetail) -> Result<ObservedWorld, Vec<Error>> {
    let declared: Vec<DeclaredResource> = KINDS.iter().flat_map(|kind| kind.declare(&session.stack)).collect();
    // What goes away with its container is not looked at by whoever only wants it gone.
    let wanted = |place: &&ResourceRef| {
        look == ObserveDetail::Whole || !kind(place.id.kind).is_some_and(|kind| kind.contained())
    };
    let places: Vec<&ResourceRef> = declared.iter().map(|d| &d.place).filter(wanted).collect();
    let (observed, (owned, mut warnings)) = futures::join!(observe_all(session, &places, look), owned(session));
    let mut live = collect(session, observed)?;

    let names: BTreeSet<(&str, &str)> = declared.iter().map(|d| (d.place.id.kind, d.place.name.as_str())).collect();
    let candidates: BTreeSet<ResourceRef> =
        owned.into_iter().filter(|p| !names.contains(&(p.id.kind, p.name.as_str()))).collect();
    let candidates: Vec<ResourceRef> = candidates.into_iter().collect();
    let closely = match look {
        ObserveDetail::Whole | ObserveDetail::Identity => ObserveDetail::Identity,
        ObserveDetail::Outputs | ObserveDetail::Presence => ObserveDetail::Presence,
    };
    // A hint is believed only when the resource is there and says itself that it is ours.
    let looked = observe_all(session, &candidates.iter().collect::<Vec<_>>(), closely).await;
    let mut orphans = Vec::new();
    for (place, result) in looked {
        match result {
            Ok(Some(found)) if found.owner == ResourceOwner::Ours => {
                live.insert(place.clone(), found);
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
    Ok(ObservedWorld { declared, live, orphans, warnings })
}

type ObservationResults = Vec<(ResourceRef, StepResult<Option<ObservedResource<Value>>>)>;

async fn observe_all(session: &RunSession, places: &[&ResourceRef], look: ObserveDetail) -> ObservationResults {
    join_all(places.iter().map(|place| async move {
        let Some(kind) = kind(place.id.kind) else { return ((*place).clone(), Ok(None)) };
        let silent = |_| ();
        let cx = StepContext { session, place, tell: &silent };
        ((*place).clone(), kind.observe(&cx, look).await)
    }))
    .await
}

/// Live resources with their outputs published, or all that went wrong.
fn collect(
    session: &RunSession,
    observed: ObservationResults,
) -> Result<BTreeMap<ResourceRef, ObservedResource<Value>>, Vec<Error>> {
    let (mut live, mut errors) = (BTreeMap::new(), Vec::new());
    for (place, result) in observed {
        match result {
            Ok(Some(found)) => {
                session.outputs.borrow_mut().insert(place.id.clone(), found.outputs.clone());
                live.insert(place, found);
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
    if errors.is_empty() { Ok(live) } else { Err(errors.into_iter().map(|(_, error)| error).collect()) }
}

async fn identify(session: &RunSession) -> Result<(String, String)> {
    let sts = &session.connection.clients.sts;
    let answer = session.caller.call(&op::GET_CALLER_IDENTITY, &|_| (), || sts.get_caller_identity().send()).await?;
    let account = answer.account().unwrap_or_default().to_owned();
    Ok((account, answer.arn().unwrap_or_default().to_owned()))
}

/// Adds where the calls went: a stray variable or a misspelt region is seen at once.
fn where_to(session: &RunSession, error: Error) -> Error {
    let connection = &session.connection;
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
        Some(wanted) if wanted != account && !session.connection.local => Err(Error::refused(format!("these credentials are for account {account}, but the stack may only be deployed to {wanted}"))
            .fact("stack", &session.stack.name)
            .fact("account in the stack description", wanted)
            .fact("account of the credentials", account)
            .hint("Use the other account's credentials (AWS_PROFILE, --profile), or change `account` in the stack description.")),
        _ => Ok(()),
    }
}

/// What carries the stack's mark. A sweep that fails is no obstacle: what is declared was read anyway.
async fn owned(session: &RunSession) -> (Vec<ResourceRef>, Vec<String>) {
    let sweeps = join_all(KINDS.iter().map(|kind: &&dyn ErasedKind| async move {
        let place = ResourceRef { id: ResourceId::new(kind.name(), "*"), name: String::new() };
        let silent = |_| ();
        let cx = StepContext { session, place: &place, tell: &silent };
        kind.owned(&cx).await
    }))
    .await;
    let (mut places, mut warnings) = (Vec::new(), BTreeSet::new());
    for sweep in sweeps {
        match sweep {
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
