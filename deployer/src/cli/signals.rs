//! SIGINT, SIGTERM and SIGHUP (a closed terminal): the first asks the run to end after what is in flight, the second ends it at once.

use super::exit::exit_code;
use crate::engine::StopRequest;
use crate::ui::Screen;
#[cfg(unix)]
use std::fs;
use std::future::Future;
#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{process, thread};

/// Whether somebody listens to signals, now or before: from then on a signal is not for [`say_that_nothing_changed`].
static IS_HEARD: AtomicBool = AtomicBool::new(false);

/// Ends the process at a Ctrl-C with a word, for as long as nobody listens to signals. A thread of its own hears it: a question blocks
/// the one that asks. Where it cannot be, Ctrl-C ends the process without a word, as it does by itself.
pub fn say_that_nothing_changed(screen: Screen) {
    #[cfg(unix)]
    if ignored_at_start() & INTERRUPT != 0 {
        return;
    }
    let hear = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        let heard = runtime.block_on(tokio::signal::ctrl_c());
        if heard.is_ok() && !IS_HEARD.load(Ordering::SeqCst) {
            // The terminal has written ^C into the line.
            let begin = if screen.live { "\n" } else { "" };
            screen.say(&format!("{begin}Interrupted; nothing was changed.\n"));
            process::exit(exit_code::INTERRUPTED.into());
        }
    };
    drop(thread::Builder::new().name("interruption".to_owned()).spawn(hear));
}

/// Runs `work` while listening to signals.
pub async fn listening<T>(stop: &StopRequest, work: impl Future<Output = T>) -> T {
    let listen = async {
        loop {
            signal().await;
            stop.ask();
        }
    };
    tokio::select! {
        // Listening first: a signal that comes right after the first word of `work` must find somebody who listens.
        biased;
        () = listen => unreachable!("listening never ends"),
        out = work => out,
    }
}

/// Waits for one signal.
#[cfg(unix)]
pub async fn signal() {
    IS_HEARD.store(true, Ordering::SeqCst);
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the default action ends the process, which is safe: the next run goes on from there.
        return std::future::pending().await;
    };
    let mut hangup = if ignored_at_start() & HANGUP != 0 { None } else { signal(SignalKind::hangup()).ok() };
    let hung_up = async {
        match &mut hangup {
            Some(hangup) => hangup.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hung_up => {}
    }
}

/// The bits of signals in a mask of proc_pid_status(5).
#[cfg(unix)]
const HANGUP: u128 = 1 << 0;
#[cfg(unix)]
const INTERRUPT: u128 = 1 << 1;

/// Returns the signals that the process was started to ignore: a closed terminal by `nohup`, Ctrl-C by a shell that runs it in the
/// background. Listening would undo that.
#[cfg(unix)]
fn ignored_at_start() -> u128 {
    // Once this process listens, a signal is not ignored any more: the answer of the start counts.
    static IGNORED: OnceLock<u128> = OnceLock::new();
    *IGNORED.get_or_init(|| fs::read_to_string("/proc/self/status").map_or(0, |status| ignored(&status)))
}

/// Reads the mask of ignored signals.
#[cfg(unix)]
fn ignored(status: &str) -> u128 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u128::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Waits for one signal.
#[cfg(not(unix))]
pub async fn signal() {
    IS_HEARD.store(true, Ordering::SeqCst);
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{HANGUP, INTERRUPT, ignored};

    #[test]
    fn what_was_ignored_at_the_start_is_recognised() {
        for (status, expected) in [
            ("Name:\tdeployer\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n", HANGUP),
            ("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001006\n", INTERRUPT),
            ("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n", 0),
            ("", 0),
        ] {
            assert_eq!(ignored(status) & (HANGUP | INTERRUPT), expected, "{status}");
        }
    }
}
