//! The two streams of the process and what each of them can show.

use super::confirm::{Answer, Question};
use super::error::Failure;
use super::human::Shown;
use super::human::lines::Lines;
use super::human::live::{Canvas, Live};
use super::json::Json;
use super::look::{ColorWhen, Habits, Look};
use super::pipe::Pipe;
use super::transfer::Transfer;
use super::{Reporter, confirm, error};
use crate::error::{Error, Result};
use console::Term;
use serde::Serialize;
use std::io::IsTerminal;
use std::{env, io};

/// The columns of a terminal. Some terminals say 0, which is to say that they do not know.
fn columns(term: &Term) -> Option<usize> {
    term.size_checked().map(|(_, columns)| usize::from(columns)).filter(|columns| *columns > 0)
}

/// The form of what a command answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For machines: one document, or one object a line while something runs.
    Json,
    /// For a comment on a pull request. `plan` only.
    Markdown,
}

/// The two streams of the process, looked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// The form of what is answered.
    pub format: Format,
    /// What stdout can show.
    pub out: Look,
    /// What stderr can show.
    pub err: Look,
    /// Whether stderr can be drawn over.
    pub live: bool,
    /// Whether there is somebody to ask.
    pub asks: bool,
    /// Whether more than usual is shown.
    pub verbose: bool,
}

impl Screen {
    /// Looks at the streams and the environment of the process.
    pub fn detect(format: Format, color: ColorWhen, verbose: bool) -> Self {
        let habits = Habits::read(|name| env::var_os(name));
        let look = |terminal: bool, term: Term| Look {
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
        }
    }

    /// Answers in the form asked for: `human` or `json`, on stdout.
    ///
    /// # Errors
    /// When stdout does not take it. A reader that went away is no error.
    pub fn answer<J: Serialize>(&self, human: impl FnOnce(&Look) -> String, json: impl FnOnce() -> J) -> Result<()> {
        match self.format {
            Format::Human | Format::Markdown => self.data(&human(&self.out)),
            Format::Json => self.document(&json()),
        }
    }

    /// One JSON document on stdout, indented.
    ///
    /// # Errors
    /// When stdout does not take it. A reader that went away is no error.
    pub fn document(&self, document: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_string_pretty(document)
            .map_err(|e| Error::new("io", format!("could not write the answer as JSON: {e}")))?;
        text.push('\n');
        self.data(&text)
    }

    /// Text to stdout as it is.
    ///
    /// # Errors
    /// When stdout does not take it. A reader that went away is no error.
    pub fn data(&self, text: &str) -> Result<()> {
        let mut out = Pipe::new(io::stdout());
        out.write(text);
        out.check().map_err(|e| Error::new("io", format!("could not write to stdout: {e}")))
    }

    /// Text to stderr as it is. There is nowhere to tell that it could not be written.
    pub fn say(&self, text: &str) {
        Pipe::new(io::stderr()).write(text);
    }

    /// The errors of a command that has no reporter: on stderr for people, as a document on stdout for machines.
    pub fn errors(&self, errors: &[Error], exit_code: u8) {
        match self.format {
            // When stdout fails too there is nowhere left to tell it.
            Format::Json => drop(self.document(&Failure::new(errors, exit_code))),
            Format::Human | Format::Markdown => self.say(&error::render_all(errors, &self.err)),
        }
    }

    /// Something worth knowing, on stderr; nothing for machines.
    pub fn note(&self, message: &str) {
        if self.format != Format::Json {
            self.say(&error::note(message, &self.err));
        }
    }

    /// Something to look at, on stderr, whatever the form of the answer.
    pub fn warn(&self, message: &str) {
        self.say(&error::warning(message, &self.err));
    }

    /// Shows a run that ends with [`Reporter::finish`]: in the form asked for.
    pub fn reporter(&self, shown: Shown) -> Box<dyn Reporter> {
        match self.format {
            Format::Json => Box::new(Json::new(Pipe::new(io::stdout()))),
            Format::Human | Format::Markdown => self.progress(shown),
        }
    }

    /// Shows what goes on before a command answers with a document: on stderr, for people, whatever the form of the answer.
    pub fn progress(&self, shown: Shown) -> Box<dyn Reporter> {
        let shown = Shown { verbose: shown.verbose || self.verbose, ..shown };
        let out = Pipe::new(io::stdout());
        if self.live {
            let canvas: Canvas = Box::new(|| Box::new(Term::buffered_stderr()));
            Box::new(Live::new(out, self.out, canvas, self.err, shown))
        } else {
            Box::new(Lines::new(out, self.out, Pipe::new(io::stderr()), self.err, shown))
        }
    }

    /// Shows how far a transfer of items has got, on stderr, for people.
    pub fn transfer(&self, what: &str) -> Transfer {
        Transfer::new(what, self.live, self.err)
    }

    /// Whether there is somebody to ask.
    pub fn can_ask(&self) -> bool {
        self.asks && self.format != Format::Json
    }

    /// Asks on stderr and reads the answer from stdin; blocks. Without a person at both, and on build servers, there is nobody
    /// to ask. Ask before signals are caught, so that Ctrl-C ends the process as everywhere.
    pub fn ask(&self, question: Question<'_>) -> Answer {
        if !self.can_ask() {
            return Answer::NotATerminal;
        }
        confirm::ask(question, &mut io::stdin().lock(), &mut io::stderr(), &self.err)
    }
}
