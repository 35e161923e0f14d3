//! Order ids.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The id of an order: a UUID, in the table and in answers always hyphenated and in lower case.
///
/// Idempotency records stand in the same table under keys that are not UUIDs, so no `OrderId` is the key of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(Uuid);

impl OrderId {
    /// Returns a new random id (a UUID of version 4).
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Returns the sixteen bytes of the UUID.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

/// Says that a text is not a UUID in the hyphenated form.
#[derive(Debug, thiserror::Error)]
#[error("not a UUID of the form 123e4567-e89b-42d3-a456-426614174000")]
pub struct InvalidOrderId;

impl FromStr for OrderId {
    type Err = InvalidOrderId;

    /// Parses the hyphenated form in any letter case, and no other form: an order has one path in the API.
    fn from_str(text: &str) -> Result<Self, InvalidOrderId> {
        if text.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err(InvalidOrderId);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidOrderId)
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let cases = [
            ("123e4567-e89b-42d3-a456-426614174000", true),
            ("123E4567-E89B-42D3-A456-426614174000", true),
            ("123e4567e89b42d3a456426614174000", false),
            ("{123e4567-e89b-42d3-a456-426614174000}", false),
            ("urn:uuid:123e4567-e89b-42d3-a456-426614174000", false),
            ("idempotency#5e884898da28047151d0e56f8dc62927", false),
            ("", false),
            ("é23e4567-e89b-42d3-a456-42661417400", false),
        ];
        for (text, valid) in cases {
            assert_eq!(text.parse::<OrderId>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn is_shown_in_lower_case() {
        let id: OrderId = "123E4567-E89B-42D3-A456-426614174000".parse().unwrap();
        assert_eq!(id.to_string(), "123e4567-e89b-42d3-a456-426614174000");
    }
}
