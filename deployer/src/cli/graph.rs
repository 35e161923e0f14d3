//! `deployer graph`: the stack as a picture, with how each resource is.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::{status, target};
use crate::engine::StackRun;
use crate::kinds::{DeclaredResource, KINDS, StackLink};
use crate::stack::Stack;
use crate::ui::picture::StackPicture;
use crate::ui::{OutputFormat, Screen, picture};
use clap::Args;

/// `deployer graph`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
An arrow with words says who calls or uses whom, a dotted one what a resource needs to be made. Colours
say how it is, as `deployer status` does.

Examples:
  deployer graph                                    as text
  deployer graph --output svg > stack.svg
  deployer graph --output dot | dot -Tpng > stack.png
  deployer graph --output mermaid                   for Markdown on GitHub or GitLab")]
pub struct GraphArgs {}

/// Runs the command. As for `status`, nothing is built.
pub async fn run(global: &GlobalArgs, _: &GraphArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let (links, declared) = drawn(&stack);
    let session = target::session(global, stack, StartPolicy::No).await?;
    let run = StackRun { kinds: KINDS, session: &session };
    let (observed, plan) = status::compare(global, run, &[], screen).await?;
    let picture = StackPicture::of_status(&status::report(&observed, &plan), links, &declared);
    match screen.format {
        OutputFormat::Human | OutputFormat::Markdown => screen.data(&picture::render(&picture, &screen.out))?,
        OutputFormat::Json => screen.document(&picture)?,
        OutputFormat::Mermaid => screen.data(&picture::mermaid(&picture))?,
        OutputFormat::Dot => screen.data(&picture::dot(&picture))?,
        OutputFormat::Svg => screen.data(&picture::svg(&picture))?,
    }
    Ok(exit_code::DONE)
}

/// Returns what a picture of a stack joins: who uses whom, and who needs whom.
pub(super) fn drawn(stack: &Stack) -> (Vec<StackLink>, Vec<DeclaredResource>) {
    let links = KINDS.iter().flat_map(|kind| kind.links(stack)).collect();
    (links, KINDS.iter().flat_map(|kind| kind.declare(stack)).collect())
}
