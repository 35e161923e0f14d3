//! `If-Match`.

/// What a caller wants to be true of the version of an order before it is changed (RFC 9110 §13.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Nothing: change whatever is there.
    #[default]
    None,
    /// One of these versions. Empty when the caller named only tags that no order ever had.
    Versions(Vec<u64>),
}

impl Precondition {
    /// Reads the values of all `If-Match` headers of a request.
    ///
    /// `*` asks for an order that exists, which every change does anyway. A tag that we never issued (weak, unquoted,
    /// not a number) matches nothing, so the change is refused rather than made by mistake.
    pub fn from_headers<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut given = false;
        let mut versions = Vec::new();
        for tag in values.into_iter().flat_map(tags) {
            given = true;
            if tag == "*" {
                return Self::None;
            }
            versions.extend(version_of(tag));
        }
        versions.sort_unstable();
        versions.dedup();
        if given { Self::Versions(versions) } else { Self::None }
    }

    /// Whether an order at `version` satisfies it.
    pub fn holds(&self, version: u64) -> bool {
        match self {
            Self::None => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

/// The members of a header's list. A comma inside of quotes is part of a tag.
fn tags(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let between = move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    value.split(between).map(str::trim)
}

/// The version that a strong entity tag of ours stands for.
fn version_of(tag: &str) -> Option<u64> {
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
