//! Starting and stopping the cloud.

use crate::authorization::Callers;
use crate::clock::{Clock, ClockError};
use crate::context::Context;
use crate::control::dynamodb::{Sweeper, Tables};
use crate::control::tagging::Deleted;
use crate::events::Scheduler;
use crate::faults::{Faults, Injector};
use crate::front;
use crate::front::calls::CallLog;
use crate::gateway::Throttle;
use crate::logs::Logs;
use crate::runtime::Runtime;
use crate::store::{OpenError, Store};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// Where a cloud lives and how it misbehaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Holds everything: document, tables, logs, code. Private to the user; one cloud at a time.
    pub dir: PathBuf,
    /// A loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Off by default.
    pub faults: Faults,
}

/// Why a cloud does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It has no passwords: only this machine may reach it.
    #[error("the embedded cloud listens on loopback only, not on {0}: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The directory cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The clock cannot be read.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// Old code cannot be deleted.
    #[error("cannot clean up the uploaded code: {0}")]
    Code(std::io::Error),
    /// The tables cannot be opened.
    #[error("cannot open the tables: {0}")]
    Tables(std::io::Error),
    /// The asynchronous invocations that are left cannot be read.
    #[error("cannot open the queue of asynchronous invocations: {0}")]
    Queue(std::io::Error),
    /// The log events cannot be opened.
    #[error("cannot open the log events: {0}")]
    Logs(std::io::Error),
}

/// A running cloud.
pub struct Cloud {
    context: Arc<Context>,
    scheduler: Scheduler,
    sweeper: Sweeper,
    server: front::Server,
}

/// Starts a cloud: bound and serving when this returns.
///
/// # Errors
/// See [`StartError`].
pub async fn start(options: Options) -> Result<Cloud, StartError> {
    if !options.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(options.listen));
    }
    let store = Arc::new(Store::open(&options.dir)?);
    sweep_code(&store)?;
    let clock = Arc::new(Clock::open(&options.dir)?);
    let logs =
        Logs::open(&options.dir.join("logs"), Arc::clone(&store), Arc::clone(&clock)).map_err(StartError::Logs)?;
    let listen = |source| StartError::Listen { addr: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let addr = listener.local_addr().map_err(listen)?;
    let runtime = Runtime::open(
        &options.dir.join("queue"),
        Arc::clone(&store),
        Arc::clone(&logs),
        Arc::clone(&clock),
        format!("http://{addr}"),
    )
    .map_err(StartError::Queue)?;
    let tables = Tables::open(&options.dir.join("dynamodb")).map_err(StartError::Tables)?;
    let context = Arc::new(Context {
        store,
        runtime,
        logs,
        clock,
        faults: Injector::new(options.faults),
        callers: Callers::default(),
        calls: CallLog::default(),
        tables,
        deleted: Deleted::default(),
        throttle: Throttle::default(),
        rules_changed: Notify::new(),
        stop: Notify::new(),
        addr,
    });
    let scheduler = Scheduler::start(Arc::clone(&context));
    let sweeper = Sweeper::start(Arc::clone(&context));
    let server = front::Server::start(listener, Arc::clone(&context));
    Ok(Cloud { context, scheduler, sweeper, server })
}

/// Code that no function uses stays while the cloud runs, because a sandbox may still be using it.
fn sweep_code(store: &Store) -> Result<(), StartError> {
    let document = store.snapshot();
    let functions = document.regions.values().flat_map(|region| region.functions.values());
    store.code().sweep(functions.map(|function| function.code_sha256.as_str())).map_err(StartError::Code)
}

impl Cloud {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.context.addr
    }

    /// The time that its services see.
    pub fn clock(&self) -> &Clock {
        &self.context.clock
    }

    /// Waits until a client asks the cloud to stop (`POST /_deployer/shutdown`).
    pub async fn stop_requested(&self) {
        self.context.stop.notified().await;
    }

    /// Stops: no new requests, no new invocations, every function's process ended. Everything is saved already.
    pub async fn shutdown(self) {
        self.server.close();
        self.sweeper.stop();
        self.scheduler.stop().await;
        // Ends the invocations that requests in flight wait for.
        self.context.runtime.shutdown().await;
        self.server.stop().await;
        // It is saved already; this is against a power cut.
        let _ = self.context.store.sync();
    }
}
