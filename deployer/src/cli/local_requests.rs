//! `deployer local requests` and `deployer local trace`: what the embedded cloud did for each request.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::signals::signal;
use crate::error::{Error, ErrorKind};
use crate::local;
use crate::local::RunningCloud;
use crate::ui::request_trace::{RequestLine, RequestWaterfall, render_list, render_waterfall};
use crate::ui::{OutputFormat, Screen, measure};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// Most requests that the cloud lists at once.
const PAGE: u64 = 1_000;

/// `deployer local requests`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
The last requests are kept, some thousands of them, also when the embedded cloud is stopped. Secrets in their
addresses are not; bodies and headers are not either.

Examples:
  deployer local requests                    the last ones, the newest at the end
  deployer local requests --errors -f        those that fail, with the reason, as they come
  deployer local trace 0a1b2c3d              what one of them did")]
pub struct LocalRequests {
    /// Go on and show new ones as they come, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Only those that failed
    #[arg(long)]
    pub errors: bool,
    /// At most the last N, of those that are there when the command starts
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(..=PAGE))]
    pub tail: u64,
}

/// `deployer local trace`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer local trace 0a1b2c3d              as `deployer local requests` shows it
  curl -sS -D - $endpoint/orders | grep -i x-amzn-requestid        the whole id, of an answer
  deployer local trace 0a1b2c3d --otlp | curl -sS http://localhost:4318/v1/traces -H 'content-type: application/json' -d @-")]
pub struct LocalTrace {
    /// The request's id, or its first characters
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub id: String,
    /// In OpenTelemetry's form: OTLP/JSON, as a collector takes it
    #[arg(long)]
    pub otlp: bool,
}

/// What the cloud lists.
#[derive(Debug, Deserialize)]
struct RequestPage {
    /// Newest first.
    requests: Vec<Value>,
    newest: u64,
    lost: u64,
}

/// Lists requests, and follows them when that is asked for.
pub(super) async fn list(dir: &Path, args: &LocalRequests, screen: &Screen) -> Result<u8, CommandFailure> {
    let running = running(dir).await?;
    let failed = if args.errors { "&failed=true" } else { "" };
    let work = async {
        let mut page: RequestPage = ask(&running, &format!("requests?limit={}{failed}", args.tail)).await?;
        if page.requests.is_empty() && !args.follow {
            screen.note(if args.errors { "no request failed" } else { "there was no request yet" });
        }
        if page.lost > 0 {
            let count = measure::count(usize::try_from(page.lost).unwrap_or(usize::MAX), "request");
            screen.note(&format!("{count} came too fast to be kept"));
        }
        loop {
            page.requests.reverse();
            show(&page.requests, screen)?;
            if !args.follow {
                return Ok::<_, CommandFailure>(());
            }
            page = newer(&running, page.newest, failed).await?;
        }
    };
    tokio::select! {
        done = work => done.map(|()| exit_code::DONE),
        // Ending what follows for ever is how it is meant to end.
        () = signal() => Ok(if args.follow { exit_code::DONE } else { exit_code::INTERRUPTED }),
    }
}

/// Returns all requests after one, however many came meanwhile; waits a second at most for the first.
async fn newer(running: &RunningCloud, after: u64, failed: &str) -> Result<RequestPage, Error> {
    let first = format!("requests?after={after}&waitMs=1000&limit={PAGE}{failed}");
    let mut page: RequestPage = ask(running, &first).await?;
    let mut last = page.requests.len();
    while last as u64 == PAGE {
        let before = page.requests.last().and_then(|oldest| oldest["sequence"].as_u64()).unwrap_or_default();
        let older = format!("requests?after={after}&before={before}&limit={PAGE}{failed}");
        let older: RequestPage = ask(running, &older).await?;
        last = older.requests.len();
        page.requests.extend(older.requests);
    }
    Ok(page)
}

/// Shows one request with everything that it did.
pub(super) async fn trace(dir: &Path, args: &LocalTrace, screen: &Screen) -> Result<u8, CommandFailure> {
    let running = running(dir).await?;
    if !args.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(
            Error::usage(format!("{:?} is no id of a request: those are letters, digits and -", args.id)).into()
        );
    }
    let form = if args.otlp { "/otlp" } else { "" };
    let trace: Value =
        ask(&running, &format!("requests/{}{form}", args.id)).await.map_err(|failure| match failure {
            error if error.kind == ErrorKind::Usage => {
                error.hint("`deployer local requests` lists them; four characters of an id are enough.")
            }
            error => error,
        })?;
    if args.otlp {
        screen.document(&trace)?;
        return Ok(exit_code::DONE);
    }
    let read: RequestWaterfall = serde_json::from_value(trace.clone()).map_err(not_understood)?;
    screen.answer(|look| render_waterfall(&read, look), || trace)?;
    Ok(exit_code::DONE)
}

/// Shows requests: a line each.
fn show(requests: &[Value], screen: &Screen) -> Result<(), CommandFailure> {
    if screen.format == OutputFormat::Json {
        requests.iter().try_for_each(|request| screen.line(request))?;
        return Ok(());
    }
    let lines: Result<Vec<RequestLine>, _> = requests.iter().cloned().map(serde_json::from_value).collect();
    screen.data(&render_list(&lines.map_err(not_understood)?, &screen.out))?;
    Ok(())
}

async fn ask<T: serde::de::DeserializeOwned>(running: &RunningCloud, what: &str) -> Result<T, Error> {
    local::ask(&running.endpoint, http::Method::GET, what, None).await
}

async fn running(dir: &Path) -> Result<RunningCloud, Error> {
    local::running(dir)
        .await?
        .ok_or_else(|| Error::usage("the embedded cloud is not running").hint("Start it: `deployer local start`."))
}

fn not_understood(error: serde_json::Error) -> Error {
    Error::io(format!("the embedded cloud gave an answer that is not understood: {error}"))
        .hint("It may be of another version: `deployer local stop`, then start it again.")
}
