//! Tags, and what the services check of them.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Tags of one resource.
pub(crate) type TagMap = BTreeMap<String, String>;

/// A tag as most services write it in lists.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagEntry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Writes tags as most services do: a list of `Key` and `Value`.
pub(crate) fn tag_list(tags: &TagMap) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Describes which tags a service takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagLimits {
    /// Characters of keys and values; most services take any.
    pub allowed: fn(char) -> bool,
}

/// Says what is wrong with tags.
#[derive(Debug)]
pub(crate) enum TagMistake<'a> {
    /// There are more than [`TagLimits::COUNT`].
    TooMany,
    /// A key is empty, too long, or has characters that are not allowed.
    Key(&'a str),
    /// The value of a key is too long or has characters that are not allowed.
    Value(&'a str, &'a str),
    /// A key begins with `aws:`.
    Reserved(&'a str),
}

impl TagLimits {
    /// Tags of one resource.
    pub const COUNT: usize = 50;
    /// Any character.
    pub const ANY: Self = Self { allowed: |_| true };
    /// Letters, digits and white space of any script, and `_.:/=+-@`.
    pub const WORDS: Self = Self { allowed: |c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c) };
    /// Letters and digits of ASCII, the space, and `_.:/=+-@`.
    pub const ASCII_WORDS: Self = Self { allowed: |c| c.is_ascii_alphanumeric() || " +-=._:/@".contains(c) };

    /// Checks tags: 50 at most, keys of 1 to 128 characters that do not begin with `aws:`, values of at most 256.
    pub fn check(self, tags: &TagMap) -> Result<(), TagMistake<'_>> {
        if tags.len() > Self::COUNT {
            return Err(TagMistake::TooMany);
        }
        let fits = |text: &str, max: usize| text.chars().count() <= max && text.chars().all(self.allowed);
        for (key, value) in tags {
            if key.is_empty() || !fits(key, 128) {
                return Err(TagMistake::Key(key));
            }
            if !fits(value, 256) {
                return Err(TagMistake::Value(key, value));
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                return Err(TagMistake::Reserved(key));
            }
        }
        Ok(())
    }
}
