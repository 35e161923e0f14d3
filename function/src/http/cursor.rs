//! Cursors, which say where the next page of a list starts.
//!
//! A cursor holds the version of its format, the filter of the list, the time when it was made, a position, and a checksum
//! over all of these. The checksum is SHA-256 without a secret, cut to 96 bits. It detects a cursor that was cut off,
//! mistyped, edited, or taken from a list with another filter or from another version. It does not detect a cursor that
//! somebody computed from this source, and need not: a position gives access only to the page that starts there, and
//! whoever may list orders can reach that page anyway.
//!
//! The position is that of the last order on a page, and the next page starts just after it. So no page shows an order
//! twice, whatever is placed or removed between two requests.

use crate::orders::{ListPosition, OrderStatus, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The version of the format.
const VERSION: u8 = 1;

/// How long a cursor is valid.
const CURSOR_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How much the clocks of two machines may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// The length of the checksum, in bytes.
const CHECKSUM_LEN: usize = 12;

/// The length of version, filter and time, in bytes.
const HEADER_LEN: usize = 1 + 1 + 8;

/// Says why a cursor is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CursorError {
    /// The cursor was not made by this API, or not for this list.
    #[error("is not a cursor of this list; take next_cursor from the page before, with the same status")]
    Invalid,
    /// The cursor was made longer than [`CURSOR_LIFETIME`] ago.
    #[error("is older than 24 hours; start again without it")]
    Expired,
}

/// Makes the cursor of the page that starts after `position`.
pub fn encode(filter: Option<OrderStatus>, position: &ListPosition, now: Timestamp) -> String {
    let mut bytes = vec![VERSION, filter_code(filter)];
    bytes.extend(now.unix_millis().to_be_bytes());
    bytes.extend(position.as_str().as_bytes());
    let checksum = checksum(&bytes);
    bytes.extend(checksum);
    BASE64.encode(bytes)
}

/// Reads the position from a cursor of a request with `filter`, and checks that the cursor belongs to that list.
pub fn decode(text: &str, filter: Option<OrderStatus>, now: Timestamp) -> Result<ListPosition, CursorError> {
    if text.len() > 2 * (HEADER_LEN + ListPosition::MAX_LEN + CHECKSUM_LEN) {
        return Err(CursorError::Invalid);
    }
    let bytes = BASE64.decode(text).map_err(|_| CursorError::Invalid)?;
    let (content, given) = bytes.split_last_chunk::<CHECKSUM_LEN>().ok_or(CursorError::Invalid)?;
    let (header, position) = content.split_first_chunk::<HEADER_LEN>().ok_or(CursorError::Invalid)?;
    let [version, filter_number, millis @ ..] = *header;
    if *given != checksum(content) || version != VERSION || filter_number != filter_code(filter) {
        return Err(CursorError::Invalid);
    }
    let made = Timestamp::from_unix_millis(i64::from_be_bytes(millis));
    if made.plus(CURSOR_LIFETIME) < now {
        return Err(CursorError::Expired);
    }
    if now.plus(CLOCK_SKEW) < made {
        return Err(CursorError::Invalid);
    }
    let position = str::from_utf8(position).ok().and_then(ListPosition::from_stored);
    position.ok_or(CursorError::Invalid)
}

/// Returns the number that stands for a filter in a cursor.
fn filter_code(filter: Option<OrderStatus>) -> u8 {
    match filter {
        None => 0,
        Some(OrderStatus::Pending) => 1,
        Some(OrderStatus::Processing) => 2,
        Some(OrderStatus::Completed) => 3,
        Some(OrderStatus::Cancelled) => 4,
        Some(OrderStatus::Expired) => 5,
    }
}

/// Returns the first [`CHECKSUM_LEN`] bytes of the SHA-256 of `bytes` behind a prefix.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut checksum = [0; CHECKSUM_LEN];
    let hash = Sha256::new_with_prefix("orders list cursor").chain_update(bytes).finalize();
    checksum.copy_from_slice(&hash[..CHECKSUM_LEN]);
    checksum
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
    fn expires_after_a_day() {
        let at = |millis| Timestamp::from_unix_millis(millis);
        let cursor = encode(None, &position(1), at(NOW));
        let day = 86_400_000;
        assert_eq!(decode(&cursor, None, at(NOW + day)), Ok(position(1)));
        assert_eq!(decode(&cursor, None, at(NOW + day + 1)), Err(CursorError::Expired));
        assert_eq!(decode(&cursor, None, at(NOW - 300_000)), Ok(position(1)));
        assert_eq!(decode(&cursor, None, at(NOW - 300_001)), Err(CursorError::Invalid));
    }

    #[test]
    fn belongs_to_its_filter() {
        let filters = [None].into_iter().chain(OrderStatus::ALL.map(Some)).collect::<Vec<_>>();
        let now = Timestamp::from_unix_millis(NOW);
        for &made in &filters {
            for &used in &filters {
                let read = decode(&encode(made, &position(1), now), used, now);
                assert_eq!(read, if made == used { Ok(position(1)) } else { Err(CursorError::Invalid) });
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
            prop_assert_eq!(decode(str::from_utf8(&cursor).unwrap(), None, now), Err(CursorError::Invalid));
        }

        #[test]
        fn anything_else_is_invalid(text in ".{0,400}") {
            prop_assert_eq!(decode(&text, None, Timestamp::from_unix_millis(NOW)), Err(CursorError::Invalid));
        }
    }
}
