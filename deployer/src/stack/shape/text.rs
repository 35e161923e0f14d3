//! Rules of strings: read by the checks, and told as regular expressions to the JSON Schema.

/// Describes which strings are allowed.
#[derive(Debug, Clone, Copy)]
pub struct TextRule {
    /// What it is, with its article: `a table name`.
    pub what: &'static str,
    /// What is allowed, in words.
    pub words: &'static str,
    /// Fewest and most characters.
    pub length: (usize, usize),
    /// Checks after the length, in the order of their messages.
    pub steps: &'static [TextStep],
    /// Whether `${table.orders.name}` and the like are replaced in it.
    pub references: bool,
}

/// One check of a string.
#[derive(Debug, Clone, Copy)]
pub enum TextStep {
    /// Every character is one of these.
    Characters(CharacterSet),
    /// The first character is a letter from A to Z or a to z.
    StartsWithLetter,
    /// It is none of these strings, for this reason.
    NoneOf(&'static [&'static str], &'static str),
    /// It begins with none of these, in any letter case; each with the one who owns it.
    NoPrefix(&'static [(&'static str, &'static str)]),
    /// A function accepts it, or says why not.
    Test {
        /// Refuses a string, and says why: `it has no unit`.
        test: fn(&str) -> Result<(), String>,
        /// Regular expression that every accepted string matches; none where no expression says anything of use.
        pattern: Option<&'static str>,
    },
}

/// A set of characters.
#[derive(Debug, Clone, Copy)]
pub enum CharacterSet {
    /// All but control characters.
    Printable,
    /// All but the character NUL, which no process can be given.
    AllButNul,
    /// Those of the groups, and the others by themselves.
    Of(&'static [CharacterGroup], &'static str),
}

/// A usual group of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharacterGroup {
    /// a to z.
    Lowercase,
    /// A to Z and a to z.
    Letters,
    /// 0 to 9.
    Digits,
    /// Letters and digits of every script.
    AllScripts,
}

impl CharacterSet {
    /// Tells whether a character is in the set.
    pub fn has(&self, character: char) -> bool {
        match self {
            Self::Printable => !character.is_control(),
            Self::AllButNul => character != '\0',
            Self::Of(groups, others) => {
                others.contains(character)
                    || groups.iter().any(|group| match group {
                        CharacterGroup::Lowercase => character.is_ascii_lowercase(),
                        CharacterGroup::Letters => character.is_ascii_alphabetic(),
                        CharacterGroup::Digits => character.is_ascii_digit(),
                        CharacterGroup::AllScripts => character.is_alphanumeric(),
                    })
            }
        }
    }

    /// Returns the set as a bracket expression of ECMA-262's regular expressions.
    fn expression(&self) -> String {
        match self {
            Self::Printable => "[^\\u0000-\\u001f\\u007f-\\u009f]".to_owned(),
            Self::AllButNul => "[^\\u0000]".to_owned(),
            Self::Of(groups, others) => {
                let groups = groups.iter().map(|group| match group {
                    CharacterGroup::Lowercase => "a-z",
                    CharacterGroup::Letters => "A-Za-z",
                    CharacterGroup::Digits => "0-9",
                    CharacterGroup::AllScripts => "\\p{Alphabetic}\\p{N}",
                });
                let others = others.chars().map(|c| if "-^]\\[".contains(c) { format!("\\{c}") } else { c.into() });
                format!("[{}]", groups.map(str::to_owned).chain(others).collect::<String>())
            }
        }
    }
}

impl TextRule {
    /// Returns the rule of a text of any characters but control characters.
    pub const fn any(what: &'static str, min: usize, max: usize) -> Self {
        Self::any_named(what, (min, max), "any characters but control characters")
    }

    /// Returns the same rule, with other words for what is allowed: `the id of a table in this file`.
    pub const fn any_named(what: &'static str, length: (usize, usize), words: &'static str) -> Self {
        const PRINTABLE: &[TextStep] = &[TextStep::Characters(CharacterSet::Printable)];
        Self::new(what, length, words, PRINTABLE)
    }

    /// Returns the rule of a text in which no references are replaced.
    pub const fn new(
        what: &'static str,
        length: (usize, usize),
        words: &'static str,
        steps: &'static [TextStep],
    ) -> Self {
        Self { what, words, length, steps, references: false }
    }

    /// Returns why `text` is refused, or nothing.
    pub fn refuses(&self, text: &str) -> Option<String> {
        let (min, max) = self.length;
        let length = text.chars().count();
        match length {
            0 if min > 0 => Some("it is empty".to_owned()),
            1 if min > 1 => Some("it has 1 character".to_owned()),
            _ if length < min || length > max => Some(format!("it has {length} characters")),
            _ => self.steps.iter().find_map(|step| step.refuses(text)),
        }
    }

    /// Returns what is allowed: words and length.
    pub fn allows(&self) -> String {
        match self.length {
            (0, usize::MAX) => self.words.to_owned(),
            (min, usize::MAX) => format!("{}; at least {min} characters", self.words),
            (0, max) => format!("{}; at most {max} characters", self.words),
            (min, max) if min == max => format!("{}; exactly {max} characters", self.words),
            (min, max) => format!("{}; {min} to {max} characters", self.words),
        }
    }
}

impl TextStep {
    /// Returns why `text` is refused, or nothing.
    fn refuses(&self, text: &str) -> Option<String> {
        match self {
            Self::Characters(set) => characters(text, |character| set.has(character)).err(),
            Self::StartsWithLetter => {
                let first = text.chars().next().filter(|first| !first.is_ascii_alphabetic())?;
                Some(format!("it starts with {first:?}, not with a letter"))
            }
            Self::NoneOf(refused, reason) => refused.contains(&text).then(|| (*reason).to_owned()),
            Self::NoPrefix(reserved) => {
                let lower = text.to_lowercase();
                let (prefix, owner) = reserved.iter().find(|(prefix, _)| lower.starts_with(prefix))?;
                Some(format!("`{prefix}` is reserved for {owner}"))
            }
            Self::Test { test, .. } => test(text).err(),
        }
    }

    /// Returns a regular expression of ECMA-262 and whether strings have to match it, else they must not; nothing where
    /// [`TextStep::refuses`] cannot be said by an expression.
    pub(in crate::stack) fn pattern(&self) -> Option<(String, bool)> {
        match self {
            Self::Characters(set) => Some((format!("^{}*$", set.expression()), true)),
            Self::StartsWithLetter => Some(("^([A-Za-z]|$)".to_owned(), true)),
            Self::NoneOf(refused, _) => Some((format!("^({})$", refused.join("|")), false)),
            Self::NoPrefix(reserved) => {
                let prefixes: Vec<_> = reserved.iter().map(|(prefix, _)| any_case(prefix)).collect();
                Some((format!("^({})", prefixes.join("|")), false))
            }
            Self::Test { pattern, .. } => pattern.map(|pattern| (pattern.to_owned(), true)),
        }
    }
}

/// Returns an expression that matches `text` in any letter case.
fn any_case(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_lowercase() { format!("[{c}{}]", c.to_ascii_uppercase()) } else { c.to_string() })
        .collect()
}

/// Accepts texts of allowed characters; names the first other one.
///
/// # Errors
/// The first character that is not allowed.
pub fn characters(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    match text.chars().find(|character| !allowed(*character)) {
        Some(character) => Err(format!("{character:?} is not allowed")),
        None => Ok(()),
    }
}
