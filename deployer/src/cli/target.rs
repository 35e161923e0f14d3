//! From the options to a session: the stack description, the embedded cloud when asked for, the connection.

pub use stack::project_dir;

use super::args::Global;
use super::failure::Failure;
use crate::aws::connect;
use crate::error::Error;
use crate::kinds::{KINDS, Session};
use crate::stack::{Drift, Section, Stack};
use crate::ui::Screen;
use crate::{aws, local, stack};
use std::env;
use std::path::PathBuf;

/// The sections of a stack description, from the registry of kinds.
pub fn sections() -> Vec<&'static Section> {
    KINDS.iter().filter_map(|kind| kind.section()).collect()
}

/// Where the stack description is.
pub fn config_path(global: &Global) -> Result<PathBuf, Failure> {
    let cwd = env::current_dir().map_err(|e| Error::new("io", format!("the current directory cannot be read: {e}")))?;
    // `--config` takes DEPLOYER_CONFIG too.
    stack::find(global.config.as_deref(), None, &cwd)
        .map_err(|not_found| Error::new("usage", not_found.to_string()).into())
}

/// Reads and checks the stack description; contacts nothing.
pub fn load(global: &Global, screen: &Screen) -> Result<Stack, Failure> {
    load_with(global, screen, Drift::Remarked)
}

/// The same, with a say in what becomes of differences between the description and the files that it names.
pub fn load_with(global: &Global, screen: &Screen, drift: Drift) -> Result<Stack, Failure> {
    let stack = stack::load(&config_path(global)?, global.stage.as_deref(), &sections(), drift)?;
    for warning in &stack.warnings {
        screen.warn(&warning.to_string());
    }
    Ok(stack)
}

/// Whether the embedded cloud may be started for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It is started when it does not run.
    IfNeeded,
    /// A command that only looks does not start it just to find it empty.
    No,
}

/// Connects to where the options say.
pub async fn session(global: &Global, stack: Stack, start: Start) -> Result<Session, Failure> {
    let region = global.region.clone().or_else(|| stack.region.clone());
    let mut options = connect::Options {
        region,
        profile: global.profile.clone(),
        endpoint_url: global.endpoint_url.clone(),
        local: false,
    };
    if global.local {
        let dir = local::data_dir(&project_dir(&stack.path));
        let running = match start {
            Start::IfNeeded => local::start(&dir, None).await?,
            Start::No => local::running(&dir).await?.ok_or_else(|| {
                Error::new("usage", "the embedded cloud does not run").hint(
                    "`deployer up --local` starts it and brings the stack up; `deployer local start` starts it alone.",
                )
            })?,
        };
        options.endpoint_url = Some(running.endpoint);
        options.local = true;
        options.region.get_or_insert_with(|| "us-east-1".to_owned());
    }
    let connection = aws::connect(&options).await?;
    Ok(Session::new(stack, connection))
}
