//! Starting and stopping the cloud.

use crate::clock::{Clock, ClockError};
use crate::context::Context;
use crate::front::FrontServer;
use crate::injection::{FaultInjector, Faults};
use crate::logs::LogEngine;
use crate::queues::QueueEngine;
use crate::runtime::{FunctionRuntime, InvocationRefused, RuntimeParts};
use crate::service::SERVICES;
use crate::service::dynamodb::ExpirySweeper;
use crate::service::events::RuleScheduler;
use crate::service::lambda::SourcePollers;
use crate::state::{
    BrowserEdits, CallLog, MetricStore, RequestThrottle, RestrictedCallers, SourceProgress, TableDatabases,
    TombstoneLog,
};
use crate::store::{CloudStore, OpenError};
use crate::trace::TraceLog;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
    /// Old code cannot be deleted, or lost code not be noted.
    #[error("cannot clean up the uploaded code: {0}")]
    Code(std::io::Error),
    /// The tables cannot be opened.
    #[error("cannot open the tables: {0}")]
    Tables(std::io::Error),
    /// The asynchronous invocations that are left cannot be read.
    #[error("cannot open the queue of asynchronous invocations: {0}")]
    Queue(std::io::Error),
    /// The traces of requests cannot be opened.
    #[error("cannot open the traces of requests: {0}")]
    Traces(std::io::Error),
    /// The messages of queues cannot be opened.
    #[error("cannot open the messages of queues: {0}")]
    Messages(std::io::Error),
    /// The positions of event source mappings cannot be opened.
    #[error("cannot open the positions of event sources: {0}")]
    Sources(std::io::Error),
    /// The log events cannot be opened.
    #[error("cannot open the log events: {0}")]
    Logs(std::io::Error),
}

/// A running cloud.
pub struct Cloud {
    context: Arc<Context>,
    scheduler: RuleScheduler,
    sweeper: ExpirySweeper,
    pollers: SourcePollers,
    server: FrontServer,
}

/// Starts a cloud: bound and serving when this returns.
///
/// # Errors
/// See [`StartError`].
pub async fn start(options: Options) -> Result<Cloud, StartError> {
    if !options.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(options.listen));
    }
    let listen = |source| StartError::Listen { addr: options.listen, source };
    // Before anything is listened to: who starts a second cloud on the directory hears of that first.
    let store = open_store(&options.dir)?;
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let addr = listener.local_addr().map_err(listen)?;
    let context = Arc::new(assemble(store, &options, addr)?);
    let scheduler = RuleScheduler::start(Arc::clone(&context));
    let sweeper = ExpirySweeper::start(Arc::clone(&context));
    let pollers = SourcePollers::start(Arc::clone(&context));
    let server = FrontServer::start(listener, Arc::clone(&context));
    Ok(Cloud { context, scheduler, sweeper, pollers, server })
}

/// Opens everything in a directory that no cloud has open, for a cloud that would listen on an address. Nothing listens, fires
/// or expires yet. Needs a tokio runtime.
///
/// # Errors
/// See [`StartError`].
pub fn open(options: &Options, addr: SocketAddr) -> Result<Context, StartError> {
    assemble(open_store(&options.dir)?, options, addr)
}

/// Opens the store and deletes the code that no function uses: while a cloud runs, a sandbox may still be using it.
fn open_store(dir: &Path) -> Result<Arc<CloudStore>, StartError> {
    let store = CloudStore::open(dir)?;
    let document = store.snapshot();
    let functions = document.regions.values().flat_map(|region| region.functions.values());
    store.code().sweep(functions.map(|function| function.code_sha256.as_str())).map_err(StartError::Code)?;
    let lost = store.forget_lost_code().map_err(|error| StartError::Code(std::io::Error::other(error.message)))?;
    for (function, dir) in lost {
        eprintln!("{}", InvocationRefused::CodeMissing { function, dir });
    }
    Ok(Arc::new(store))
}

fn assemble(store: Arc<CloudStore>, options: &Options, addr: SocketAddr) -> Result<Context, StartError> {
    let dir = &options.dir;
    let clock = Arc::new(Clock::open(dir)?);
    let logs = LogEngine::open(&dir.join("logs"), Arc::clone(&store), Arc::clone(&clock)).map_err(StartError::Logs)?;
    let queues =
        QueueEngine::open(&dir.join("queues"), Arc::clone(&store), Arc::clone(&clock)).map_err(StartError::Messages)?;
    let traces = TraceLog::open(&dir.join("requests.jsonl")).map_err(StartError::Traces)?;
    let metrics = Arc::<MetricStore>::default();
    let parts = RuntimeParts {
        store: Arc::clone(&store),
        logs: Arc::clone(&logs),
        clock: Arc::clone(&clock),
        traces: Arc::clone(&traces),
        metrics: Arc::clone(&metrics),
        queues: Arc::clone(&queues),
        endpoint: format!("http://{addr}"),
    };
    let runtime = FunctionRuntime::open(&dir.join("queue"), parts).map_err(StartError::Queue)?;
    let sources = SourceProgress::open(&dir.join("sources")).map_err(StartError::Sources)?;
    let tables = TableDatabases::open(&dir.join("dynamodb")).map_err(StartError::Tables)?;
    tables.check().map_err(StartError::Tables)?;
    Ok(Context {
        store,
        runtime,
        logs,
        queues,
        clock,
        faults: FaultInjector::new(options.faults.clone()),
        callers: RestrictedCallers::default(),
        browser: BrowserEdits::default(),
        traces,
        calls: CallLog::default(),
        metrics,
        sources,
        tables,
        deleted: TombstoneLog::default(),
        tagged: SERVICES.iter().filter_map(|service| service.tagged).collect(),
        throttle: RequestThrottle::default(),
        rules_changed: Notify::new(),
        stop: Notify::new(),
        addr,
    })
}

impl Cloud {
    /// Returns where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.context.addr
    }

    /// Returns the time that its services see.
    pub fn clock(&self) -> &Clock {
        &self.context.clock
    }

    /// Waits until a client asks the cloud to stop (`POST /_deployer/shutdown`).
    pub async fn stop_requested(&self) {
        self.context.stop.notified().await;
    }

    /// Ends the cloud: no new requests, no new invocations, every function's process ended. Everything is saved
    /// already.
    pub async fn shutdown(self) {
        self.server.close();
        self.sweeper.stop();
        self.pollers.close();
        self.context.queues.close();
        self.context.logs.close();
        self.scheduler.stop().await;
        // Ends the invocations that requests in flight wait for.
        self.context.runtime.shutdown().await;
        self.pollers.stop().await;
        self.server.stop().await;
        // It is saved already; this is against a power cut, and for whoever reads the file.
        let _ = self.context.store.settle();
    }
}
