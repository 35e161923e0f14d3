//! Room for the engine's recursion: it reads and judges expressions by recursive descent, and a stack that overflows
//! ends the whole process.
//!
//! The depth is bounded (an expression has at most 4,096 bytes, a statement 8,192 characters, and JSON is read 128
//! levels deep), but not by what the stack of a worker holds. So a request that could nest deeply is carried out on a
//! thread whose stack holds the deepest one.

use crate::wire::{ServiceError, ServiceResult};
use std::thread::{Builder, scope};

/// What can make an expression one level deeper may occur as often as this on an ordinary stack.
const ORDINARY: usize = 48;

/// The stack for the deepest expression: 4,096 levels of about 12 KiB each without optimisation. It is reserved, not used.
const DEEP_STACK: usize = 256 << 20;

/// Runs `work` with as much stack as a request can need.
pub(super) fn with_room<T: Send>(payload: &[u8], work: impl FnOnce() -> ServiceResult<T> + Send) -> ServiceResult<T> {
    if levels(payload) <= ORDINARY {
        return work();
    }
    scope(|threads| {
        let thread = Builder::new().stack_size(DEEP_STACK).spawn_scoped(threads, work);
        let done = thread.map_err(ServiceError::internal)?.join();
        done.unwrap_or_else(|_| Err(ServiceError::internal("the table engine panicked")))
    })
}

/// Counts what can make an expression deeper: parentheses and words of logic. It is an upper bound, as it also counts what
/// stands in values; an escape (`\u0028`) can be any of these.
fn levels(payload: &[u8]) -> usize {
    let in_word = |at: Option<usize>| {
        at.and_then(|at| payload.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let word = |at: usize, word: &[u8]| {
        payload[at..].get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !in_word(at.checked_sub(1))
            && !in_word(Some(at + word.len()))
    };
    let deeper = |at: usize, byte: u8| match byte {
        b'(' | b'\\' => true,
        b'n' | b'N' => word(at, b"not"),
        b'o' | b'O' => word(at, b"or"),
        b'a' | b'A' => word(at, b"and"),
        _ => false,
    };
    payload.iter().enumerate().filter(|(at, byte)| deeper(*at, **byte)).count()
}
