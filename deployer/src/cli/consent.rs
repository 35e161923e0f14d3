//! What a plan may not take away without a word for it: data that a resource holds, and anything of a production stage.
//!
//! `--yes` and `CI=true` answer "go on?" and nothing else. Data is kept unless its resource is named, on the command line or by
//! typing it; a production stage is named by `--confirm-stage` or by typing it.

use super::failure::CommandFailure;
use crate::engine::{ObservedStack, Plan, StackRun, StepAction, held};
use crate::error::Error;
use crate::kinds::{DeletionGuard, RunSession};
use crate::stack::Stack;
use crate::ui::Screen;
use crate::ui::confirm::{ConfirmAnswer, ConfirmQuestion};
use std::collections::BTreeSet;

/// Refuses a `--confirm-stage` that names another stage than the one that is meant: that is what it is for.
pub fn stage_is(stack: &Stack, confirmed: Option<&str>) -> Result<(), CommandFailure> {
    match confirmed {
        Some(named) if named != stack.stage => {
            Err(Error::refused(format!("--confirm-stage says `{named}`, but the stage is `{}`", stack.stage))
                .hint("The stage is that of --stage, else of DEPLOYER_STAGE, else `default_stage`.")
                .into())
        }
        _ => Ok(()),
    }
}

/// Tells whether a production stage has to be named before something is taken away from it. The embedded cloud has no production.
pub fn stage_is_needed(stack: &Stack, local: bool, confirmed: Option<&str>) -> bool {
    stack.production && !local && confirmed.is_none()
}

/// Asks the user to type the name of a production stage, unless an option confirmed it. Returns whether the question was asked.
pub fn stage(
    screen: &Screen,
    session: &RunSession,
    confirmed: Option<&str>,
    about: &str,
) -> Result<bool, CommandFailure> {
    let stack = &session.stack;
    if !stage_is_needed(stack, session.aws.connection.local, confirmed) {
        return Ok(false);
    }
    let about = format!("{} is a production stage. {about}", stack.stage);
    match screen.ask(ConfirmQuestion::Name { about: &about, name: &stack.stage, then: "go on" }) {
        ConfirmAnswer::Yes => Ok(true),
        ConfirmAnswer::No => Err(Error::refused("nothing was changed: the stage was not named").into()),
        ConfirmAnswer::NotATerminal => Err(unnamed(stack)),
    }
}

/// Returns the error for a production stage that nobody named.
pub fn unnamed(stack: &Stack) -> CommandFailure {
    Error::refused(format!("`{}` is a production stage, and something would be taken away from it; nothing was changed", stack.stage))
        .hint(format!("Look at the plan (--dry-run). When it is what you want, name the stage: `--confirm-stage {}`. --yes does not stand for it.", stack.stage))
        .into()
}

/// Offers to delete the resources that the plan keeps because of the data in them, each when its name is typed: then the name is added
/// to `delete_data`. Tells whether one was.
pub fn held_data(
    screen: &Screen,
    run: StackRun<'_>,
    observed: &ObservedStack,
    plan: &Plan,
    delete_data: &mut BTreeSet<String>,
) -> bool {
    let before = delete_data.len();
    for step in plan.steps.iter().filter(|step| matches!(step.action, StepAction::Retain { .. })) {
        let hold = observed.found.get(&step.place).and_then(|found| found.hold.as_ref());
        if hold != Some(&DeletionGuard::Data) || !screen.can_ask() {
            continue;
        }
        let data = held(run.kind(step.place.id.kind).ok().map(|kind| kind.definition()));
        let name = &step.place.name;
        let (first, rest) = data.holder.split_at(1);
        let about = format!("{}{rest} {name} holds {}, and stays.", first.to_uppercase(), data.content);
        let then = format!("delete it with them, {}; anything else keeps it", data.fate);
        if screen.ask(ConfirmQuestion::Name { about: &about, name, then: &then }) == ConfirmAnswer::Yes {
            delete_data.insert(name.clone());
        }
    }
    delete_data.len() > before
}
