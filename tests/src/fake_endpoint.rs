//! An endpoint that records requests and answers them as a test says: for failures that no cloud makes on demand.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// The certificate, as PEM, of the authority that signed the one of an endpoint with TLS.
pub const TEST_CA: &str = include_str!("tls/ca.pem");

/// A request that reached a fake endpoint.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// Method and path, such as `POST /`.
    pub line: String,
    /// The access key that signed it.
    pub access_key: String,
    /// The service in the signature, such as `sts`.
    pub service: String,
    /// The operation, if a header or the form names it, such as `GetCallerIdentity`.
    pub operation: String,
    /// The body, decoded as UTF-8.
    pub body: String,
}

/// The answer of a fake endpoint.
#[derive(Debug, Clone)]
pub enum FakeAnswer {
    /// An HTTP response with this status, content type and body.
    Reply(u16, &'static str, String),
    /// The connection is closed without a response.
    Disconnect,
}

impl FakeAnswer {
    /// Makes an error in the format of the services that use XML.
    pub fn xml(status: u16, code: &str, message: &str) -> FakeAnswer {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>00000000-0000-4000-8000-000000000001</RequestId></ErrorResponse>"
        );
        FakeAnswer::Reply(status, "text/xml", body)
    }

    /// Makes an error in the format of the services that use JSON.
    pub fn json(status: u16, code: &str, message: &str) -> FakeAnswer {
        let body = serde_json::json!({"__type": code, "code": code, "message": message});
        FakeAnswer::Reply(status, "application/x-amz-json-1.1", body.to_string())
    }

    /// Makes STS's answer to `GetCallerIdentity`.
    pub fn identity(account: &str) -> FakeAnswer {
        let body = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/tester</Arn>\
             <UserId>AIDA</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        FakeAnswer::Reply(200, "text/xml", body)
    }
}

/// A listening endpoint. It stops when it is dropped.
pub struct FakeEndpoint {
    addr: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    stop: Arc<AtomicBool>,
}

impl FakeEndpoint {
    /// Starts an endpoint that answers every request with the result of `answer`.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start(answer: impl Fn(&ReceivedRequest) -> FakeAnswer + Send + Sync + 'static) -> FakeEndpoint {
        FakeEndpoint::listening("http", answer, Some)
    }

    /// Starts an endpoint that speaks TLS as `aws.test`, with a certificate that [`TEST_CA`] signed.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start_tls(answer: impl Fn(&ReceivedRequest) -> FakeAnswer + Send + Sync + 'static) -> FakeEndpoint {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = vec![CertificateDer::from_pem_slice(include_bytes!("tls/cert.pem")).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/key.pem")).expect("a key");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("the key is that of the certificate");
        let config = Arc::new(config);
        FakeEndpoint::listening("https", answer, move |stream| {
            Some(StreamOwned::new(ServerConnection::new(Arc::clone(&config)).ok()?, stream))
        })
    }

    fn listening<S: Read + Write>(
        scheme: &'static str,
        answer: impl Fn(&ReceivedRequest) -> FakeAnswer + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Option<S> + Send + Sync + 'static,
    ) -> FakeEndpoint {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("a bound socket has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let fake = FakeEndpoint { addr, scheme, requests: Arc::clone(&requests), stop: Arc::clone(&stop) };
        let (answer, wrap) = (Arc::new(answer), Arc::new(wrap));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (requests, answer, wrap) = (Arc::clone(&requests), Arc::clone(&answer), Arc::clone(&wrap));
                // A client that disconnects ends its own connection only.
                thread::spawn(move || serve(wrap(stream)?, &requests, answer.as_ref()));
            }
        });
        fake
    }

    /// Returns the URL of the endpoint.
    pub fn endpoint(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().expect("no request panics").clone()
    }
}

impl Drop for FakeEndpoint {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts connections.
        let _ = TcpStream::connect(self.addr);
    }
}

/// Answers the requests of one connection until it ends.
fn serve(
    stream: impl Read + Write,
    requests: &Mutex<Vec<ReceivedRequest>>,
    answer: &dyn Fn(&ReceivedRequest) -> FakeAnswer,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let request = read_request(&mut reader)?;
        requests.lock().ok()?.push(request.clone());
        let FakeAnswer::Reply(status, content_type, body) = answer(&request) else { return None };
        let head = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
             x-amzn-requestid: 00000000-0000-4000-8000-000000000001\r\n\r\n",
            body.len()
        );
        reader.get_mut().write_all(&[head.as_bytes(), body.as_bytes()].concat()).ok()?;
    }
}

/// Reads a request. `None` at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> Option<ReceivedRequest> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let (mut length, mut service, mut operation, mut access_key) = (0, String::new(), String::new(), String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            // Credential=KEY/DATE/REGION/SERVICE/aws4_request
            "authorization" => {
                service = value.split('/').nth(3).unwrap_or_default().to_owned();
                let credential = value.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next());
                access_key = credential.unwrap_or_default().to_owned();
            }
            "x-amz-target" => operation = value.rsplit('.').next().unwrap_or_default().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    if let Some(action) = body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        operation = action.to_owned();
    }
    let mut words = line.split(' ');
    let line = format!("{} {}", words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Some(ReceivedRequest { line, access_key, service, operation, body })
}
