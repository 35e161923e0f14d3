//! How far a transfer of items has got: a line that is drawn over on a terminal, a line now and then anywhere else.

use super::look::{TerminalLook, TextTone};
use super::measure;
use super::pipe::OutputPipe;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant};

/// How often a line is written where nothing can be drawn over.
const REMINDER: Duration = Duration::from_secs(10);
/// How often the line is drawn without news: the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// A transfer that goes on.
pub struct TransferProgress {
    what: String,
    look: TerminalLook,
    bar: Option<ProgressBar>,
    said: Cell<Instant>,
}

impl TransferProgress {
    /// Makes a progress that shows `what` before the count: `exporting Orders`.
    pub(super) fn new(what: &str, live: bool, look: TerminalLook) -> Self {
        let bar = live.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(ProgressStyle::default_spinner());
            bar.set_message(what.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        TransferProgress { what: what.to_owned(), look, bar, said: Cell::new(Instant::now()) }
    }

    /// Says how many items were moved, and the bytes of their lines.
    pub fn tell(&self, items: u64, bytes: u64) {
        let message = format!("{}: {}", self.what, amount(items, bytes));
        match &self.bar {
            Some(bar) => bar.set_message(message),
            None if self.said.get().elapsed() >= REMINDER => {
                self.said.set(Instant::now());
                OutputPipe::new(io::stderr()).write(&format!("{}\n", self.look.paint(TextTone::Dim, message)));
            }
            None => {}
        }
    }
}

/// Nothing of the line stays.
impl Drop for TransferProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Words what was moved: `12 items, 3.4 kB`.
pub fn amount(items: u64, bytes: u64) -> String {
    format!("{}, {}", measure::count(usize::try_from(items).unwrap_or(usize::MAX), "item"), measure::bytes(bytes))
}
