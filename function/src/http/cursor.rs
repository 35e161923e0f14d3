//! Cursors: where the next page of a list starts.
//!
//! A cursor is a position, the filter it belongs to, and when it was given out, sealed with a checksum over all of them
//! and the version of this format. The checksum is SHA-256 without a secret, cut to 96 bits. It catches what should be
//! caught: a cursor that was cut off, mistyped, edited, taken from a list with another filter or from another version.
//! It does not keep out somebody who computes it anew from this source, and need not: a position gives access to nothing
//! but the page of the list that starts there, which anybody who may list can walk to anyway.
//!
//! The position is the last order that was shown, so a page starts just after it, whatever was placed or removed
//! meanwhile, and no page shows an order twice.

use crate::orders::{ListPosition, OrderStatus, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The version of the format.
const VERSION: u8 = 1;

/// How long a cursor is good for.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How much the clocks of two machines may differ.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// The length of the checksum, in bytes.
const SEAL: usize = 12;

/// The length of version, filter and time, in bytes.
const HEAD: usize = 1 + 1 + 8;

/// The cursor is not one to go on with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadCursor {
    /// It was not made here, or not for this list.
    #[error("is not a cursor of this list; take next_cursor from the page before, with the same status")]
    Forged,
    /// It was made too long ago.
    #[error("is older than 24 hours; start again without it")]
    Stale,
}

/// Makes the cursor that goes on after `position`.
pub fn encode(filter: Option<OrderStatus>, position: &ListPosition, now: Timestamp) -> String {
    let mut bytes = vec![VERSION, code(filter)];
    bytes.extend(now.unix_millis().to_be_bytes());
    bytes.extend(position.as_str().as_bytes());
    let seal = seal(&bytes);
    bytes.extend(seal);
    BASE64.encode(bytes)
}

/// Reads a cursor that came in with `filter`.
pub fn decode(text: &str, filter: Option<OrderStatus>, now: Timestamp) -> Result<ListPosition, BadCursor> {
    if text.len() > 2 * (HEAD + ListPosition::MAX_LEN + SEAL) {
        return Err(BadCursor::Forged);
    }
    let bytes = BASE64.decode(text).map_err(|_| BadCursor::Forged)?;
    let (sealed, given) = bytes.split_last_chunk::<SEAL>().ok_or(BadCursor::Forged)?;
    let (head, position) = sealed.split_first_chunk::<HEAD>().ok_or(BadCursor::Forged)?;
    let [version, filter_code, millis @ ..] = *head;
    if *given != seal(sealed) || version != VERSION || filter_code != code(filter) {
        return Err(BadCursor::Forged);
    }
    let made = Timestamp::from_unix_millis(i64::from_be_bytes(millis));
    if made.plus(LIFETIME) < now {
        return Err(BadCursor::Stale);
    }
    if now.plus(SKEW) < made {
        return Err(BadCursor::Forged);
    }
    let position = str::from_utf8(position).ok().and_then(ListPosition::from_stored);
    position.ok_or(BadCursor::Forged)
}

/// A number for each filter.
fn code(filter: Option<OrderStatus>) -> u8 {
    match filter {
        None => 0,
        Some(OrderStatus::Pending) => 1,
        Some(OrderStatus::Processing) => 2,
        Some(OrderStatus::Completed) => 3,
        Some(OrderStatus::Cancelled) => 4,
        Some(OrderStatus::Expired) => 5,
    }
}

fn seal(bytes: &[u8]) -> [u8; SEAL] {
    let mut seal = [0; SEAL];
    let hash = Sha256::new_with_prefix("orders list cursor").chain_update(bytes).finalize();
    seal.copy_from_slice(&hash[..SEAL]);
    seal
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn position(id: u128) -> ListPosition {
        let id = uuid::Uuid::from_u128(id).to_string().parse().unwrap();
        ListPosition::new(Timestamp::from_unix_millis(1_767_225_599_007), id)
    }

    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn goes_stale_after_a_day() {
        let at = |millis| Timestamp::from_unix_millis(millis);
        let cursor = encode(None, &position(1), at(NOW));
        let day = 86_400_000;
        assert_eq!(decode(&cursor, None, at(NOW + day)), Ok(position(1)));
        assert_eq!(decode(&cursor, None, at(NOW + day + 1)), Err(BadCursor::Stale));
        assert_eq!(decode(&cursor, None, at(NOW - 300_000)), Ok(position(1)));
        assert_eq!(decode(&cursor, None, at(NOW - 300_001)), Err(BadCursor::Forged));
    }

    #[test]
    fn belongs_to_its_filter() {
        let filters = [None].into_iter().chain(OrderStatus::ALL.map(Some)).collect::<Vec<_>>();
        let now = Timestamp::from_unix_millis(NOW);
        for &made in &filters {
            for &used in &filters {
                let read = decode(&encode(made, &position(1), now), used, now);
                assert_eq!(read, if made == used { Ok(position(1)) } else { Err(BadCursor::Forged) });
            }
        }
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(id in any::<u128>(), now in 0..NOW) {
            let now = Timestamp::from_unix_millis(now);
            let cursor = encode(Some(OrderStatus::Pending), &position(id), now);
            prop_assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(decode(&cursor, Some(OrderStatus::Pending), now), Ok(position(id)));
        }

        #[test]
        fn one_changed_character_is_noticed(id in any::<u128>(), at in any::<prop::sample::Index>(), by in 1_usize..64) {
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let now = Timestamp::from_unix_millis(NOW);
            let mut cursor = encode(None, &position(id), now).into_bytes();
            let at = at.index(cursor.len());
            let old = alphabet.iter().position(|c| *c == cursor[at]).unwrap();
            cursor[at] = alphabet[(old + by) % 64];
            prop_assert_eq!(decode(str::from_utf8(&cursor).unwrap(), None, now), Err(BadCursor::Forged));
        }

        #[test]
        fn anything_else_is_forged(text in ".{0,400}") {
            prop_assert_eq!(decode(&text, None, Timestamp::from_unix_millis(NOW)), Err(BadCursor::Forged));
        }
    }
}
