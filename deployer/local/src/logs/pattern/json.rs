//! `{ $.status >= 500 && ($.route = "/orders*" || $.cold IS TRUE) }`

use super::{PatternError, take_quoted};
use serde_json::Value;

/// Parentheses may nest this deep.
const MAX_DEPTH: usize = 32;

/// A condition on a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonSelector {
    /// `&&`
    All(Vec<JsonSelector>),
    /// `||`
    Any(Vec<JsonSelector>),
    /// A comparison of one property.
    Test(PropertyPath, PropertyTest),
}

/// Steps from the root `$` to a property.
type PropertyPath = Vec<PathStep>;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// `.name`
    Member(String),
    /// `[3]`
    Index(usize),
    /// `[*]`
    AnyIndex,
}

/// What is asked of a property. All but `NotExists` need it to be there.
#[derive(Clone, Debug, PartialEq)]
pub enum PropertyTest {
    /// `= "text*"` (true) and `!= "text*"` (false).
    Text(bool, String),
    /// `= < <= > >= !=` with a number.
    Number(NumberRelation, f64),
    /// `IS NULL`, `IS TRUE`, `IS FALSE`.
    Is(Value),
    /// `NOT EXISTS`
    NotExists,
}

/// How a number compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberRelation {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl JsonSelector {
    pub(super) fn matches(&self, message: &str) -> bool {
        match serde_json::from_str::<Value>(message) {
            Ok(event) if event.is_object() => self.holds(&event),
            _ => false,
        }
    }

    fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Test(path, PropertyTest::NotExists) => select(event, path).is_empty(),
            Self::Test(path, test) => select(event, path).into_iter().any(|found| test.holds(found)),
        }
    }
}

/// Returns every value that a path leads to: more than one with `[*]`.
fn select<'a>(event: &'a Value, path: &[PathStep]) -> Vec<&'a Value> {
    path.iter().fold(vec![event], |found, step| {
        found
            .into_iter()
            .flat_map(|value| match step {
                PathStep::Member(name) => value.get(name).into_iter().collect::<Vec<_>>(),
                PathStep::Index(index) => value.get(index).into_iter().collect(),
                PathStep::AnyIndex => value.as_array().into_iter().flatten().collect(),
            })
            .collect()
    })
}

impl PropertyTest {
    fn holds(&self, found: &Value) -> bool {
        match self {
            Self::Text(wanted, pattern) => match found {
                Value::String(text) => wildcard(pattern, text) == *wanted,
                Value::Number(number) => wildcard(pattern, &number.to_string()) == *wanted,
                Value::Bool(value) => wildcard(pattern, &value.to_string()) == *wanted,
                _ => false,
            },
            Self::Number(relation, wanted) => match found {
                Value::Number(number) => number.as_f64().is_some_and(|number| relation.holds(number, *wanted)),
                Value::String(text) => text.parse().is_ok_and(|number| relation.holds(number, *wanted)),
                _ => false,
            },
            Self::Is(wanted) => found == wanted,
            Self::NotExists => false,
        }
    }
}

impl NumberRelation {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

/// Tells whether a text fits a pattern in which `*` stands for any run of characters.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            match rest.find(previous) {
                Some(at) => rest = &rest[at + previous.len()..],
                None => return false,
            }
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => rest.is_empty(),
    }
}

pub(super) fn parse(text: &str) -> Result<JsonSelector, PatternError> {
    let inner = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .ok_or_else(|| invalid("a JSON pattern begins with { and ends with }"))?;
    let mut parser = Parser { rest: inner };
    let selector = parser.any(0)?;
    match parser.peek() {
        "" => Ok(selector),
        rest => Err(invalid(format!("expected && or || at '{rest}'"))),
    }
}

fn invalid(message: impl std::fmt::Display) -> PatternError {
    PatternError::new(format!("Invalid filter pattern: {message}"))
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.peek().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn any(&mut self, depth: usize) -> Result<JsonSelector, PatternError> {
        let mut parts = vec![self.all(depth)?];
        while self.eat("||") {
            parts.push(self.all(depth)?);
        }
        Ok(single(parts, JsonSelector::Any))
    }

    fn all(&mut self, depth: usize) -> Result<JsonSelector, PatternError> {
        let mut parts = vec![self.part(depth)?];
        while self.eat("&&") {
            parts.push(self.part(depth)?);
        }
        Ok(single(parts, JsonSelector::All))
    }

    fn part(&mut self, depth: usize) -> Result<JsonSelector, PatternError> {
        if depth > MAX_DEPTH {
            return Err(invalid(format!("parentheses nest deeper than {MAX_DEPTH}")));
        }
        if !self.eat("(") {
            return Ok(JsonSelector::Test(self.path()?, self.test()?));
        }
        let inner = self.any(depth + 1)?;
        if self.eat(")") { Ok(inner) } else { Err(invalid("a parenthesis is not closed")) }
    }

    fn path(&mut self) -> Result<PropertyPath, PatternError> {
        if !self.eat("$") {
            return Err(invalid(format!("expected a property such as $.status at '{}'", self.rest)));
        }
        let mut path = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(".[").or_else(|| self.rest.strip_prefix('[')) {
                let (inside, after) = rest.split_once(']').ok_or_else(|| invalid("a bracket is not closed"))?;
                path.push(index(inside.trim())?);
                self.rest = after;
            } else if let Some(rest) = self.rest.strip_prefix('.') {
                let end =
                    rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '@')).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                if name.is_empty() {
                    return Err(invalid(format!("expected a property name at '{rest}'")));
                }
                path.push(PathStep::Member(name.to_owned()));
                self.rest = after;
            } else if path.is_empty() {
                return Err(invalid("$ alone is no property; write $.name"));
            } else {
                return Ok(path);
            }
        }
    }

    fn test(&mut self) -> Result<PropertyTest, PatternError> {
        if self.keyword("NOT") {
            return if self.keyword("EXISTS") {
                Ok(PropertyTest::NotExists)
            } else {
                Err(invalid("NOT must be followed by EXISTS"))
            };
        }
        if self.keyword("IS") {
            for (name, value) in [("NULL", Value::Null), ("TRUE", Value::Bool(true)), ("FALSE", Value::Bool(false))] {
                if self.keyword(name) {
                    return Ok(PropertyTest::Is(value));
                }
            }
            return Err(invalid("IS must be followed by NULL, TRUE or FALSE"));
        }
        let relation = [
            ("!=", NumberRelation::NotEqual),
            ("<=", NumberRelation::AtMost),
            (">=", NumberRelation::AtLeast),
            ("=", NumberRelation::Equal),
            ("<", NumberRelation::Less),
            (">", NumberRelation::More),
        ]
        .into_iter()
        .find_map(|(token, relation)| self.eat(token).then_some(relation))
        .ok_or_else(|| invalid(format!("expected = != < <= > >= IS or NOT EXISTS at '{}'", self.rest)))?;
        let (text, quoted) = self.value()?;
        match text.parse::<f64>() {
            Ok(number) if !quoted && number.is_finite() => Ok(PropertyTest::Number(relation, number)),
            _ => match relation {
                NumberRelation::Equal => Ok(PropertyTest::Text(true, text)),
                NumberRelation::NotEqual => Ok(PropertyTest::Text(false, text)),
                _ => Err(invalid(format!("'{text}' is not a number"))),
            },
        }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let rest = self.peek();
        let is_word = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if is_word {
            self.rest = &rest[word.len()..];
        }
        is_word
    }

    fn value(&mut self) -> Result<(String, bool), PatternError> {
        if let Some(quoted) = self.peek().strip_prefix('"') {
            let (value, rest) = take_quoted(quoted)?;
            self.rest = rest;
            return Ok((value, true));
        }
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || matches!(c, ')' | '&' | '|' | '"' | '%' | '('))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err(invalid(format!("expected a value at '{rest}'")));
        }
        self.rest = rest;
        Ok((word.to_owned(), false))
    }
}

/// Reads what stands between brackets: `3`, `*`, `'a.b'` or `"a.b"`.
fn index(text: &str) -> Result<PathStep, PatternError> {
    if text == "*" {
        return Ok(PathStep::AnyIndex);
    }
    let quoted = ['\'', '"'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    match (quoted, text.parse()) {
        (Some(name), _) => Ok(PathStep::Member(name.to_owned())),
        (None, Ok(index)) => Ok(PathStep::Index(index)),
        (None, Err(_)) => Err(invalid(format!("[{text}] is neither an index nor a quoted name"))),
    }
}

fn single(mut parts: Vec<JsonSelector>, many: fn(Vec<JsonSelector>) -> JsonSelector) -> JsonSelector {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use crate::logs::pattern::FilterPattern;

    #[test]
    fn selectors() {
        let line = r#"{"status":502,"route":"/orders/{id}","cold":true,"user":null,"ms":1.5,"text":"404",
            "tags":["a","b"],"items":[{"n":1},{"n":7}],"a.b":"dotted","deep":{"er":{"x":"y z"}}}"#;
        for (pattern, expected) in [
            ("{ $.status = 502 }", true),
            ("{$.status=502}", true),
            ("{ $.status != 502 }", false),
            ("{ $.status >= 500 && $.status < 600 }", true),
            ("{ $.status > 502 || $.ms <= 1.5 }", true),
            ("{ $.status > 502 || $.ms < 1.5 }", false),
            ("{ $.route = \"/orders*\" }", true),
            ("{ $.route = \"*{id}\" }", true),
            ("{ $.route = \"/o*r*s/*\" }", true),
            ("{ $.route = \"/orders\" }", false),
            ("{ $.route != \"/orders*\" }", false),
            ("{ $.missing != \"x\" }", false),
            ("{ $.missing NOT EXISTS }", true),
            ("{ $.user NOT EXISTS }", false),
            ("{ $.user IS NULL }", true),
            ("{ $.cold IS TRUE }", true),
            ("{ $.cold is false }", false),
            ("{ $.cold = true }", true),
            ("{ $.text = 404 }", true),
            ("{ $.status = \"502\" }", true),
            ("{ $.tags[0] = \"a\" }", true),
            ("{ $.tags[2] = \"a\" }", false),
            ("{ $.tags[*] = b }", true),
            ("{ $.items[*].n > 6 }", true),
            ("{ $.['a.b'] = dotted }", true),
            ("{ $.deep.er.x = \"y z\" }", true),
            ("{ ($.status = 1 || $.status = 502) && ($.cold IS TRUE) }", true),
            ("{ $.status = 1 || $.status = 502 && $.cold IS FALSE }", false),
        ] {
            assert_eq!(FilterPattern::parse(pattern).unwrap().matches(line), expected, "{pattern}");
        }
        assert!(!FilterPattern::parse("{ $.a NOT EXISTS }").unwrap().matches("no json"));
    }

    #[test]
    fn refused() {
        for pattern in [
            "{ $.a = }",
            "{ $.a == 1 }",
            "{ $ = 1 }",
            "{ a = 1 }",
            "{ $.a < x }",
            "{ $.a = 1 && }",
            "{ ($.a = 1 }",
            "{ $.a = 1 } x",
            "{ $.a[x] = 1 }",
            "{ $.a IS 5 }",
            "{ $.a NOT 5 }",
            "{ $.a = %x% }",
            "{ $.a = 1 $.b = 2 }",
        ] {
            assert!(FilterPattern::parse(pattern).is_err(), "{pattern}");
        }
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(FilterPattern::parse(&deep).is_err());
    }
}
