//! `deployer local`: the embedded cloud of this machine, for those who want to hold it themselves.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::local_requests::{LocalRequests, LocalTrace};
use super::local_states::{LocalReset, LocalSnapshot};
use super::signals::signal;
use super::value::ClockMove;
use super::{local_requests, local_states, target, value};
use crate::error::Error;
use crate::ui::{Screen, text};
use crate::{local, millis};
use clap::builder::PathBufValueParser;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// `deployer local`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LocalArgs {
    /// Start it in the background
    Start(LocalStart),
    /// Stop it; what is in it stays on disk
    Stop,
    /// Show whether it is running, and where
    Status,
    /// Say what time it is there, or move that time forward
    Clock(LocalClock),
    /// Show the last requests to functions, and why they failed
    Requests(LocalRequests),
    /// Show what one request did: its way through the gateway, the function and its calls
    Trace(LocalTrace),
    /// Keep the items of a stage's tables under a name, and bring them back
    #[command(subcommand)]
    Snapshot(LocalSnapshot),
    /// Empty the tables of a stage, and put in what their `seed` names
    Reset(LocalReset),
    /// Run it in the foreground
    #[command(hide = true)]
    Serve(LocalServe),
}

/// `deployer local start`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = format!("{}\n\n{START_EXAMPLES}", crate::local::fault_help()))]
pub struct LocalStart {
    /// Port on the loopback address [default: the one used last, else a free one]
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub port: Option<u16>,
    /// Let it misbehave as AWS does on a bad day; may be repeated. One that runs already misbehaves from now on, until it is stopped
    #[arg(long = "fault", value_name = "SPEC", value_parser = value::fault)]
    pub faults: Vec<String>,
}

const START_EXAMPLES: &str = "\
Examples:
  deployer local start --fault realistic                        everything as on AWS
  deployer local start --fault role-delay=8s --fault cut-after=2%
  deployer local start --fault cut-before:CreateTable#1         the first one gets no answer
  deployer local start --fault none                             no more faults";

/// `deployer local clock`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Schedules, log retention and time to live see this time, functions see that of the machine. It goes
forward only; what became due on the way happens at once, a schedule once.

Examples:
  deployer local clock            what time it is
  deployer local clock +61h       61 hours later; units are s, m, h and d")]
pub struct LocalClock {
    /// How far to move it, such as +90s, +10m, +61h or +2d; `now` leaves it
    #[arg(value_name = "MOVE", default_value_t, allow_hyphen_values = true, value_parser = value::clock_move)]
    pub to: ClockMove,
}

/// `deployer local serve`: the process behind `deployer local start`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct LocalServe {
    /// Where it keeps what it holds
    #[arg(long, value_name = "DIR", value_parser = PathBufValueParser::new())]
    pub dir: PathBuf,
    /// Port on the loopback address; 0 for a free one
    #[arg(long, value_name = "PORT")]
    pub port: u16,
    /// Set when nothing of the caller is open any more
    #[arg(long)]
    pub detached: bool,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &LocalArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    match args {
        LocalArgs::Start(start) => {
            let running = local::start(&dir(global), start.port).await?;
            let faults = if start.faults.is_empty() {
                faults(&running.endpoint).await?
            } else {
                set_faults(&running.endpoint, &start.faults).await?
            };
            screen.answer(
                |_| format!("{}\n", running.endpoint),
                || json!({"running": true, "endpoint": running.endpoint, "pid": running.pid, "version": running.version, "faults": faults}),
            )?;
            screen.note(&format!(
                "a browser shows what is in it, and any AWS client works, with any credentials: aws --endpoint-url {} …",
                running.endpoint
            ));
            let misbehaves = misbehaves(&faults);
            if !misbehaves.is_empty() {
                screen.note(misbehaves.trim());
            }
        }
        LocalArgs::Stop => {
            let ran = local::stop(&dir(global)).await?;
            screen.answer(
                |_| if ran { "stopped\n" } else { "The embedded cloud is not running.\n" }.to_owned(),
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
                    Some(r) => format!("running at {} (process {}, version {}), data in {}\n{}", r.endpoint, r.pid, r.version, dir.display(), misbehaves(&faults)),
                    None if local::has_data(&dir) => format!("The embedded cloud is not running; data in {}\n", dir.display()),
                    None => "The embedded cloud is not running and has no data.\n".to_owned(),
                },
                || json!({"running": running.is_some(), "endpoint": running.as_ref().map(|r| &r.endpoint), "pid": running.as_ref().map(|r| r.pid), "version": running.as_ref().map(|r| &r.version), "dir": dir, "faults": faults}),
            )?;
        }
        LocalArgs::Clock(clock) => show_clock(&dir(global), clock.to, screen).await?,
        LocalArgs::Requests(args) => return local_requests::list(&dir(global), args, screen).await,
        LocalArgs::Trace(args) => return local_requests::trace(&dir(global), args, screen).await,
        LocalArgs::Snapshot(args) => return local_states::snapshot(global, args, screen).await,
        LocalArgs::Reset(args) => return local_states::reset(global, args, screen).await,
        LocalArgs::Serve(serve) => {
            if !serve.detached {
                let port = serve.port.to_string();
                let flags = ["local", "serve", "--detached", "--port", &port, "--dir"].map(OsStr::new);
                local::leave_inherited(&[&flags[..], &[serve.dir.as_os_str()]].concat())?;
            }
            local::serve(&serve.dir, serve.port, signal()).await?;
        }
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

/// Returns a line for each fault that is on; nothing when none is.
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
        .ok_or_else(|| Error::usage("the embedded cloud is not running").hint("Start it: `deployer local start`."))?;
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

/// Returns how far the clock is ahead of this machine's, in words to the second.
fn ahead(by: Duration) -> String {
    let seconds = by.as_secs();
    let parts = [(seconds / 86_400, 'd'), (seconds / 3_600 % 24, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let words: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if words.is_empty() { String::new() } else { format!("  ({} ahead of this machine)", words.join(" ")) }
}

/// Returns where the embedded cloud of the project keeps its data; without a stack description that is the current directory's.
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
