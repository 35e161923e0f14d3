//! Accepting connections, and stopping to.

use super::dispatch::answer;
use crate::context::Context;
use crate::wire::{Disconnect, HttpRequest, HttpResponse, respond};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// No AWS request is larger: Lambda accepts 70,167,211 bytes for a zip in base64.
const MAX_BODY: usize = 70_167_211;
/// How long a request may still run after the stop.
const GRACE: Duration = Duration::from_secs(5);
/// After a failed accept (no file descriptors left) there is no point in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The accept loop.
#[derive(Debug)]
pub struct FrontServer {
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl FrontServer {
    /// Serves `listener` until [`FrontServer::stop`].
    pub fn start(listener: TcpListener, cx: Arc<Context>) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, accepting: tokio::spawn(accept(listener, cx, stopped)) }
    }

    /// Accepts no more connections; those that are idle are closed.
    pub fn close(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the requests in flight, for a few seconds at most.
    pub async fn stop(self) {
        self.close();
        // A panic in the loop is its end, too.
        let _ = self.accepting.await;
    }
}

async fn accept(listener: TcpListener, cx: Arc<Context>, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = closed(&mut stopped) => break,
        };
        // Answers are small and complete: waiting for more to send only costs time.
        let _ = stream.set_nodelay(true);
        let cx = Arc::clone(&cx);
        let service = service_fn(move |request| serve(Arc::clone(&cx), request));
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // The other side went away, or the connection was cut on purpose.
            let _ = connection.await;
        });
    }
    drop(listener);
    // Whoever is still not done is cut off with the process.
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

/// Waits until somebody closes the server, or lets go of it.
async fn closed(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn serve(cx: Arc<Context>, request: http::Request<Incoming>) -> Result<HttpResponse, Disconnect> {
    let (parts, body) = request.into_parts();
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => answer(&cx, HttpRequest::from_parts(parts, body.to_bytes())).await,
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Ok(too_large()),
        // The body never arrived as a whole: there is nobody to answer.
        Err(_) => Err(Disconnect),
    }
}

fn too_large() -> HttpResponse {
    let mut response = respond(
        StatusCode::PAYLOAD_TOO_LARGE,
        "application/json",
        Bytes::from(format!(r#"{{"Type":"User","message":"Request must be smaller than {MAX_BODY} bytes"}}"#)),
    );
    response.headers_mut().insert("x-amzn-errortype", http::HeaderValue::from_static("RequestEntityTooLargeException"));
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}
