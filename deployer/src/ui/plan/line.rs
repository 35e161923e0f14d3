//! One line of a plan, before it is known where the line is read.

use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::text;

/// Columns before a resource.
pub const MARGIN: usize = 2;

/// A line that may be marked as coming, going or changing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// Columns before the mark, or before the text.
    indent: usize,
    /// What the line means; it stands before the text.
    mark: Option<(char, TextTone)>,
    /// The text; it may have colours.
    text: String,
}

impl PlanLine {
    /// Makes a line without a mark.
    pub fn plain(indent: usize, text: impl Into<String>) -> Self {
        PlanLine { indent, mark: None, text: text.into() }
    }

    /// Makes a line with a mark and a space before the text.
    pub fn marked(indent: usize, mark: char, tone: TextTone, text: impl Into<String>) -> Self {
        PlanLine { indent, mark: Some((mark, tone)), text: text.into() }
    }

    /// Moves the line further in.
    #[must_use]
    pub fn within(mut self, indent: usize) -> Self {
        self.indent += indent;
        self
    }

    /// Adds a remark behind the line, or below it at `indent` where the terminal is too narrow for both.
    pub fn with_remark(mut self, remark: &str, indent: usize, look: &TerminalLook) -> Vec<PlanLine> {
        if remark.is_empty() {
            return vec![self];
        }
        let remark = text::clean(remark);
        if look.width.is_none() || text::width(&self.human(look)) + 2 + text::width(&remark) <= look.columns() {
            self.text = format!("{}  {}", self.text, look.paint(TextTone::Dim, remark));
            return vec![self];
        }
        let below = text::wrap(&remark, Some(look.columns().saturating_sub(indent)));
        let below = below.into_iter().map(|line| PlanLine::plain(indent, look.paint(TextTone::Dim, line)));
        [self].into_iter().chain(below).collect()
    }

    /// Renders the line for a terminal or a log.
    pub fn human(&self, look: &TerminalLook) -> String {
        let PlanLine { indent, mark, text } = self;
        match mark {
            None => format!("{:indent$}{text}", ""),
            Some((mark, tone)) => format!("{:indent$}{} {text}", "", look.paint(*tone, mark)),
        }
    }

    /// Renders the line for a code block of the language `diff`. The mark stands first, or else the line has no colour there; a line
    /// without one begins with a space, so that nothing in its text is taken for one.
    pub fn diff(&self) -> String {
        let PlanLine { indent, mark, text } = self;
        let indent = indent.saturating_sub(MARGIN);
        match mark {
            None => format!(" {:indent$}{text}", ""),
            Some((mark, _)) => format!("{}{:indent$} {text}", if *mark == '~' { '!' } else { *mark }, ""),
        }
    }
}
