//! Heredocs with `<<-`, whose indent is no part of the text.
//!
//! The parser takes an indent away as well, but from each literal between two interpolations by itself: a line that begins at the
//! margin loses its first characters there, and a JSON policy its braces.

use hcl_edit::Span;
use hcl_edit::structure::Body;
use hcl_edit::template::HeredocTemplate;
use hcl_edit::visit::Visit;
use std::ops::Range;

/// Returns a file's text with its heredocs at the margin, and so without `<<-`, if it has any. Lines stay where they are.
pub fn at_margin(text: &str, body: &Body) -> Option<String> {
    let mut indented = IndentedHeredocs { text, found: Vec::new() };
    indented.visit_body(body);
    let mut out = text.to_owned();
    // From the end, so that what is still to be replaced stays where it is.
    indented.found.sort_by_key(|range| std::cmp::Reverse(range.start));
    for range in &indented.found {
        out.replace_range(range.clone(), &flush(&text[range.clone()]));
    }
    (!indented.found.is_empty()).then_some(out)
}

/// Takes the indent away that all lines between the markers share. As Terraform does it, a blank line does not count.
fn flush(heredoc: &str) -> String {
    let plain = heredoc.replacen("<<-", "<<", 1);
    let lines: Vec<&str> = plain.split_inclusive('\n').collect();
    let [opening, lines @ .., closing] = lines.as_slice() else { return plain };
    let is_blank = |line: &str| line.trim().is_empty();
    let indent_of = |line: &str| line.chars().take_while(|c| c.is_whitespace()).count();
    let indent = lines.iter().filter(|line| !is_blank(line)).map(|line| indent_of(line)).min().unwrap_or(0);
    let flushed = lines.iter().map(|line| match is_blank(line) {
        true => (*line).to_owned(),
        false => line.chars().skip(indent).collect(),
    });
    std::iter::once((*opening).to_owned()).chain(flushed).chain([(*closing).to_owned()]).collect()
}

/// Gathers where heredocs with `<<-` stand.
struct IndentedHeredocs<'a> {
    text: &'a str,
    found: Vec<Range<usize>>,
}

impl Visit for IndentedHeredocs<'_> {
    // One within another goes with it.
    fn visit_heredoc_template(&mut self, node: &HeredocTemplate) {
        let span = node.span().filter(|span| self.text.get(span.clone()).is_some_and(|text| text.starts_with("<<-")));
        self.found.extend(span);
    }
}
