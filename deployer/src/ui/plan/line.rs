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
    /// What stands behind the text as far as there is room: what the text tells already, as the name of a resource whose id it has.
    name: String,
}

/// Most lines of a terminal that one line of a plan takes, where it is not to be shown in full.
const MOST_ROWS: usize = 6;
/// Fewest columns in which a shortened name says something.
const SHORTEST_NAME: usize = 10;

impl PlanLine {
    /// Makes a line without a mark.
    pub fn plain(indent: usize, text: impl Into<String>) -> Self {
        PlanLine { indent, mark: None, text: text.into(), name: String::new() }
    }

    /// Makes a line with a mark and a space before the text.
    pub fn marked(indent: usize, mark: char, tone: TextTone, text: impl Into<String>) -> Self {
        PlanLine { indent, mark: Some((mark, tone)), text: text.into(), name: String::new() }
    }

    /// Adds the name behind the text.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
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
            self.text = format!("{}  {}", self.whole(), look.paint(TextTone::Dim, remark));
            self.name = String::new();
            return vec![self];
        }
        let below = text::wrap(&remark, Some(look.columns().saturating_sub(indent)));
        let below = below.into_iter().map(|line| PlanLine::plain(indent, look.paint(TextTone::Dim, line)));
        [self].into_iter().chain(below).collect()
    }

    /// Returns the text with the name.
    fn whole(&self) -> String {
        if self.name.is_empty() { self.text.clone() } else { format!("{}  {}", self.text, self.name) }
    }

    /// Renders the line for a terminal or a log.
    pub fn human(&self, look: &TerminalLook) -> String {
        self.behind_mark(&self.whole(), look)
    }

    fn behind_mark(&self, text: &str, look: &TerminalLook) -> String {
        let indent = self.indent;
        match self.mark {
            None => format!("{:indent$}{text}", ""),
            Some((mark, tone)) => format!("{:indent$}{} {text}", "", look.paint(tone, mark)),
        }
    }

    /// Renders the line for a terminal: a name is shortened or left out where there is no room for it, and the text goes on in further
    /// lines.
    pub fn fitted(&self, look: &TerminalLook) -> Vec<String> {
        let whole = self.human(look);
        if look.width.is_none() || text::width(&whole) <= look.columns() {
            return vec![whole];
        }
        let lead = self.indent + if self.mark.is_some() { 2 } else { 0 };
        let room = look.columns().saturating_sub(lead);
        let left = room.saturating_sub(text::width(&self.text) + 2);
        if !self.name.is_empty() && left >= SHORTEST_NAME {
            return vec![self.behind_mark(&format!("{}  {}", self.text, text::shorten(&self.name, left)), look)];
        }
        let text = text::shorten(self.text.trim_end(), room * MOST_ROWS);
        let mut rows = text::fold(&text, room).into_iter();
        let first = rows.next().map(|row| self.behind_mark(&row, look));
        first.into_iter().chain(rows.map(|row| format!("{:lead$}{row}", ""))).collect()
    }

    /// Renders the line for a code block of the language `diff`. The mark stands first, or else the line has no colour there; a line
    /// without one begins with a space, so that nothing in its text is taken for one.
    pub fn diff(&self) -> String {
        let PlanLine { indent, mark, .. } = self;
        let (indent, text) = (indent.saturating_sub(MARGIN), self.whole());
        match mark {
            None => format!(" {:indent$}{text}", ""),
            Some((mark, _)) => format!("{}{:indent$} {text}", if *mark == '~' { '!' } else { *mark }, ""),
        }
    }
}
