//! The Lambda Runtime API (2018-06-01) of one sandbox, on a loopback port of its own.
//!
//! It only translates: what the process asks and answers becomes a [`RuntimeSignal`] for the invocation that drives the sandbox.

use crate::lock::lock;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};

/// The largest answer of a function, in bytes.
pub const MAX_ANSWER: usize = 6_291_556;

/// An invocation as the process sees it.
#[derive(Debug)]
pub struct InvocationWork {
    /// The invocation's id.
    pub request_id: String,
    /// The event.
    pub payload: Bytes,
    /// When it times out, in milliseconds of the real time: that is what the process sees.
    pub deadline_ms: i64,
    /// The function's ARN.
    pub arn: String,
    /// X-Ray header.
    pub trace_id: String,
    /// Decoded `X-Amz-Client-Context`.
    pub client_context: Option<String>,
}

/// What a process says through the Runtime API.
#[derive(Debug)]
pub enum RuntimeSignal {
    /// It is ready for (more) work.
    Next(oneshot::Sender<InvocationWork>),
    /// The answer to the work in hand.
    Answered(Bytes),
    /// The work in hand failed; the body is an error object.
    Failed {
        /// `Lambda-Runtime-Function-Error-Type`.
        error_type: String,
        /// As the process sent it.
        body: Bytes,
    },
    /// The answer to the work in hand exceeds [`MAX_ANSWER`].
    TooLarge,
    /// It could not initialise.
    InitFailed {
        /// `Lambda-Runtime-Function-Error-Type`.
        error_type: String,
        /// As the process sent it.
        body: Bytes,
    },
}

/// A served Runtime API. Dropping it closes its connections, which ends a process that waits for work.
#[derive(Debug)]
pub struct RuntimeApi {
    addr: SocketAddr,
    signals: mpsc::Receiver<RuntimeSignal>,
    server: AbortHandle,
}

impl RuntimeApi {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn serve() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let (desk, signals) = mpsc::channel(16);
        let desk = RuntimeDesk { signals: desk, in_hand: Arc::default() };
        let server = tokio::spawn(accept(listener, desk)).abort_handle();
        Ok(Self { addr, signals, server })
    }

    /// Returns the value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Waits for the next thing that the process says.
    pub async fn signal(&mut self) -> RuntimeSignal {
        match self.signals.recv().await {
            Some(signal) => signal,
            // The server is gone only when `self` is.
            None => std::future::pending().await,
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What the requests of one sandbox share.
#[derive(Clone, Debug)]
struct RuntimeDesk {
    signals: mpsc::Sender<RuntimeSignal>,
    /// Id of the invocation that the process works on.
    in_hand: Arc<Mutex<Option<String>>>,
}

async fn accept(listener: TcpListener, desk: RuntimeDesk) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Without it the kernel may hold a small write back for tens of milliseconds.
                    let _ = stream.set_nodelay(true);
                    let desk = desk.clone();
                    connections.spawn(async move {
                        let service = service_fn(|request| async { Ok::<_, Infallible>(desk.answer(request).await) });
                        // A connection that breaks is the process's business; its exit is noticed elsewhere.
                        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                    });
                }
                // Too many open files, most likely: the next attempt may do better.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

impl RuntimeDesk {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().strip_prefix("/2018-06-01/runtime/").unwrap_or_default().to_owned();
        let path: Vec<&str> = path.split('/').collect();
        match (request.method(), path.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => self.response(id, request).await,
            (&Method::POST, ["invocation", id, "error"]) => self.error(id, request).await,
            (&Method::POST, ["init", "error"]) => self.init_error(request).await,
            _ => problem(StatusCode::NOT_FOUND, "NotFound", "no such path in the Runtime API"),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let (hand_over, work) = oneshot::channel();
        let gone = || problem(StatusCode::FORBIDDEN, "InvalidStateTransition", "the sandbox is being shut down");
        if self.signals.send(RuntimeSignal::Next(hand_over)).await.is_err() {
            return gone();
        }
        let Ok(work) = work.await else { return gone() };
        *lock(&self.in_hand) = Some(work.request_id.clone());
        let mut response = Response::new(Full::new(work.payload));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("lambda-runtime-deadline-ms", HeaderValue::from(work.deadline_ms));
        for (name, value) in [
            ("lambda-runtime-aws-request-id", Some(work.request_id)),
            ("lambda-runtime-invoked-function-arn", Some(work.arn)),
            ("lambda-runtime-trace-id", Some(work.trace_id)),
            ("lambda-runtime-client-context", work.client_context),
        ] {
            // What is no header value came from a caller and is left out.
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }

    async fn response(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if !self.is_in_hand(id) {
            return stale();
        }
        let (signal, answer) = match Limited::new(request.into_body(), MAX_ANSWER).collect().await {
            Ok(body) => (RuntimeSignal::Answered(body.to_bytes()), accepted()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                (RuntimeSignal::TooLarge, problem(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", TOO_LARGE))
            }
            Err(_) => return problem(StatusCode::BAD_REQUEST, "InvalidRequest", "the body did not arrive whole"),
        };
        self.hand_in(id, signal, answer).await
    }

    async fn error(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match read_error(request).await {
            Ok((error_type, body)) => self.hand_in(id, RuntimeSignal::Failed { error_type, body }, accepted()).await,
            Err(refused) => refused,
        }
    }

    async fn init_error(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match read_error(request).await {
            Ok((error_type, body)) => {
                let _ = self.signals.send(RuntimeSignal::InitFailed { error_type, body }).await;
                accepted()
            }
            Err(refused) => refused,
        }
    }

    /// Passes an answer on, once: the second one for the same work is refused.
    async fn hand_in(&self, id: &str, signal: RuntimeSignal, answer: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
        let mine = {
            let mut in_hand = lock(&self.in_hand);
            in_hand.take_if(|current| current == id).is_some()
        };
        if !mine {
            return stale();
        }
        let _ = self.signals.send(signal).await;
        answer
    }

    fn is_in_hand(&self, id: &str) -> bool {
        lock(&self.in_hand).as_deref() == Some(id)
    }
}

async fn read_error(request: Request<Incoming>) -> Result<(String, Bytes), Response<Full<Bytes>>> {
    let error_type = request
        .headers()
        .get("lambda-runtime-function-error-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("Unhandled")
        .to_owned();
    match Limited::new(request.into_body(), MAX_ANSWER).collect().await {
        Ok(body) => Ok((error_type, body.to_bytes())),
        Err(_) => Err(problem(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", TOO_LARGE)),
    }
}

/// Lambda's text for an answer beyond [`MAX_ANSWER`].
pub const TOO_LARGE: &str = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";

fn accepted() -> Response<Full<Bytes>> {
    json(StatusCode::ACCEPTED, r#"{"status":"OK"}"#.to_owned())
}

fn stale() -> Response<Full<Bytes>> {
    problem(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

fn problem(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    json(status, serde_json::json!({ "errorType": error_type, "errorMessage": message }).to_string())
}

fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
