//! A loopback proxy in front of an AWS. It records every call, gives each the same latency, and injects a fault into the call
//! that a test names.

mod clock;
mod fault;
mod log;
mod operation;

pub use clock::ProxyClock;
pub use fault::Fault;
pub use log::{CallLog, RecordedCall};

use bytes::Bytes;
use clock::RunningClock;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, client};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// A running proxy. It ends when it is dropped.
pub struct Proxy {
    /// The URL for clients: `http://127.0.0.1:…`.
    pub endpoint: String,
    shared: Arc<ProxyState>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The state of a proxy that its connections share.
struct ProxyState {
    upstream: Mutex<SocketAddr>,
    headers: Vec<(HeaderName, HeaderValue)>,
    clock: RunningClock,
    run: Mutex<CommandRecord>,
    /// The process id of the client; 0 while it is not known.
    client: AtomicU32,
    held: watch::Sender<HoldState>,
}

/// The state of the call that [`Fault::Hold`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HoldState {
    /// No call is held.
    Open,
    /// A call is held.
    Held,
    /// The call may go on.
    Released,
}

/// The record of the present command: its calls and its fault.
#[derive(Default)]
struct CommandRecord {
    calls: Vec<RecordedCall>,
    fault: Option<(CallPosition, Fault)>,
    /// Whether the fault was injected.
    injected: bool,
}

/// Names a call by its name, such as `iam:CreateRole`, and by how many calls of that name came before it. The position among
/// all calls would not do, because parallel calls come in any order.
pub type CallPosition = (String, usize);

impl Proxy {
    /// Starts a proxy in front of `upstream`; `headers` are added to every request.
    pub fn start(upstream: SocketAddr, headers: &[(&'static str, &str)], clock: ProxyClock) -> io::Result<Proxy> {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).map_err(io::Error::other)?;
            Ok((HeaderName::from_static(name), value))
        });
        let shared = Arc::new(ProxyState {
            upstream: Mutex::new(upstream),
            headers: headers.collect::<io::Result<_>>()?,
            clock: RunningClock::new(clock),
            run: Mutex::default(),
            client: AtomicU32::new(0),
            held: watch::Sender::new(HoldState::Open),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = shared.clone();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(serving, listener) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Proxy { endpoint, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Begins a new record, in which a fault may be injected into a call.
    pub fn begin(&self, fault: Option<(CallPosition, Fault)>) {
        self.shared.client.store(0, Ordering::SeqCst);
        *self.shared.run() = CommandRecord { calls: Vec::new(), fault, injected: false };
        self.shared.held.send_replace(HoldState::Open);
    }

    /// Sets the address to which calls are forwarded from now on.
    pub fn forward_to(&self, upstream: SocketAddr) {
        *self.shared.upstream.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = upstream;
    }

    /// Waits until a call is held by [`Fault::Hold`], or until `over` is done. Returns whether a call is held.
    pub async fn held(&self, over: impl Future<Output = ()>) -> bool {
        let mut held = self.shared.held.subscribe();
        tokio::select! {
            biased;
            held = held.wait_for(|hold| *hold == HoldState::Held) => held.is_ok(),
            () = over => false,
        }
    }

    /// Releases the call that is held.
    pub fn release(&self) {
        self.shared.held.send_replace(HoldState::Released);
    }

    /// Tells whether the fault was injected since [`Proxy::begin`].
    pub fn was_injected(&self) -> bool {
        self.shared.run().injected
    }

    /// Sets the process that a killing fault kills.
    pub fn set_client(&self, pid: u32) {
        self.shared.client.store(pid, Ordering::SeqCst);
    }

    /// Returns the calls since [`Proxy::begin`].
    pub fn calls(&self) -> CallLog {
        CallLog(self.shared.run().calls.clone())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl ProxyState {
    /// Locks the record.
    fn run(&self) -> MutexGuard<'_, CommandRecord> {
        self.run.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits for the client's process id, which the test may set a moment after the first call.
    async fn pid(&self) -> rustix::process::Pid {
        loop {
            let pid = i32::try_from(self.client.load(Ordering::SeqCst)).ok().and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                return pid;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Holds a call until it is released.
    async fn hold(&self) {
        self.held.send_replace(HoldState::Held);
        // This cannot fail: the sender lives as long as `self`.
        let _ = self.held.subscribe().wait_for(|hold| *hold == HoldState::Released).await;
    }
}

/// Serves the connections of clients.
async fn serve(shared: Arc<ProxyState>, listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| handle(shared.clone(), request));
            // An error of the service closes the connection, which is how [`Fault::CutBefore`] and others work.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Records a call, forwards it and returns the answer, or injects the fault.
async fn handle(shared: Arc<ProxyState>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let (service, operation) = operation::identify(&parts.method, &parts.uri, &parts.headers, &body);
    let mut call_in_flight = shared.clock.begin_call();
    let (number, fault) = {
        let mut run = shared.run();
        let number = run.calls.len();
        let before = run.calls.iter().filter(|call| call.service == service && call.operation == operation).count();
        let name = format!("{service}:{operation}");
        let fault = run.fault.as_ref().filter(|((of, nth), _)| *of == name && *nth == before).map(|(_, fault)| *fault);
        run.injected |= fault.is_some();
        run.calls.push(RecordedCall {
            service: service.clone(),
            operation,
            began: call_in_flight.began,
            ended: call_in_flight.began,
            status: None,
            sent: body.len(),
        });
        (number, fault)
    };
    if fault == Some(Fault::Hold) {
        shared.hold().await;
    }
    let answer = match fault {
        Some(fault) if fault.is_before() => Ok(None),
        _ => forward(&shared, parts, body).await.map(Some),
    };
    match fault {
        Some(Fault::KillBefore | Fault::KillAfter) => kill(shared.pid().await),
        Some(Fault::KillAnswered) => {
            let pid = shared.pid().await;
            tokio::spawn(async move {
                tokio::time::sleep(READ_TIME).await;
                kill(pid);
            });
        }
        // The client gives up in the end, and then this future is dropped.
        Some(Fault::Silence) => std::future::pending().await,
        _ => {}
    }
    let ended = call_in_flight.wait_for_end().await;
    let answer = match fault {
        Some(fault) if !fault.is_answered() => fault.answer(&service).map(fault_response),
        _ => answer?,
    };
    if let Some(call) = shared.run().calls.get_mut(number) {
        call.ended = ended;
        call.status = answer.as_ref().map(|answer| answer.status().as_u16());
    }
    answer.ok_or_else(|| io::Error::other("cut on purpose"))
}

/// A client has nearly always read an answer within this time.
const READ_TIME: std::time::Duration = std::time::Duration::from_millis(2);

/// Kills a process.
fn kill(pid: rustix::process::Pid) {
    // The process may have ended by itself, which is no error.
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

/// Makes the HTTP response of a fault.
fn fault_response(answer: fault::FaultAnswer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = answer.status;
    response.headers_mut().insert("content-type", HeaderValue::from_static(answer.content_type));
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(answer.code));
    response
}

/// Forwards a call to AWS, on a connection of its own, because an emulator may speak HTTP/1.0.
async fn forward(shared: &ProxyState, parts: http::request::Parts, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
    let upstream = *shared.upstream.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let stream = TcpStream::connect(upstream).await?;
    let (mut sender, connection) =
        client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    let mut request = Request::from_parts(parts, Full::new(body));
    request.headers_mut().extend(shared.headers.iter().cloned());
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let (mut parts, body) = response.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    // These headers are about the connection to the emulator, not about that to the client.
    for header in ["connection", "transfer-encoding", "content-length"] {
        parts.headers.remove(header);
    }
    parts.version = http::Version::HTTP_11;
    Ok(Response::from_parts(parts, Full::new(body)))
}
