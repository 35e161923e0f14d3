//! A mistake as it is shown: with file, line, column and the offending text.

use super::node::{TextSpan, TomlTable};
use super::paths;
use super::report::StackMistake;
use super::source::{StackSource, visible};
use serde::Serialize;
use std::fmt;

/// A mistake with its place. As JSON it has the keys `file`, `line`, `column`, `key`, `value`, `message` and `help`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Path of the description.
    pub file: String,
    /// Line, from 1; none for a mistake that is not in the file.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Key as a dotted path from the top of the file; empty where no key is written.
    pub key: String,
    /// The offending text as written, its first line, at most 200 characters.
    pub value: String,
    /// What is wrong.
    pub message: String,
    /// What is allowed, or what to do.
    pub help: Option<String>,
    /// Short text for under the place.
    #[serde(skip)]
    pub label: Option<String>,
    /// The place as bytes of the file.
    #[serde(skip)]
    pub span: Option<TextSpan>,
}

impl Diagnostic {
    /// Gives the mistakes, which are in the order of their places, their places in words.
    pub(super) fn locate(mistakes: Vec<StackMistake>, source: &StackSource, root: &TomlTable) -> Vec<Diagnostic> {
        let places: Vec<_> = mistakes.iter().filter_map(|mistake| mistake.span).collect();
        let mut keys = paths::keys_at(root, &places).into_iter();
        let mut located = Vec::with_capacity(mistakes.len());
        for mistake in mistakes {
            let key = mistake.span.and_then(|_| keys.next()).unwrap_or_default();
            located.push(Diagnostic::new(mistake, key, source));
        }
        located
    }

    pub(super) fn new(mistake: StackMistake, key: String, source: &StackSource) -> Diagnostic {
        const LONGEST: usize = 200;
        let place = mistake.span.map(|span| source.place(span.start));
        let value = mistake.span.map_or("", |span| source.first_line(span));
        let key = match mistake.missing {
            None => key,
            // The start of the file is the place of what the file as a whole lacks.
            Some(missing) if key.is_empty() || mistake.span == Some(START) => missing,
            Some(missing) => format!("{key}.{missing}"),
        };
        Diagnostic {
            file: source.path.display().to_string(),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            key,
            value: value.chars().take(LONGEST).collect(),
            message: printable(mistake.message),
            help: mistake.help.map(printable),
            label: mistake.label.map(printable),
            span: mistake.span,
        }
    }
}

/// Returns the text without characters that a terminal would obey: keys and values of the file are quoted in it.
fn printable(text: String) -> String {
    text.chars().map(visible).collect()
}

/// The start of the file.
pub(super) const START: TextSpan = TextSpan { start: 0, end: 0 };

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "{}:{line}:{column}: {}", self.file, self.message)?,
            _ => f.write_str(&self.message)?,
        }
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}
