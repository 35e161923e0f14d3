//! SIGINT and SIGTERM: the first asks the run to end after what is in flight, the second ends it at once.

use crate::engine::StopRequest;
use std::future::Future;

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
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Waits for one signal.
#[cfg(not(unix))]
pub async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
