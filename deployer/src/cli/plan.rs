//! `deployer plan`: what `up` would do.

use super::code::CodeArgs;
use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::{graph, run, target};
use crate::engine::{Plan, PlanOptions, StackRun};
use crate::kinds::KINDS;
use crate::stack::Stack;
use crate::ui::human::ShownParts;
use crate::ui::picture::StackPicture;
use crate::ui::plan::{PlanJson, PlanPurpose, PlanStyle};
use crate::ui::{OutputFormat, Screen, TerminalLook, picture, plan, target as shown};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// `deployer plan`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer plan
  deployer plan --detailed-exitcode             0: nothing to do, 1: failed, 2: there are changes
  deployer plan --output markdown > plan.md     for a comment on a pull request
  deployer plan --output json | jq .tally")]
pub struct PlanArgs {
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Show the plan as it is when this change is accepted although it lowers a protection; may be repeated
    #[arg(long, value_name = "RESOURCE.FIELD", value_parser = NonEmptyStringValueParser::new())]
    pub accept: Vec<String>,
    /// How the code of functions comes about.
    #[command(flatten)]
    pub code: CodeArgs,
}

/// Runs the command. A comment is written whatever happens: it tells why there is no plan.
pub async fn run(global: &GlobalArgs, args: &PlanArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let planned = show(global, args, screen).await;
    if let (OutputFormat::Markdown, Err(failure)) = (screen.format, &planned) {
        screen.data(&plan::markdown_of_failure(&failure.text(screen)))?;
    }
    planned
}

async fn show(global: &GlobalArgs, args: &PlanArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
    let (observed, plan) = {
        let mut reporter = screen.progress(ShownParts::default());
        run::compare(
            global,
            StackRun { kinds: KINDS, session: &session },
            &args.code,
            &PlanOptions { accept: args.accept.iter().cloned().collect(), ..PlanOptions::default() },
            reporter.as_mut(),
        )
        .await?
    };
    let title = shown::render(&observed.target, false, &TerminalLook::PLAIN);
    match screen.format {
        OutputFormat::Human => screen.data(&plan::render(
            &screen.repeated.add_to_plan(&plan),
            PlanStyle { verbose: screen.verbose, ..PlanStyle::default() },
            &screen.out,
        ))?,
        OutputFormat::Json => screen.document(&PlanJson::new(&plan))?,
        _ => screen.data(&with_picture(
            plan::markdown(title.trim_end(), &plan, PlanPurpose::Described),
            &plan,
            &session.stack,
        ))?,
    }
    if !plan.refusals.is_empty() {
        if screen.format != OutputFormat::Json && screen.format != OutputFormat::Human {
            screen.complain(&plan.refusals);
        }
        return Ok(exit_code::FAILED);
    }
    Ok(if args.detailed_exitcode && !plan.is_empty() { exit_code::DIFFERENT } else { exit_code::DONE })
}

/// Adds a picture of what would change to a comment, where something does and the comment has room for it.
fn with_picture(mut comment: String, plan: &Plan, stack: &Stack) -> String {
    let (links, declared) = graph::drawn(stack);
    let block = picture::mermaid_block("Picture", &StackPicture::of_plan(plan, links, &declared));
    if !plan.is_empty() && comment.chars().count() + block.chars().count() <= plan::LIMIT {
        comment.push_str(&block);
    }
    comment
}
