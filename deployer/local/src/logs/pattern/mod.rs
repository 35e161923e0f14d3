//! Filter patterns of CloudWatch Logs.
//!
//! Two of the three syntaxes of "Filter pattern syntax" in the CloudWatch Logs guide: terms (`ERROR "not found" -debug`,
//! `?ERROR ?WARN`) and JSON selectors (`{ $.status >= 500 && $.route = "/orders*" }`). Space-delimited patterns
//! (`[ip, user, …]`) and regular expressions (`%…%`) are refused.

mod json;

use json::JsonSelector;

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum FilterPattern {
    /// The empty pattern.
    Everything,
    /// Words and phrases of a text.
    Terms(TermPattern),
    /// Properties of a JSON object.
    Json(JsonSelector),
}

/// What a text must have and may not have. Case matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermPattern {
    required: Vec<String>,
    excluded: Vec<String>,
    any_of: Vec<String>,
}

/// Why a pattern was refused, in the words of an `InvalidParameterException`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

impl PatternError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl FilterPattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// [`PatternError`] for what AWS refuses too and for the syntaxes that are not modelled.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        match text.chars().next() {
            None => Ok(Self::Everything),
            Some('{') => json::parse(text).map(Self::Json),
            Some('[') => Err(PatternError::new(
                "Invalid filter pattern: space-delimited patterns ([a, b, …]) are not modelled by the embedded cloud",
            )),
            Some(_) => TermPattern::parse(text).map(Self::Terms),
        }
    }

    /// Does an event's message match?
    pub fn matches(&self, message: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Terms(terms) => terms.matches(message),
            Self::Json(selector) => selector.matches(message),
        }
    }
}

impl TermPattern {
    fn parse(text: &str) -> Result<Self, PatternError> {
        let mut terms = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (list, term) = match rest.as_bytes()[0] {
                b'-' => (&mut terms.excluded, &rest[1..]),
                b'?' => (&mut terms.any_of, &rest[1..]),
                _ => (&mut terms.required, rest),
            };
            let (term, after) = take_term(term)?;
            list.push(term);
            rest = after.trim_start();
        }
        Ok(terms)
    }

    fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        if self.required.is_empty() && self.excluded.is_empty() {
            return self.any_of.iter().any(has);
        }
        // As on AWS, `?` terms have no effect beside required or excluded ones.
        self.required.iter().all(has) && !self.excluded.iter().any(has)
    }
}

/// Reads a word or a quoted phrase at the start of `text`, and returns it with what follows it.
fn take_term(text: &str) -> Result<(String, &str), PatternError> {
    if let Some(quoted) = text.strip_prefix('"') {
        return match take_quoted(quoted)? {
            (phrase, _) if phrase.is_empty() => {
                Err(PatternError::new("Invalid filter pattern: a quoted term is empty"))
            }
            found => Ok(found),
        };
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    match word.chars().find(|c| !c.is_alphanumeric() && *c != '_') {
        _ if word.is_empty() => Err(PatternError::new("Invalid filter pattern: a term is empty")),
        Some(_) => Err(PatternError::new(format!(
            "Invalid character(s) in term '{word}': put terms with other than letters, digits and _ in double quotes"
        ))),
        None => Ok((word.to_owned(), rest)),
    }
}

/// Reads what follows an opening quote: the text up to the closing one, `\"` and `\\` unescaped, and the rest.
fn take_quoted(text: &str) -> Result<(String, &str), PatternError> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    Err(PatternError::new("Invalid filter pattern: a double quote is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        let line = r#"[ERROR 400] BAD REQUEST "order" not found: naïve"#;
        for (pattern, expected) in [
            ("", true),
            ("   ", true),
            ("ERROR", true),
            ("error", false),
            ("ERROR REQUEST", true),
            ("ERROR missing", false),
            ("\"BAD REQUEST\"", true),
            ("\"REQUEST BAD\"", false),
            (r#""\"order\"""#, true),
            ("-ERROR", false),
            ("-WARN", true),
            ("ERROR -400", false),
            ("?WARN ?ERROR", true),
            ("?WARN ?INFO", false),
            ("?WARN ERROR", true),
            ("naïve", true),
        ] {
            assert_eq!(FilterPattern::parse(pattern).unwrap().matches(line), expected, "{pattern}");
        }
    }

    #[test]
    fn refused() {
        for pattern in
            ["foo:bar", "\"open", "?", "-", "- x", "\"\"", "%ERR.*%", "[ip, user]", "a \"", "{", "{}", "{ $.a }"]
        {
            assert!(FilterPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
