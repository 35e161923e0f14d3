//! The cursor of a list of orders: what is accepted is what was given out.

#![no_main]
use function::http::cursor::{decode, encode};
use function::orders::{ListPosition, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let now = Timestamp::from_unix_millis(1_800_000_000_000);
    let _ = decode(text, None, now);
    if let Some(position) = ListPosition::from_stored(text) {
        assert_eq!(decode(&encode(None, &position, now), None, now), Ok(position));
    }
});
