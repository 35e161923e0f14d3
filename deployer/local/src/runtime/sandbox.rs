//! One execution environment: a process in a process group of its own, behind its own Runtime API.

use super::api::{InvocationWork, RuntimeApi, RuntimeSignal};
use super::environment::{SandboxSurroundings, variables};
use super::failure::InvocationFailure;
use super::log_capture::LogCapture;
use super::output::ProcessOutput;
use crate::store::function::FunctionRecord;
use crate::trace::{ActiveTrace, SandboxCredential};
use bytes::Bytes;
use rustix::process::{Pid, Signal as Kill, kill_process_group};
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

/// A running process. Dropping it kills the whole process group.
#[derive(Debug)]
pub struct FunctionSandbox {
    child: Child,
    group: Option<Pid>,
    api: RuntimeApi,
    output: ProcessOutput,
    log_capture: Arc<LogCapture>,
    credential: SandboxCredential,
    revision: String,
    clock_ahead: Duration,
    /// The process's open request for work.
    next: Option<oneshot::Sender<InvocationWork>>,
}

impl FunctionSandbox {
    /// Starts the process; it has not asked for work yet.
    ///
    /// # Errors
    /// [`InvocationFailure::Entrypoint`] when `bootstrap` cannot be executed, [`InvocationFailure::Lost`] when the system has no port, no
    /// pipe or no process left.
    pub async fn launch(
        function: &FunctionRecord,
        task_root: &Path,
        endpoint: &str,
        clock_ahead: Duration,
        log_capture: Arc<LogCapture>,
        credential: SandboxCredential,
    ) -> Result<Self, InvocationFailure> {
        // The process runs in this directory: a relative path would mean another place there.
        let task_root = &task_root.canonicalize().map_err(InvocationFailure::Lost)?;
        let api = RuntimeApi::serve().await.map_err(InvocationFailure::Lost)?;
        let log_stream = log_capture.stream();
        let (runtime_api, session_token) = (api.addr(), credential.token());
        let surroundings =
            SandboxSurroundings { task_root, runtime_api, endpoint, session_token, log_stream, clock_ahead };
        let (output, stdout, stderr) =
            ProcessOutput::open(Arc::clone(&log_capture)).map_err(InvocationFailure::Lost)?;
        let mut command = Command::new(task_root.join("bootstrap"));
        command
            .current_dir(task_root)
            .env_clear()
            .envs(variables(function, surroundings))
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true);
        let child = spawn(&mut command).await?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let revision = function.revision.clone();
        Ok(Self { child, group, api, output, log_capture, credential, revision, clock_ahead, next: None })
    }

    /// Tells whether it runs this revision of its function, and knows how far the cloud's clock is ahead.
    pub fn is_current(&self, revision: &str, clock_ahead: Duration) -> bool {
        self.revision == revision && self.clock_ahead == clock_ahead
    }

    /// Returns its log.
    pub fn log_capture(&self) -> &LogCapture {
        &self.log_capture
    }

    /// Says which request the calls of the process belong to from now on; `None`: to none.
    pub fn work_on(&self, trace: Option<&ActiveTrace>) {
        match trace {
            Some(trace) => self.credential.attach(trace),
            None => self.credential.detach(),
        }
    }

    /// Has the process ended while nobody watched?
    pub fn is_dead(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns when the process asks for work: for the first time, that is the end of its initialisation.
    ///
    /// # Errors
    /// When it ends, reports an error or lets the deadline pass.
    pub async fn ready(&mut self, deadline: Instant) -> Result<(), InvocationFailure> {
        while self.next.as_ref().is_none_or(oneshot::Sender::is_closed) {
            match self.signal(deadline).await? {
                RuntimeSignal::Next(next) => self.next = Some(next),
                RuntimeSignal::InitFailed { error_type, body } => {
                    return Err(InvocationFailure::Reported { error_type, body });
                }
                // Too late: what it answers to was given up.
                RuntimeSignal::Answered(_) | RuntimeSignal::Failed { .. } | RuntimeSignal::TooLarge => {}
            }
        }
        Ok(())
    }

    /// Hands over work and returns the answer.
    ///
    /// # Errors
    /// See [`InvocationFailure`].
    pub async fn work(&mut self, mut work: InvocationWork, deadline: Instant) -> Result<Bytes, InvocationFailure> {
        loop {
            self.ready(deadline).await?;
            match self.next.take() {
                Some(next) => match next.send(work) {
                    Ok(()) => break,
                    // The connection broke between two instants; the process may open another one.
                    Err(unsent) => work = unsent,
                },
                None => continue,
            }
        }
        loop {
            match self.signal(deadline).await? {
                RuntimeSignal::Answered(body) => return Ok(body),
                RuntimeSignal::Failed { error_type, body } | RuntimeSignal::InitFailed { error_type, body } => {
                    return Err(InvocationFailure::Reported { error_type, body });
                }
                RuntimeSignal::TooLarge => return Err(InvocationFailure::TooLarge),
                // A runtime with several loops; it gets the next work.
                RuntimeSignal::Next(next) => self.next = Some(next),
            }
        }
    }

    /// Returns when everything that the process has written so far is in the log.
    pub async fn drain(&self) {
        self.output.drain().await;
    }

    /// Returns the most memory that the process has used, in MB; `None` where the system does not tell.
    pub fn used_mb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kb: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kb.div_ceil(1024))
    }

    /// Waits for what the process says next, or for its end.
    async fn signal(&mut self, deadline: Instant) -> Result<RuntimeSignal, InvocationFailure> {
        let listen = async {
            tokio::select! {
                // What it said before it ended comes first.
                biased;
                signal = self.api.signal() => Ok(signal),
                exit = self.child.wait() => Err(exit.map_or_else(InvocationFailure::Lost, InvocationFailure::Exit)),
            }
        };
        timeout_at(deadline, listen).await.unwrap_or(Err(InvocationFailure::Timeout))
    }
}

impl Drop for FunctionSandbox {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // The group may be gone already.
            let _ = kill_process_group(group, Kill::KILL);
        }
    }
}

/// Starts a process. A `bootstrap` that was unpacked a moment ago may still be "busy": a process that was started
/// meanwhile by another thread holds the file open for writing until it executes its own program.
async fn spawn(command: &mut Command) -> Result<Child, InvocationFailure> {
    let mut attempts = 0;
    loop {
        match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && attempts < 20 => {
                attempts += 1;
                sleep(Duration::from_millis(10)).await;
            }
            Err(error) => return Err(InvocationFailure::Entrypoint(error)),
        }
    }
}
