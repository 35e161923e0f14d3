//! `deployer local`: the embedded cloud of this machine, for those who want to hold it themselves.
use super::{
    args::{Global, Local as Args, code},
    failure::Failure,
    signals::signal,
    target,
};
use crate::{local, ui::Screen};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Runs the command.
pub async fn run(global: &Global, args: &Args, screen: &Screen) -> Result<u8, Failure> {
    match args {
        Args::Start(start) => {
            let running = local::start(&dir(global), start.port).await?;
            screen.answer(
                |_| format!("{0}\n\naws --endpoint-url {0} … works against it; any credentials do.\n", running.endpoint),
                || json!({"running": true, "endpoint": running.endpoint, "pid": running.pid, "version": running.version}),
            )?;
        }
        Args::Stop => {
            let ran = local::stop(&dir(global)).await?;
            screen.answer(
                |_| if ran { "stopped\n" } else { "it does not run\n" }.to_owned(),
                || json!({"running": false, "ran": ran}),
            )?;
        }
        Args::Status => {
            let dir = dir(global);
            let running = local::running(&dir).await?;
            screen.answer(
                |_| match &running {
                    Some(r) => format!("runs at {} (process {}, version {}); its data are in {}\n", r.endpoint, r.pid, r.version, dir.display()),
                    None if local::has_data(&dir) => format!("does not run; its data are in {}\n", dir.display()),
                    None => "does not run and has no data\n".to_owned(),
                },
                || json!({"running": running.is_some(), "endpoint": running.as_ref().map(|r| &r.endpoint), "pid": running.as_ref().map(|r| r.pid), "version": running.as_ref().map(|r| &r.version), "dir": dir}),
            )?;
        }
        Args::Serve(serve) => local::serve(&serve.dir, serve.port, signal()).await?,
    }
    Ok(code::DONE)
}

/// The cloud belongs to the project; without a stack description it is that of the current directory.
fn dir(global: &Global) -> PathBuf {
    local::data_dir(
        &target::config_path(global).map_or_else(|_| Path::new(".").to_owned(), |config| target::project_dir(&config)),
    )
}
