//! The `If-Match` header.

/// The condition that a caller sets on the version of an order before a change (RFC 9110 §13.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    /// No condition: the change applies to any version.
    #[default]
    None,
    /// The order must be at one of these versions. Empty if the header has only tags that no version has.
    Versions(Vec<u64>),
}

impl Precondition {
    /// Reads the values of all `If-Match` headers of a request.
    ///
    /// `*` requires that the order exists, which every change requires anyway. A tag that this API never issues (weak,
    /// unquoted, not a number) matches no version, so the change is refused rather than made by mistake.
    pub fn from_headers<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut has_tags = false;
        let mut versions = Vec::new();
        for tag in values.into_iter().flat_map(entity_tags) {
            has_tags = true;
            if tag == "*" {
                return Self::None;
            }
            versions.extend(parse_version_tag(tag));
        }
        versions.sort_unstable();
        versions.dedup();
        if has_tags { Self::Versions(versions) } else { Self::None }
    }

    /// Tells whether an order at `version` satisfies the condition.
    pub fn holds(&self, version: u64) -> bool {
        match self {
            Self::None => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

/// Splits the value of a header into its entity tags. A comma between quotes is part of a tag.
fn entity_tags(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let separates = move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    value.split(separates).map(str::trim)
}

/// Returns the version that an entity tag of this API stands for. `None` for any other tag.
fn parse_version_tag(tag: &str) -> Option<u64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    canonical.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::Precondition::*;
    use super::*;

    #[test]
    fn header_values() {
        let cases: &[(&[&str], Precondition)] = &[
            (&[], None),
            (&["*"], None),
            (&["\"3\""], Versions(vec![3])),
            (&["\"3\", \"1\"", "\"3\""], Versions(vec![1, 3])),
            (&["\"3\",*"], None),
            (&["W/\"3\""], Versions(vec![])),
            (&["3"], Versions(vec![])),
            (&[""], Versions(vec![])),
            (&["\"03\""], Versions(vec![])),
            (&["\"+3\""], Versions(vec![])),
            (&["\"99999999999999999999999\""], Versions(vec![])),
            (&["\""], Versions(vec![])),
            (&["\"x,*,y\""], Versions(vec![])),
            (&["\"x,\"1\",\"y\""], Versions(vec![])),
            (&["\"a,b\", \"2\""], Versions(vec![2])),
        ];
        for (values, expected) in cases {
            assert_eq!(&Precondition::from_headers(values.iter().copied()), expected, "{values:?}");
        }
    }
}
