//! `deployer metrics`: what came of requests over time, and what was consumed.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::signals::signal;
use super::target::StartPolicy;
use super::value::SinceTime;
use super::{target, value};
use crate::engine;
use crate::engine::StackRun;
use crate::kinds::KINDS;
use crate::ui::{OutputFormat, Screen, history};
use clap::Args;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::sleep;

/// `deployer metrics`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
Requests, errors, throttles and times of functions and of the API, and the capacity that tables consume: from CloudWatch, which counts
with a delay of some minutes, or the embedded cloud's own counts of the last six hours.

Examples:
  deployer metrics
  deployer metrics --since 3h --output svg > metrics.svg
  deployer metrics --watch --local")]
pub struct MetricsArgs {
    /// How far back: 30m, 3h, 2d, 15 days at most, or a time such as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = value::since)]
    pub since: SinceTime,
    /// Show it again every ten seconds, until interrupted
    #[arg(long, short)]
    pub watch: bool,
}

/// How often figures are asked for: CloudWatch charges for it.
const PERIOD: Duration = Duration::from_secs(10);

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &MetricsArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let session = target::session(global, stack, StartPolicy::No).await?;
    engine::target(&session).await?;
    let run = StackRun { kinds: KINDS, session: &session };
    let work = async {
        loop {
            let now = OffsetDateTime::now_utc();
            let back_ms = now.unix_timestamp() * 1_000 - args.since.start_ms(now);
            let back = Duration::from_millis(u64::try_from(back_ms).unwrap_or_default());
            let found = engine::observe_history(run, back, now).await?;
            match screen.format {
                OutputFormat::Json if args.watch => screen.line(&found)?,
                OutputFormat::Json => screen.document(&found)?,
                OutputFormat::Svg => screen.data(&history::svg(&found))?,
                _ => screen.data(&history::render(&found, &screen.out))?,
            }
            if !args.watch {
                return Ok::<_, CommandFailure>(());
            }
            sleep(PERIOD).await;
            if screen.format == OutputFormat::Human {
                screen.data("\n")?;
            }
        }
    };
    tokio::select! {
        done = work => done.map(|()| exit_code::DONE),
        // Ending what goes on for ever is how it is meant to end.
        () = signal() => Ok(if args.watch { exit_code::DONE } else { exit_code::INTERRUPTED }),
    }
}
