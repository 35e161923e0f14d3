//! Which lines are shown, and how.

use super::LogLine;
use super::entry::{InvocationReport, LogEntry};
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::{OutputFormat, json_text, measure, text};
use serde_json::json;
use std::collections::{HashMap, HashSet, VecDeque};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// RFC 3339 in UTC, always with milliseconds, so that lines are aligned.
const WHOLE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
/// The time of day, in UTC.
const DAY_TIME: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]:[second]");
/// Requests that are remembered because their own line was shown, or because they failed.
const REMEMBERED: usize = 10_000;
/// Lines that are held until their requests end.
const MOST_HELD: usize = 10_000;

/// Which lines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogChoice {
    /// As they were written.
    pub raw: bool,
    /// Only of requests that failed, and what is an error by itself.
    pub errors: bool,
    /// Only of this request.
    pub request: Option<String>,
    /// Only so many, the last.
    pub tail: Option<usize>,
}

/// Shows lines in the order in which they come.
#[derive(Debug)]
pub struct LogView {
    choice: LogChoice,
    look: TerminalLook,
    /// Whether the function is named.
    several: bool,
    /// The request that is under way in each log stream.
    under_way: HashMap<(String, String), String>,
    /// Requests that told of themselves: their REPORT says nothing more.
    told: HashSet<String>,
    /// Requests that failed; noted where only those are wanted.
    failed: HashSet<String>,
    /// Lines of requests that may still fail.
    held: Vec<LogLine>,
    /// What is written of the last lines, where only those are wanted.
    last: VecDeque<String>,
}

/// A line with what is known of it.
struct KnownLine<'l> {
    line: &'l LogLine,
    entry: LogEntry<'l>,
    request: Option<String>,
}

impl LogView {
    /// Makes a view; `several` names the function in each line.
    pub fn new(choice: LogChoice, look: TerminalLook, several: bool) -> Self {
        Self {
            choice,
            look,
            several,
            under_way: HashMap::new(),
            told: HashSet::new(),
            failed: HashSet::new(),
            held: Vec::new(),
            last: VecDeque::new(),
        }
    }

    /// Returns what is to be shown of lines that follow those before; each is a line of JSON for programs. What is known to be wanted
    /// only later is held back: see [`LogView::finish`].
    pub fn show(&mut self, lines: Vec<LogLine>, format: OutputFormat) -> String {
        let shown = self.choose(lines, format, false);
        let Some(tail) = self.choice.tail else { return shown.concat() };
        self.last.extend(shown);
        self.last.drain(..self.last.len().saturating_sub(tail));
        String::new()
    }

    /// Returns what was held back: no more lines follow.
    pub fn finish(&mut self, format: OutputFormat) -> String {
        let shown = self.choose(Vec::new(), format, true);
        self.last.extend(shown);
        let skipped = self.choice.tail.map_or(0, |tail| self.last.len().saturating_sub(tail));
        self.last.drain(..).skip(skipped).collect()
    }

    /// Chooses the lines that are wanted and writes them. Where only requests that failed are wanted, those of a request that may still
    /// fail are held.
    fn choose(&mut self, lines: Vec<LogLine>, format: OutputFormat, is_end: bool) -> Vec<String> {
        let mut all = std::mem::take(&mut self.held);
        all.extend(lines);
        let known: Vec<_> = all.iter().map(|line| self.know(line)).collect();
        if self.choice.errors {
            let failed = known.iter().filter(|known| is_error(&known.entry)).filter_map(|known| known.request.clone());
            remember(&mut self.failed, failed);
        }
        let under_way: HashSet<&String> = self.under_way.values().collect();
        let is_failed = |known: &KnownLine<'_>| {
            is_error(&known.entry) || known.request.as_ref().is_some_and(|id| self.failed.contains(id))
        };
        let may_fail =
            |known: &KnownLine<'_>| !is_end && known.request.as_ref().is_some_and(|id| under_way.contains(id));
        let (mut shown, mut held) = (Vec::new(), Vec::new());
        for known in &known {
            let of = |id: &String| known.request.as_ref() == Some(id) || known.line.message.contains(id.as_str());
            if !self.choice.request.as_ref().is_none_or(of) {
                continue;
            }
            if !self.choice.errors || is_failed(known) {
                shown.extend(self.written(known, format));
            } else if may_fail(known) {
                held.push(known.line.clone());
            }
        }
        held.drain(..held.len().saturating_sub(MOST_HELD));
        self.held = held;
        shown
    }

    /// Writes a line; `None` when it says nothing to people.
    fn written(&self, known: &KnownLine<'_>, format: OutputFormat) -> Option<String> {
        if format != OutputFormat::Json {
            return if self.choice.raw { Some(self.raw(known.line)) } else { self.line(known) };
        }
        let LogLine { function, stream, message, .. } = known.line;
        let at = time(known.line, WHOLE_TIME);
        let line = json!({"timestamp": at, "function": function, "stream": stream, "message": message});
        Some(format!("{}\n", json_text::line(&line).unwrap_or_default()))
    }

    /// Finds out what a line says and to which request it belongs.
    fn know<'l>(&mut self, line: &'l LogLine) -> KnownLine<'l> {
        let entry = LogEntry::read(&line.message);
        let stream = (line.function.clone(), line.stream.clone());
        let request = match &entry {
            LogEntry::Start { request } => {
                self.under_way.insert(stream, (*request).to_owned());
                Some((*request).to_owned())
            }
            LogEntry::Report(report) => {
                self.under_way.remove(&stream);
                Some(report.request.to_owned())
            }
            LogEntry::Request { id: Some(id), .. } => Some(id.clone()),
            _ => self.under_way.get(&stream).cloned(),
        };
        if let (LogEntry::Request { .. }, Some(request)) = (&entry, &request) {
            remember(&mut self.told, [request.clone()]);
        }
        KnownLine { line, entry, request }
    }

    fn raw(&self, line: &LogLine) -> String {
        let function = if self.several { format!("{}  ", line.function) } else { String::new() };
        // A function may log anything, escape sequences too.
        format!("{}  {function}{}\n", time(line, WHOLE_TIME), text::clean_lines(&line.message))
    }

    fn line(&self, known: &KnownLine<'_>) -> Option<String> {
        let said = match &known.entry {
            LogEntry::Start { .. } | LogEntry::End => return None,
            LogEntry::Init(report) => self.init(report)?,
            LogEntry::Report(report) => self.report(report)?,
            LogEntry::Request { status, call, took_ms, error, .. } => {
                let took = took_ms
                    .map_or(String::new(), |ms| format!("  {}", self.look.paint(TextTone::Dim, milliseconds(ms))));
                let error = error.as_ref().map_or(String::new(), |error| format!("  {}", text::clean(error)));
                let tone = if *status >= 500 { Some(TextTone::Bad) } else { None };
                format!("{}{took}", self.painted(tone, &format!("{status}  {}{error}", text::clean(call))))
            }
            LogEntry::Record { level, message, members } => {
                let level_text = level.as_ref().map_or(String::new(), |level| format!("{}  ", text::clean(level)));
                let members = if members.is_empty() {
                    String::new()
                } else {
                    format!("  {}", self.look.paint(TextTone::Dim, text::clean(members)))
                };
                let tone = is_error(&known.entry).then_some(TextTone::Bad);
                format!("{}{members}", self.painted(tone, &format!("{level_text}{}", text::clean_lines(message))))
            }
            LogEntry::Text(message) => {
                let tone = is_error(&known.entry).then_some(TextTone::Bad);
                self.painted(tone, &text::clean_lines(message))
            }
        };
        let function = if self.several { format!("{}  ", known.line.function) } else { String::new() };
        let request = match &known.request {
            Some(request) if is_error(&known.entry) => {
                format!("  {}", self.look.paint(TextTone::Dim, format!("request {request}")))
            }
            _ => String::new(),
        };
        Some(format!("{}  {function}{said}{request}\n", self.look.paint(TextTone::Dim, time(known.line, DAY_TIME))))
    }

    /// Tells of a start that failed; one that did not is told with its request.
    fn init(&self, report: &InvocationReport<'_>) -> Option<String> {
        let (status, took) = (report.status?, report.init.unwrap_or_default());
        let error = report.error.map(|error| format!(": {error}")).unwrap_or_default();
        let said = self.painted(Some(TextTone::Bad), &format!("start {status}{error}"));
        Some(format!("{said}  {}", self.look.paint(TextTone::Dim, took)))
    }

    /// Tells of a cold start and of a failure, and of a request that did not tell of itself.
    fn report(&self, report: &InvocationReport<'_>) -> Option<String> {
        let failed = report.status.map(|status| match report.error {
            Some(error) => format!("{status}: {error}"),
            None => status.to_owned(),
        });
        let cold = report.init.map(|init| format!("cold start in {init}"));
        if failed.is_none() && cold.is_none() && self.told.contains(report.request) {
            return None;
        }
        let took = (!report.duration.is_empty()).then(|| report.duration.to_owned());
        let memory = (!report.used.is_empty()).then(|| format!("{} of {}", report.used, report.memory));
        let rest: Vec<_> = [took, cold, memory].into_iter().flatten().collect();
        let rest = self.look.paint(TextTone::Dim, rest.join(", "));
        Some(match failed {
            Some(failed) => format!("{}  {rest}", self.painted(Some(TextTone::Bad), &failed)),
            None => rest,
        })
    }

    fn painted(&self, tone: Option<TextTone>, text: &str) -> String {
        tone.map_or_else(|| text.to_owned(), |tone| self.look.paint(tone, text))
    }
}

fn remember(requests: &mut HashSet<String>, more: impl IntoIterator<Item = String>) {
    if requests.len() >= REMEMBERED {
        requests.clear();
    }
    requests.extend(more);
}

/// Tells whether a line is about a failure.
fn is_error(entry: &LogEntry<'_>) -> bool {
    match entry {
        LogEntry::Start { .. } | LogEntry::End => false,
        LogEntry::Init(report) | LogEntry::Report(report) => report.status.is_some_and(|status| status != "success"),
        LogEntry::Request { status, .. } => *status >= 500,
        LogEntry::Record { level, .. } => level
            .as_deref()
            .is_some_and(|level| ["error", "fatal", "critical"].contains(&level.to_ascii_lowercase().as_str())),
        LogEntry::Text(message) => message.contains("ERROR") || message.contains("panicked at"),
    }
}

fn milliseconds(ms: f64) -> String {
    if ms < 1000.0 { format!("{ms:.1} ms") } else { measure::took(std::time::Duration::from_secs_f64(ms / 1000.0)) }
}

fn time(line: &LogLine, format: &[BorrowedFormatItem<'_>]) -> String {
    let nanos = i128::from(line.at_ms) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok().and_then(|at| at.format(format).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "313ff152-0798-4576-91c8-9e287c997056";

    /// Lines of one environment, 10 ms after each other.
    fn lines(messages: &[&str]) -> Vec<LogLine> {
        let line = |(at, message): (i64, &&str)| LogLine {
            at_ms: 1_700_000_000_123 + at * 10,
            function: "api".into(),
            stream: "s".into(),
            id: at.to_string(),
            message: (*message).replace("ID", ID),
        };
        (0..).zip(messages).map(line).collect()
    }

    fn shown(choice: LogChoice, messages: &[&str]) -> String {
        let whole = shown_in(choice.clone(), messages, messages.len().max(1), OutputFormat::Human);
        let by_line = shown_in(choice, messages, 1, OutputFormat::Human);
        assert_eq!(whole, by_line, "it is the same in whatever pages the lines come");
        whole
    }

    fn shown_in(choice: LogChoice, messages: &[&str], page: usize, format: OutputFormat) -> String {
        let mut view = LogView::new(choice, TerminalLook::PLAIN, true);
        let lines = lines(messages);
        let pages: String = lines.chunks(page).map(|page| view.show(page.to_vec(), format)).collect();
        pages + &view.finish(format)
    }

    const START: &str = "START RequestId: ID Version: $LATEST";
    const END: &str = "END RequestId: ID";
    const REPORT: &str =
        "REPORT RequestId: ID\tDuration: 2.06 ms\tBilled Duration: 3 ms\tMemory Size: 256 MB\tMax Memory Used: 16 MB\t";
    const COLD: &str = "REPORT RequestId: ID\tDuration: 2.06 ms\tBilled Duration: 3 ms\tMemory Size: 256 MB\tMax Memory Used: 16 MB\tInit Duration: 6.22 ms\t";
    const TIMEOUT: &str = "REPORT RequestId: ID\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 256 MB\tMax Memory Used: 16 MB\tStatus: timeout";
    const CALL: &str = r#"{"level":"INFO","method":"POST","route":"/orders","status":422,"latency_ms":1.234,"request_id":"ID","_aws":{}}"#;
    const FAILED: &str = r#"{"level":"ERROR","method":"GET","path":"/orders","status":500,"latency_ms":1834,"request_id":"ID","error":"no table"}"#;
    const TRACING: &str =
        r#"{"timestamp":"t","level":"WARN","fields":{"message":"slow","table":"Orders"},"target":"shop"}"#;

    #[test]
    fn each_request_is_a_line() {
        insta::assert_snapshot!(
            [
                &[START, CALL, END, REPORT][..],
                &[START, CALL, END, COLD],
                &[START, "hello \u{1b}[31m", TRACING, END, REPORT],
                &[START, FAILED, END, REPORT],
                &[START, END, TIMEOUT],
                &["INIT_REPORT Init Duration: 3.96 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\t"],
                &[START, "thread 'main' panicked at src/main.rs:1:1", END, REPORT],
                &[r#"{"no":"message"}"#, "null", ""],
            ]
            .map(|messages| shown(LogChoice::default(), messages))
            .join("--\n")
        );
    }

    #[test]
    fn what_is_asked_for_is_chosen() {
        let other = "START RequestId: other Version: $LATEST";
        let all = [
            START,
            CALL,
            END,
            REPORT,
            other,
            "mine",
            "END RequestId: other",
            "REPORT RequestId: other\tDuration: 1.00 ms\t",
        ];
        let of = |choice| shown(choice, &all).lines().count();
        assert_eq!(of(LogChoice::default()), 3);
        assert_eq!(of(LogChoice { raw: true, ..LogChoice::default() }), all.len());
        assert_eq!(
            of(LogChoice { request: Some("other".into()), ..LogChoice::default() }),
            2,
            "its text and its report"
        );
        assert_eq!(of(LogChoice { tail: Some(1), ..LogChoice::default() }), 1);
        assert_eq!(of(LogChoice { errors: true, ..LogChoice::default() }), 0);
        let failed = [START, "what led to it", FAILED, END, REPORT];
        let errors = shown(LogChoice { errors: true, ..LogChoice::default() }, &failed);
        assert!(errors.contains("what led to it") && errors.contains(ID), "{errors}");
    }

    #[test]
    fn what_is_held_has_a_bound() {
        let mut view = LogView::new(LogChoice { errors: true, ..LogChoice::default() }, TerminalLook::PLAIN, false);
        view.show(lines(&[START]), OutputFormat::Human);
        for _ in 0..3 {
            assert_eq!(view.show(lines(&["x"; MOST_HELD]), OutputFormat::Human), "");
            assert_eq!(view.held.len(), MOST_HELD);
        }
        let mut view = LogView::new(LogChoice { tail: Some(2), ..LogChoice::default() }, TerminalLook::PLAIN, false);
        view.show(lines(&["x"; 1_000]), OutputFormat::Human);
        assert_eq!(view.last.len(), 2);
    }

    #[test]
    fn machines_get_what_was_written() {
        let of = |choice, messages: &[&str]| shown_in(choice, messages, 1, OutputFormat::Json);
        let json = of(LogChoice::default(), &[START]);
        assert!(json.contains(r#""function":"api""#) && json.contains("2023-11-14T22:13:20.123Z"), "{json}");
        let last = of(LogChoice { tail: Some(1), ..LogChoice::default() }, &["hello", START]);
        assert!(last.contains("START") && !last.contains("hello"), "as it was written: {last}");
        let mut raw = LogView::new(LogChoice { raw: true, ..LogChoice::default() }, TerminalLook::PLAIN, false);
        assert_eq!(raw.show(lines(&["hello"]), OutputFormat::Human), "2023-11-14T22:13:20.123Z  hello\n");
    }
}
