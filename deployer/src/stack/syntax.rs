//! TOML text to a tree of [`Node`]s, with every syntax error and not only the first.
use super::node::{Entries, Entry, Node, Span, Value};
use super::report::Mistake;
use toml::de::{DeInteger, DeTable, DeValue};

/// What the parser made of the text.
pub(super) struct Parsed {
    /// The tree; after a syntax error, what could be made out.
    pub(super) root: Entries,
    /// Syntax errors in the order of their places.
    pub(super) mistakes: Vec<Mistake>,
    /// Whether parts of the tree may be missing. A key that is given twice is an error, but hides nothing.
    pub(super) broken: bool,
}

pub(super) fn parse(text: &str) -> Parsed {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut parsed = Parsed { root: entries(root.into_inner()), mistakes: Vec::new(), broken: false };
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        if error.message() == "duplicate key" {
            let key = text.get(span.clone()).unwrap_or_default();
            parsed.mistakes.push(
                Mistake::at(span.into(), format!("duplicate key `{}`", key.escape_debug()))
                    .label("is given before")
                    .help("a key or a table header stands once in a file: keep one of them"),
            );
        } else {
            parsed.broken = true;
            parsed.mistakes.push(
                Mistake::at(span.into(), format!("not valid TOML: {}", error.message()))
                    .label("syntax error")
                    .help("https://toml.io shows the syntax on one page; strings need quotes"),
            );
        }
    }
    parsed
}

fn entries(table: DeTable<'_>) -> Entries {
    let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue<'_>>)| {
        let span = key.span().into();
        (std::borrow::Cow::into_owned(key.into_inner()), Entry { key: span, node: node(value) })
    };
    table.into_iter().map(entry).collect()
}

/// Recursion is safe: the parser refuses more than 80 levels.
fn node(value: toml::Spanned<DeValue<'_>>) -> Node {
    let span: Span = value.span().into();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(integer(&number)),
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(values) => Value::List(values.into_iter().map(node).collect()),
        DeValue::Table(table) => Value::Table(entries(table)),
    };
    Node { span, value }
}

fn integer(number: &DeInteger<'_>) -> i128 {
    let beyond = if number.as_str().starts_with('-') { i128::MIN } else { i128::MAX };
    i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(beyond)
}
