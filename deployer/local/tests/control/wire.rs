//! A cloud in a temporary directory and a client that writes HTTP by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deployer_local::store::OpenError;
use deployer_local::{Cloud, Faults, Options, StartError, start};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The region of the calls that do not say another.
pub const REGION: &str = "eu-west-1";

/// A policy that lets Lambda assume a role.
pub const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A running cloud.
pub struct Wire {
    pub dir: TempDir,
    pub cloud: Cloud,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON of a success.
    pub fn ok(&self) -> Value {
        assert!(self.status < 300, "{self:?}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Status and error code, wherever the protocol has it.
    pub fn error(&self) -> (u16, String) {
        let xml = || Some(self.body.split_once("<Code>")?.1.split_once("</Code>")?.0.to_owned());
        let header = || self.headers.get("x-amzn-errortype").cloned();
        let json =
            || Some(serde_json::from_str::<Value>(&self.body).ok()?["__type"].as_str()?.rsplit('#').next()?.to_owned());
        let code = xml().or_else(header).or_else(json);
        (self.status, code.unwrap_or_else(|| panic!("no error in {self:?}")))
    }

    /// The message of an error.
    pub fn message(&self) -> String {
        match self.body.split_once("<Message>") {
            Some((_, rest)) => rest.split("</Message>").next().unwrap().to_owned(),
            None => {
                let json = self.json();
                json["message"].as_str().or(json["Message"].as_str()).unwrap().to_owned()
            }
        }
    }

    /// The text of the first XML element of that name.
    pub fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    }
}

/// The code of a REST or JSON error as a literal.
pub fn error(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

impl Wire {
    pub async fn start() -> Self {
        Self::with(Faults::default()).await
    }

    pub async fn with(faults: Faults) -> Self {
        Self::open(tempfile::tempdir().unwrap(), faults).await
    }

    pub async fn open(dir: TempDir, faults: Faults) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = Options { dir: dir.path().to_owned(), listen, faults };
        for _ in 0..1_000 {
            match start(options.clone()).await {
                // What a cloud before this one has begun may hold its store for a moment after its end.
                Err(StartError::Store(OpenError::Locked { .. })) => tokio::time::sleep(Duration::from_millis(10)).await,
                started => return Self { cloud: started.unwrap(), dir },
            }
        }
        panic!("the store stays locked");
    }

    /// Sends a request; `None` when the connection ended without an answer.
    pub async fn send(&self, request: Vec<u8>) -> Option<Reply> {
        send(self.cloud.addr(), request).await
    }

    /// A signed call as the given service.
    pub async fn call(
        &self,
        (service, region): (&str, &str),
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Reply> {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let headers = [headers, &[("Authorization", authorization.as_str())]].concat();
        self.send(request(method, path, "localhost", &headers, body)).await
    }

    /// An awsQuery call.
    pub async fn query(&self, service: &str, parameters: &[(&str, &str)]) -> Reply {
        self.query_in("us-east-1", service, parameters).await
    }

    pub async fn query_in(&self, region: &str, service: &str, parameters: &[(&str, &str)]) -> Reply {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Version", "2010-05-08").extend_pairs(parameters);
        let body = form.finish();
        self.call((service, region), "POST", "/", &[], body.as_bytes()).await.unwrap()
    }

    pub async fn iam(&self, parameters: &[(&str, &str)]) -> Reply {
        self.query("iam", parameters).await
    }

    /// An awsJson call.
    pub async fn json(&self, service: &str, operation: &str, body: Value) -> Reply {
        self.json_in(REGION, service, operation, body).await
    }

    pub async fn json_in(&self, region: &str, service: &str, operation: &str, body: Value) -> Reply {
        let target = format!("Service_20120810.{operation}");
        let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.0")];
        self.call((service, region), "POST", "/", &headers, body.to_string().as_bytes()).await.unwrap()
    }

    /// A restJson1 call.
    pub async fn rest(&self, service: &str, method: &str, path: &str, body: Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.call((service, REGION), method, path, &[], body.as_bytes()).await.unwrap()
    }

    pub async fn lambda(&self, method: &str, path: &str, body: Value) -> Reply {
        self.rest("lambda", method, path, body).await
    }

    pub async fn gateway(&self, method: &str, path: &str, body: Value) -> Reply {
        self.rest("apigateway", method, path, body).await
    }

    pub async fn dynamodb(&self, operation: &str, body: Value) -> Reply {
        self.json("dynamodb", operation, body).await
    }

    /// One of the cloud's own endpoints.
    pub async fn own(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("x-deployer-local", "1")];
        self.send(request(method, path, "localhost", &headers, body.as_bytes())).await.unwrap().ok()
    }

    pub fn advance(&self, seconds: u64) {
        self.cloud.clock().advance(Duration::from_secs(seconds)).unwrap();
    }

    /// A role that Lambda may assume.
    pub async fn role(&self, name: &str) -> String {
        let parameters = [("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
        let reply = self.iam(&parameters).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.element("Arn").unwrap().to_owned()
    }

    /// A function with a role of its own; its code never runs.
    pub async fn function(&self, name: &str) -> Value {
        let role = self.role(&format!("{name}-role")).await;
        self.lambda("POST", "/2015-03-31/functions", function(name, &role)).await.ok()
    }
}

/// The input of `CreateFunction`.
pub fn function(name: &str, role: &str) -> Value {
    json!({
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": role,
        "Code": {"ZipFile": STANDARD.encode(zip("#!/bin/sh\nexit 1\n"))},
    })
}

/// A zip with a bootstrap.
pub fn zip(bootstrap: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(bootstrap.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A request as bytes.
pub fn request(method: &str, path: &str, host: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n", body.len());
    [text.as_bytes(), body].concat()
}

/// Sends bytes and reads until the other side closes.
pub async fn send(addr: SocketAddr, request: Vec<u8>) -> Option<Reply> {
    let mut stream = TcpStream::connect(addr).await.ok()?;
    stream.write_all(&request).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Some(Reply { status, headers, body: body.to_owned() })
}
