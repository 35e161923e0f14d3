//! A function for the tests of the embedded cloud. It speaks the Lambda Runtime API over a plain socket and does what
//! `PROBE_INIT` says before it asks for work, and what the event says then.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, exit};
use std::thread::sleep;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let mut api = Api::connect()?;
    initialise(&mut api)?;
    loop {
        let (headers, event) = api.call("GET", "/2018-06-01/runtime/invocation/next", &[], b"")?;
        let id = headers.get("lambda-runtime-aws-request-id").ok_or("no request id")?.clone();
        let event: Value = serde_json::from_slice(&event)?;
        let answer = format!("/2018-06-01/runtime/invocation/{id}/response");
        match act(&event, &headers) {
            Ok(body) => {
                api.call("POST", &answer, &[], body.as_bytes())?;
                if event["do"] == "answer-twice" {
                    let (_, refusal) = api.call("POST", &answer, &[], b"{}")?;
                    println!("{}", String::from_utf8_lossy(&refusal));
                }
            }
            Err(error) => {
                let body = json!({ "errorType": "Probe", "errorMessage": error.to_string() }).to_string();
                let path = format!("/2018-06-01/runtime/invocation/{id}/error");
                api.call("POST", &path, &[("lambda-runtime-function-error-type", "Probe.Failed")], body.as_bytes())?;
            }
        }
    }
}

fn initialise(api: &mut Api) -> Result<(), Box<dyn Error>> {
    let init = std::env::var("PROBE_INIT").unwrap_or_default();
    let (what, value) = init.split_once(' ').unwrap_or((&init, ""));
    match what {
        "exit" => {
            eprintln!("cannot start");
            exit(value.parse()?);
        }
        "sleep" => sleep(Duration::from_millis(value.parse()?)),
        "fail" => {
            let body = json!({ "errorType": "Probe", "errorMessage": "no configuration" }).to_string();
            let header = ("lambda-runtime-function-error-type", "Probe.Init");
            api.call("POST", "/2018-06-01/runtime/init/error", &[header], body.as_bytes())?;
            exit(1);
        }
        // Fails the first time, leaving a file behind by which it knows the second time.
        "once" if !std::fs::exists(value)? => {
            std::fs::write(value, "")?;
            exit(7);
        }
        _ => {}
    }
    Ok(())
}

fn act(event: &Value, headers: &BTreeMap<String, String>) -> Result<String, Box<dyn Error>> {
    // A request through an API carries the order in its body.
    if event["requestContext"].is_object() {
        let order: Value = event["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        return match order["do"].is_string() {
            true => act(&order, headers),
            false => Ok(json!({ "statusCode": 200, "body": event.to_string() }).to_string()),
        };
    }
    if let Some(records) = event["Records"].as_array() {
        return consume(records);
    }
    // What EventBridge sends is told by the log, because nobody hears the answer.
    if event["source"] == "aws.events" {
        println!("due {}", event["time"].as_str().unwrap_or_default());
    }
    match event["do"].as_str() {
        Some("say") => {
            for line in event["lines"].as_array().into_iter().flatten() {
                println!("{}", line.as_str().unwrap_or_default());
                eprintln!("and {}", line.as_str().unwrap_or_default());
            }
            Ok("null".to_owned())
        }
        Some("sleep") => {
            sleep(Duration::from_millis(event["ms"].as_u64().unwrap_or_default()));
            Ok("\"slept\"".to_owned())
        }
        Some("meet") => meet(Path::new(event["folder"].as_str().ok_or("no folder")?)),
        Some("exit") => exit(i32::try_from(event["code"].as_i64().unwrap_or_default())?),
        Some("abort") => std::process::abort(),
        Some("fail") => Err("as you wish".into()),
        Some("pid") => Ok(std::process::id().to_string()),
        Some("environment") => Ok(json!(std::env::vars().collect::<BTreeMap<_, _>>()).to_string()),
        Some("headers") => Ok(json!(headers).to_string()),
        Some("large") => {
            Ok(format!("\"{}\"", "x".repeat(usize::try_from(event["bytes"].as_u64().unwrap_or_default())?)))
        }
        Some("call") => call_cloud(event),
        Some("answer") => Ok(event["answer"].to_string()),
        // A child that would outlive its parent.
        Some("child") => Ok(Command::new("sleep").arg("600").spawn()?.id().to_string()),
        _ => Ok(event.to_string()),
    }
}

/// Tells the log of the records of a queue or a stream, waits for the file that one names behind `hold`, and fails where one says so: all of
/// them, or that one alone.
fn consume(records: &[Value]) -> Result<String, Box<dyn Error>> {
    let (mut texts, mut refused) = (Vec::new(), Vec::new());
    for record in records {
        let (id, text) = match record["body"].as_str() {
            Some(body) => (&record["messageId"], body.to_owned()),
            None => {
                let words = [&record["eventName"], &record["dynamodb"]["Keys"]["id"]["S"]].map(Value::as_str);
                (&record["dynamodb"]["SequenceNumber"], words.map(Option::unwrap_or_default).join(" "))
            }
        };
        if text.contains("refuse") {
            refused.push(json!({ "itemIdentifier": id }));
        }
        texts.push(text);
    }
    println!("got {}", texts.join(", "));
    for file in texts.iter().filter_map(|text| text.strip_prefix("hold ")) {
        while !Path::new(file).exists() {
            sleep(Duration::from_millis(5));
        }
    }
    match texts.iter().any(|text| text.contains("fail")) {
        true => Err("as a record wishes".into()),
        false => Ok(json!({ "batchItemFailures": refused }).to_string()),
    }
}

/// Calls the cloud as an SDK does, and answers the status.
fn call_cloud(event: &Value) -> Result<String, Box<dyn Error>> {
    let [endpoint, key, token, region] =
        ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_REGION"].map(std::env::var);
    let (host, key, token, region) = (endpoint?.replace("http://", ""), key?, token?, region?);
    let (service, target) =
        (event["service"].as_str().unwrap_or_default(), event["target"].as_str().unwrap_or_default());
    let body = event["input"].to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\
         x-amz-security-token: {token}\r\nx-amz-target: {target}\r\ncontent-type: application/x-amz-json-1.0\r\n\
         amz-sdk-request: attempt=2; max=3\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(&host)?;
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(json!({ "statusCode": 200, "body": answer.split(' ').nth(1) }).to_string())
}

/// Leaves a file in `folder` until the file `go` is there, and answers how many processes have one at that moment.
fn meet(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mine = folder.join(std::process::id().to_string());
    std::fs::write(&mine, "")?;
    while !folder.join("go").exists() {
        sleep(Duration::from_millis(5));
    }
    // The others that are on their way arrive meanwhile.
    sleep(Duration::from_millis(300));
    let met = std::fs::read_dir(folder)?.count() - 1;
    std::fs::remove_file(mine)?;
    Ok(met.to_string())
}

/// Headers and body.
type Answer = (BTreeMap<String, String>, Vec<u8>);

/// One connection, kept alive.
struct Api {
    host: String,
    connection: BufReader<TcpStream>,
}

impl Api {
    fn connect() -> Result<Self, Box<dyn Error>> {
        let host = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        Ok(Self { host, connection: BufReader::new(stream) })
    }

    fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Box<dyn Error>> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", self.host, body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        let stream = self.connection.get_mut();
        stream.write_all(&[head.as_bytes(), body].concat())?;
        let mut received = BTreeMap::new();
        loop {
            let mut line = String::new();
            if self.connection.read_line(&mut line)? == 0 {
                return Err("the Runtime API has gone".into());
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) => drop(received.insert(name.to_owned(), value.to_owned())),
                None if line.trim_end().is_empty() => break,
                None => {}
            }
        }
        let length: usize = received.get("content-length").map_or(Ok(0), |length| length.parse())?;
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body)?;
        Ok((received, body))
    }
}
