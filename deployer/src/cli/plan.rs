//! `deployer plan`: what `up` would do.

use super::args::{Global, Plan as Args, code};
use super::failure::Failure;
use super::target::Start;
use super::{run, target};
use crate::engine::Choices;
use crate::ui::human::Shown;
use crate::ui::plan::{Goal, Manner, PlanJson};
use crate::ui::{Format, Screen, error, plan};

/// Runs the command.
pub async fn run(global: &Global, args: &Args, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, Start::IfNeeded).await?;
    let (survey, plan) = {
        let mut reporter = screen.progress(Shown::default());
        run::compare(global, &session, &args.code, &Choices::default(), reporter.as_mut()).await?
    };
    let title = format!("{} ({})", survey.target.stack, survey.target.stage);
    match screen.format {
        Format::Human => {
            screen.data(&plan::render(&plan, Manner { goal: Goal::Described, verbose: screen.verbose }, &screen.out))?
        }
        Format::Markdown => screen.data(&plan::markdown(&title, &plan, Goal::Described))?,
        Format::Json => screen.document(&PlanJson::new(&plan))?,
    }
    if !plan.refusals.is_empty() {
        if screen.format != Format::Json && screen.format != Format::Human {
            screen.say(&error::render_all(&plan.refusals, &screen.err));
        }
        return Ok(code::FAILED);
    }
    Ok(if args.detailed_exitcode && !plan.is_empty() { code::DIFFERENT } else { code::DONE })
}
