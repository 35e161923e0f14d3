//! From the options to a session: the stack description, the embedded cloud when asked for, the connection.

pub use stack::project_dir;

use super::failure::CommandFailure;
use super::global::GlobalArgs;
use crate::aws::connect;
use crate::error::Error;
use crate::kinds::{RunSession, sections};
use crate::stack::{DocumentDrift, Stack};
use crate::ui::Screen;
use crate::{aws, local, stack};
use std::env;
use std::path::PathBuf;

/// Returns where the stack description is.
pub fn config_path(global: &GlobalArgs) -> Result<PathBuf, CommandFailure> {
    let cwd = env::current_dir().map_err(|e| Error::io(format!("the current directory cannot be read: {e}")))?;
    // `--config` takes DEPLOYER_CONFIG too.
    stack::find(global.config.as_deref(), None, &cwd).map_err(|not_found| {
        let error = Error::usage(not_found.to_string());
        match not_found.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
        .into()
    })
}

/// Reads and checks the stack description; contacts nothing.
pub fn load(global: &GlobalArgs, screen: &Screen) -> Result<Stack, CommandFailure> {
    load_with(global, screen, DocumentDrift::Remarked)
}

/// Reads and checks the stack description as [`load`] does; `drift` says what becomes of differences between it and the files that
/// it names.
pub fn load_with(global: &GlobalArgs, screen: &Screen, drift: DocumentDrift) -> Result<Stack, CommandFailure> {
    let path = config_path(global)?;
    if global.config.is_none() && env::current_dir().is_ok_and(|cwd| !path.starts_with(cwd)) {
        screen.note(&format!("the stack description is {}", path.display()));
    }
    let stack = stack::load(&path, global.stage.as_deref(), &sections(), drift)?;
    for warning in &stack.warnings {
        screen.warn(&warning.to_string());
    }
    Ok(stack)
}

/// Whether the embedded cloud may be started for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartPolicy {
    /// It is started when it does not run.
    IfNeeded,
    /// A command that only looks does not start it just to find it empty.
    No,
}

/// Connects to where the options say.
pub async fn session(global: &GlobalArgs, stack: Stack, start: StartPolicy) -> Result<RunSession, CommandFailure> {
    let region = global.region.clone().or_else(|| stack.region.clone());
    let mut options = connect::ConnectOptions {
        region,
        profile: global.profile.clone(),
        endpoint_url: global.endpoint_url.clone(),
        local: false,
    };
    if global.local {
        let dir = local::data_dir(&project_dir(&stack.path));
        let running = match start {
            StartPolicy::IfNeeded => local::start(&dir, None).await?,
            StartPolicy::No => local::running(&dir).await?.ok_or_else(|| {
                Error::usage("the embedded cloud is not running").hint(
                    "`deployer up --local` starts it and brings the stack up; `deployer local start` starts it alone.",
                )
            })?,
        };
        options.endpoint_url = Some(running.endpoint);
        options.local = true;
        options.region.get_or_insert_with(|| "us-east-1".to_owned());
    }
    let connection = aws::connect(&options).await?;
    // What the environment or a profile says is checked too: calls would go to a host that is not there.
    if let Err(why) = stack::region_form(&connection.region) {
        return Err(Error::usage(format!("{:?} is not a region such as ap-south-1: {why}", connection.region))
            .hint(
                "It is from AWS_REGION or from the profile: correct it, or write `region` into the stack description.",
            )
            .into());
    }
    Ok(RunSession::new(stack, connection))
}
