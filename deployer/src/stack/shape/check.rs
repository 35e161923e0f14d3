//! Compares written values with their shapes. Every message about a single value comes from here.

use super::definition::{IntegerRange, KeyDefinition, KeyPresence, ValueShape};
use super::text::TextRule;
use crate::stack::node::{TextSpan, TomlNode, TomlTable, TomlValue, quoted};
use crate::stack::report::{MistakeReport, StackMistake};
use crate::stack::{foreign_words, nearest};
use std::collections::BTreeSet;

/// Whether absent keys are mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack) enum Completeness {
    /// Yes: the values are a whole description.
    Whole,
    /// No: other parts are elsewhere, in a stage or behind a syntax error.
    Part,
}

/// A text in which references are replaced.
pub(in crate::stack) struct Template {
    pub(in crate::stack) text: String,
    pub(in crate::stack) span: TextSpan,
}

/// One walk over values and their shapes.
pub(in crate::stack) struct Walk<'a> {
    report: &'a mut MistakeReport,
    completeness: Completeness,
    /// Texts with references that were met.
    pub(in crate::stack) templates: Vec<Template>,
}

impl<'a> Walk<'a> {
    pub(in crate::stack) fn new(report: &'a mut MistakeReport, completeness: Completeness) -> Self {
        Walk { report, completeness, templates: Vec::new() }
    }

    /// Checks the value of `key`, which is written at `key_span`.
    pub(in crate::stack) fn value(&mut self, key: &str, key_span: TextSpan, node: &TomlNode, shape: &ValueShape) {
        match (shape, &node.value) {
            (ValueShape::Text(rule), TomlValue::Text(text)) => self.text(node.span, text, rule),
            (ValueShape::Integer(range), TomlValue::Integer(number)) => {
                self.integer(key, node.span, *number, range, shape)
            }
            (ValueShape::IntegerOf { allowed, .. }, TomlValue::Integer(number)) => {
                self.integer_of(key, node.span, *number, allowed, shape);
            }
            (ValueShape::Number { min }, TomlValue::Float(number)) => self.number(key, node.span, *number, *min, shape),
            // A number is a float in the end, however it is written.
            (ValueShape::Number { min }, TomlValue::Integer(number)) => {
                self.number(key, node.span, *number as f64, *min, shape);
            }
            (ValueShape::Boolean, TomlValue::Boolean(_)) | (ValueShape::Off, TomlValue::Boolean(false)) => {}
            (ValueShape::OneOf(words), TomlValue::Text(text)) => self.word(key, node.span, text, words, shape),
            (ValueShape::List { of, length }, TomlValue::List(nodes)) => {
                self.list(key, key_span, node.span, nodes, of, *length)
            }
            (ValueShape::Map { key: rule, of, length, .. }, TomlValue::Table(entries)) => {
                self.map(key, key_span, entries, rule, of, *length);
            }
            (ValueShape::Table(keys), TomlValue::Table(entries)) => self.table(key, key_span, entries, keys),
            (ValueShape::Either(shapes), value) => match shapes.iter().find(|shape| accepts(shape, value)) {
                Some(shape) => self.value(key, key_span, node, shape),
                None => self.wrong_type(key, node, shape),
            },
            _ => self.wrong_type(key, node, shape),
        }
    }

    /// Checks the entries of a table whose keys we choose.
    fn table(&mut self, name: &str, at: TextSpan, entries: &TomlTable, keys: &[KeyDefinition]) {
        for (key, entry) in entries.iter() {
            match KeyDefinition::find(keys, key) {
                Some(definition) => self.value(key, entry.key, &entry.node, &definition.shape),
                None => self.unknown_key(key, entry.key, KeyDefinition::names(keys)),
            }
        }
        self.required(name, at, entries, keys);
        self.aliases(name, entries, keys);
    }

    /// Reports keys that are given under both of their names, where one could say yes and the other no.
    fn aliases(&mut self, table: &str, entries: &TomlTable, keys: &[KeyDefinition]) {
        for (name, alias) in keys.iter().filter_map(|key| Some((key.name, key.alias?))) {
            if let (Some(_), Some(twice)) = (entries.get(name), entries.get(alias)) {
                let message = format!("`{table}` has both `{name}` and `{alias}`, which mean the same");
                let mistake = StackMistake::at(twice.key, message).label(format!("another name of `{name}`"));
                self.report.error(mistake.help(format!("keep `{name}`")));
            }
        }
    }

    /// Reports the required keys that a table lacks, unless they may be elsewhere.
    pub(in crate::stack) fn required(&mut self, name: &str, at: TextSpan, entries: &TomlTable, keys: &[KeyDefinition]) {
        if self.completeness == Completeness::Part {
            return;
        }
        for key in keys.iter().filter(|key| key.presence == KeyPresence::Required) {
            if entries.get(key.name).is_none() {
                let message = match name {
                    "" => format!("`{}` is missing", key.name),
                    _ => format!("`{name}` has no `{}`", key.name),
                };
                let mistake = StackMistake::at(at, message)
                    .missing(key.name)
                    .label(format!("needs `{}`", key.name))
                    .help(format!("{} Allowed: {}", key.doc, key.shape.allows()));
                self.report.error(mistake);
            }
        }
    }

    /// Reports a key that is none of `known`.
    pub(in crate::stack) fn unknown_key<'k>(
        &mut self,
        key: &str,
        at: TextSpan,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let mistake = StackMistake::at(at, format!("unknown key `{}`", key.escape_debug())).label("not known here");
        self.report.error(mistake.help(match foreign_words::advice(key, known.clone()) {
            Some(advice) => format!("{advice}; allowed here: {}", nearest::enumerate(known)),
            None => nearest::suggest(key, "allowed here", known),
        }));
    }

    /// Adds a mistake about a value that no shape describes.
    pub(in crate::stack) fn report(&mut self, mistake: StackMistake) {
        self.report.error(mistake);
    }

    /// Checks a text against its rule; used for keys too.
    pub(in crate::stack) fn text(&mut self, at: TextSpan, text: &str, rule: &TextRule) {
        if let Some(reason) = rule.refuses(text) {
            let mut help = format!("allowed: {}", rule.allows());
            if !rule.references && text.contains("${") {
                help.push_str("; `${…}` is replaced in `environment` and `allow` alone");
            }
            let message = format!("{} is not {}: {reason}", quoted(text), rule.what);
            self.report.error(StackMistake::at(at, message).label(reason).help(help));
        } else if rule.references {
            self.templates.push(Template { text: text.to_owned(), span: at });
        }
    }

    fn integer(&mut self, key: &str, at: TextSpan, number: i128, range: &IntegerRange, shape: &ValueShape) {
        if number < range.min || number > range.max {
            let label =
                if number < range.min { format!("at least {}", range.min) } else { format!("at most {}", range.max) };
            self.not_allowed(key, at, &number.to_string(), label, shape);
        }
    }

    fn integer_of(&mut self, key: &str, at: TextSpan, number: i128, allowed: &[i128], shape: &ValueShape) {
        if allowed.binary_search(&number).is_err() {
            let near = allowed.iter().min_by_key(|candidate| candidate.abs_diff(number));
            let label = near.map_or_else(String::new, |near| format!("nearest: {near}"));
            self.not_allowed(key, at, &number.to_string(), label, shape);
        }
    }

    fn number(&mut self, key: &str, at: TextSpan, number: f64, min: f64, shape: &ValueShape) {
        if !number.is_finite() || number < min {
            let label = if number.is_finite() { format!("at least {min}") } else { "not a finite number".to_owned() };
            self.not_allowed(key, at, &number.to_string(), label, shape);
        }
    }

    fn word(&mut self, key: &str, at: TextSpan, text: &str, words: &[&'static str], shape: &ValueShape) {
        if words.contains(&text) {
            return;
        }
        let meant = foreign_words::meant(text, words);
        let label = match meant {
            Some(word) if word.eq_ignore_ascii_case(text) => "letter case matters",
            _ => "not one of the allowed words",
        };
        let meant = meant.map(|word| format!("did you mean \"{word}\"? ")).unwrap_or_default();
        let message = format!("`{}` may not be {}", key.escape_debug(), quoted(text));
        let help = format!("{meant}allowed: {}", shape.allows());
        self.report.error(StackMistake::at(at, message).label(label).help(help));
    }

    fn list(
        &mut self,
        key: &str,
        key_span: TextSpan,
        at: TextSpan,
        nodes: &[TomlNode],
        of: &ValueShape,
        (min, max): (usize, usize),
    ) {
        self.count(key, at, nodes.len(), "element", (min, max));
        let mut seen = BTreeSet::new();
        for node in nodes {
            // What an element lacks is told at the element.
            let at = if node.table().is_some() { node.span } else { key_span };
            self.value(key, at, node, of);
            if let Some((text, span)) = node.text()
                && !seen.insert(text)
            {
                let mistake =
                    StackMistake::at(span, format!("{} is in `{key}` twice", quoted(text))).label("given before");
                self.report.error(mistake.help("keep one of them"));
            }
        }
    }

    fn map(
        &mut self,
        key: &str,
        at: TextSpan,
        entries: &TomlTable,
        rule: &TextRule,
        of: &ValueShape,
        length: (usize, usize),
    ) {
        if self.completeness == Completeness::Whole || entries.len() > length.1 {
            self.count(key, at, entries.len(), "entry", length);
        }
        for (name, entry) in entries.iter() {
            self.text(entry.key, name, rule);
            self.value(name, entry.key, &entry.node, of);
        }
    }

    fn count(&mut self, key: &str, at: TextSpan, count: usize, what: &str, (min, max): (usize, usize)) {
        if (min..=max).contains(&count) {
            return;
        }
        let plural = |count: usize| match (count, what) {
            (1, _) => format!("1 {what}"),
            (_, "entry") => format!("{count} entries"),
            _ => format!("{count} {what}s"),
        };
        let help = match (min, max) {
            (_, usize::MAX) => format!("at least {min}"),
            (min, max) => format!("{min} to {max} are allowed"),
        };
        let message = if count == 0 { format!("`{key}` is empty") } else { format!("`{key}` has {}", plural(count)) };
        self.report.error(StackMistake::at(at, message).label(plural(count)).help(help));
    }

    fn not_allowed(&mut self, key: &str, at: TextSpan, found: &str, label: String, shape: &ValueShape) {
        let key = key.escape_debug();
        let message = match shape {
            ValueShape::Integer(_) | ValueShape::Number { .. } => {
                format!("`{key}` must be {}, is {found}", shape.allows())
            }
            _ => format!("`{key}` may not be {found}"),
        };
        self.report.error(StackMistake::at(at, message).label(label).help(format!("allowed: {}", shape.allows())));
    }

    fn wrong_type(&mut self, key: &str, node: &TomlNode, shape: &ValueShape) {
        let expected = shape.expects();
        let key = key.escape_debug();
        let message = format!("expected {expected} for `{key}`, found {}", node.value.describe());
        let help = match rewritten(&node.value, shape) {
            Some(value) => format!("write `{key} = {value}`"),
            None => format!("allowed: {}", shape.allows()),
        };
        self.report.error(StackMistake::at(node.span, message).label(format!("expected {expected}")).help(help));
    }
}

/// Tells whether the value has the TOML type of the shape.
fn accepts(shape: &ValueShape, value: &TomlValue) -> bool {
    match shape {
        ValueShape::Text(_) | ValueShape::OneOf(_) => matches!(value, TomlValue::Text(_)),
        ValueShape::Integer(_) | ValueShape::IntegerOf { .. } => matches!(value, TomlValue::Integer(_)),
        ValueShape::Number { .. } => matches!(value, TomlValue::Integer(_) | TomlValue::Float(_)),
        ValueShape::Boolean => matches!(value, TomlValue::Boolean(_)),
        ValueShape::Off => matches!(value, TomlValue::Boolean(false)),
        ValueShape::List { .. } => matches!(value, TomlValue::List(_)),
        ValueShape::Map { .. } | ValueShape::Table(_) => matches!(value, TomlValue::Table(_)),
        ValueShape::Either(shapes) => shapes.iter().any(|shape| accepts(shape, value)),
    }
}

/// Returns the value in the type of the shape, when the shape allows it: for quotes that are forgotten or too many, and a
/// list of one without its brackets.
fn rewritten(value: &TomlValue, shape: &ValueShape) -> Option<String> {
    match (shape, value) {
        (ValueShape::Integer(_) | ValueShape::IntegerOf { .. }, TomlValue::Text(text)) => {
            text.trim().parse().ok().filter(|number| allows_integer(shape, *number)).map(|number| number.to_string())
        }
        (ValueShape::Integer(_) | ValueShape::IntegerOf { .. }, TomlValue::Float(number)) => {
            let whole = number.fract() == 0.0 && number.abs() < 1e15;
            (whole && allows_integer(shape, *number as i128)).then(|| format!("{number:.0}"))
        }
        (ValueShape::Number { min }, TomlValue::Text(text)) => {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|number| number.is_finite() && number >= min).map(|number| number.to_string())
        }
        (ValueShape::Boolean, TomlValue::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "enabled" => Some("true".to_owned()),
            "false" | "no" | "off" | "disabled" => Some("false".to_owned()),
            _ => None,
        },
        (ValueShape::Boolean, TomlValue::Integer(0)) => Some("false".to_owned()),
        (ValueShape::Boolean, TomlValue::Integer(1)) => Some("true".to_owned()),
        (ValueShape::Text(rule), value) => {
            let text = match value {
                TomlValue::Integer(number) => number.to_string(),
                TomlValue::Float(number) => number.to_string(),
                TomlValue::Boolean(value) => value.to_string(),
                TomlValue::Date(date) => date.clone(),
                _ => return None,
            };
            rule.refuses(&text).is_none().then(|| format!("\"{text}\""))
        }
        (ValueShape::List { of, .. }, TomlValue::Text(text)) if accepts(of, value) => {
            Some(format!("[{}]", quoted(text)))
        }
        (ValueShape::Either(shapes), _) => shapes.iter().find_map(|shape| rewritten(value, shape)),
        _ => None,
    }
}

fn allows_integer(shape: &ValueShape, number: i128) -> bool {
    match shape {
        ValueShape::Integer(range) => (range.min..=range.max).contains(&number),
        ValueShape::IntegerOf { allowed, .. } => allowed.contains(&number),
        _ => false,
    }
}
