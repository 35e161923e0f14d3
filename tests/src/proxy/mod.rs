//! A loopback proxy in front of an AWS: it records every call, gives each the same latency, and breaks the one that a test names.

mod clock;
mod fault;
mod log;
mod operation;

pub use clock::Clock;
pub use fault::Fault;
pub use log::{Call, Calls};

use bytes::Bytes;
use clock::Ticking;
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
    /// Where clients connect: `http://127.0.0.1:…`.
    pub endpoint: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    upstream: Mutex<SocketAddr>,
    headers: Vec<(HeaderName, HeaderValue)>,
    clock: Ticking,
    run: Mutex<Run>,
    /// Process id of the client, 0 while there is none.
    client: AtomicU32,
    held: watch::Sender<Hold>,
}

/// A call that a fault holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// None is held.
    Open,
    /// One is.
    Held,
    /// It may go on.
    Released,
}

/// The calls of the present command.
#[derive(Default)]
struct Run {
    calls: Vec<Call>,
    fault: Option<(Nth, Fault)>,
    met: bool,
}

/// A call by its name, such as `iam:CreateRole`, and how many of that name came before it. Calls that are sent at once come in
/// any order; those of one name are alike.
pub type Nth = (String, usize);

impl Proxy {
    /// Starts a proxy in front of `upstream`; `headers` are added to every request.
    pub fn start(upstream: SocketAddr, headers: &[(&'static str, &str)], clock: Clock) -> io::Result<Proxy> {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).map_err(io::Error::other)?;
            Ok((HeaderName::from_static(name), value))
        });
        let shared = Arc::new(Shared {
            upstream: Mutex::new(upstream),
            headers: headers.collect::<io::Result<_>>()?,
            clock: Ticking::new(clock),
            run: Mutex::default(),
            client: AtomicU32::new(0),
            held: watch::Sender::new(Hold::Open),
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

    /// Begins a new record, in which a call may meet a fault.
    pub fn begin(&self, fault: Option<(Nth, Fault)>) {
        self.shared.client.store(0, Ordering::SeqCst);
        *self.shared.run() = Run { calls: Vec::new(), fault, met: false };
        self.shared.held.send_replace(Hold::Open);
    }

    /// Where the calls go from now on.
    pub fn aim(&self, upstream: SocketAddr) {
        *self.shared.upstream.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = upstream;
    }

    /// Waits until a call is held by [`Fault::Hold`], or until `over`; says whether one is.
    pub async fn held(&self, over: impl Future<Output = ()>) -> bool {
        let mut held = self.shared.held.subscribe();
        tokio::select! {
            biased;
            held = held.wait_for(|hold| *hold == Hold::Held) => held.is_ok(),
            () = over => false,
        }
    }

    /// Lets the call that is held go on.
    pub fn release(&self) {
        self.shared.held.send_replace(Hold::Released);
    }

    /// Whether the fault was met since [`Proxy::begin`].
    pub fn met(&self) -> bool {
        self.shared.run().met
    }

    /// Names the process that a killing fault kills.
    pub fn client(&self, pid: u32) {
        self.shared.client.store(pid, Ordering::SeqCst);
    }

    /// What was recorded since [`Proxy::begin`].
    pub fn calls(&self) -> Calls {
        Calls(self.shared.run().calls.clone())
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

impl Shared {
    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The client's process id, which comes a moment after its first call at most.
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
        self.held.send_replace(Hold::Held);
        // The sender lives as long as we.
        let _ = self.held.subscribe().wait_for(|hold| *hold == Hold::Released).await;
    }
}

async fn serve(shared: Arc<Shared>, listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| handle(shared.clone(), request));
            // A failed service is how a connection is cut.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn handle(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let (service, operation) = operation::name(&parts.method, &parts.uri, &parts.headers, &body);
    let mut turn = shared.clock.arrive();
    let (number, fault) = {
        let mut run = shared.run();
        let number = run.calls.len();
        let before = run.calls.iter().filter(|call| call.service == service && call.operation == operation).count();
        let name = format!("{service}:{operation}");
        let fault = run.fault.as_ref().filter(|((of, nth), _)| *of == name && *nth == before).map(|(_, fault)| *fault);
        run.met |= fault.is_some();
        run.calls.push(Call {
            service: service.clone(),
            operation,
            began: turn.began,
            ended: turn.began,
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
                tokio::time::sleep(READING).await;
                kill(pid);
            });
        }
        // The client gives up some time; then this is dropped.
        Some(Fault::Silence) => std::future::pending().await,
        _ => {}
    }
    let ended = turn.end().await;
    let answer = match fault {
        Some(fault) if !fault.is_answered() => fault.answer(&service).map(made_up),
        _ => answer?,
    };
    if let Some(call) = shared.run().calls.get_mut(number) {
        call.ended = ended;
        call.status = answer.as_ref().map(|answer| answer.status().as_u16());
    }
    answer.ok_or_else(|| io::Error::other("cut on purpose"))
}

/// An answer that left is read within this time, nearly always.
const READING: std::time::Duration = std::time::Duration::from_millis(2);

fn kill(pid: rustix::process::Pid) {
    // It may have ended by itself.
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

fn made_up(answer: fault::Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = answer.status;
    response.headers_mut().insert("content-type", HeaderValue::from_static(answer.content_type));
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(answer.code));
    response
}

/// One connection per call: an emulator may speak HTTP/1.0.
async fn forward(shared: &Shared, parts: http::request::Parts, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
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
    // They are about the connection to the emulator, not about the one to the client.
    for header in ["connection", "transfer-encoding", "content-length"] {
        parts.headers.remove(header);
    }
    parts.version = http::Version::HTTP_11;
    Ok(Response::from_parts(parts, Full::new(body)))
}
