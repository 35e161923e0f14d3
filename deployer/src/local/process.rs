//! Finds, starts and stops the embedded cloud as a background process.
//!
//! Everything it holds is below `.deployer/` in the project's folder. The file `process.json` there says where the process listens, and
//! so does the lock file, should the former be lost. Whether it really does is asked over HTTP, and so is whose data it has: a
//! process that was killed leaves nothing that misleads, and a copied folder does not lead to the original's cloud.

use crate::error::{Error, Result};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Longest time for it to start or to stop.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// A cloud that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningCloud {
    /// `http://127.0.0.1:4588`.
    pub endpoint: String,
    /// Id of the process.
    pub pid: u32,
    /// Version of the deployer that started it.
    pub version: String,
}

/// Returns where a project's cloud keeps what it holds.
pub fn data_dir(project: &Path) -> PathBuf {
    project.join(".deployer")
}

/// Tells whether a cloud ever held anything there.
pub fn has_data(dir: &Path) -> bool {
    process_file(dir).exists()
}

pub(super) fn process_file(dir: &Path) -> PathBuf {
    dir.join("process.json")
}

fn log_file(dir: &Path) -> PathBuf {
    dir.join("cloud.log")
}

/// Returns the file that a cloud holds locked while it runs.
pub(super) fn lock_file(dir: &Path) -> PathBuf {
    dir.join("lock")
}

/// Tells whether a cloud has the folder: one that answers no more may still be writing.
fn is_locked(dir: &Path) -> bool {
    let lock = std::fs::File::open(lock_file(dir));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}

pub(super) fn read(dir: &Path) -> Option<RunningCloud> {
    let noted = |path: PathBuf| serde_json::from_slice(&std::fs::read(path).ok()?).ok();
    noted(process_file(dir)).or_else(|| noted(lock_file(dir)))
}

/// Returns what tells this folder from its copies, as the cloud says it of the folder that it has locked.
#[cfg(unix)]
fn identity(dir: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(lock_file(dir)).ok().map(|file| format!("{}:{}", file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<String> {
    None
}

/// Returns the cloud of `dir`, if it answers.
///
/// # Errors
/// None now; room for a cloud that answers and cannot be used.
pub async fn running(dir: &Path) -> Result<Option<RunningCloud>> {
    let Some(noted) = read(dir) else { return Ok(None) };
    let Some((_, health)) = send(&noted.endpoint, http::Method::GET, "health", None).await else { return Ok(None) };
    // Another program may have the port by now, which the process id tells; and in a copied folder the note is the original's.
    let is_it = health["pid"] == noted.pid && health["folder"].as_str() == identity(dir).as_deref();
    Ok(is_it.then_some(noted))
}

/// Asks a running cloud for something of its own, such as its `clock`.
///
/// # Errors
/// `usage` with its words when it refuses; `io` when it does not answer.
pub async fn ask<T: DeserializeOwned>(
    endpoint: &str,
    method: http::Method,
    what: &str,
    body: Option<&Value>,
) -> Result<T> {
    let Some((status, answer)) = send(endpoint, method, what, body).await else {
        return Err(Error::io(format!("the embedded cloud at {endpoint} does not answer"))
            .hint("Look whether it runs: `deployer local status`."));
    };
    if !status.is_success() {
        return Err(Error::usage(answer["message"].as_str().unwrap_or("the embedded cloud refused").to_owned()));
    }
    serde_json::from_value(answer).map_err(|e| {
        Error::io(format!("the embedded cloud gave an answer that is not understood: {e}"))
            .hint("It may be of another version: `deployer local stop`, then start it again.")
    })
}

/// Returns one request to an endpoint of the cloud's own; `None` without an answer in JSON.
async fn send(
    endpoint: &str,
    method: http::Method,
    what: &str,
    body: Option<&Value>,
) -> Option<(http::StatusCode, Value)> {
    let client: Client<HttpConnector, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{endpoint}/_deployer/{what}"))
        // A browser cannot send this header to another origin unasked.
        .header("x-deployer-local", "1")
        .body(body.map_or_else(Full::default, |body| Full::from(body.to_string())))
        .ok()?;
    let answer = timeout(Duration::from_secs(2), client.request(request)).await.ok()?.ok()?;
    let status = answer.status();
    let body = timeout(Duration::from_secs(2), answer.into_body().collect()).await.ok()?.ok()?;
    Some((status, serde_json::from_slice(&body.to_bytes()).ok()?))
}

/// Returns the cloud of `dir`, started in the background when it does not run.
///
/// # Errors
/// `io` when it cannot be started, with the end of what it said.
pub async fn start(dir: &Path, port: Option<u16>) -> Result<RunningCloud> {
    if let Some(running) = running(dir).await? {
        return match port {
            Some(port) if !running.endpoint.ends_with(&format!(":{port}")) => {
                Err(Error::usage(format!("the embedded cloud runs at {} already", running.endpoint))
                    .hint("Stop it first: `deployer local stop`."))
            }
            _ => Ok(running),
        };
    }
    let failed =
        |what: &str, e: std::io::Error| Error::io(format!("the embedded cloud cannot be started: {what}: {e}"));
    create_private(dir).map_err(|e| failed(&format!("{}", dir.display()), e))?;
    let (log, said_before) = open_log(dir).map_err(|e| failed(&format!("{}", log_file(dir).display()), e))?;
    let errors = log.try_clone().map_err(|e| failed("its log", e))?;
    let program = std::env::current_exe().map_err(|e| failed("this program's own path", e))?;
    let dir = std::path::absolute(dir).map_err(|e| failed("its folder", e))?;
    let mut command = tokio::process::Command::new(program);
    command.args(["local", "serve", "--dir"]).arg(&dir).arg("--port").arg(port.unwrap_or(0).to_string());
    command.stdin(Stdio::null()).stdout(log).stderr(errors).current_dir(&dir).kill_on_drop(false);
    // Ctrl-C in the terminal is meant for the command, not for the cloud.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(|e| failed("its process", e))?;
    let started = Instant::now();
    loop {
        if let Some(running) = running(&dir).await? {
            return Ok(running);
        }
        // It may have lost a race against another `deployer up --local`: then the winner answers.
        let ended = child.try_wait().ok().flatten();
        if started.elapsed() > PATIENCE
            || (ended.is_some() && started.elapsed() > Duration::from_secs(2))
            || ended.is_some_and(|s| !s.success() && read(&dir).is_none())
        {
            let said = std::fs::read(log_file(&dir)).unwrap_or_default();
            let said = String::from_utf8_lossy(said.get(said_before..).unwrap_or_default());
            let mut said = said.trim().trim_start_matches("error: ").to_owned();
            // A full disk leaves no word in the log.
            let append = std::fs::File::options().append(true).open(log_file(&dir));
            if said.is_empty()
                && let Err(reason) = append.and_then(|mut log| log.write_all(b"\n"))
            {
                said = format!("its log cannot be written: {reason}");
            }
            return Err(Error::io(format!(
                "the embedded cloud did not start{}{said}",
                if said.is_empty() { "" } else { ": " }
            ))
            .fact("log", log_file(&dir).display().to_string()));
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// Largest log in bytes that is written on; a larger one is put aside as `cloud.log.1`.
const LARGEST_LOG: u64 = 1024 * 1024;

/// Opens the log for more of it, and returns how long it is: what an earlier process said at its end is not lost by a new start.
fn open_log(dir: &Path) -> std::io::Result<(std::fs::File, usize)> {
    let path = log_file(dir);
    if std::fs::metadata(&path).is_ok_and(|log| log.len() > LARGEST_LOG) {
        std::fs::rename(&path, dir.join("cloud.log.1"))?;
    }
    let log = std::fs::File::options().create(true).append(true).open(&path)?;
    let length = log.metadata()?.len();
    Ok((log, usize::try_from(length).unwrap_or(usize::MAX)))
}

/// Gives up every open file but the three streams, by starting this program once more in the same process: whoever waits for the end of
/// a pipe or for a lock of the caller's would wait for the cloud, which outlives the caller.
///
/// # Errors
/// `io` when it cannot start; else this does not return.
#[cfg(unix)]
pub fn leave_inherited(arguments: &[&std::ffi::OsStr]) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let program =
        std::env::current_exe().map_err(|e| Error::io(format!("this program's own path is not known: {e}")))?;
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    let error = std::process::Command::new(program).args(arguments).exec();
    Err(Error::io(format!("the embedded cloud cannot be started: {error}")))
}

/// Does nothing: other systems pass on only what is named.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn leave_inherited(_: &[&std::ffi::OsStr]) -> Result<()> {
    Ok(())
}

/// Stops the cloud of `dir`; what it holds stays on disk. Says whether it ran.
///
/// # Errors
/// `timeout` when it does not stop.
pub async fn stop(dir: &Path) -> Result<bool> {
    let Some(found) = running(dir).await? else { return Ok(false) };
    send(&found.endpoint, http::Method::POST, "shutdown", None).await;
    let started = Instant::now();
    while is_locked(dir) || running(dir).await?.is_some() {
        if started.elapsed() > PATIENCE {
            return Err(Error::timeout(format!("the embedded cloud (process {}) does not stop", found.pid))
                .hint(format!("Stop it with `kill {}`; no data is lost.", found.pid)));
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(true)
}

/// Returns the folder is for its owner alone: it holds the data of the tables. A `.gitignore` keeps it out of commits.
fn create_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)?;
    let ignore = dir.join(".gitignore");
    if !ignore.exists() {
        std::fs::write(ignore, "*\n")?;
    }
    Ok(())
}
