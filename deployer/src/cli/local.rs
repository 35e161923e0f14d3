//! `deployer local`: the embedded cloud of this machine, for those who want to hold it themselves.

use super::args::{ClockMove, GlobalArgs, LocalArgs, exit_code};
use super::failure::CommandFailure;
use super::signals::signal;
use super::target;
use crate::error::Error;
use crate::local;
use crate::millis;
use crate::ui::{Screen, text};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &LocalArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    match args {
        LocalArgs::Start(start) => {
            let running = local::start(&dir(global), start.port).await?;
            let faults = match start.faults.is_empty() {
                true => faults(&running.endpoint).await?,
                false => set_faults(&running.endpoint, &start.faults).await?,
            };
            screen.answer(
                |_| {
                    let usage = "works against it; any credentials do.";
                    format!("{0}\n\naws --endpoint-url {0} … {usage}\n{1}", running.endpoint, misbehaves(&faults))
                },
                || json!({"running": true, "endpoint": running.endpoint, "pid": running.pid, "version": running.version, "faults": faults}),
            )?;
        }
        LocalArgs::Stop => {
            let ran = local::stop(&dir(global)).await?;
            screen.answer(
                |_| if ran { "stopped\n" } else { "it does not run\n" }.to_owned(),
                || json!({"running": false, "ran": ran}),
            )?;
        }
        LocalArgs::Status => {
            let dir = dir(global);
            let running = local::running(&dir).await?;
            let faults = match &running {
                Some(running) => faults(&running.endpoint).await?,
                None => Vec::new(),
            };
            screen.answer(
                |_| match &running {
                    Some(r) => format!("runs at {} (process {}, version {}); its data are in {}\n{}", r.endpoint, r.pid, r.version, dir.display(), misbehaves(&faults)),
                    None if local::has_data(&dir) => format!("does not run; its data are in {}\n", dir.display()),
                    None => "does not run and has no data\n".to_owned(),
                },
                || json!({"running": running.is_some(), "endpoint": running.as_ref().map(|r| &r.endpoint), "pid": running.as_ref().map(|r| r.pid), "version": running.as_ref().map(|r| &r.version), "dir": dir, "faults": faults}),
            )?;
        }
        LocalArgs::Clock(clock) => show_clock(&dir(global), clock.to, screen).await?,
        LocalArgs::Serve(serve) => local::serve(&serve.dir, serve.port, signal()).await?,
    }
    Ok(exit_code::DONE)
}

/// Sets the faults of a running cloud, in place of those that it had, and returns them.
async fn set_faults(endpoint: &str, faults: &[String]) -> Result<Vec<String>, CommandFailure> {
    let settings = local::fault_settings(faults)?;
    local::ask::<Value>(endpoint, http::Method::PUT, "faults", Some(&settings)).await?;
    Ok(local::fault_specs(settings)?)
}

/// Returns the faults of a running cloud.
async fn faults(endpoint: &str) -> Result<Vec<String>, CommandFailure> {
    Ok(local::fault_specs(local::ask(endpoint, http::Method::GET, "faults", None).await?)?)
}

/// Returns one line for each fault that is on; nothing when none is.
fn misbehaves(faults: &[String]) -> String {
    let lines: Vec<_> = faults.iter().map(|fault| format!("  {}\n", text::clean(fault))).collect();
    match faults.len() {
        0 => String::new(),
        _ => format!("\nfaults, until it is stopped or `deployer local start --fault none`:\n{}", lines.concat()),
    }
}

/// The cloud's clock.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClockReading {
    /// Milliseconds since 1970.
    now_ms: i64,
    /// How far it is ahead of this machine's.
    offset_ms: u64,
}

/// Moves the clock first, when that is asked for.
async fn show_clock(dir: &Path, to: ClockMove, screen: &Screen) -> Result<(), CommandFailure> {
    let running = local::running(dir)
        .await?
        .ok_or_else(|| Error::usage("the embedded cloud does not run").hint("Start it: `deployer local start`."))?;
    let clock: ClockReading = match to {
        ClockMove::Stay => local::ask(&running.endpoint, http::Method::GET, "clock", None).await?,
        ClockMove::By(by) => {
            // What is more than this is refused by the cloud, too.
            let advance = json!({"advanceMs": millis::of(by)});
            local::ask(&running.endpoint, http::Method::POST, "clock", Some(&advance)).await?
        }
    };
    let now = OffsetDateTime::from_unix_timestamp_nanos(i128::from(clock.now_ms) * 1_000_000)
        .ok()
        .and_then(|now| now.format(&Rfc3339).ok())
        .unwrap_or_default();
    screen.answer(
        |_| format!("{now}{}\n", ahead(Duration::from_millis(clock.offset_ms))),
        || json!({"now": now, "ahead_ms": clock.offset_ms}),
    )?;
    Ok(())
}

/// Words how far the clock is ahead of this machine's, to the second.
fn ahead(by: Duration) -> String {
    let seconds = by.as_secs();
    let parts = [(seconds / 86_400, 'd'), (seconds / 3_600 % 24, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let words: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if words.is_empty() { String::new() } else { format!("  ({} ahead of this machine)", words.join(" ")) }
}

/// Returns the folder of the project's cloud; without a stack description that of the current directory's.
fn dir(global: &GlobalArgs) -> PathBuf {
    local::data_dir(
        &target::config_path(global).map_or_else(|_| Path::new(".").to_owned(), |config| target::project_dir(&config)),
    )
}

#[cfg(test)]
mod tests {
    use super::{Duration, ahead};

    #[test]
    fn how_far_ahead_is_said_in_words() {
        for (seconds, words) in [
            (0, ""),
            (59, "  (59s ahead of this machine)"),
            (61 * 3_600, "  (2d 13h ahead of this machine)"),
            (90_061, "  (1d 1h 1m 1s ahead of this machine)"),
        ] {
            assert_eq!(ahead(Duration::from_secs(seconds)), words);
        }
        assert_eq!(ahead(Duration::from_millis(999)), "");
    }
}
