//! What the functions of a stack logged, interleaved by time; no line twice, none missed.
//!
//! CloudWatch shows events some seconds after they were written, and not in order. Following therefore looks back over the last
//! [`LATENESS`] every time and leaves out what was shown before, by the events' ids.

use super::failure::CommandFailure;
use crate::aws::{PageReader, op};
use crate::error::Error;
use crate::kinds::{FunctionBlock, RunSession, log_group_name};
use crate::stack::NamedBlock;
use crate::ui::LogLine;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use std::collections::HashMap;
use std::time::Duration;

/// How late an event may appear and still be shown.
const LATENESS: Duration = Duration::from_secs(60);

/// The events of some functions from a time on.
pub struct LogStream {
    groups: Vec<FunctionLogGroup>,
    window: LogWindow,
    pattern: Option<String>,
}

/// What a look at a [`LogStream`] found.
pub struct LogNews {
    /// Events that were not seen before, in their order.
    pub lines: Vec<LogLine>,
    /// The functions that have no log group.
    pub missing: Vec<String>,
}

/// The log group of a function.
struct FunctionLogGroup {
    function: String,
    name: String,
}

impl LogStream {
    /// Makes a stream of the events of functions since a time, those that match a filter pattern of CloudWatch.
    pub fn new(functions: Vec<NamedBlock<FunctionBlock>>, since_ms: i64, pattern: Option<String>) -> Self {
        let group = |function: NamedBlock<FunctionBlock>| FunctionLogGroup {
            name: log_group_name(&function.name),
            function: function.id,
        };
        Self { groups: functions.into_iter().map(group).collect(), window: LogWindow::starting(since_ms), pattern }
    }

    /// Returns the number of functions.
    pub fn functions(&self) -> usize {
        self.groups.len()
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// What AWS refuses; a log group that is not there is none.
    pub async fn news(&mut self, session: &RunSession) -> Result<LogNews, CommandFailure> {
        let read = |group| events(session, group, self.window.start_ms, self.pattern.as_deref());
        let asked = futures::future::join_all(self.groups.iter().map(read)).await;
        let (mut lines, mut missing) = (Vec::new(), Vec::new());
        for (group, answer) in self.groups.iter().zip(asked) {
            match answer? {
                Some(found) => lines.extend(found),
                None => missing.push(group.function.clone()),
            }
        }
        Ok(LogNews { lines: self.window.fresh(lines), missing })
    }
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
        // A typing mistake, and no failure of AWS's.
        Err(error) if pattern.is_some() && error.code == "InvalidParameterException" => {
            Err(Error::usage(format!("--filter is not a pattern of CloudWatch: {}", error.message))
                .fact("pattern", pattern.unwrap_or_default())
                .hint("Words match as they are, as in `--filter ERROR`; members of JSON lines as in `--filter '{ $.status = 500 }'`.")
                .into())
        }
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
}
