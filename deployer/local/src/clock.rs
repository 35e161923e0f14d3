//! The time that the cloud's services see: the real time plus an offset that only grows.
//!
//! Schedules, log retention, timestamps and retries read this clock, so that a test (or a demonstration) can let a week
//! pass at once. Functions are processes and see the real time: a scheduled event carries the cloud's time in `time`.

use crate::lock::lock;
use crate::store::file;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use tokio::sync::watch;

/// How far ahead of the real time the clock may be: a hundred years.
pub const MAX_OFFSET: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A sleeping timer looks at the clock this often, because the monotonic timers of some systems stop in suspend.
const RECHECK: Duration = Duration::from_secs(60);

/// Why the clock could not be opened or moved.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The saved offset could not be read or written.
    #[error("cannot use the clock file {}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The saved offset is not a number of milliseconds in the allowed range.
    #[error("the clock file {} does not hold a number of milliseconds; delete it to go back to the real time", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// A move beyond [`MAX_OFFSET`].
    #[error("the clock would be {asked_s} s ahead of the real time; at most {} s (100 years) are allowed", MAX_OFFSET.as_secs())]
    TooFar {
        /// The offset asked for, in seconds.
        asked_s: u64,
    },
}

/// A clock that can be moved forward. It never runs backwards, even when the system's clock does.
#[derive(Debug)]
pub struct Clock {
    file: PathBuf,
    offset_ms: AtomicI64,
    latest_ms: AtomicI64,
    moving: Mutex<()>,
    moved: watch::Sender<u64>,
}

impl Clock {
    /// Opens the clock whose offset is saved in `dir`; without a saved offset it shows the real time.
    ///
    /// # Errors
    /// [`ClockError::File`] and [`ClockError::Corrupt`].
    pub fn open(dir: &Path) -> Result<Self, ClockError> {
        let file = dir.join("clock");
        let offset_ms = match std::fs::read_to_string(&file) {
            Ok(text) => text
                .trim()
                .parse::<i64>()
                .ok()
                .filter(|ms| (0..=MAX_OFFSET.as_millis() as i64).contains(ms))
                .ok_or_else(|| ClockError::Corrupt { path: file.clone() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(source) => return Err(ClockError::File { path: file, source }),
        };
        Ok(Self {
            file,
            offset_ms: AtomicI64::new(offset_ms),
            latest_ms: AtomicI64::new(0),
            moving: Mutex::new(()),
            moved: watch::Sender::new(0),
        })
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        let now = real_ms() + self.offset_ms.load(Ordering::SeqCst);
        self.latest_ms.fetch_max(now, Ordering::SeqCst).max(now)
    }

    /// Returns the same as a date.
    pub fn now(&self) -> OffsetDateTime {
        date(self.now_ms())
    }

    /// Returns how far ahead of the real time the clock is.
    pub fn offset(&self) -> Duration {
        Duration::from_millis(self.offset_ms.load(Ordering::SeqCst).unsigned_abs())
    }

    /// Moves the clock forward, for good: the offset is on disk before anybody sees the new time.
    ///
    /// # Errors
    /// [`ClockError::TooFar`] beyond [`MAX_OFFSET`], [`ClockError::File`] when the offset cannot be saved.
    pub fn advance(&self, by: Duration) -> Result<OffsetDateTime, ClockError> {
        let _one_at_a_time = lock(&self.moving);
        let offset = self.offset().saturating_add(by);
        if offset > MAX_OFFSET {
            return Err(ClockError::TooFar { asked_s: offset.as_secs() });
        }
        let offset_ms = offset.as_millis() as i64;
        self.save(offset_ms).map_err(|source| ClockError::File { path: self.file.clone(), source })?;
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
        self.moved.send_modify(|moves| *moves += 1);
        Ok(self.now())
    }

    /// Returns when the clock shows `at_ms` or later, at once when it was moved past it.
    pub async fn sleep_until(&self, at_ms: i64) {
        let mut moved = self.moved.subscribe();
        loop {
            let now = self.now_ms();
            if now >= at_ms {
                return;
            }
            let left = Duration::from_millis(at_ms.abs_diff(now)).min(RECHECK);
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = moved.changed() => {}
            }
        }
    }

    /// Returns after `time` on this clock.
    pub async fn sleep(&self, time: Duration) {
        let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.sleep_until(self.now_ms().saturating_add(ms)).await;
    }

    /// Returns how many wait for a moment of this clock: a test knows from it that a call has come to its pause.
    pub fn sleepers(&self) -> usize {
        self.moved.receiver_count()
    }

    fn save(&self, offset_ms: i64) -> io::Result<()> {
        file::replace(&self.file, format!("{offset_ms}\n").as_bytes(), true)
    }
}

/// Returns milliseconds of the real time: for what leaves the cloud, such as the deadline that a function's process sees.
pub fn real_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX / 2),
        Err(_) => 0,
    }
}

/// Returns a number of milliseconds since the Unix epoch as a date; what no date can hold becomes the epoch.
pub fn date(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn moves_forward_and_remembers() {
        let dir = tempfile::tempdir().unwrap();
        let before = real_ms();
        let clock = Clock::open(dir.path()).unwrap();
        assert_eq!(clock.offset(), Duration::ZERO);
        clock.advance(DAY).unwrap();
        clock.advance(DAY).unwrap();
        assert!(clock.now_ms() >= before + 2 * 86_400_000);
        drop(clock);
        assert_eq!(Clock::open(dir.path()).unwrap().offset(), 2 * DAY);
    }

    #[test]
    fn refuses_what_it_cannot_show() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::open(dir.path()).unwrap();
        assert!(matches!(clock.advance(Duration::MAX), Err(ClockError::TooFar { .. })));
        assert_eq!(clock.offset(), Duration::ZERO);
        for broken in ["", "soon", "-1", "99999999999999999999", "9223372036854775807"] {
            std::fs::write(dir.path().join("clock"), broken).unwrap();
            assert!(matches!(Clock::open(dir.path()), Err(ClockError::Corrupt { .. })), "{broken:?}");
        }
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_moved() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::open(dir.path()).unwrap();
        let at = clock.now_ms() + 7 * 86_400_000;
        tokio::join!(clock.sleep_until(at), async { clock.advance(8 * DAY).map(drop).unwrap() });
        assert!(clock.now_ms() >= at);
    }
}
