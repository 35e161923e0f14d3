//! SIGINT, SIGTERM and SIGHUP (a closed terminal): the first asks the run to end after what is in flight, the second ends it at once.

use crate::engine::StopRequest;
#[cfg(unix)]
use std::fs;
use std::future::Future;
#[cfg(unix)]
use std::sync::OnceLock;

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
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the default action ends the process, which is safe: the next run goes on from there.
        return std::future::pending().await;
    };
    let mut hangup = if hangup_is_ignored() { None } else { signal(SignalKind::hangup()).ok() };
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

/// Tells whether the process was started not to mind a closed terminal, as `nohup` does. Listening would undo that.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    // Once this process listens, the signal is not ignored any more: the answer of the start counts.
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status)))
}

/// Reads the mask of ignored signals, in which SIGHUP is the lowest bit (proc_pid_status(5)).
#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u128::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// Waits for one signal.
#[cfg(not(unix))]
pub async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignores_hangup;

    #[test]
    fn nohup_is_recognised() {
        assert!(ignores_hangup("Name:\tdeployer\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hangup("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n"));
        assert!(!ignores_hangup(""));
    }
}
