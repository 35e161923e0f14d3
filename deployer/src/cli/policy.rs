//! `deployer policy`: who must be allowed what. Contacts nothing.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::{candidates, target, value};
use crate::aws::arn::ArnScope;
use crate::error::Error;
use crate::kinds::deployer_policy::{PolicyPurpose, TrustedWorkflow};
use crate::kinds::{FunctionBlock, KINDS, deployer_policy, policy};
use crate::ui::Screen;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use clap_complete::ArgValueCandidates;

/// `deployer policy`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer policy > policy.json                       for whoever runs up, plan, status, down, logs, invoke
  deployer policy --read-only                         for whoever runs plan, status, outputs, openapi, logs
  deployer policy --function api                      what the function's role will have
  deployer policy --github acme/orders --branch main  who may assume the deployer's role from a workflow
  deployer policy --github acme/orders --pull-request who may assume the role of plans on pull requests")]
pub struct PolicyArgs {
    /// Print the policy that is enough to look: nothing can be changed with it, and no item of a table be read
    #[arg(long, conflicts_with_all = ["function", "github"])]
    pub read_only: bool,
    /// Print the policy of this function's role instead
    #[arg(long, value_name = "FUNCTION", conflicts_with = "github", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::functions))]
    pub function: Option<String>,
    /// Print the trust policy for GitHub's OIDC tokens of this repository instead
    #[arg(long, value_name = "OWNER/REPO", value_parser = value::repository)]
    pub github: Option<String>,
    /// Branch whose workflows are trusted
    #[arg(long, value_name = "BRANCH", default_value = "main", requires = "github", value_parser = NonEmptyStringValueParser::new())]
    pub branch: String,
    /// Trust the workflows of pull requests instead, for a role that only looks
    #[arg(long, requires = "github", conflicts_with = "branch")]
    pub pull_request: bool,
    /// Account id in the ARNs [default: `account` of the stack description]
    #[arg(long, value_name = "ID", value_parser = value::account)]
    pub account: Option<String>,
}

/// Runs the command: one JSON document on stdout.
pub fn run(global: &GlobalArgs, args: &PolicyArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let account = args.account.clone().or_else(|| stack.account.clone());
    if account.is_none() && args.github.is_some() {
        return Err(Error::usage("the account is not known, and IAM takes no `*` for it in whom a role trusts")
            .hint("Give --account, or write `account = \"…\"` at the top of the description.")
            .into());
    }
    if account.is_none() {
        screen.note(
            "the account is not known: `*` stands for it (give --account, or `account` in the stack description)",
        );
    }
    let region = global.region.clone().or_else(|| stack.region.clone()).unwrap_or_else(|| "*".to_owned());
    let arn = ArnScope::new(account.unwrap_or_else(|| "*".to_owned()), region);
    let document = match (&args.function, &args.github) {
        (Some(id), _) => {
            let function = stack.pick::<FunctionBlock>(id)?;
            policy::of_function(&stack, &function.block, &function.name, &arn)?
        }
        (None, Some(repository)) => {
            let trusted =
                if args.pull_request { TrustedWorkflow::PullRequest } else { TrustedWorkflow::Branch(&args.branch) };
            deployer_policy::github_trust(repository, trusted, &arn)
        }
        (None, None) if args.read_only => deployer_policy::policy(KINDS, &stack, &arn, PolicyPurpose::Look),
        (None, None) => deployer_policy::policy(KINDS, &stack, &arn, PolicyPurpose::Deploy),
    };
    screen.document(&document)?;
    Ok(exit_code::DONE)
}
