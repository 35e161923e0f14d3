//! What the functions of a stack logged, interleaved by time; no line twice, none missed.
//!
//! CloudWatch shows events some seconds after they were written, and not in order, and has no place to go on from in the order in which
//! they appear. Following therefore looks back over the last seconds every time ([`NEAR`]), over the last minute every now and then
//! ([`LATENESS`], [`LOOKS`]), and leaves out what was shown before, by the events' ids.

use super::failure::CommandFailure;
use crate::aws::op;
use crate::error::Error;
use crate::kinds::{FunctionBlock, RunSession, log_group_name};
use crate::stack::NamedBlock;
use crate::ui::LogLine;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// How late an event may appear and still be shown.
const LATENESS: Duration = Duration::from_secs(60);
/// How late most events appear: those are shown with the next look, others with the next that goes back further.
const NEAR: Duration = Duration::from_secs(5);
/// One of so many looks goes back as far as an event may be late.
const LOOKS: u32 = 10;

/// The events of some functions from a time on.
pub struct LogStream {
    groups: Vec<FunctionLogGroup>,
    window: LogWindow,
    pattern: Option<String>,
}

/// Events that were found.
pub struct LogNews {
    /// Those that were not seen before, in their order.
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

    /// Begins to read what is new.
    pub fn look<'s>(&'s mut self, session: &'s RunSession) -> LogLook<'s> {
        let Self { groups, window, pattern } = self;
        let unread = || GroupPages { lines: Vec::new(), token: None, is_over: false };
        LogLook {
            session,
            start_ms: window.begin(),
            pages: groups.iter().map(|_| unread()).collect(),
            groups,
            window,
            pattern,
        }
    }
}

/// One look at a [`LogStream`], which reads no more than a page of each group ahead of what it has given out.
pub struct LogLook<'s> {
    session: &'s RunSession,
    groups: &'s [FunctionLogGroup],
    window: &'s mut LogWindow,
    pattern: &'s Option<String>,
    start_ms: i64,
    /// Of each group.
    pages: Vec<GroupPages>,
}

/// How far the events of a group are read.
struct GroupPages {
    /// Those that were read and not given out.
    lines: Vec<LogLine>,
    token: Option<String>,
    is_over: bool,
}

impl LogLook<'_> {
    /// Reads on; `None` when there is nothing more.
    ///
    /// # Errors
    /// What AWS refuses; a log group that is not there is none.
    pub async fn news(&mut self) -> Result<Option<LogNews>, CommandFailure> {
        let mut missing = Vec::new();
        let is_unread = |group: &GroupPages| group.lines.is_empty() && !group.is_over;
        if self.pages.iter().all(|group| group.lines.is_empty() && group.is_over) {
            return Ok(None);
        }
        while self.pages.iter().any(is_unread) {
            let (session, start_ms, pattern) = (self.session, self.start_ms, self.pattern.as_deref());
            let unread = self.groups.iter().zip(&mut self.pages).filter(|(_, pages)| is_unread(pages));
            let read = unread.map(|(group, pages)| async move {
                let page = events(session, group, start_ms, pattern, pages.token.take()).await?;
                let is_there = page.is_some();
                let (lines, token) = page.unwrap_or_default();
                *pages = GroupPages { lines, is_over: token.is_none(), token };
                Ok::<_, CommandFailure>((!is_there).then(|| group.function.clone()))
            });
            for answer in futures::future::join_all(read).await {
                missing.extend(answer?);
            }
        }
        Ok(Some(LogNews { lines: self.window.fresh(ripe(&mut self.pages)), missing }))
    }
}

/// Takes out what nothing that is still to be read comes before: the events up to the last one of the page that ends first.
fn ripe(pages: &mut [GroupPages]) -> Vec<LogLine> {
    let unfinished = pages.iter().filter(|group| !group.is_over);
    let until_ms =
        unfinished.filter_map(|group| group.lines.iter().map(|line| line.at_ms).max()).min().unwrap_or(i64::MAX);
    let mut lines: Vec<LogLine> =
        pages.iter_mut().flat_map(|group| group.lines.extract_if(.., move |line| line.at_ms <= until_ms)).collect();
    lines.sort();
    lines
}

/// Reads a page of a group's events, and the token of the next one; `None` when there is no such group.
async fn events(
    session: &RunSession,
    group: &FunctionLogGroup,
    start_ms: i64,
    pattern: Option<&str>,
    token: Option<String>,
) -> Result<Option<(Vec<LogLine>, Option<String>)>, CommandFailure> {
    let logs = &session.aws.connection.clients.logs;
    let request = logs.filter_log_events().log_group_name(&group.name).start_time(start_ms);
    let request = request.set_filter_pattern(pattern.map(str::to_owned)).set_next_token(token);
    match session.aws.caller.call(&op::FILTER_LOG_EVENTS, &|_| (), || request.clone().send()).await {
        Ok(page) => Ok(Some((page.events().iter().map(|event| line(group, event)).collect(), page.next_token))),
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
    /// Where the next look begins that goes back as far as an event may be late.
    start_ms: i64,
    newest_ms: i64,
    /// How many looks were begun.
    looks: u32,
    /// The time of each event that was shown and may be seen again, by the digest of its id.
    shown: HashMap<u64, i64>,
    /// When so many are remembered, those that can come no more are forgotten.
    crowd: usize,
}

/// The crowd of a window with few events.
const FEW: usize = 1_000;

impl LogWindow {
    fn starting(start_ms: i64) -> Self {
        LogWindow { start_ms, newest_ms: start_ms, looks: 0, shown: HashMap::new(), crowd: FEW }
    }

    /// Begins a look, and returns from when on it reads.
    fn begin(&mut self) -> i64 {
        let since_wide = self.looks % LOOKS;
        self.looks += 1;
        if since_wide == 0 {
            return self.start_ms;
        }
        if since_wide == 1 {
            // What appears from now on is no later than this, and the next wide look must find it.
            self.start_ms = self.start_ms.max(self.before_newest(LATENESS));
        }
        self.start_ms.max(self.before_newest(NEAR))
    }

    /// Returns the lines that were not shown yet, which are in order.
    fn fresh(&mut self, mut lines: Vec<LogLine>) -> Vec<LogLine> {
        lines.retain(|line| self.shown.insert(digest(&line.id), line.at_ms).is_none());
        self.newest_ms = lines.iter().map(|line| line.at_ms).fold(self.newest_ms, i64::max);
        if self.shown.len() > self.crowd {
            // The first look shows nothing again, however far back it began.
            let again_ms = if self.looks <= 1 { self.before_newest(LATENESS) } else { self.start_ms };
            self.shown.retain(|_, at_ms| *at_ms >= again_ms);
            self.crowd = FEW.max(2 * self.shown.len());
        }
        lines
    }

    fn before_newest(&self, time: Duration) -> i64 {
        self.newest_ms.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
    }
}

fn digest(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
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
        assert_eq!(window.begin(), 0);
        assert_eq!(ids(&window.fresh(vec![line("a", 100_010), line("b", 100_020)])), ["a", "b"]);
        for _ in 1..LOOKS {
            assert_eq!(window.begin(), 95_020, "most looks read the last seconds again");
            assert_eq!(ids(&window.fresh(vec![line("a", 100_010), line("b", 100_020)])), [] as [&str; 0]);
        }
        assert_eq!(window.begin(), 40_020, "one in ten reads the last minute");
        assert_eq!(
            ids(&window.fresh(vec![line("late", 50_000), line("a", 100_010), line("c", 300_000)])),
            ["late", "c"]
        );
        assert_eq!(window.begin(), 295_000);
    }

    /// An event that CloudWatch shows from a look on.
    struct Appearing {
        look: i64,
        line: LogLine,
    }

    #[test]
    fn what_appears_late_is_shown_once_and_little_is_read_twice() {
        let looks = 600;
        let mut events = Vec::new();
        for second in 0..looks {
            for nth in 0..10 {
                // Some appear up to a minute behind the newest, each at another distance.
                let late_s = if nth == 0 { second * 7 % 60 } else { nth % 3 };
                let look = second + late_s;
                events.push(Appearing { look, line: line(&format!("{second}/{nth}"), second * 1_000 + nth) });
            }
        }
        let mut window = LogWindow::starting(0);
        let (mut shown, mut read) = (Vec::new(), 0);
        // Then the last ones have appeared, and a wide look has been.
        for look in 0..looks + 60 + i64::from(LOOKS) {
            let start_ms = window.begin();
            let is_there = |event: &&Appearing| event.look <= look && event.line.at_ms >= start_ms;
            let found: Vec<LogLine> = events.iter().filter(is_there).map(|event| event.line.clone()).collect();
            read += found.len();
            shown.extend(window.fresh(found).into_iter().map(|line| line.id));
        }
        let all = shown.len();
        assert_eq!(all, events.len(), "each is shown");
        shown.sort();
        shown.dedup();
        assert_eq!(shown.len(), all, "none is shown twice");
        // A minute of ten a second, read with every look, would be 600 times as many as there are looks.
        assert!(read < 200 * 600, "{read}");
    }

    #[test]
    fn what_can_come_no_more_is_forgotten() {
        let mut window = LogWindow::starting(0);
        let most = |window: &LogWindow| FEW.max(2 * 640) >= window.shown.len();
        // Pages of the first look, and then one look after the other. A minute has 600 of them.
        window.begin();
        for at in 0..100_000 {
            if at > 50_000 {
                window.begin();
            }
            window.fresh(vec![line(&at.to_string(), at * 100)]);
            assert!(most(&window), "{}", window.shown.len());
        }
    }

    #[test]
    fn lines_come_in_their_order_while_pages_are_still_to_come() {
        let group = |lines: &[(&str, i64)], is_over| GroupPages {
            lines: lines.iter().map(|(id, at_ms)| line(id, *at_ms)).collect(),
            token: None,
            is_over,
        };
        let mut pages = [
            group(&[("a", 1), ("c", 5)], false),
            group(&[("b", 2), ("e", 9)], false),
            group(&[("d", 5), ("f", 20)], true),
            group(&[], true),
        ];
        assert_eq!(ids(&ripe(&mut pages)), ["a", "b", "c", "d"], "the first page ends at 5");
        assert!(pages[0].lines.is_empty(), "its next page can be read");
        pages[0] = group(&[("g", 8)], true);
        assert_eq!(ids(&ripe(&mut pages)), ["g", "e"]);
        pages[1] = group(&[], true);
        assert_eq!(ids(&ripe(&mut pages)), ["f"]);
    }
}
