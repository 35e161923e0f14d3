//! Runs `deployer` as a process.

use crate::redact::redact;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// A run that has not ended after this time hangs.
const RUN_TIMEOUT: Duration = Duration::from_secs(120);

/// Returns the path of a program that Cargo built beside the tests.
///
/// # Panics
/// If the program is not built.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let profile = test.ancestors().nth(2).expect("tests are built into target/PROFILE/deps");
    let program = profile.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is not built", program.display());
    program
}

/// The exit code and the output of a run.
#[derive(Debug, Clone)]
pub struct ProgramOutput {
    /// The arguments of the run, for messages.
    pub called: String,
    /// The exit code; `None` if a signal ended the run.
    pub code: Option<i32>,
    /// Everything on stdout.
    pub stdout: String,
    /// Everything on stderr.
    pub stderr: String,
}

impl ProgramOutput {
    /// Checks that the run ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Checks that the run succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.exits(0)
    }

    /// Returns stdout as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is not JSON: {error}\n{self}"))
    }

    /// Returns the lines of stdout, each a JSON value.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let value = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self}"));
        self.stdout.lines().map(value).collect()
    }

    /// Returns the last line of a run with `--output json`, the event `finished`.
    #[track_caller]
    pub fn finished(&self) -> Value {
        let last = self.json_lines().pop().unwrap_or_default();
        assert_eq!(last["event"], "finished", "{self}");
        last
    }

    /// Returns the steps of the plan that change something, as `update table.orders`, in the plan's order. The plan is the output
    /// of `plan --output json`, or the event `planned` of a run.
    #[track_caller]
    pub fn steps(&self) -> Vec<String> {
        let plan = self.plan();
        let steps = plan["steps"].as_array().unwrap_or_else(|| panic!("there is no plan\n{self}"));
        let step = |step: &Value| Some(format!("{} {}", step["action"].as_str()?, step["id"].as_str()?));
        steps.iter().filter(|step| step["action"] != "keep").filter_map(step).collect()
    }

    /// Returns the fields that the plan changes, as `table.orders billing_mode`, in the plan's order, redacted.
    #[track_caller]
    pub fn changes(&self) -> Vec<String> {
        let plan = self.plan();
        let mut out = Vec::new();
        for step in plan["steps"].as_array().into_iter().flatten() {
            let id = step["id"].as_str().unwrap_or_default();
            let changes = step["changes"].as_array().into_iter().flatten();
            out.extend(changes.map(|change| redact(&format!("{id} {}", change["path"].as_str().unwrap_or_default()))));
        }
        out
    }

    /// Returns the plan in the output.
    #[track_caller]
    fn plan(&self) -> Value {
        match serde_json::from_str::<Value>(&self.stdout) {
            Ok(plan) if plan["steps"].is_array() => plan,
            _ => self
                .json_lines()
                .into_iter()
                .find(|line| line["event"] == "planned")
                .unwrap_or_else(|| panic!("nothing was planned\n{self}")),
        }
    }

    /// Returns the whole output for a snapshot, redacted. The lines about builds are left out: builds run while the stack is
    /// observed, and whichever of the two fails first ends the other, so these lines differ from run to run.
    pub fn transcript(&self) -> String {
        let text = redact(&self.to_string());
        let varies = |line: &&str| {
            ["[T]  building", "[T]  built ", "[T]  waiting", "{\"event\":\"built\"", "{\"event\":\"building\""]
                .iter()
                .any(|start| line.starts_with(start))
        };
        text.lines().filter(|line| !varies(line)).collect::<Vec<_>>().join("\n")
    }
}

impl std::fmt::Display for ProgramOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "$ deployer {}", self.called)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(f, "--- {name}\n{}", text.trim_end_matches('\n'))?;
            }
        }
        match self.code {
            Some(code) => write!(f, "--- exit {code}"),
            None => f.write_str("--- killed"),
        }
    }
}

/// A line of output.
enum OutputLine {
    Out(String),
    Err(String),
}

/// A program that runs. When it is dropped, the process is killed, so that a failed test leaves none behind.
pub struct RunningProgram {
    child: Child,
    lines: Receiver<OutputLine>,
    outcome: ProgramOutput,
    deadline: Instant,
}

impl RunningProgram {
    /// Starts a command with `input` on stdin, or with an empty stdin.
    pub(crate) fn start(mut command: Command, called: String, input: Option<&str>) -> Self {
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("deployer {called} does not start: {error}"));
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // The program may have ended without reading its input, which is no error.
            let _ = stdin.write_all(input.as_bytes());
        }
        let (sender, lines) = mpsc::channel();
        let out = child.stdout.take().expect("stdout is a pipe");
        let err = child.stderr.take().expect("stderr is a pipe");
        for (stream, wrap) in [(boxed(out), OutputLine::Out as fn(String) -> OutputLine), (boxed(err), OutputLine::Err)]
        {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut lines = BufReader::new(stream);
                let mut bytes = Vec::new();
                while lines.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
                    if sender.send(wrap(String::from_utf8_lossy(&bytes).into_owned())).is_err() {
                        return;
                    }
                    bytes.clear();
                }
            });
        }
        let outcome = ProgramOutput { called, code: None, stdout: String::new(), stderr: String::new() };
        RunningProgram { child, lines, outcome, deadline: Instant::now() + RUN_TIMEOUT }
    }

    /// Waits for a line that contains `text` on either stream and returns the line.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> String {
        loop {
            let Some(line) = self.next_line() else { panic!("it ended without saying {text:?}\n{}", self.outcome) };
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits until, for each member of `wanted`, a line with all its texts has come. The lines may come in any order.
    #[track_caller]
    pub fn until_all(&mut self, wanted: &[&[&str]]) {
        let mut missing = wanted.to_vec();
        while !missing.is_empty() {
            let Some(line) = self.next_line() else { panic!("it ended without saying {missing:?}\n{}", self.outcome) };
            missing.retain(|texts| !texts.iter().all(|text| line.contains(text)));
        }
    }

    /// Waits for the end of the process, calls `see` with every line until then, and returns the output.
    #[track_caller]
    pub fn finish_with(mut self, see: impl Fn(&str)) -> ProgramOutput {
        while let Some(line) = self.next_line() {
            see(&line);
        }
        self.finish()
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let pid = pid.expect("a process id is a positive number");
        rustix::process::kill_process(pid, signal).unwrap_or_else(|error| panic!("{error}\n{}", self.outcome));
    }

    /// Waits for the end of the process and returns its output.
    #[track_caller]
    pub fn finish(mut self) -> ProgramOutput {
        while self.next_line().is_some() {}
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.outcome.code = status.code();
                    return self.outcome.clone();
                }
                Ok(None) if Instant::now() < self.deadline => thread::sleep(Duration::from_millis(2)),
                other => panic!("it does not end ({other:?})\n{}", self.outcome),
            }
        }
    }

    /// Returns the next line of output; `None` when both streams have ended.
    #[track_caller]
    fn next_line(&mut self) -> Option<String> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(OutputLine::Out(line)) => {
                self.outcome.stdout.push_str(&line);
                Some(line)
            }
            Ok(OutputLine::Err(line)) => {
                self.outcome.stderr.push_str(&line);
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it hangs\n{}", self.outcome),
        }
    }
}

/// Puts a stream into a box, so that both streams have one type.
fn boxed(stream: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(stream)
}

impl Drop for RunningProgram {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
