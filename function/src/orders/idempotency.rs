//! `Idempotency-Key`: the same request twice is one order.

use super::{NewOrder, Timestamp};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long a key is remembered.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A key that a caller chose for a request: 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The header is not a usable key.
#[derive(Debug, thiserror::Error)]
#[error("the Idempotency-Key header must have one value, of 1 to 255 printable ASCII characters")]
pub struct InvalidKey;

impl IdempotencyKey {
    /// Reads the values of all `Idempotency-Key` headers of a request; `None` when there is none.
    pub fn from_headers<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Option<Self>, InvalidKey> {
        let mut values = values.into_iter().map(str::trim);
        let Some(key) = values.next() else {
            return Ok(None);
        };
        let printable = key.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        if values.any(|other| other != key) || !(1..=255).contains(&key.len()) || !printable {
            return Err(InvalidKey);
        }
        Ok(Some(Self(key.to_owned())))
    }

    /// The claim to this key that placing `new` at `now` makes.
    pub fn claim(&self, new: &NewOrder, now: Timestamp) -> IdempotencyClaim {
        IdempotencyClaim { key: hex(&[&self.0]), payload: fingerprint(new), now, expires_at: now.plus(LIFETIME) }
    }
}

/// The claim of one request to an idempotency key.
///
/// Key and payload are kept as SHA-256 in hex: the record needs only to compare them, and a caller may have put a name
/// or an address into either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyClaim {
    /// The hash of the key.
    pub key: String,
    /// The hash of what is ordered.
    pub payload: String,
    /// When the claim is made: a record that has expired by then does not count.
    pub now: Timestamp,
    /// When the record stops to count. DynamoDB deletes it some time after.
    pub expires_at: Timestamp,
}

/// A hash of the normalised order, so that spacing, member order and unknown members of the body play no part.
fn fingerprint(new: &NewOrder) -> String {
    hex(&[&new.item, &new.quantity.to_string(), &new.customer_name, &new.customer_email])
}

/// SHA-256 of the parts, each led by its length so that no two lists of parts give the same input.
fn hex(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values() {
        let long = "k".repeat(256);
        let cases: &[(&[&str], Option<bool>)] = &[
            (&[], None),
            (&["a"], Some(true)),
            (&["with space ~!"], Some(true)),
            (&[&long[..255]], Some(true)),
            (&[&long], Some(false)),
            (&[""], Some(false)),
            (&["  "], Some(false)),
            (&["tab\there"], Some(false)),
            (&["ключ"], Some(false)),
            (&["a", "b"], Some(false)),
            (&["a", " a"], Some(true)),
        ];
        for (values, expected) in cases {
            let read = match IdempotencyKey::from_headers(values.iter().copied()) {
                Ok(key) => key.map(|_| true),
                Err(InvalidKey) => Some(false),
            };
            assert_eq!(read, *expected, "{values:?}");
        }
    }

    #[test]
    fn a_claim_tells_payloads_apart_and_lasts_a_day() {
        let key = IdempotencyKey("k".into());
        let new = |item: &str, name: &str| NewOrder {
            item: item.into(),
            quantity: 1,
            customer_name: name.into(),
            customer_email: String::new(),
        };
        let claim = |new: &NewOrder| key.claim(new, Timestamp::from_unix_millis(1_500));
        assert_eq!(claim(&new("ab", "c")), claim(&new("ab", "c")));
        assert_ne!(claim(&new("ab", "c")).payload, claim(&new("a", "bc")).payload);
        assert_eq!(claim(&new("ab", "c")).expires_at.unix_seconds(), 86_401);
    }
}
