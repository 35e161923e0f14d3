//! What the API function costs, next to a function that does nothing.
//!
//! `cargo bench -p function` builds both with the profile `lambda`, runs each as `bootstrap` behind a Runtime API of this
//! process, against a DynamoDB of this process, and prints a table: the time from the start of the process to its first
//! answer (which, for the API, is an order placed), the time of warm requests, memory, and the size of the zip. A time of
//! a request is that between handing out the event and receiving the answer, so it includes one HTTP exchange with the
//! Runtime API and the work of the emulated DynamoDB.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Segment, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use function::store::dynamodb::schema::{CREATED_KEY, ORDER_ID, STATUS_SHARD};
use serde_json::{Value, json};
use std::env;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many processes are started, and how many requests of each kind a warm one gets.
const STARTS: usize = 40;
const REQUESTS: usize = 1_000;

/// How long an answer may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let dynamodb = start_dynamodb().await?;
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

/// What is told of a function.
struct Row {
    start: String,
    post: String,
    get: String,
    list: String,
    rss_kib: u64,
}

async fn measure(binary: &Path, dynamodb: &str) -> Result<Row> {
    let place = event("POST", "/orders", Some(r#"{"item":"Laptop","quantity":2,"customer_name":"Ada"}"#));
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let mut sandbox = Sandbox::new().await?;
        let started = Instant::now();
        let child = sandbox.start(binary, dynamodb)?;
        sandbox.invoke(&place).await?;
        starts.push(started.elapsed());
        drop(child);
    }
    let mut sandbox = Sandbox::new().await?;
    let child = sandbox.start(binary, dynamodb)?;
    let mut post = Vec::new();
    let mut id = String::new();
    for _ in 0..REQUESTS {
        let started = Instant::now();
        let answer = sandbox.invoke(&place).await?;
        post.push(started.elapsed());
        if let Some(order) = answer["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok()) {
            id = order["order_id"].as_str().unwrap_or_default().to_owned();
        }
    }
    let get = repeat(&mut sandbox, &event("GET", &format!("/orders/{id}"), None)).await?;
    let rss_kib = resident(child.id().ok_or("the function is gone")?)?;
    let list = repeat(&mut sandbox, &event("GET", "/orders", None)).await?;
    Ok(Row { start: spread(starts), post: spread(post), get: spread(get), list: spread(list), rss_kib })
}

async fn repeat(sandbox: &mut Sandbox, event: &Value) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..REQUESTS {
        let started = Instant::now();
        sandbox.invoke(event).await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

/// The median and the 99th percentile.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize].as_secs_f64() * 1000.0;
    format!("{:.2} / {:.2}", at(0.5), at(0.99))
}

/// An event as a REST API sends it.
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

/// A Runtime API that one process is behind.
struct Sandbox {
    address: String,
    events: mpsc::Sender<Value>,
    answers: mpsc::Receiver<Bytes>,
}

struct Shared {
    events: Mutex<mpsc::Receiver<Value>>,
    answers: mpsc::Sender<Bytes>,
}

impl Sandbox {
    async fn new() -> Result<Self> {
        let (events, next) = mpsc::channel(1);
        let (answer, answers) = mpsc::channel(1);
        let shared = std::sync::Arc::new(Shared { events: Mutex::new(next), answers: answer });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(hand_out))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(take_in))
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
            .env("TABLE_NAME", "Orders")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }

    async fn invoke(&mut self, event: &Value) -> Result<Value> {
        self.events.send(event.clone()).await?;
        let answer = timeout(PATIENCE, self.answers.recv()).await?.ok_or("no answer")?;
        let answer: Value = serde_json::from_slice(&answer)?;
        if answer["statusCode"] != 200 {
            return Err(format!("not a good answer: {answer}").into());
        }
        Ok(answer)
    }
}

async fn hand_out(State(shared): State<std::sync::Arc<Shared>>) -> impl IntoResponse {
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

async fn take_in(
    State(shared): State<std::sync::Arc<Shared>>,
    Segment((_, _)): Segment<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let _ = shared.answers.send(body).await;
    StatusCode::ACCEPTED
}

async fn start_dynamodb() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory()?));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("ap-south-1"))
        .endpoint_url(&endpoint)
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let attribute =
        |name| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let index = GlobalSecondaryIndex::builder()
        .index_name("status-index")
        .key_schema(key(STATUS_SHARD, KeyType::Hash)?)
        .key_schema(key(CREATED_KEY, KeyType::Range)?)
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()?;
    Client::from_conf(config)
        .create_table()
        .table_name("Orders")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(ORDER_ID)?)
        .attribute_definitions(attribute(STATUS_SHARD)?)
        .attribute_definitions(attribute(CREATED_KEY)?)
        .key_schema(key(ORDER_ID, KeyType::Hash)?)
        .global_secondary_indexes(index)
        .send()
        .await?;
    Ok(endpoint)
}

/// Builds a program as the deployer does and tells where it is.
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

/// The resident memory of a process, in KiB.
fn resident(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The size of a zip with the program in it: its deflated bytes, and two headers that are too short to count.
fn zip_size(binary: &[u8]) -> Result<usize> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(binary)?;
    Ok(deflate.finish()?.len())
}
