//! A refused description: all its mistakes, for people and for programs.

use super::confidential;
use super::diagnostic::Diagnostic;
use super::node::{TomlNode, TomlTable, TomlValue, quoted};
use super::report::{MistakeReport, StackMistake};
use super::source::{StackSource, UnreadableSource, visible};
use std::fmt;

/// Most mistakes that are shown. More come from a file that is no stack description at all.
const SHOWN: usize = 200;

/// The mistakes of a stack description, in the order of their places. There is at least one.
///
/// `Display` gives one line per mistake, [`InvalidStack::render`] the form for a terminal.
#[derive(Debug, Clone)]
pub struct InvalidStack {
    diagnostics: Vec<Diagnostic>,
    omitted: usize,
    snippets: SourceSnippets,
}

impl InvalidStack {
    pub(super) fn new(mut report: MistakeReport, source: StackSource, root: &TomlTable) -> InvalidStack {
        let mut concealed = report.take_concealed();
        concealed.extend(confidential::values(root));
        let mut mistakes = report.into_errors();
        conceal(&mut mistakes, &concealed);
        let guessed = confidential::places(&source.text);
        let source = source.concealing(concealed.iter().map(|node| node.span).chain(guessed));
        let omitted = mistakes.len().saturating_sub(SHOWN);
        mistakes.truncate(SHOWN);
        let diagnostics = Diagnostic::locate(mistakes, &source, root);
        InvalidStack { diagnostics, omitted, snippets: SourceSnippets::new(source) }
    }

    pub(super) fn unreadable(unreadable: UnreadableSource) -> InvalidStack {
        let UnreadableSource { source, span, message, help } = unreadable;
        let guessed = confidential::places(&source.text);
        let source = source.concealing(guessed.into_iter());
        let mistake = StackMistake { span, ..StackMistake::general(message).help(help) };
        let diagnostics = vec![Diagnostic::new(mistake, String::new(), &source)];
        InvalidStack { diagnostics, omitted: 0, snippets: SourceSnippets::new(source) }
    }

    /// Returns the mistakes in the order of their places, at most 200.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Returns how many more mistakes there are than [`InvalidStack::diagnostics`] shows.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Renders the mistakes with the offending text underlined, for a terminal of `width` columns.
    pub fn render(&self, colour: bool, width: usize) -> String {
        use miette::{GraphicalReportHandler, GraphicalTheme};
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width.max(40)).with_links(false);
        let mut rendered = String::new();
        for alike in self.by_kind() {
            let Some((first, more)) = alike.split_first().filter(|_| alike.len() > REPEATED) else {
                for diagnostic in alike {
                    self.render_one(&handler, diagnostic, &mut rendered);
                }
                continue;
            };
            self.render_one(&handler, first, &mut rendered);
            rendered.insert_str(rendered.trim_end_matches('\n').len(), &places(more));
        }
        let error = if colour { "\u{1b}[31merror:\u{1b}[0m" } else { "error:" };
        rendered.push_str(&format!("{error} {}\n", self.summary()));
        rendered
    }

    fn render_one(&self, handler: &miette::GraphicalReportHandler, diagnostic: &Diagnostic, rendered: &mut String) {
        let shown = ShownDiagnostic { diagnostic, snippets: &self.snippets };
        if handler.render_report(rendered, &shown).is_err() {
            rendered.push_str(&format!("  {diagnostic}\n"));
        }
        rendered.push('\n');
    }

    /// Returns the mistakes with those of one kind, which have the same help, together where there are more than a few of them; each
    /// kind at the place of its first.
    fn by_kind(&self) -> Vec<Vec<&Diagnostic>> {
        let mut kinds: Vec<Vec<&Diagnostic>> = Vec::new();
        for diagnostic in &self.diagnostics {
            let alike = |other: &&Diagnostic| other.help == diagnostic.help && other.label == diagnostic.label;
            let many = self.diagnostics.iter().filter(|other| alike(other)).count() > REPEATED;
            match kinds.iter_mut().find(|kind| many && kind.first().is_some_and(alike)) {
                Some(kind) => kind.push(diagnostic),
                None => kinds.push(vec![diagnostic]),
            }
        }
        kinds
    }

    /// Returns the mistakes as a JSON list of [`Diagnostic`]s.
    pub fn to_json(&self) -> serde_json::Value {
        self.diagnostics.iter().map(|diagnostic| serde_json::json!(diagnostic)).collect()
    }

    /// Returns `3 mistakes in config/orders.toml; nothing was contacted`.
    pub fn summary(&self) -> String {
        let count = self.diagnostics.len() + self.omitted;
        let plural = if count == 1 { "" } else { "s" };
        let omitted = match self.omitted {
            0 => String::new(),
            omitted => format!(" ({omitted} not shown)"),
        };
        format!("{count} mistake{plural} in {}{omitted}; nothing was contacted", self.snippets.source.path.display())
    }
}

/// Mistakes of one kind that are each shown in full; of more than these, the first one is, and the places of the others.
const REPEATED: usize = 5;

/// Renders the places of mistakes that are like one above them.
fn places(more: &[&Diagnostic]) -> String {
    let mut text = format!("\n  and {} more of this kind:", more.len());
    for diagnostic in more {
        let at = match (diagnostic.line, diagnostic.column) {
            (Some(line), Some(column)) => format!("{line}:{column}"),
            _ => "-".to_owned(),
        };
        text.push_str(&format!("\n    {at:>7}  {}", diagnostic.message));
    }
    text
}

impl fmt::Display for InvalidStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(f, "{diagnostic}")?;
        }
        f.write_str(&self.summary())
    }
}

impl std::error::Error for InvalidStack {}

/// Takes values that may be secrets out of what is said about their places.
fn conceal(mistakes: &mut [StackMistake], concealed: &[TomlNode]) {
    for node in concealed {
        let quoted = match &node.value {
            TomlValue::Text(text) => quoted(text).trim_matches(['"', '…']).to_owned(),
            TomlValue::Integer(number) => number.to_string(),
            TomlValue::Float(number) => number.to_string(),
            TomlValue::Date(text) => text.clone(),
            TomlValue::Boolean(_) | TomlValue::List(_) | TomlValue::Table(_) => continue,
        };
        let is_inside = |mistake: &&mut StackMistake| {
            mistake.span.is_some_and(|span| node.span.start <= span.start && span.end <= node.span.end)
        };
        for mistake in mistakes.iter_mut().filter(is_inside).filter(|_| !quoted.is_empty()) {
            for part in
                [Some(&mut mistake.message), mistake.label.as_mut(), mistake.help.as_mut()].into_iter().flatten()
            {
                *part = part.replace(&quoted, "…");
            }
        }
    }
}

/// Most bytes of a line that are shown before its mistake, and from there on.
const BEFORE: usize = 80;
const AFTER: usize = 240;

/// A diagnostic together with the text that it points into.
#[derive(Debug)]
struct ShownDiagnostic<'a> {
    diagnostic: &'a Diagnostic,
    snippets: &'a SourceSnippets,
}

impl fmt::Display for ShownDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for ShownDiagnostic<'_> {}

impl miette::Diagnostic for ShownDiagnostic<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(self.snippets)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let span = self.diagnostic.span?;
        let source = &self.snippets.source;
        let cut = source.floor(span.start + AFTER);
        let end = span.end.min(source.line(span.start).end).min(cut).max(span.start);
        let label = self.diagnostic.label.clone();
        let labeled = miette::LabeledSpan::new_primary_with_span(label, (span.start, end - span.start));
        Some(Box::new(std::iter::once(labeled)))
    }
}

/// The line around a place, as miette asks for it: control characters made visible, a very long line cut to a window.
#[derive(Debug, Clone)]
struct SourceSnippets {
    source: StackSource,
    /// The text with every control character replaced by another one of the same length in bytes.
    shown: String,
}

impl SourceSnippets {
    fn new(source: StackSource) -> Self {
        let shown = source.text.chars().map(visible).collect();
        SourceSnippets { source, shown }
    }
}

impl miette::SourceCode for SourceSnippets {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let line = self.source.line(span.offset());
        let place = self.source.place(span.offset());
        // Without context lines it is the place itself that is asked for, not the line.
        let (start, column) = match lines_before {
            0 => (self.source.floor(span.offset()), place.column - 1),
            _ => (line.start.max(self.source.floor(span.offset().saturating_sub(BEFORE))), 0),
        };
        let end = self.source.floor(line.end.min(span.offset() + AFTER)).max(start);
        let data = self.shown.get(start..end).ok_or(miette::MietteError::OutOfBounds)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.source.path.display().to_string(),
            data.as_bytes(),
            (start, end - start).into(),
            place.line - 1,
            column,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::TextSpan;

    #[test]
    fn a_concealed_value_is_left_out_of_what_is_said_about_its_place_alone() {
        let (place, elsewhere) = (TextSpan { start: 8, end: 17 }, TextSpan { start: 0, end: 7 });
        let text = |text: &str| TomlNode { span: place, value: TomlValue::Text(text.to_owned()) };
        let said = |span, words: &str| StackMistake::at(span, words).help(words);
        for (node, span, words, expected) in [
            (text("hunter2"), place, "found \"hunter2\"", "found \"…\""),
            // A key of the same name is no secret.
            (text("hunter2"), elsewhere, "unknown key `hunter2`", "unknown key `hunter2`"),
            (text(""), place, "found \"\"", "found \"\""),
            (TomlNode { span: place, value: TomlValue::Integer(4711) }, place, "found 4711", "found …"),
            (TomlNode { span: place, value: TomlValue::Boolean(true) }, place, "found true", "found true"),
        ] {
            let mut mistakes = [said(span, words)];
            conceal(&mut mistakes, &[node]);
            assert_eq!((mistakes[0].message.as_str(), mistakes[0].help.as_deref()), (expected, Some(expected)));
        }
    }
}
