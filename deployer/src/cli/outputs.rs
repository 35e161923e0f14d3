//! `deployer outputs`: the values that the stack gives out.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::{candidates, target};
use crate::engine::StackRun;
use crate::error::Error;
use crate::kinds::{KINDS, ObserveDetail};
use crate::ui::{Screen, outputs};
use crate::{engine, kinds};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use clap_complete::ArgValueCandidates;

/// `deployer outputs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer outputs
  curl \"$(deployer outputs endpoint)/orders\"
  deployer outputs api_key              the key of an API with auth = \"api_key\"; shown only when named
  deployer outputs --output json | jq -r '.\"table.orders.name\"'")]
pub struct OutputsArgs {
    /// Print the value of this one alone
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::outputs))]
    pub name: Option<String>,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &OutputsArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, StartPolicy::No).await?;
    let run = StackRun { kinds: KINDS, session: &session };
    engine::observe_stack(run, ObserveDetail::Outputs).await?;
    let all = run.outputs();
    match &args.name {
        // A secret: it is fetched and shown only when it is asked for by name.
        Some(name) if name == candidates::API_KEY => {
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
        None => {
            if all.is_empty() {
                let stack = &session.stack;
                screen.note(&format!("{} ({}) has no outputs yet: run `deployer up`", stack.name, stack.stage));
            }
            screen.answer(|look| outputs::render(&all, look), || &all)?;
        }
    }
    Ok(exit_code::DONE)
}
