//! `deployer outputs`: the values that the stack gives out.

use super::args::{GlobalArgs, OutputsArgs, exit_code};
use super::failure::CommandFailure;
use super::target::StartPolicy;
use super::{run, target};
use crate::error::Error;
use crate::kinds::ObserveDetail;
use crate::ui::{Screen, outputs};
use crate::{engine, kinds};

/// Name of the output that is not among the others.
const API_KEY: &str = "api_key";

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &OutputsArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, StartPolicy::No).await?;
    engine::survey(&session, ObserveDetail::Outputs).await?;
    let all = run::outputs(&session);
    match &args.name {
        // A secret: it is fetched and shown only when it is asked for by name.
        Some(name) if name == API_KEY => {
            let key = kinds::api_key(&session).await?.ok_or_else(|| {
                Error::usage("the stack has no API key")
                    .hint("`auth = \"api_key\"` in `[api]` gives it one with the next `deployer up`.")
            })?;
            screen.answer(|_| format!("{key}\n"), || &key)?;
        }
        Some(name) => {
            let value = outputs::one(&all, name)?;
            screen.answer(|_| format!("{value}\n"), || value)?;
        }
        None => screen.answer(|look| outputs::render(&all, look), || &all)?,
    }
    Ok(exit_code::DONE)
}
