//! A run as plain lines, for logs and for terminals that cannot draw: `12.3s  created   table.orders  Orders  (4.1s)`.

use super::message::{EventMessage, EventRow, RowDetail, RowSubject, message};
use super::progress::{RunProgress, RunningStep};
use super::shown::ShownParts;
use super::{ending, phrase};
use crate::engine::event::RunEvent;
use crate::error::{Error, Result};
use crate::kinds::ResourceId;
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::pipe::OutputPipe;
use crate::ui::reporter::{RunFinish, RunReporter};
use crate::ui::{measure, outputs, text};
use std::collections::HashMap;
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// After so long without a line about a step it is said that it still goes on: some build servers end a silent job.
const REMINDER: Duration = Duration::from_secs(10);
/// How often that is looked at.
const PULSE: Duration = Duration::from_secs(1);

/// A run as plain lines.
pub struct LineReporter {
    log: Arc<Mutex<LineLog>>,
    out: OutputPipe,
    out_look: TerminalLook,
    began: Instant,
    /// Dropping it ends the thread of reminders.
    _pulse: Option<Sender<()>>,
}

impl LineReporter {
    /// Makes a reporter that writes progress to `err` and outputs to `out`.
    pub fn new(
        out: OutputPipe,
        out_look: TerminalLook,
        err: OutputPipe,
        err_look: TerminalLook,
        shown: ShownParts,
    ) -> Self {
        let began = Instant::now();
        let log = Arc::new(Mutex::new(LineLog::new(err, err_look, shown)));
        let pulse = pulse(Arc::clone(&log), began);
        LineReporter { log, out, out_look, began, _pulse: pulse }
    }
}

impl RunReporter for LineReporter {
    fn event(&mut self, event: &RunEvent) {
        // The time is taken under the lock, so that the lines are in the order of their times.
        let mut log = lock(&self.log);
        log.event(self.began.elapsed(), event);
    }

    fn finish(&mut self, end: &RunFinish) -> Result<()> {
        let mut log = lock(&self.log);
        log.finish(self.began.elapsed(), end);
        drop(log);
        self.out.write(&outputs::foremost(end, &self.out_look));
        self.out.check().map_err(|e| Error::io(format!("could not write to stdout: {e}")))
    }
}

fn lock(log: &Mutex<LineLog>) -> MutexGuard<'_, LineLog> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread that reminds of long steps. Without it, when no thread can be had, only the reminders are missing.
fn pulse(log: Arc<Mutex<LineLog>>, began: Instant) -> Option<Sender<()>> {
    let (sender, receiver) = mpsc::channel();
    let beat = move || {
        while receiver.recv_timeout(PULSE) == Err(RecvTimeoutError::Timeout) {
            lock(&log).remind(began.elapsed());
        }
    };
    thread::Builder::new().name("reminders".to_owned()).spawn(beat).ok().map(|_| sender)
}

/// The lines, with the time handed in.
struct LineLog {
    pipe: OutputPipe,
    look: TerminalLook,
    shown: ShownParts,
    progress: RunProgress,
    /// When something was last said about a step.
    said: HashMap<ResourceId, Duration>,
    built_said: Option<Duration>,
}

impl LineLog {
    fn new(pipe: OutputPipe, look: TerminalLook, shown: ShownParts) -> Self {
        LineLog { pipe, look, shown, progress: RunProgress::default(), said: HashMap::new(), built_said: None }
    }

    fn write(&mut self, text: &str) {
        self.pipe.write(text);
    }

    fn event(&mut self, now: Duration, event: &RunEvent) {
        let news = self.is_news(now, event);
        self.progress.apply(now, event);
        if !news {
            return;
        }
        let look = self.look;
        match event {
            RunEvent::Building { message } => {
                self.built_said = Some(now);
                self.line(now, TextTone::Dim, "building", &text::clean(message));
            }
            RunEvent::Started { id, verb } => {
                self.said.insert(id.clone(), now);
                self.line(now, TextTone::Dim, phrase::doing(*verb), &self.resource(id));
            }
            RunEvent::Waiting { id, .. } => self.remind_of(now, id),
            _ => match message(event, self.shown, &look) {
                Some(EventMessage::Lines(lines)) => self.write(&lines),
                Some(EventMessage::Row(row)) => {
                    let rest = self.layout(&row);
                    self.line(now, row.tone, row.word, &rest);
                }
                None => {}
            },
        }
    }

    /// Lays out what a row says, behind its time and its word.
    fn layout(&self, row: &EventRow<'_>) -> String {
        let subject = match row.subject {
            RowSubject::Resource(id) => self.resource(id),
            RowSubject::Named(name) => text::clean(name).into_owned(),
            RowSubject::Run => String::new(),
        };
        match (&row.detail, &row.subject) {
            (RowDetail::Aside(aside), _) => format!("{subject}  ({aside})"),
            (RowDetail::Reason(reason), _) => format!("{subject}: {reason}"),
            (RowDetail::Text(text), RowSubject::Run) => text.clone(),
            (RowDetail::Text(text), _) => format!("{subject}  {text}"),
        }
    }

    fn finish(&mut self, now: Duration, end: &RunFinish) {
        self.progress.running.clear();
        let refused = if self.shown.plan.is_some() { &self.progress.refused[..] } else { &[] };
        let text = ending::render(end, refused, now, &self.look);
        if !text.is_empty() && self.progress.ended() > 0 {
            self.write("\n");
        }
        self.write(&text);
    }

    /// Tells whether an event is worth a line: what a step waits for is told when it changes, and what is compiled now and then.
    fn is_news(&self, now: Duration, event: &RunEvent) -> bool {
        match event {
            RunEvent::Waiting { id, reason } => {
                let known = |step: &&RunningStep| step.id == *id && step.reason.as_ref() == Some(reason);
                self.progress.running.iter().find(known).is_none() || self.is_due(now, id)
            }
            RunEvent::Building { .. } => {
                self.shown.verbose || self.built_said.is_none_or(|said| now.saturating_sub(said) >= REMINDER)
            }
            _ => true,
        }
    }

    fn is_due(&self, now: Duration, id: &ResourceId) -> bool {
        self.said.get(id).is_none_or(|said| now.saturating_sub(*said) >= REMINDER)
    }

    /// Reminds of each step without a line for long that it still goes on.
    fn remind(&mut self, now: Duration) {
        let running: Vec<_> = self.progress.running.iter().map(|step| step.id.clone()).collect();
        for id in running.iter().filter(|id| self.is_due(now, id)).collect::<Vec<_>>() {
            self.remind_of(now, id);
        }
    }

    fn remind_of(&mut self, now: Duration, id: &ResourceId) {
        let Some(step) = self.progress.running.iter().find(|step| step.id == *id) else {
            return;
        };
        let since = measure::took(now.saturating_sub(step.since));
        let (word, rest) = match &step.reason {
            Some(reason) => ("waiting", format!("{}  for {} ({since})", self.resource(id), text::clean(reason))),
            None => (phrase::doing(step.verb), format!("{}  still ({since})", self.resource(id))),
        };
        self.said.insert(id.clone(), now);
        self.line(now, TextTone::Dim, word, &rest);
    }

    /// Renders id and physical name: `table.orders  Orders`.
    fn resource(&self, id: &ResourceId) -> String {
        let id_text = id.to_string();
        let name = text::clean(self.progress.name(id));
        let id_text = text::clean(&id_text);
        if name.is_empty() {
            id_text.into_owned()
        } else {
            format!("{}  {name}", text::pad(&id_text, self.progress.id_column))
        }
    }

    fn line(&mut self, now: Duration, tone: TextTone, word: &str, rest: &str) {
        let at = self.look.paint(TextTone::Dim, format!("{:>7}", measure::took(now)));
        let word = self.look.paint(tone, text::pad(word, 8));
        self.pipe.write(&format!("{at}  {word}  {rest}\n"));
    }
}

#[cfg(test)]
mod tests;
