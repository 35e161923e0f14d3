//! Measures the API function beside a function that does nothing.
//!
//! `cargo bench -p function` builds both with the profile `lambda`, runs each as `bootstrap` behind a Runtime API of this
//! process, against a DynamoDB of this process, and prints a table: the time from the start of the process to its first
//! answer (which, for the API, is an order placed), the time of warm requests, memory, and the size of the zip. The time
//! of a request is measured from handing out the event to receiving the answer, so it includes one HTTP exchange with the
//! Runtime API and the work of the emulated DynamoDB.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Segment, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};
use std::env;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

#[path = "../tests/suite/local_dynamodb.rs"]
mod local_dynamodb;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many processes are started.
const STARTS: usize = 40;
/// How many requests of each kind a warm process gets.
const REQUESTS: usize = 1_000;

/// How long an answer may take before the benchmark fails.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (dynamodb, _) = local_dynamodb::start().await;
    let functions = [
        ("orders-api", build("orders-api", &[])?),
        ("empty lambda_http", build("empty-handler", &["--features", "bench"])?),
    ];
    println!(
        "{:<20} {:>24} {:>18} {:>18} {:>18} {:>10} {:>12} {:>10}",
        "function",
        "start ms p50/p99",
        "POST ms p50/p99",
        "GET ms p50/p99",
        "LIST ms p50/p99",
        "RSS MiB",
        "binary KiB",
        "zip KiB"
    );
    for (name, binary) in functions {
        let row = measure(&binary, &dynamodb).await?;
        let binary = std::fs::read(binary)?;
        println!(
            "{name:<20} {:>24} {:>18} {:>18} {:>18} {:>10.1} {:>12} {:>10}",
            row.start,
            row.post,
            row.get,
            row.list,
            row.rss_kib as f64 / 1024.0,
            binary.len() / 1024,
            zip_size(&binary)? / 1024,
        );
    }
    Ok(())
}

/// The measures of a function, as the table shows them.
struct MeasuredFunction {
    start: String,
    post: String,
    get: String,
    list: String,
    rss_kib: u64,
}

/// Measures a program.
async fn measure(binary: &Path, dynamodb: &str) -> Result<MeasuredFunction> {
    let place = event("POST", "/orders", Some(r#"{"item":"Laptop","quantity":2,"customer_name":"Ada"}"#));
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let mut runtime_api = RuntimeApi::new().await?;
        let started = Instant::now();
        let child = runtime_api.start(binary, dynamodb)?;
        runtime_api.invoke(&place).await?;
        starts.push(started.elapsed());
        drop(child);
    }
    let mut runtime_api = RuntimeApi::new().await?;
    let child = runtime_api.start(binary, dynamodb)?;
    let mut post = Vec::new();
    let mut id = String::new();
    for _ in 0..REQUESTS {
        let started = Instant::now();
        let answer = runtime_api.invoke(&place).await?;
        post.push(started.elapsed());
        if let Some(order) = answer["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok()) {
            id = order["order_id"].as_str().unwrap_or_default().to_owned();
        }
    }
    let get = repeat(&mut runtime_api, &event("GET", &format!("/orders/{id}"), None)).await?;
    let rss_kib = resident_kib(child.id().ok_or("the function is gone")?)?;
    let list = repeat(&mut runtime_api, &event("GET", "/orders", None)).await?;
    Ok(MeasuredFunction {
        start: percentiles(starts),
        post: percentiles(post),
        get: percentiles(get),
        list: percentiles(list),
        rss_kib,
    })
}

/// Sends an event [`REQUESTS`] times and returns how long each answer took.
async fn repeat(runtime_api: &mut RuntimeApi, event: &Value) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..REQUESTS {
        let started = Instant::now();
        runtime_api.invoke(event).await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

/// Formats the median and the 99th percentile of some times.
fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize].as_secs_f64() * 1000.0;
    format!("{:.2} / {:.2}", at(0.5), at(0.99))
}

/// Makes the event of a REST API.
fn event(method: &str, path: &str, body: Option<&str>) -> Value {
    json!({
        "resource": if path == "/orders" { "/orders" } else { "/orders/{order_id}" },
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "bench.execute-api.ap-south-1.amazonaws.com", "Content-Type": "application/json"},
        "multiValueHeaders": {"Host": ["bench.execute-api.ap-south-1.amazonaws.com"], "Content-Type": ["application/json"]},
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": path.strip_prefix("/orders/").map(|id| json!({"order_id": id})),
        "stageVariables": null,
        "requestContext": {"stage": "prod", "path": format!("/prod{path}"), "httpMethod": method, "requestId": "bench"},
        "body": body,
        "isBase64Encoded": false,
    })
}

/// The Runtime API of Lambda for one process.
struct RuntimeApi {
    address: String,
    events: mpsc::Sender<Value>,
    answers: mpsc::Receiver<Bytes>,
}

/// The state of the Runtime API's handlers.
struct RuntimeState {
    events: Mutex<mpsc::Receiver<Value>>,
    answers: mpsc::Sender<Bytes>,
}

impl RuntimeApi {
    async fn new() -> Result<Self> {
        let (events, next) = mpsc::channel(1);
        let (answer, answers) = mpsc::channel(1);
        let shared = Arc::new(RuntimeState { events: Mutex::new(next), answers: answer });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next_invocation))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(invocation_outcome))
            .with_state(shared);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, events, answers })
    }

    fn start(&self, binary: &Path, dynamodb: &str) -> Result<Child> {
        let child = tokio::process::Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &self.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_REGION", "ap-south-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_ENDPOINT_URL", dynamodb)
            .env("TABLE_NAME", local_dynamodb::TABLE)
            .env("STATUS_INDEX", local_dynamodb::INDEX)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }

    async fn invoke(&mut self, event: &Value) -> Result<Value> {
        self.events.send(event.clone()).await?;
        let answer = timeout(ANSWER_TIMEOUT, self.answers.recv()).await?.ok_or("no answer")?;
        let answer: Value = serde_json::from_slice(&answer)?;
        if answer["statusCode"] != 200 {
            return Err(format!("not a good answer: {answer}").into());
        }
        Ok(answer)
    }
}

/// Answers `GET …/invocation/next` with the next event.
async fn next_invocation(State(shared): State<Arc<RuntimeState>>) -> impl IntoResponse {
    let Some(event) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "9999999999999"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:ap-south-1:000000000000:function:bench"),
    ];
    (headers, event.to_string()).into_response()
}

/// Takes the answer or the error of an invocation.
async fn invocation_outcome(
    State(shared): State<Arc<RuntimeState>>,
    Segment((_, _)): Segment<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let _ = shared.answers.send(body).await;
    StatusCode::ACCEPTED
}

/// Builds a program as the deployer does and returns its path.
fn build(program: &str, more: &[&str]) -> Result<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--profile", "lambda", "-p", "function", "--bin", program, "--message-format", "json"])
        .args(more)
        .stderr(Stdio::inherit())
        .output()?;
    let messages = String::from_utf8(output.stdout)?;
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back();
    executable.filter(|_| output.status.success()).ok_or_else(|| format!("cannot build {program}").into())
}

/// Returns the resident memory of a process, in KiB.
fn resident_kib(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Returns the size of a zip with the program in it, without the headers of the zip, which are too short to matter.
fn zip_size(binary: &[u8]) -> Result<usize> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(binary)?;
    Ok(deflate.finish()?.len())
}
