//! `deployer openapi`: the API's document, with where it answers now.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target;
use super::target::StartPolicy;
use crate::engine;
use crate::engine::StackRun;
use crate::error::Error;
use crate::kinds::{ApiBlock, KINDS, ObserveDetail, ResourceId};
use crate::ui::{Screen, json_text};

/// Runs the command. The document is JSON in every form of output.
pub async fn run(global: &GlobalArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let document = ApiBlock::of(&stack).and_then(|api| api.document(&stack)).ok_or_else(|| {
        Error::usage("the stack description names no OpenAPI document")
            .hint("Add `openapi = \"path/to/openapi.json\"` to `[api]`.")
    })?;
    let session = target::session(global, stack, StartPolicy::No).await?;
    engine::observe_stack(StackRun { kinds: KINDS, session: &session }, ObserveDetail::Outputs).await?;
    let endpoint = {
        let outputs = session.ledger.outputs.borrow();
        outputs.get(&ResourceId::new("rest_api", "api")).and_then(|values| values.get("endpoint")).cloned()
    };
    let endpoint = endpoint.ok_or_else(|| {
        Error::usage("the API is not there yet, so it has no endpoint").hint("Run `deployer up` first.")
    })?;
    let document = document.served_at(&endpoint);
    screen.answer(|_| format!("{}\n", json_text::indented(&document).unwrap_or_default()), || &document)?;
    Ok(exit_code::DONE)
}
