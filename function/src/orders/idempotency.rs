//! The `Idempotency-Key` header: a request that is sent twice with one key places one order.

use super::{NewOrder, Timestamp};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long the record of a key counts.
const KEY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A key that a caller chose for a request: 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Says that a header does not hold a usable key.
#[derive(Debug, thiserror::Error)]
#[error("the Idempotency-Key header must have one value, of 1 to 255 printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Reads the values of all `Idempotency-Key` headers of a request; `None` when there is none.
    pub fn from_headers<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Option<Self>, InvalidIdempotencyKey> {
        let mut values = values.into_iter().map(str::trim);
        let Some(key) = values.next() else {
            return Ok(None);
        };
        let printable = key.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        if values.any(|other| other != key) || !(1..=255).contains(&key.len()) || !printable {
            return Err(InvalidIdempotencyKey);
        }
        Ok(Some(Self(key.to_owned())))
    }

    /// Returns the claim that a request to place `new` at `now` makes to this key.
    pub fn claim(&self, new: &NewOrder, now: Timestamp) -> IdempotencyClaim {
        IdempotencyClaim {
            key: sha256_hex(&[&self.0]),
            payload: payload_hash(new),
            now,
            expires_at: now.plus(KEY_LIFETIME),
        }
    }
}

/// The claim of one request to an idempotency key.
///
/// The claim has the SHA-256 of key and payload in hex, not the values: a store only compares them, and either may hold
/// a customer's name or address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyClaim {
    /// The hash of the key.
    pub key: String,
    /// The hash of what is ordered.
    pub payload: String,
    /// When the claim is made. A record that expired at or before this instant does not count.
    pub now: Timestamp,
    /// When the record of this claim stops to count. DynamoDB's TTL deletes the record some time later.
    pub expires_at: Timestamp,
}

/// Hashes the normalised order, so that spacing, member order and unknown members of the body make no difference.
fn payload_hash(new: &NewOrder) -> String {
    sha256_hex(&[&new.item, &new.quantity.to_string(), &new.customer_name, &new.customer_email])
}

/// Returns the SHA-256 of `parts` in hex. Each part is hashed after its length, so that no two lists of parts give the
/// same input.
fn sha256_hex(parts: &[&str]) -> String {
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
                Err(InvalidIdempotencyKey) => Some(false),
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
