//! TOML text to a tree of [`TomlNode`]s, with every syntax error and not only the first.

use super::node::{TextSpan, TomlEntry, TomlNode, TomlTable, TomlValue};
use super::report::StackMistake;
use toml::de::{DeInteger, DeTable, DeValue};

/// What the parser made of the text.
pub(super) struct ParsedToml {
    /// The tree; after a syntax error, what could be made out.
    pub(super) root: TomlTable,
    /// Syntax errors in the order of their places.
    pub(super) mistakes: Vec<StackMistake>,
    /// Whether parts of the tree may be missing. A key that is given twice is an error, but hides nothing.
    pub(super) broken: bool,
}

/// Message of the parser for a key or a table header that is given twice.
const DUPLICATE: &str = "duplicate key";

/// Message for a text that its line does not end.
const UNCLOSED: &str = "the text that begins here has no closing quote";

/// Most syntax errors that are kept: after so many the text is no TOML at all.
const MOST: usize = 200;

pub(super) fn parse(text: &str) -> ParsedToml {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut parsed = ParsedToml { root: entries(root.into_inner()), mistakes: Vec::new(), broken: false };
    parsed.broken = errors.iter().any(|error| error.message() != DUPLICATE);
    // The text without the repetitions that are told already: a third key repeats the first as the second does.
    let mut told_once = text.to_owned();
    for error in errors.into_iter().take(MOST) {
        let span = pointed(error.span().unwrap_or(0..0), text);
        if error.message() == DUPLICATE {
            let key = text.get(span.clone()).unwrap_or_default();
            let message = format!("duplicate key `{}`", key.escape_debug());
            // Looking for the other one reads the text anew: not for hundreds of them.
            let first = if parsed.mistakes.len() < 10 { first_of(&told_once, &parsed.root, &span) } else { None };
            rename(&mut told_once, &span);
            let label = match first.and_then(|first| text.get(..first.start)) {
                Some(before) => format!("is given before, in line {}", before.matches('\n').count() + 1),
                None => "is given before".to_owned(),
            };
            parsed.mistakes.push(
                StackMistake::at(span.into(), message)
                    .label(label)
                    .help("a key or a table header stands once in a file: keep one of them"),
            );
        } else {
            let (message, help) = cause(text, span.start, error.message());
            let span = if message == UNCLOSED { opened(span, text) } else { span };
            parsed.mistakes.push(StackMistake::at(span.into(), message).label("syntax error").help(help));
        }
    }
    parsed
}

/// Returns the place of the key that the one at `twice` repeats: with another name there, the error is gone.
fn first_of(text: &str, root: &TomlTable, twice: &std::ops::Range<usize>) -> Option<TextSpan> {
    let mut candidates = Vec::new();
    keys_before(root, twice.start, &mut candidates);
    candidates.retain(|(key, _)| text.get(twice.clone()).is_some_and(|twice| twice.trim_matches(['"', '\'']) == key));
    candidates.into_iter().map(|(_, place)| place).find(|place| {
        let mut renamed = text.to_owned();
        rename(&mut renamed, &(place.start..place.end));
        let (_, errors) = DeTable::parse_recoverable(&renamed);
        !errors.iter().any(|error| error.message() == DUPLICATE && error.span().as_ref() == Some(twice))
    })
}

/// Gives the key at a place a name unlike any other, as long as before, so that the places after it stay.
fn rename(text: &mut String, place: &std::ops::Range<usize>) {
    if text.get(place.clone()).is_some_and(|key| !key.is_empty()) {
        text.replace_range(place.clone(), &("_".repeat(place.len() - 1) + "-"));
    }
}

/// Collects the keys of a tree that begin before a place, with their places.
fn keys_before(table: &TomlTable, end: usize, keys: &mut Vec<(String, TextSpan)>) {
    for (key, entry) in table.iter() {
        if entry.key.start < end {
            keys.push((key.to_owned(), entry.key));
        }
        nodes_before(&entry.node, end, keys);
    }
}

fn nodes_before(node: &TomlNode, end: usize, keys: &mut Vec<(String, TextSpan)>) {
    match &node.value {
        TomlValue::Table(table) => keys_before(table, end, keys),
        TomlValue::List(nodes) => nodes.iter().for_each(|node| nodes_before(node, end, keys)),
        _ => {}
    }
}

/// Words a syntax error: what people write most often, else what the parser says.
fn cause(text: &str, at: usize, message: &str) -> (String, String) {
    let here = text.get(at..).unwrap_or_default();
    let word = here.split(['\n', '\r', '#', ',', ']', '}']).next().unwrap_or_default().trim_end();
    let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unclosed = ["invalid basic string, expected `\"`", "invalid literal string, expected `'`"];
    if unclosed.iter().any(|unclosed| message.contains(unclosed)) {
        (UNCLOSED.to_owned(), "close it in the same line".to_owned())
    } else if number.len() < word.len() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        let help =
            format!("write {number}: the unit is fixed, and the reference of the key names it; a text needs quotes");
        (format!("`{}` is not a number", word.escape_debug()), help)
    } else if message.contains("string values must be quoted") && !word.is_empty() {
        (format!("the text `{}` has no quotes", word.escape_debug()), format!("write \"{}\"", word.escape_debug()))
    } else {
        let help = "https://toml.io shows the syntax on one page; strings need quotes";
        (format!("not valid TOML: {message}"), help.to_owned())
    }
}

/// Returns the place of an error, widened when it is between two characters, so that there is something to underline: the
/// character after it, or at the end of a line the last one before it.
fn pointed(span: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let (Some(before), Some(after)) = (text.get(..span.start), text.get(span.start..)) else {
        return span;
    };
    if !span.is_empty() {
        return span;
    }
    match (after.chars().next(), before.trim_end().char_indices().next_back()) {
        (Some(next), _) if !next.is_whitespace() => span.start..span.start + next.len_utf8(),
        (_, Some((start, last))) => start..start + last.len_utf8(),
        _ => span,
    }
}

/// Returns the place of the text that its line does not end: the parser points to the end of the line.
fn opened(span: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let before = text.get(..span.end).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let (mut open, mut is_escaped) = (None, false);
    for (at, character) in before.get(line..).unwrap_or_default().char_indices() {
        match open {
            Some((_, '"')) if is_escaped => is_escaped = false,
            Some((_, '"')) if character == '\\' => is_escaped = true,
            Some((_, quote)) if character == quote => open = None,
            None if character == '"' || character == '\'' => open = Some((at, character)),
            _ => {}
        }
    }
    open.map_or(span.clone(), |(at, _)| line + at..span.end)
}

fn entries(table: DeTable<'_>) -> TomlTable {
    let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue<'_>>)| {
        let span = key.span().into();
        (std::borrow::Cow::into_owned(key.into_inner()), TomlEntry { key: span, node: node(value) })
    };
    table.into_iter().map(entry).collect()
}

/// Converts a value of the parser. Recursion is safe: the parser refuses more than 80 levels.
fn node(value: toml::Spanned<DeValue<'_>>) -> TomlNode {
    let span: TextSpan = value.span().into();
    let value = match value.into_inner() {
        DeValue::String(text) => TomlValue::Text(text.into_owned()),
        DeValue::Integer(number) => TomlValue::Integer(integer(&number)),
        DeValue::Float(number) => TomlValue::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => TomlValue::Boolean(value),
        DeValue::Datetime(date) => TomlValue::Date(date.to_string()),
        DeValue::Array(values) => TomlValue::List(values.into_iter().map(node).collect()),
        DeValue::Table(table) => TomlValue::Table(entries(table)),
    };
    TomlNode { span, value }
}

fn integer(number: &DeInteger<'_>) -> i128 {
    let beyond = if number.as_str().starts_with('-') { i128::MIN } else { i128::MAX };
    i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_an_end_is_shown_from_its_quote_on() {
        for (text, expected) in [
            ("a = 1\nname = \"shop\nb = 2\n", "\"shop"),
            ("a = \"x\" \nb = [\"one\", \"two \\\" three\n", "\"two \\\" three"),
            ("a = 'it is\n", "'it is"),
            ("a = \"don't", "\"don't"),
        ] {
            let mistakes = parse(text).mistakes;
            let shown = mistakes.iter().find(|mistake| mistake.message == UNCLOSED).and_then(|mistake| mistake.span);
            assert_eq!(shown.and_then(|span| text.get(span.start..span.end)), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_given_twice_is_told_with_the_first() {
        for (text, expected) in [
            ("a = 1\na = 2\n", &[", in line 1"][..]),
            ("a = 1\n\na = 2\na = 3\n", &[", in line 1", ", in line 1"]),
            // The same name in other tables is another key.
            ("a = 1\n[x]\na = 1\n[y]\nb = 1\na = 2\na = 3\n", &[", in line 6"]),
            // Of two headers the parser keeps the second: where the first is, it does not tell.
            ("[x.y]\n[x.z]\n[x.y]\n", &[""]),
            ("[x]\n\"a b\" = 1\n'a b' = 2\n", &[", in line 2"]),
            ("[x]\nlist = [{ a = 1 }, { b = 1, b = 2 }]\n", &[", in line 2"]),
            ("[x]\nb.a = 1\nc.a = 1\nc.a = 2\n", &[", in line 3"]),
            ("[[l]]\na = 1\n[[l]]\na = 1\na = 2\n", &[", in line 4"]),
        ] {
            let labels: Vec<_> = parse(text).mistakes.into_iter().filter_map(|mistake| mistake.label).collect();
            let expected: Vec<_> = expected.iter().map(|line| format!("is given before{line}")).collect();
            assert_eq!(labels, expected, "{text}");
        }
    }
}
