//! `deployer policy`: who must be allowed what. Contacts nothing.

use super::args::{GlobalArgs, PolicyArgs, exit_code};
use super::failure::CommandFailure;
use super::invoke::function_name;
use super::target;
use crate::aws::arn::ArnScope;
use crate::error::Error;
use crate::kinds::operator::PolicyPurpose;
use crate::kinds::{FunctionBlock, operator, policy};
use crate::ui::Screen;

/// Runs the command: one JSON document on stdout.
pub fn run(global: &GlobalArgs, args: &PolicyArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let account = args.account.clone().or_else(|| stack.account.clone());
    if account.is_none() {
        screen.note(
            "the account is not known: `*` stands for it (give --account, or `account` in the stack description)",
        );
    }
    let region = global.region.clone().or_else(|| stack.region.clone()).unwrap_or_else(|| "*".to_owned());
    let arn = ArnScope::new(account.unwrap_or_else(|| "*".to_owned()), region);
    let document = match (&args.function, &args.github) {
        (Some(id), _) => {
            let name = function_name(&stack, id)?;
            let block = stack
                .get::<FunctionBlock>(id)
                .ok_or_else(|| Error::usage(format!("the stack has no function `{id}`")))?;
            policy::of_function(&stack, &block, &name, &arn)?
        }
        (None, Some(repository)) => operator::github_trust(repository, &args.branch, &arn),
        (None, None) if args.read_only => operator::policy(&stack, &arn, PolicyPurpose::Look),
        (None, None) => operator::policy(&stack, &arn, PolicyPurpose::Deploy),
    };
    screen.document(&document)?;
    Ok(exit_code::DONE)
}
