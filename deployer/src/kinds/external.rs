//! What exists already and is managed by others: `[external.table.X]`, `[external.queue.X]`, `[external.function.X]`,
//! `[external.secret.X]`. It is looked at before anything is changed, and never changed itself.

use super::id::{ResourceId, ResourceRef};
use super::session::RunSession;
use crate::error::{Error, Result};
use crate::stack::{BLOCK_ID, KeyDefinition, Stack, ValueShape};
use futures::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Name of the section.
pub const SECTION: &str = "external";

/// Returns the definition of a sort of things: `table` in `[external.table.X]`.
pub const fn sort(name: &'static str, about: &'static str, thing: &'static ValueShape) -> KeyDefinition {
    let things = ValueShape::Map { placeholder: "ID", key: BLOCK_ID, of: thing, length: (0, usize::MAX) };
    KeyDefinition::new(name, about, things.optional())
}

/// Returns the things of a sort that the stack uses, with their ids.
pub fn all<T: DeserializeOwned>(stack: &Stack, sort: &str) -> Vec<(String, T)> {
    let things = stack.block(SECTION, SECTION).and_then(|block| block[sort].as_object());
    // None is left out: loading made sure that every one fits its type.
    things.into_iter().flatten().filter_map(|(id, thing)| Some((id.clone(), T::deserialize(thing).ok()?))).collect()
}

/// Returns the name that AWS knows a thing by.
pub fn name_of(stack: &Stack, sort: &str, id: &str) -> Option<String> {
    stack.block(SECTION, SECTION)?[sort][id]["name"].as_str().map(str::to_owned)
}

/// Returns the names of all things of a sort.
pub fn names(stack: &Stack, sort: &str) -> Vec<String> {
    let things = all::<Value>(stack, sort).into_iter();
    things.filter_map(|(_, thing)| thing["name"].as_str().map(str::to_owned)).collect()
}

/// Takes what the description calls others' out of what the stack's tags call its own: it is not to be deleted.
pub fn spare(stack: &Stack, sort: &str, mut places: Vec<ResourceRef>) -> Vec<ResourceRef> {
    let names = names(stack, sort);
    places.retain(|place| !names.contains(&place.name));
    places
}

/// Returns the place of a thing, for messages and calls.
fn place(sort: &'static str, id: &str, name: &str) -> ResourceRef {
    ResourceRef { id: ResourceId::new(sort, id), name: name.to_owned() }
}

/// Looks at all things of a sort, concurrently, and returns what is wrong with them. A stack without any costs no call. `section` is
/// where they are described: `external.table`.
pub async fn faults<T: DeserializeOwned>(
    stack: &Stack,
    sort: &str,
    section: &'static str,
    name: fn(&T) -> &str,
    look: impl AsyncFn(T, ResourceRef) -> Result<()>,
) -> Vec<Error> {
    let looks = all::<T>(stack, sort).into_iter().map(|(id, thing)| {
        let place = place(section, &id, name(&thing));
        look(thing, place)
    });
    join_all(looks).await.into_iter().filter_map(Result::err).collect()
}

/// Refuses to go on with a thing that is not as the description says.
pub fn refused(session: &RunSession, sort: &str, place: &ResourceRef, why: &str, hint: &str) -> Error {
    let error = Error::refused(format!("{} {} {why}", place.id, place.name))
        .fact("region", &session.aws.connection.region)
        .hint(format!("Nothing was changed. {hint}"));
    match session.stack.described_at(&[SECTION, sort, &place.id.name, "name"]) {
        Some(at) => error.fact("described at", at),
        None => error,
    }
}

/// Refuses a thing that is not there.
pub fn missing(session: &RunSession, sort: &str, place: &ResourceRef) -> Error {
    let hint = format!(
        "What `[{SECTION}]` names is others' to make: correct its `name`, or the account and region that you deploy to; describe it as `[{sort}.{}]` for the stack to make it.",
        place.id.name
    );
    refused(session, sort, place, "does not exist", &hint)
}

/// Refuses a thing that carries the stack's own tags.
pub fn is_ours(session: &RunSession, sort: &str, place: &ResourceRef) -> Error {
    let hint = format!(
        "It carries this stack's tags. Describe it as `[{sort}.{}]`, or give it up first: remove its tags `deployer:stack`, `deployer:stage` and `deployer:id`.",
        place.id.name
    );
    refused(session, sort, place, "is this stack's own, not others'", &hint)
}
