//! The text of a stack description and where it came from.

use super::node::TextSpan;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest description in bytes. A real one is a few kilobytes; more is a wrong path.
const LARGEST: usize = 1024 * 1024;

/// Holds a stack description as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackSource {
    /// Path as the user wrote it; what messages show.
    pub path: PathBuf,
    /// The TOML text.
    pub text: String,
}

/// A place for people: both count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextPosition {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Why a file gives no [`StackSource`]: in words, with the source as far as there is one to point into.
pub(super) struct UnreadableSource {
    pub(super) source: StackSource,
    pub(super) span: Option<TextSpan>,
    pub(super) message: String,
    pub(super) help: &'static str,
}

impl StackSource {
    /// Reads a file. Never reads more than the largest description.
    pub(super) fn read(path: &Path) -> Result<StackSource, UnreadableSource> {
        let refused = |message: String, help: &'static str| UnreadableSource {
            source: StackSource { path: path.to_owned(), text: String::new() },
            span: None,
            message,
            help,
        };
        if path.is_dir() {
            return Err(refused(format!("{} is a directory", path.display()), "name the file in it"));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes))
            .map_err(|error| refused(format!("cannot read {}: {error}", path.display()), super::find::LOOKUP_ORDER))?;
        if bytes.len() > LARGEST {
            let message =
                format!("{} is larger than 1 MiB, the most that a stack description may have", path.display());
            return Err(refused(message, "is this the right file?"));
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                return Err(UnreadableSource {
                    source: StackSource { path: path.to_owned(), text },
                    span: Some(TextSpan { start: valid, end: valid + char::REPLACEMENT_CHARACTER.len_utf8() }),
                    message: "the file is not UTF-8 text".to_owned(),
                    help: "TOML is UTF-8: save the file with that encoding",
                });
            }
        };
        Ok(StackSource { path: path.to_owned(), text })
    }

    /// Returns the place of the byte at `offset`.
    pub(super) fn place(&self, offset: usize) -> TextPosition {
        let before = &self.text[..self.floor(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1;
        TextPosition { line: before.bytes().filter(|byte| *byte == b'\n').count() + 1, column }
    }

    /// Returns the text at `span`, cut at the end of its first line.
    pub(super) fn first_line(&self, span: TextSpan) -> &str {
        let start = self.floor(span.start);
        let text = &self.text[start..self.floor(span.end).max(start)];
        text.lines().next().unwrap_or_default()
    }

    /// Returns the line that holds the byte at `offset`, without its end, as bytes of the text.
    pub(super) fn line(&self, offset: usize) -> TextSpan {
        let offset = self.floor(offset);
        let start = self.text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        TextSpan { start, end: start + line.trim_end_matches('\r').len() }
    }

    /// Returns the text with `*` for every byte of these places, so that every line and every byte stays where it is.
    pub(super) fn concealing(mut self, places: impl Iterator<Item = TextSpan>) -> StackSource {
        for place in places {
            let (start, end) = (self.floor(place.start), self.floor(place.end));
            if start < end {
                let stars: String =
                    self.text[start..end].bytes().map(|b| if b == b'\n' { '\n' } else { '*' }).collect();
                self.text.replace_range(start..end, &stars);
            }
        }
        self
    }

    /// Returns the last character boundary at or before `offset`.
    pub(super) fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

/// Returns `character`, unless it could move the cursor or hide text on a terminal. The length in UTF-8 stays the same.
pub(super) fn visible(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\0'..'\u{20}' | '\u{7f}' => ' ',
        '\u{80}'..'\u{a0}' => '·',
        // Marks that change the direction or have no width.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => '\u{fffd}',
        _ => character,
    }
}
