//! Reading the world: who we are, what the stack declares as it is now, and what carries the stack's mark without being declared.
use super::event::Target;
use crate::{
    aws::{arn::ArnScope, op, tags::Owner},
    error::{Error, Result},
    kinds::{Acted, AnyKind, Cx, Declared, Failure, Id, KINDS, Live, Look, Place, Session, kind},
};
use futures::future::join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// The world as it is.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Where we are.
    pub target: Target,
    /// What the stack declares, in the registry's order.
    pub declared: Vec<Declared>,
    /// Live resources, declared and orphaned.
    pub live: BTreeMap<Place, Live<Value>>,
    /// Resources that carry the stack's mark and are not declared.
    pub orphans: Vec<Place>,
    /// What could not be found out, without being an obstacle.
    pub warnings: Vec<String>,
}

/// Reads everything, concurrently. Changes nothing.
///
/// # Errors
/// Every distinct failure; a failure of the credentials stands for all.
pub async fn survey(session: &Session, look: Look) -> Result<Survey, Vec<Error>> {
    let (identity, world) = futures::join!(identify(session), read(session, look));
    let (account, caller) = identity.map_err(|error| vec![where_to(session, error)])?;
    guard_account(session, &account).map_err(|error| vec![error])?;
    *session.account.borrow_mut() = Some(account.clone());
    let World { declared, live, orphans, warnings } = world?;
    let connection = &session.connection;
    let target = Target {
        stack: session.stack.name.clone(),
        stage: session.stack.stage.clone(),
        account,
        region: connection.region.clone(),
        endpoint: connection.endpoint.clone(),
        local: connection.local,
        caller,
    };
    Ok(Survey { target, declared, live, orphans, warnings })
}

/// What is there of the stack, declared or not. Read anew: nothing that the session knows is believed.
///
/// # Errors
/// Every distinct failure.
pub async fn census(session: &Session) -> Result<Vec<Place>, Vec<Error>> {
    let fresh = Session::new(session.stack.clone(), session.connection.clone());
    let world = read(&fresh, Look::Presence).await;
    session.waits.borrow_mut().absorb(fresh.waits.take(), Instant::now());
    let world = world?;
    Ok(world.live.into_iter().filter(|(_, live)| live.owner == Owner::Ours).map(|(place, _)| place).collect())
}

/// [`Survey`] but for the target.
struct World {
    declared: Vec<Declared>,
    live: BTreeMap<Place, Live<Value>>,
    orphans: Vec<Place>,
    warnings: Vec<String>,
}

async fn read(session: &Session, look: Look) -> Result<World, Vec<Error>> {
    let declared: Vec<Declared> = KINDS.iter().flat_map(|kind| kind.declare(&session.stack)).collect();
    // What goes away with its container is not looked at by whoever only wants it gone.
    let wanted = |place: &&Place| look == Look::Whole || !kind(place.id.kind).is_some_and(|kind| kind.contained());
    let places: Vec<&Place> = declared.iter().map(|d| &d.place).filter(wanted).collect();
    let (observed, (owned, mut warnings)) = futures::join!(observe_all(session, &places, look), owned(session));
    let mut live = collect(session, observed)?;

    let names: BTreeSet<(&str, &str)> = declared.iter().map(|d| (d.place.id.kind, d.place.name.as_str())).collect();
    let candidates: BTreeSet<Place> =
        owned.into_iter().filter(|p| !names.contains(&(p.id.kind, p.name.as_str()))).collect();
    let candidates: Vec<Place> = candidates.into_iter().collect();
    let closely = if look == Look::Presence { Look::Presence } else { Look::Identity };
    // A hint is believed only when the resource is there and says itself that it is ours.
    let looked = observe_all(session, &candidates.iter().collect::<Vec<_>>(), closely).await;
    let mut orphans = Vec::new();
    for (place, result) in looked {
        match result {
            Ok(Some(found)) if found.owner == Owner::Ours => {
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
    Ok(World { declared, live, orphans, warnings })
}

type Observed = Vec<(Place, Acted<Option<Live<Value>>>)>;

async fn observe_all(session: &Session, places: &[&Place], look: Look) -> Observed {
    join_all(places.iter().map(|place| async move {
        let Some(kind) = kind(place.id.kind) else { return ((*place).clone(), Ok(None)) };
        let silent = |_| ();
        let cx = Cx { session, place, tell: &silent };
        ((*place).clone(), kind.observe(&cx, look).await)
    }))
    .await
}

/// Live resources with their outputs published, or all that went wrong.
fn collect(session: &Session, observed: Observed) -> Result<BTreeMap<Place, Live<Value>>, Vec<Error>> {
    let (mut live, mut errors) = (BTreeMap::new(), Vec::new());
    for (place, result) in observed {
        match result {
            Ok(Some(found)) => {
                session.outputs.borrow_mut().insert(place.id.clone(), found.outputs.clone());
                live.insert(place, found);
            }
            Ok(None) => {}
            Err(failure) => errors.push(Error::from(failure).fact("resource", place.id.to_string())),
        }
    }
    // One cause, such as a region where nothing answers, fails every read: it is told once.
    let mut seen = BTreeSet::new();
    errors.retain(|error| seen.insert(error.get("code").unwrap_or(&error.message).to_owned()));
    if errors.is_empty() { Ok(live) } else { Err(errors) }
}

async fn identify(session: &Session) -> Result<(String, String)> {
    let sts = &session.connection.clients.sts;
    let answer = session.caller.call(&op::GET_CALLER_IDENTITY, &|_| (), || sts.get_caller_identity().send()).await?;
    let account = answer.account().unwrap_or_default().to_owned();
    Ok((account, answer.arn().unwrap_or_default().to_owned()))
}

/// Adds where the calls went: a stray variable or a misspelt region is seen at once.
fn where_to(session: &Session, error: Error) -> Error {
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

fn guard_account(session: &Session, account: &str) -> Result<()> {
    match &session.stack.account {
        Some(wanted) if wanted != account && !session.connection.local => Err(Error::new("refused", format!("these credentials are for account {account}, but the stack may only be deployed to {wanted}"))
            .fact("stack", &session.stack.name)
            .fact("account in the stack description", wanted)
            .fact("account of the credentials", account)
            .hint("Use the other account's credentials (AWS_PROFILE, --profile), or change `account` in the stack description.")),
        _ => Ok(()),
    }
}

/// What carries the stack's mark. A sweep that fails is no obstacle: what is declared was read anyway.
async fn owned(session: &Session) -> (Vec<Place>, Vec<String>) {
    let sweeps = join_all(KINDS.iter().map(|kind: &&dyn AnyKind| async move {
        let place = Place { id: Id::new(kind.name(), "*"), name: String::new() };
        let silent = |_| ();
        let cx = Cx { session, place: &place, tell: &silent };
        kind.owned(&cx).await
    }))
    .await;
    let (mut places, mut warnings) = (Vec::new(), BTreeSet::new());
    for sweep in sweeps {
        match sweep {
            Ok(found) => places.extend(found),
            Err(Failure::Aws(error)) => {
                warnings
                    .insert(format!("resources of earlier descriptions cannot be looked for: {}", Error::from(error)));
            }
            Err(Failure::Final(error)) => {
                warnings.insert(error.to_string());
            }
        }
    }
    (places, warnings.into_iter().collect())
}

impl Survey {
    /// What ARNs are made of.
    pub fn arn(&self) -> ArnScope {
        ArnScope::new(&self.target.account, &self.target.region)
    }
}
