//! A plain HTTP client, and calls in the AWS protocols with it. It blocks: tests run on a thread of their own.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Whoever says nothing for so long does not answer.
const LONGEST_SILENCE: Duration = Duration::from_secs(120);

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// In lower case, in the order of the answer.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends one request on a connection of its own.
pub fn send(addr: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(LONGEST_SILENCE)).unwrap();
    let mut head = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += &format!("host: {addr}\r\n");
    }
    if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
        head += &format!("content-length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let received = receive(&mut stream);
    let end = head_end(&received).unwrap();
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Reply { status, headers, body: received[end + 4..].to_vec() }
}

/// Reads an answer to its end: as long as it says that it is, or until the other side closes. Not everybody does that who is asked to.
fn receive(stream: &mut TcpStream) -> Vec<u8> {
    let (mut received, mut part) = (Vec::new(), vec![0; 64 * 1024]);
    let mut whole = usize::MAX;
    while received.len() < whole {
        let count = stream.read(&mut part).unwrap();
        if count == 0 {
            break;
        }
        received.extend_from_slice(&part[..count]);
        if let Some(end) = head_end(&received).filter(|_| whole == usize::MAX) {
            let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            // What is read to its close has no end that is known.
            whole = length.map_or(usize::MAX - 1, |length: usize| end + 4 + length);
        }
    }
    received
}

fn head_end(received: &[u8]) -> Option<usize> {
    received.windows(4).position(|four| four == b"\r\n\r\n")
}

fn signature(service: &str) -> String {
    let scope = format!("local/20260101/{}/{service}/aws4_request", super::REGION);
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// A call to a REST service that must succeed.
pub fn rest(addr: SocketAddr, service: &str, method: &str, target: &str, body: &Value) -> Value {
    let authorization = signature(service);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let reply = send(addr, method, target, &headers, body.as_bytes());
    assert!(reply.status < 300, "{method} {target}: {} {}", reply.status, reply.text());
    if reply.body.is_empty() { Value::Null } else { reply.json() }
}

/// A call to a service with `X-Amz-Target` that must succeed.
pub fn target(addr: SocketAddr, service: &str, target: &str, body: &Value) -> Value {
    let authorization = signature(service);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", target),
    ];
    let reply = send(addr, "POST", "/", &headers, body.to_string().as_bytes());
    assert!(reply.status < 300, "{target}: {} {}", reply.status, reply.text());
    if reply.body.is_empty() { Value::Null } else { reply.json() }
}

/// A call in the query protocol that must succeed.
pub fn query(addr: SocketAddr, service: &str, form: &str) -> String {
    let authorization = signature(service);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let reply = send(addr, "POST", "/", &headers, form.as_bytes());
    assert!(reply.status < 300, "{form}: {} {}", reply.status, reply.text());
    reply.text()
}

/// A call below `/_deployer/` that must succeed.
pub fn own(addr: SocketAddr, method: &str, path: &str, body: &Value) -> Value {
    let reply = send(addr, method, path, &[("x-deployer-local", "1")], body.to_string().as_bytes());
    assert!(reply.status < 300, "{path}: {} {}", reply.status, reply.text());
    reply.json()
}
