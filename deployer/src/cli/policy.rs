//! `deployer policy`: who must be allowed what. Contacts nothing.

use super::args::{Global, Policy as Args, code};
use super::failure::Failure;
use super::invoke::function_name;
use super::target;
use crate::aws::arn::ArnScope;
use crate::error::Error;
use crate::kinds::operator::Purpose;
use crate::kinds::{FunctionBlock, operator, policy};
use crate::ui::Screen;

/// Runs the command: one JSON document on stdout.
pub fn run(global: &Global, args: &Args, screen: &Screen) -> Result<u8, Failure> {
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
                .ok_or_else(|| Error::new("usage", format!("the stack has no function `{id}`")))?;
            policy::of_function(&stack, &block, &name, &arn)?
        }
        (None, Some(repository)) => operator::github_trust(repository, &args.branch, &arn),
        (None, None) if args.read_only => operator::policy(&stack, &arn, Purpose::Look),
        (None, None) => operator::policy(&stack, &arn, Purpose::Deploy),
    };
    screen.document(&document)?;
    Ok(code::DONE)
}
