//! The two streams of the process and what each of them can show.

use super::confirm::{ConfirmAnswer, ConfirmQuestion};
use super::error::FailureJson;
use super::human::brief::BriefReporter;
use super::human::lines::LineReporter;
use super::human::live::{DrawTarget, LiveReporter};
use super::human::shown::ShownParts;
use super::json::JsonReporter;
use super::look::{ColorWhen, TerminalHabits, TerminalLook};
use super::pipe::OutputPipe;
use super::plan::PlanStyle;
use super::reporter::RunReporter;
use super::suggested::RepeatedOptions;
use super::transfer::TransferProgress;
use super::{confirm, error, json_text};
use crate::error::{Error, Result};
use console::Term;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::{env, io};

/// Returns the columns of a terminal; `None` for 0, by which some say that they do not know.
fn columns(term: &Term) -> Option<usize> {
    term.size_checked().map(|(_, columns)| usize::from(columns)).filter(|columns| *columns > 0)
}

/// The form of what a command answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Human,
    /// For machines: one document, or one object a line while something runs.
    Json,
    /// For a comment on a pull request. `plan` only.
    Markdown,
    /// A flowchart for Markdown. `graph` only, as what follows.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// An image. `graph` and `metrics` only.
    Svg,
}

/// The two streams of the process, looked at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The form of what is answered.
    pub format: OutputFormat,
    /// What stdout can show.
    pub out: TerminalLook,
    /// What stderr can show.
    pub err: TerminalLook,
    /// Whether stderr can be drawn over.
    pub live: bool,
    /// Whether there is somebody to ask.
    pub asks: bool,
    /// Whether more than usual is shown.
    pub verbose: bool,
    /// What commands that are suggested have to repeat.
    pub repeated: RepeatedOptions,
}

impl Screen {
    /// Looks at the streams and the environment of the process.
    pub fn detect(format: OutputFormat, color: ColorWhen, verbose: bool) -> Self {
        let habits = TerminalHabits::read(|name| env::var_os(name));
        let look = |terminal: bool, term: Term| TerminalLook {
            color: habits.color(color, terminal),
            width: if terminal { columns(&term) } else { None },
        };
        let (out, err, input) = (io::stdout().is_terminal(), io::stderr().is_terminal(), io::stdin().is_terminal());
        Screen {
            format,
            out: look(out, Term::stdout()),
            err: look(err, Term::stderr()),
            live: habits.lively(err),
            asks: habits.lively(err) && input,
            verbose,
            repeated: RepeatedOptions::default(),
        }
    }

    /// Adds the options that suggested commands have to repeat.
    #[must_use]
    pub fn repeating(self, repeated: RepeatedOptions) -> Self {
        Screen { repeated, ..self }
    }

    /// Answers in the form asked for: `human` or `json`, on stdout.
    ///
    /// # Errors
    /// When stdout does not take it. A reader that went away is no error.
    pub fn answer<J: Serialize>(
        &self,
        human: impl FnOnce(&TerminalLook) -> String,
        json: impl FnOnce() -> J,
    ) -> Result<()> {
        match self.format {
            OutputFormat::Json => self.document(&json()),
            _ => self.data(&human(&self.out)),
        }
    }

    /// Writes one JSON document to stdout, indented.
    ///
    /// # Errors
    /// When stdout does not take it. A reader that went away is no error.
    pub fn document(&self, document: &impl Serialize) -> Result<()> {
        self.json(json_text::indented(document))
    }

    /// Writes JSON as one line to stdout.
    ///
    /// # Errors
    /// When stdout does not take it. A reader that went away is no error.
    pub fn line(&self, value: &impl Serialize) -> Result<()> {
        self.json(json_text::line(value))
    }

    fn json(&self, text: serde_json::Result<String>) -> Result<()> {
        let text = text.map_err(|e| Error::io(format!("could not write the answer as JSON: {e}")))?;
        self.data(&format!("{text}\n"))
    }

    /// Writes text to stdout as it is.
    ///
    /// # Errors
    /// When stdout does not take it. A reader that went away is no error.
    pub fn data(&self, text: &str) -> Result<()> {
        self.data_to_reader(text).map(drop)
    }

    /// Writes text to stdout as it is. Tells whether somebody still reads: where there would be nothing but more to read, that is the end.
    ///
    /// # Errors
    /// `io` when it cannot be written.
    pub fn data_to_reader(&self, text: &str) -> Result<bool> {
        let mut out = OutputPipe::new(io::stdout());
        out.write(text);
        out.check().map_err(|e| Error::io(format!("could not write to stdout: {e}")))?;
        Ok(out.has_reader())
    }

    /// Writes text to stderr as it is. There is nowhere to tell that it could not be written.
    pub fn say(&self, text: &str) {
        OutputPipe::new(io::stderr()).write(text);
    }

    /// Shows the errors of a command that has no reporter: on stderr for people, as a document on stdout for machines.
    pub fn errors(&self, errors: &[Error], exit_code: u8) {
        if self.format != OutputFormat::Json {
            return self.complain(errors);
        }
        let errors: Vec<_> = errors.iter().map(|error| self.repeated.add_to_error(error)).collect();
        // When stdout fails too there is nowhere left to tell it.
        drop(self.document(&FailureJson::new(&errors, exit_code)));
    }

    /// Shows errors on stderr whatever the form of the answer: stdout has something else.
    pub fn complain(&self, errors: &[Error]) {
        let errors: Vec<_> = errors.iter().map(|error| self.repeated.add_to_error(error)).collect();
        self.say(&error::render_all(&errors, &self.err));
    }

    /// Shows something worth knowing, on stderr; nothing for machines.
    pub fn note(&self, message: &str) {
        if self.format != OutputFormat::Json {
            self.say(&error::note(&self.repeated.add_to(message), &self.err));
        }
    }

    /// Shows something to look at, on stderr, whatever the form of the answer.
    pub fn warn(&self, message: &str) {
        self.say(&error::warning(&self.repeated.add_to(message), &self.err));
    }

    /// Shows a run that ends with [`RunReporter::finish`]: in the form asked for.
    pub fn reporter(&self, shown: ShownParts) -> Box<dyn RunReporter> {
        match self.format {
            OutputFormat::Json => self.repeated.wrap(Box::new(JsonReporter::new(OutputPipe::new(io::stdout())))),
            _ => self.progress(shown),
        }
    }

    /// Shows what goes on before a command answers with a document: on stderr, for people, whatever the form of the answer.
    pub fn progress(&self, shown: ShownParts) -> Box<dyn RunReporter> {
        let verbose = shown.verbose || self.verbose;
        let plan = shown.plan.map(|style| PlanStyle { verbose: style.verbose || verbose, ..style });
        let shown = ShownParts { plan, verbose };
        let out = OutputPipe::new(io::stdout());
        self.repeated.wrap(if self.live {
            let canvas: DrawTarget = Box::new(|| Box::new(Term::buffered_stderr()));
            Box::new(LiveReporter::new(out, self.out, canvas, self.err, shown))
        } else {
            Box::new(LineReporter::new(out, self.out, OutputPipe::new(io::stderr()), self.err, shown))
        })
    }

    /// Shows a run in a few lines, on stderr: the next of many, because these files changed.
    pub fn brief(&self, changed: &BTreeSet<PathBuf>, project: &Path) -> Box<dyn RunReporter> {
        self.repeated.wrap(Box::new(BriefReporter::begin(OutputPipe::new(io::stderr()), self.err, changed, project)))
    }

    /// Shows how far a transfer of items has got, on stderr, for people.
    pub fn transfer(&self, what: &str) -> TransferProgress {
        TransferProgress::new(what, self.live, self.err)
    }

    /// Tells whether there is somebody to ask.
    pub fn can_ask(&self) -> bool {
        self.asks && self.format != OutputFormat::Json
    }

    /// Asks on stderr and reads the answer from stdin; blocks. Without a person at both, and on build servers, there is nobody
    /// to ask. Ask before signals are caught, so that Ctrl-C ends the process as everywhere.
    pub fn ask(&self, question: ConfirmQuestion<'_>) -> ConfirmAnswer {
        if !self.can_ask() {
            return ConfirmAnswer::NotATerminal;
        }
        confirm::ask(question, &mut io::stdin().lock(), &mut io::stderr(), &self.err)
    }

    /// Asks which of several is meant, as [`Screen::ask`] does; `None` when none of them was named, or there is nobody to ask.
    pub fn choose(&self, about: &str, names: &[&str]) -> Option<usize> {
        if !self.can_ask() {
            return None;
        }
        confirm::choose(about, names, &mut io::stdin().lock(), &mut io::stderr(), &self.err)
    }
}
