//! Waits for what happens in the background.

use std::thread;
use std::time::{Duration, Instant};

/// What has not happened after this time does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until it is so, as a person would.
///
/// # Panics
/// If it does not come to be so; `what` says what was waited for.
#[track_caller]
pub fn eventually(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !look() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}
