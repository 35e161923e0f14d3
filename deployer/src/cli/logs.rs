//! `deployer logs`: what the functions logged.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::log_stream::{LogNews, LogStream};
use super::signals::signal;
use super::target::StartPolicy;
use super::value::SinceTime;
use super::{candidates, target, value};
use crate::error::Error;
use crate::kinds::FunctionBlock;
use crate::ui::{LogChoice, LogView, Screen};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use clap_complete::ArgValueCandidates;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::sleep;

/// `deployer logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer logs --follow
  deployer logs api --since 2h --errors
  deployer logs --since 2026-01-31T08:00:00Z")]
pub struct LogsArgs {
    /// Function of the stack [default: all of them]
    #[arg(value_name = "FUNCTION", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::functions))]
    pub function: Option<String>,
    /// Go on showing new events until interrupted
    #[arg(long, short)]
    pub follow: bool,
    /// How far back: 30s, 10m, 2h, 1d, a time such as 2026-01-31T08:00:00Z, or a day
    #[arg(long, value_name = "TIME", default_value_t, value_parser = value::since)]
    pub since: SinceTime,
    /// Only events that match, in CloudWatch's filter pattern syntax
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub filter: Option<String>,
    /// Only requests that failed, and errors
    #[arg(long)]
    pub errors: bool,
    /// Only what belongs to this request
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub request: Option<String>,
    /// Only the last N lines, of what is there when the command starts
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    pub tail: Option<usize>,
    /// Print the lines as they were written, with START, END and REPORT
    #[arg(long)]
    pub raw: bool,
}

/// How often new events are asked for: FilterLogEvents is allowed five times a second for all groups together.
const PERIOD: Duration = Duration::from_secs(1);

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &LogsArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let functions = match &args.function {
        Some(text) => vec![stack.pick::<FunctionBlock>(text)?],
        None => stack.named(),
    };
    let session = target::session(global, stack, StartPolicy::No).await?;
    let names: Vec<_> = functions.iter().map(|function| function.id.clone()).collect();
    let since = args.since.start_ms(OffsetDateTime::now_utc());
    let mut stream = LogStream::new(functions, since, args.filter.clone());
    let mut view = LogView::new(args.choice(), screen.out, stream.functions() > 1);
    let work = async {
        let (mut is_silent, mut waits) = (true, false);
        loop {
            let mut look = stream.look(&session);
            while let Some(LogNews { lines, missing }) = look.news().await? {
                if let Some(missing) = missing.first().filter(|_| !args.follow) {
                    return Err(Error::usage(format!("function {missing} has no log group"))
                        .hint("Bring the stack up first: `deployer up`.")
                        .into());
                }
                if !waits && !missing.is_empty() {
                    waits = true;
                    screen.note(&format!("waiting for the log group of {}", missing.join(", ")));
                }
                let shown = view.show(lines, screen.format);
                is_silent &= shown.is_empty();
                if !screen.data_to_reader(&shown)? {
                    return Ok(exit_code::DONE);
                }
            }
            if !args.follow {
                let last = view.finish(screen.format);
                is_silent &= last.is_empty();
                screen.data(&last)?;
                if is_silent {
                    screen.note(&args.nothing(&names));
                }
                return Ok(exit_code::DONE);
            }
            sleep(PERIOD).await;
        }
    };
    tokio::select! {
        out = work => out,
        // Ending what follows for ever is how it is meant to end.
        () = signal() => Ok(if args.follow { exit_code::DONE } else { exit_code::INTERRUPTED }),
    }
}

impl LogsArgs {
    /// Words that these functions logged nothing that was asked for.
    fn nothing(&self, functions: &[String]) -> String {
        let is_chosen = self.filter.is_some() || self.errors || self.request.is_some();
        let what = if is_chosen { "nothing of that sort" } else { "nothing" };
        let functions = functions.join(", ");
        match self.since {
            SinceTime::Ago(_) => {
                format!(
                    "{functions} logged {what} in the last {}; --since looks further back, as in `--since 1d`",
                    self.since
                )
            }
            SinceTime::At(_) => format!("{functions} logged {what} since {}", self.since),
        }
    }

    fn choice(&self) -> LogChoice {
        LogChoice { raw: self.raw, errors: self.errors, request: self.request.clone(), tail: self.tail }
    }
}
