//! A run on a terminal: what is done scrolls by, what is in flight stands below and moves.

use super::canvas::FluidCanvas;
use super::message::{EventMessage, RowDetail, RowSubject, message};
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
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the view is drawn: the spinner turns, the seconds count.
const TICK: Duration = Duration::from_millis(100);
/// Frames of the spinner.
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Makes a target that can be drawn on. Asked for anew with each view: a target ends with its view.
pub type DrawTarget = Box<dyn Fn() -> Box<dyn TermLike> + Send>;

/// Time since the run began. Handed in, so that what is drawn can be tested.
type RunClock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A run on a terminal.
pub struct LiveReporter {
    progress: Arc<Mutex<RunProgress>>,
    view: Option<ProgressBar>,
    canvas: DrawTarget,
    out: OutputPipe,
    out_look: TerminalLook,
    err_look: TerminalLook,
    shown: ShownParts,
    clock: RunClock,
    /// How often the view is drawn without an event.
    tick: Option<Duration>,
}

impl LiveReporter {
    /// Makes a reporter that draws progress on `canvas` and writes outputs to `out`.
    pub fn new(
        out: OutputPipe,
        out_look: TerminalLook,
        canvas: DrawTarget,
        err_look: TerminalLook,
        shown: ShownParts,
    ) -> Self {
        let began = Instant::now();
        LiveReporter {
            progress: Arc::default(),
            view: None,
            canvas,
            out,
            out_look,
            err_look,
            shown,
            clock: Arc::new(move || began.elapsed()),
            tick: Some(TICK),
        }
    }

    /// Returns what the terminal can show. The window may have another size than at the beginning.
    fn look(&self) -> TerminalLook {
        TerminalLook { width: Some(usize::from((self.canvas)().width())), ..self.err_look }
    }

    /// Puts lines above the view. They stay.
    fn above(&self, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        match &self.view {
            Some(view) => view.println(text),
            None => {
                // Nobody can be told that stderr does not take the text.
                let canvas = (self.canvas)();
                let _ = text.split('\n').try_for_each(|line| canvas.write_line(line)).and_then(|()| canvas.flush());
            }
        }
    }

    /// Shows the view when there is something in it, and takes it away when not.
    fn refresh(&mut self) {
        let empty = lock(&self.progress).is_idle();
        match (&self.view, empty) {
            (None, false) => self.view = Some(self.open()),
            (Some(view), true) => {
                view.finish_and_clear();
                self.view = None;
            }
            _ => {}
        }
    }

    fn open(&self) -> ProgressBar {
        let canvas = Box::new(FluidCanvas::new((self.canvas)()));
        let size = (self.canvas)();
        let (progress, clock, look) = (Arc::clone(&self.progress), Arc::clone(&self.clock), self.err_look);
        let size = Arc::new(Mutex::new(size));
        let draw = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let (width, height) = {
                let size = size.lock().unwrap_or_else(PoisonError::into_inner);
                (usize::from(size.width()), usize::from(size.height()))
            };
            let look = TerminalLook { width: Some(width), ..look };
            let lines = view(&lock(&progress), clock(), height, &look);
            // Writing into a string cannot fail.
            let _ = out.write_str(&lines.join("\n"));
        };
        let style = ProgressStyle::with_template("{view}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like_with_hz(canvas, 20));
        bar.set_style(style.with_key("view", draw));
        if let Some(tick) = self.tick {
            bar.enable_steady_tick(tick);
        }
        bar
    }
}

impl RunReporter for LiveReporter {
    fn event(&mut self, event: &RunEvent) {
        let now = (self.clock)();
        lock(&self.progress).apply(now, event);
        let look = self.look();
        let text = message(event, self.shown, &look).map(|message| layout(&lock(&self.progress), message, &look));
        if matches!(event, RunEvent::Planned(_)) {
            // A question may follow: the terminal must be at rest.
            self.refresh();
        }
        if let Some(text) = text {
            self.above(&text);
        }
        self.refresh();
    }

    fn finish(&mut self, end: &RunFinish) -> Result<()> {
        if let Some(view) = self.view.take() {
            view.finish_and_clear();
        }
        let stepped = lock(&self.progress).ended() > 0;
        let refused = if self.shown.plan.is_some() { lock(&self.progress).refused.clone() } else { Vec::new() };
        let text = ending::render(end, &refused, (self.clock)(), &self.look());
        if !text.is_empty() {
            let gap = if stepped { "\n" } else { "" };
            self.above(&format!("{gap}{text}"));
        }
        let foremost = outputs::foremost(end, &self.out_look);
        if !foremost.is_empty() {
            // A plan ends with an empty line by itself.
            if self.out_look.width.is_some() && (stepped || !text.is_empty()) {
                self.above("");
            }
            self.out.write(&foremost);
        }
        self.out.check().map_err(|e| Error::io(format!("could not write to stdout: {e}")))
    }
}

impl Drop for LiveReporter {
    /// Takes the view away: the shell's prompt would draw over one that is left standing.
    fn drop(&mut self) {
        if let Some(view) = self.view.take() {
            view.finish_and_clear();
        }
    }
}

fn lock(progress: &Mutex<RunProgress>) -> MutexGuard<'_, RunProgress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunProgress {
    /// Tells whether there is nothing to draw.
    fn is_idle(&self) -> bool {
        self.building.is_none() && (self.ended() + self.running.len() == 0)
    }
}

/// Lays out what stays on the screen of an event.
fn layout(progress: &RunProgress, message: EventMessage<'_>, look: &TerminalLook) -> String {
    let row = match message {
        EventMessage::Lines(lines) => return lines,
        EventMessage::Row(row) => row,
    };
    let named = progress.id_column + progress.name_column + AROUND <= look.columns();
    let subject = match row.subject {
        RowSubject::Resource(id) => RowName::of(progress, id, named, look),
        RowSubject::Named(name) => RowName::text(&text::clean(name), look),
        RowSubject::Run => RowName::default(),
    };
    let (tone, detail) = match row.detail {
        RowDetail::Aside(aside) => (Some(TextTone::Dim), format!("{aside:>6}")),
        RowDetail::Reason(reason) => (Some(TextTone::Dim), reason),
        RowDetail::Text(text) => (None, text),
    };
    let head = look.paint(row.tone, format!("{} {}", row.mark, text::pad(row.word, 8)));
    with_detail(&format!("  {head}"), &subject, &detail, tone, look).join("\n")
}

/// What a row is about.
#[derive(Default)]
struct RowName {
    /// As it is, without colour.
    text: String,
    /// In its columns, as far as they are known, with the name in AWS where that is shown.
    aligned: String,
}

impl RowName {
    fn text(text: &str, look: &TerminalLook) -> Self {
        RowName { text: text.to_owned(), aligned: look.paint(TextTone::Strong, text) }
    }

    /// Names a resource by its id, and its physical name in a column of its own where it is wanted: `table.orders  Orders`.
    fn of(progress: &RunProgress, id: &ResourceId, named: bool, look: &TerminalLook) -> Self {
        let text = text::clean(&id.to_string()).into_owned();
        let mut aligned = look.paint(TextTone::Strong, text::pad(&text, progress.id_column));
        if named {
            let name = text::clean(progress.name(id)).into_owned();
            aligned.push_str(&format!("  {}", text::pad(&name, progress.name_column)));
        }
        RowName { text, aligned }
    }
}

/// Columns before what stands below a row that has no room for it.
const BELOW: usize = 6;
/// Most columns of a detail that stays in its row, such as a time.
const SHORT: usize = 8;

/// Puts what a row is about and a detail behind its head. Where the terminal is too narrow for all of it the columns go first, then the
/// detail stands below, then the name too: nothing is cut.
fn with_detail(head: &str, name: &RowName, detail: &str, tone: Option<TextTone>, look: &TerminalLook) -> Vec<String> {
    let paint = |text: &str| tone.map_or_else(|| text.to_owned(), |tone| look.paint(tone, text));
    let fits = |line: &str| look.width.is_none() || text::width(line) <= look.columns();
    let bare = look.paint(TextTone::Strong, &name.text);
    let row = |name: &str, detail: &str| {
        let gap = if name.is_empty() || detail.is_empty() { "" } else { "  " };
        format!("{head}  {name}{gap}{}", paint(detail)).trim_end().to_owned()
    };
    // What is short stays in the line, and gives up the columns for that; what is long leaves them.
    let is_short = text::width(detail) <= SHORT;
    let in_line = [row(&name.aligned, detail), row(&bare, detail)];
    if let Some(line) = in_line.into_iter().take(if is_short { 2 } else { 1 }).find(|line| fits(line)) {
        return vec![line];
    }
    let below = |text: &str| text::fold(text.trim_start(), look.columns().saturating_sub(BELOW));
    let mut lines = match [row(&name.aligned, ""), row(&bare, "")].into_iter().find(|line| fits(line)) {
        Some(line) => vec![line],
        None => {
            let names = below(&name.text).into_iter().map(|part| look.paint(TextTone::Strong, part));
            [head.trim_end().to_owned()].into_iter().chain(names.map(|part| format!("{:BELOW$}{part}", ""))).collect()
        }
    };
    lines.extend(below(detail).iter().map(|line| format!("{:BELOW$}{}", "", paint(line))));
    lines
}

/// Renders the lines that are drawn over: one for each step in flight as far as the screen has room, one for the whole.
fn view(progress: &RunProgress, now: Duration, height: usize, look: &TerminalLook) -> Vec<String> {
    let frame = SPINNER[usize::try_from(now.as_millis() / TICK.as_millis()).unwrap_or(0) % SPINNER.len()];
    let spinner = look.paint(TextTone::Hint, frame);
    let mut lines = Vec::new();
    if let Some((message, since)) = &progress.building {
        let took = look.paint(TextTone::Dim, measure::took(now.saturating_sub(*since)));
        let head = format!("  {spinner} building  {took}");
        lines.extend(with_detail(&head, &RowName::default(), &text::clean(message), None, look));
    }
    if progress.ended() + progress.running.len() == 0 {
        return lines;
    }
    // One line for the whole, one that may say how many are not shown, one for the cursor.
    let room = height.saturating_sub(3).max(1);
    let named = progress.running.iter().all(|step| row(progress, step, now, &spinner, true, look).len() == 1);
    let mut shown = 0;
    for step in &progress.running {
        let rows = row(progress, step, now, &spinner, named, look);
        if shown > 0 && lines.len() + rows.len() > room {
            break;
        }
        lines.extend(rows.into_iter().take(room));
        shown += 1;
    }
    if progress.running.len() > shown {
        lines.push(look.paint(TextTone::Dim, format!("    … and {} more", progress.running.len() - shown)));
    }
    lines.push(look.fit(&bottom(progress, now, look)));
    lines
}

/// Renders a step in flight: `⠙ creating  table.orders  Orders  3.2s  waiting for the table to become ACTIVE`. What it waits for stands below
/// where there is no room behind.
fn row(
    progress: &RunProgress,
    step: &RunningStep,
    now: Duration,
    spinner: &str,
    named: bool,
    look: &TerminalLook,
) -> Vec<String> {
    let took = measure::took(now.saturating_sub(step.since));
    let mut name = RowName::of(progress, &step.id, named, look);
    name.aligned.push_str(&format!("  {}", look.paint(TextTone::Dim, format!("{took:>6}"))));
    name.text.push_str(&format!("  {took}"));
    let word = text::pad(phrase::doing(step.verb), 8);
    let reason = step.reason.as_ref().map_or(String::new(), |reason| format!("waiting for {}", text::clean(reason)));
    with_detail(&format!("  {spinner} {word}"), &name, &reason, Some(TextTone::Dim), look)
}

/// Columns that a row takes beside id and name.
const AROUND: usize = "  x creating".len() + "  12.3s".len() + 3 * "  ".len();

/// Renders the progress as a whole: `3/12 done · 2 running · 6.2s`.
fn bottom(progress: &RunProgress, now: Duration, look: &TerminalLook) -> String {
    let mut parts = vec![format!("{}/{} done", progress.done, progress.total)];
    for (number, word) in
        [(progress.running.len(), "running"), (progress.failed, "failed"), (progress.skipped, "skipped")]
    {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    if progress.interrupted {
        parts.push("stopping".to_owned());
    }
    parts.push(measure::took(now));
    look.paint(TextTone::Dim, format!("    {}", parts.join(" · ")))
}

#[cfg(test)]
mod tests;
