//! Accepting connections, and stopping to.

use super::dispatch::answer;
use crate::context::Context;
use crate::wire::{Disconnect, HttpRequest, HttpResponse, respond};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// No AWS request is larger: Lambda accepts 70,167,211 bytes for a zip in base64.
const MAX_BODY: usize = 70_167_211;
/// How long a whole body may take. It comes over loopback: the largest needs a second.
const BODY_TIME: Duration = Duration::from_secs(60);
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
    match whole(body, BODY_TIME).await {
        Ok(body) => answer(&cx, HttpRequest::from_parts(parts, body)).await,
        Err(BodyRefused::TooLarge) => {
            let message = format!("Request must be smaller than {MAX_BODY} bytes");
            Ok(refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", &message))
        }
        Err(BodyRefused::TooSlow) => {
            let message = format!("The request did not arrive within {} seconds", BODY_TIME.as_secs());
            Ok(refused(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", &message))
        }
        // There is nobody to answer.
        Err(BodyRefused::Cut) => Err(Disconnect),
    }
}

/// Why a body is not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyRefused {
    /// It is larger than any request, or says that it will be.
    TooLarge,
    /// It takes too long.
    TooSlow,
    /// It never arrived as a whole.
    Cut,
}

/// Reads a body, within a time.
async fn whole<B>(body: B, time: Duration) -> Result<Bytes, BodyRefused>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(BodyRefused::TooLarge);
    }
    match tokio::time::timeout(time, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(BodyRefused::TooLarge),
        Ok(Err(_)) => Err(BodyRefused::Cut),
        Err(_) => Err(BodyRefused::TooSlow),
    }
}

fn refused(status: StatusCode, code: &'static str, message: &str) -> HttpResponse {
    let body = serde_json::json!({"Type": "User", "message": message}).to_string();
    let mut response = respond(status, "application/json", Bytes::from(body));
    response.headers_mut().insert("x-amzn-errortype", http::HeaderValue::from_static(code));
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{Full, StreamBody};
    use hyper::body::{Frame, SizeHint};
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context as TaskContext, Poll};

    /// A body of which nothing comes.
    struct Promised(u64);

    impl Body for Promised {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0)
        }
    }

    #[tokio::test]
    async fn a_body_is_read_within_its_limits() {
        let long = Duration::from_secs(60);
        assert_eq!(whole(Full::new(Bytes::from_static(b"{}")), long).await, Ok(Bytes::from_static(b"{}")));
        assert_eq!(whole(Promised(9_999_999_999_999), long).await, Err(BodyRefused::TooLarge), "nothing is waited for");
        assert_eq!(whole(Promised(10), Duration::ZERO).await, Err(BodyRefused::TooSlow));
        let frames = (0..2).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![0; MAX_BODY / 2 + 1]))));
        assert_eq!(whole(StreamBody::new(futures::stream::iter(frames)), long).await, Err(BodyRefused::TooLarge));
        let cut = [Ok(Frame::data(Bytes::from_static(b"{"))), Err(std::io::Error::other("gone"))];
        assert_eq!(whole(StreamBody::new(futures::stream::iter(cut)), long).await, Err(BodyRefused::Cut));
    }
}
