//! `deployer logs`: what the functions logged, interleaved by time; no line twice, none missed.
//!
//! CloudWatch shows events some seconds after they were written, and not in order. Following therefore looks back over the last
//! [`LATENESS`] every time and leaves out what was shown before, by the events' ids.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::signals::signal;
use super::target::StartPolicy;
use super::value::SinceTime;
use super::{candidates, target, value};
use crate::aws::{PageReader, op};
use crate::error::Error;
use crate::kinds::{FunctionBlock, RunSession, log_group_name};
use crate::ui::{OutputFormat, Screen, json_text, text};
use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use clap_complete::ArgValueCandidates;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tokio::time::sleep;

/// `deployer logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer logs --follow
  deployer logs api --since 2h --filter ERROR
  deployer logs --since 2026-01-31T08:00:00Z")]
pub struct LogsArgs {
    /// Function of the stack [default: all of them]
    #[arg(value_name = "FUNCTION", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::functions))]
    pub function: Option<String>,
    /// Go on showing new events until interrupted
    #[arg(long, short)]
    pub follow: bool,
    /// How far back: 30s, 10m, 2h, 1d, or a time such as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", default_value_t, value_parser = value::since)]
    pub since: SinceTime,
    /// Only events that match, in CloudWatch's filter pattern syntax
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub filter: Option<String>,
}

/// How late an event may appear and still be shown.
const LATENESS: Duration = Duration::from_secs(60);
/// How often new events are asked for: FilterLogEvents is allowed five times a second for all groups together.
const PERIOD: Duration = Duration::from_secs(1);

/// RFC 3339 in UTC, always with milliseconds, so that lines are aligned.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The log group of a function.
struct FunctionLogGroup {
    function: String,
    name: String,
}

/// An event to show.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LogLine {
    at_ms: i64,
    function: String,
    stream: String,
    id: String,
    message: String,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &LogsArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let functions = match &args.function {
        Some(text) => vec![stack.pick::<FunctionBlock>(text)?],
        None => stack.named(),
    };
    let groups: Vec<_> = functions
        .into_iter()
        .map(|function| FunctionLogGroup { name: log_group_name(&function.name), function: function.id })
        .collect();
    let session = target::session(global, stack, StartPolicy::No).await?;
    let mut window = LogWindow::starting(args.since.start_ms(OffsetDateTime::now_utc()));
    let work = async {
        loop {
            let (lines, missing) = look(&session, &groups, &window, args.filter.as_deref()).await?;
            if let Some(missing) = missing.first().filter(|_| !args.follow) {
                return Err(Error::usage(format!("function {missing} has no log group"))
                    .hint("Bring the stack up first: `deployer up`.")
                    .into());
            }
            let fresh = window.fresh(lines);
            screen.data(&fresh.iter().map(|line| render(line, screen.format, groups.len() > 1)).collect::<String>())?;
            if !args.follow {
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

/// Asks every group; absent groups are named.
async fn look(
    session: &RunSession,
    groups: &[FunctionLogGroup],
    window: &LogWindow,
    pattern: Option<&str>,
) -> Result<(Vec<LogLine>, Vec<String>), CommandFailure> {
    let asked =
        futures::future::join_all(groups.iter().map(|group| events(session, group, window.start_ms, pattern))).await;
    let (mut lines, mut missing) = (Vec::new(), Vec::new());
    for (group, answer) in groups.iter().zip(asked) {
        match answer? {
            Some(found) => lines.extend(found),
            None => missing.push(group.function.clone()),
        }
    }
    Ok((lines, missing))
}

async fn events(
    session: &RunSession,
    group: &FunctionLogGroup,
    start_ms: i64,
    pattern: Option<&str>,
) -> Result<Option<Vec<LogLine>>, CommandFailure> {
    let logs = &session.aws.connection.clients.logs;
    let read = async |token: Option<String>| {
        let request = logs.filter_log_events().log_group_name(&group.name).start_time(start_ms);
        let request = request.set_filter_pattern(pattern.map(str::to_owned)).set_next_token(token);
        session.aws.caller.call(&op::FILTER_LOG_EVENTS, &|_| (), || request.clone().send()).await
    };
    let pages = PageReader::new(read, |page: &FilterLogEventsOutput| page.next_token.clone());
    match pages.items(|page| page.events.unwrap_or_default()).await {
        Ok(events) => Ok(Some(events.iter().map(|event| line(group, event)).collect())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(Error::from(error).fact("log group", &group.name).into()),
    }
}

fn line(group: &FunctionLogGroup, event: &FilteredLogEvent) -> LogLine {
    LogLine {
        at_ms: event.timestamp().unwrap_or_default(),
        function: group.function.clone(),
        stream: event.log_stream_name().unwrap_or_default().to_owned(),
        id: event.event_id().unwrap_or_default().to_owned(),
        message: event.message().unwrap_or_default().trim_end_matches('\n').to_owned(),
    }
}

/// What was asked for and shown so far. Pure.
struct LogWindow {
    start_ms: i64,
    shown: HashMap<String, i64>,
}

impl LogWindow {
    fn starting(start_ms: i64) -> Self {
        LogWindow { start_ms, shown: HashMap::new() }
    }

    /// Returns the lines that were not shown yet, in order, and moves the window to [`LATENESS`] before the newest event.
    fn fresh(&mut self, mut lines: Vec<LogLine>) -> Vec<LogLine> {
        lines.sort();
        lines.retain(|line| self.shown.insert(line.id.clone(), line.at_ms).is_none());
        let lateness = i64::try_from(LATENESS.as_millis()).unwrap_or(i64::MAX);
        if let Some(newest) = self.shown.values().max() {
            self.start_ms = self.start_ms.max(newest - lateness);
        }
        let start_ms = self.start_ms;
        self.shown.retain(|_, at_ms| *at_ms >= start_ms);
        lines
    }
}

fn render(line: &LogLine, format: OutputFormat, several: bool) -> String {
    let nanos = i128::from(line.at_ms) * 1_000_000;
    let at =
        OffsetDateTime::from_unix_timestamp_nanos(nanos).ok().and_then(|at| at.format(TIME).ok()).unwrap_or_default();
    match format {
        OutputFormat::Json => {
            let line =
                json!({"timestamp": at, "function": line.function, "stream": line.stream, "message": line.message});
            format!("{}\n", json_text::line(&line).unwrap_or_default())
        }
        // A function may log anything, escape sequences too.
        _ if several => format!("{at}  {}  {}\n", line.function, text::clean_lines(&line.message)),
        _ => format!("{at}  {}\n", text::clean_lines(&line.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, at_ms: i64) -> LogLine {
        LogLine { at_ms, function: "f".into(), stream: "s".into(), id: id.into(), message: id.into() }
    }

    fn ids(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|l| l.id.as_str()).collect()
    }

    #[test]
    fn no_line_twice_and_none_missed() {
        let mut window = LogWindow::starting(0);
        assert_eq!(ids(&window.fresh(vec![line("b", 100_020), line("a", 100_010)])), ["a", "b"]);
        assert_eq!(window.start_ms, 40_020);
        // The same again, and one that appears late.
        assert_eq!(ids(&window.fresh(vec![line("a", 100_010), line("late", 50_000), line("b", 100_020)])), ["late"]);
        assert_eq!(ids(&window.fresh(vec![line("c", 300_000), line("late", 50_000)])), ["c"]);
        assert_eq!(window.shown.len(), 1, "what can come no more is forgotten");
    }

    #[test]
    fn lines_are_readable_by_people_and_machines() {
        let line = line("hello", 1_700_000_000_123);
        assert_eq!(render(&line, OutputFormat::Human, true), "2023-11-14T22:13:20.123Z  f  hello\n");
        assert_eq!(render(&line, OutputFormat::Human, false), "2023-11-14T22:13:20.123Z  hello\n");
        assert!(render(&line, OutputFormat::Json, false).contains(r#""function":"f""#));
    }
}
