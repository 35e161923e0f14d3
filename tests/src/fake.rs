//! An endpoint that records what reaches it and answers as it is told: for failures that no cloud makes on demand.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `POST /`.
    pub line: String,
    /// Service of the signature: `sts`.
    pub service: String,
    /// Operation, where header or form name it: `GetCallerIdentity`.
    pub operation: String,
    /// Body, taken for UTF-8.
    pub body: String,
}

/// What to answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// An answer with this status, content type and body.
    Reply(u16, &'static str, String),
    /// The connection ends.
    Cut,
}

impl Answer {
    /// An error as the services with XML write it.
    pub fn xml(status: u16, code: &str, message: &str) -> Answer {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>00000000-0000-4000-8000-000000000001</RequestId></ErrorResponse>"
        );
        Answer::Reply(status, "text/xml", body)
    }

    /// An error as the services with JSON write it.
    pub fn json(status: u16, code: &str, message: &str) -> Answer {
        let body = serde_json::json!({"__type": code, "code": code, "message": message});
        Answer::Reply(status, "application/x-amz-json-1.1", body.to_string())
    }

    /// STS's answer to GetCallerIdentity.
    pub fn identity(account: &str) -> Answer {
        let body = format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/tester</Arn>\
             <UserId>AIDA</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        Answer::Reply(200, "text/xml", body)
    }
}

/// A listening endpoint.
pub struct Fake {
    addr: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
}

impl Fake {
    /// Answers every request with what `answer` says.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("a bound socket has an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let fake = Fake { addr, asked: Arc::clone(&asked), stop: Arc::clone(&stop) };
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
                // A client that goes away ends its connection, nothing else.
                thread::spawn(move || serve(stream, &asked, answer.as_ref()));
            }
        });
        fake
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What reached it so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no request panics").clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the one that accepts.
        let _ = TcpStream::connect(self.addr);
    }
}

fn serve(stream: TcpStream, asked: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let request = read(&mut reader)?;
        asked.lock().ok()?.push(request.clone());
        let Answer::Reply(status, content_type, body) = answer(&request) else { return None };
        let head = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
             x-amzn-requestid: 00000000-0000-4000-8000-000000000001\r\n\r\n",
            body.len()
        );
        reader.get_mut().write_all(&[head.as_bytes(), body.as_bytes()].concat()).ok()?;
    }
}

/// Reads one request; `None` at the end of the connection.
fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let (mut length, mut service, mut operation) = (0, String::new(), String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            // Credential=KEY/DATE/REGION/SERVICE/aws4_request
            "authorization" => service = value.split('/').nth(3).unwrap_or_default().to_owned(),
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
    Some(Asked { line, service, operation, body })
}
