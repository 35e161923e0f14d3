//! Errors as people and as machines read them.

use super::look::{TerminalLook, TextTone};
use super::text;
use crate::error::Error;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Renders one error: what went wrong, the facts, what to do. Ends with a line feed.
pub fn render(error: &Error, look: &TerminalLook) -> String {
    labelled("error", error, look)
}

/// Renders several errors with a blank line between them.
pub fn render_all(errors: &[Error], look: &TerminalLook) -> String {
    errors.iter().map(|error| render(error, look)).collect::<Vec<_>>().join("\n")
}

/// Renders `warning: …`. Ends with a line feed.
pub fn warning(message: &str, look: &TerminalLook) -> String {
    paragraph("", TextTone::Warning, "warning", message, look)
}

/// Renders `note: …`. Ends with a line feed.
pub fn note(message: &str, look: &TerminalLook) -> String {
    paragraph("", TextTone::Hint, "note", message, look)
}

/// Renders one error under another word than `error`.
pub(super) fn labelled(label: &str, error: &Error, look: &TerminalLook) -> String {
    let mut out = paragraph("", TextTone::Bad, label, &error.message, look);
    let column = error.facts.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0);
    for (name, value) in &error.facts {
        let margin = format!("  {:column$}  ", "");
        let room = look.width.map(|_| look.columns().saturating_sub(column + 4));
        for (index, line) in text::wrap(&text::clean_lines(value), room).iter().enumerate() {
            match index {
                0 => out.push_str(&format!(
                    "  {}  {line}\n",
                    look.paint(TextTone::Dim, text::pad(&text::clean(name), column))
                )),
                _ => out.push_str(&format!("{margin}{line}\n")),
            }
        }
    }
    for hint in &error.hints {
        out.push_str(&paragraph("  ", TextTone::Hint, "help", hint, look));
    }
    out
}

/// Renders `label: text`, further lines indented below the text.
fn paragraph(indent: &str, tone: TextTone, label: &str, message: &str, look: &TerminalLook) -> String {
    let margin = indent.len() + label.len() + 2;
    let room = look.width.map(|_| look.columns().saturating_sub(margin));
    let lines = text::wrap(&text::clean_lines(message), room);
    let label = look.paint(tone, format!("{label}:"));
    let rest = format!("\n{:margin$}", "");
    format!("{indent}{label} {}\n", lines.join(&rest))
}

/// An error as JSON: `{"kind":"aws","message":"…","facts":{"operation":"CreateTable"},"hints":["…"]}`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorJson<'a>(pub &'a Error);

impl Serialize for ErrorJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A fact may be told more than once, such as `line`; an object has one member of each name.
        let mut facts: BTreeMap<&str, String> = BTreeMap::new();
        for (name, value) in &self.0.facts {
            let all = facts.entry(name).or_default();
            if !all.is_empty() {
                all.push('\n');
            }
            all.push_str(value);
        }
        let mut out = serializer.serialize_struct("Error", 4)?;
        out.serialize_field("kind", self.0.kind.as_str())?;
        out.serialize_field("message", &self.0.message)?;
        out.serialize_field("facts", &facts)?;
        out.serialize_field("hints", &self.0.hints)?;
        out.end()
    }
}

/// What a command with one JSON answer says instead of it: `{"errors":[…],"exit_code":1}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailureJson<'a> {
    /// The errors.
    errors: Vec<ErrorJson<'a>>,
    /// The exit code of the process.
    exit_code: u8,
}

impl<'a> FailureJson<'a> {
    /// Makes the failure with these errors.
    pub fn new(errors: &'a [Error], exit_code: u8) -> Self {
        FailureJson { errors: errors.iter().map(ErrorJson).collect(), exit_code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied() -> Error {
        Error::aws("could not create role.api: access denied")
            .fact("operation", "iam:CreateRole")
            .fact("code", "AccessDenied (403)")
            .fact("request id", "7f1c")
            .fact("said", "User: arn:aws:iam::000000000000:user/ana is not authorized to perform: iam:CreateRole on resource: role orders-prod-api")
            .hint("Give your identity iam:CreateRole on arn:aws:iam::*:role/deployer/orders/*, then run the command again.")
    }

    #[test]
    fn an_error_is_told_with_its_facts_and_what_to_do() {
        insta::assert_snapshot!(render(&denied(), &TerminalLook::PLAIN));
        insta::assert_snapshot!(render(&denied(), &TerminalLook { color: false, width: Some(60) }));
        insta::assert_snapshot!(render(&denied(), &TerminalLook { color: true, width: Some(80) }));
        insta::assert_snapshot!(render_all(
            &[denied(), Error::io("disk \u{1b}[2J full\nreally")],
            &TerminalLook::PLAIN
        ));
    }

    #[test]
    fn an_error_for_machines() {
        let error = denied().fact("code", "again");
        insta::assert_snapshot!(serde_json::to_string_pretty(&FailureJson::new(&[error], 1)).unwrap());
    }
}
