//! A second opinion on AWS: moto, which another project wrote, emulates AWS, and boto3 inspects it. Both run in the
//! [Python environment](python).

use crate::python;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The number of moto processes, over which the accounts are spread: each process answers one call at a time.
const PROCESSES: usize = 2;

/// An AWS account in moto for one test. Its resources last until the test process ends.
pub struct Account {
    /// The 12 digits of the account id.
    pub id: String,
    moto: &'static MotoProcess,
}

impl Account {
    /// Opens a new account with nothing in it.
    ///
    /// # Panics
    /// Without Python 3, or if the environment cannot be made: tests must fail rather than be skipped.
    pub fn open() -> Account {
        static MOTO_PROCESSES: OnceLock<Vec<MotoProcess>> = OnceLock::new();
        static OPENED: AtomicUsize = AtomicUsize::new(0);
        let processes = MOTO_PROCESSES.get_or_init(|| {
            let python = python::program("python");
            (0..PROCESSES).map(|_| MotoProcess::start(&python)).collect()
        });
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        Account { id: format!("7{number:011}"), moto: &processes[number % processes.len()] }
    }

    /// Returns the address of the AWS endpoint.
    pub fn address(&self) -> SocketAddr {
        self.moto.address
    }

    /// Returns the header by which moto chooses the account.
    pub fn header(&self) -> (&'static str, &str) {
        ("x-moto-account-id", &self.id)
    }

    /// Makes a call with boto3: `account.call("iam", "get_role", json!({"RoleName": "r"}))`.
    ///
    /// # Errors
    /// The code and message of the error.
    pub fn try_call(&self, service: &str, operation: &str, arguments: Value) -> Result<Value, String> {
        let mut answer = self
            .moto
            .ask(&json!({"account": self.id, "service": service, "operation": operation, "arguments": arguments}));
        match answer["error"].as_str() {
            Some(code) => Err(format!("{code}: {}", answer["message"])),
            None => Ok(answer["answer"].take()),
        }
    }

    /// Makes a call with boto3 that must succeed; see [`Account::try_call`].
    ///
    /// # Panics
    /// If the call fails.
    #[track_caller]
    pub fn call(&self, service: &str, operation: &str, arguments: Value) -> Value {
        self.try_call(service, operation, arguments).unwrap_or_else(|error| panic!("{service} {operation}: {error}"))
    }

    /// Returns everything in the account, in the format of `inspection.py`.
    ///
    /// # Panics
    /// If the account cannot be read.
    #[track_caller]
    pub fn inspect(&self) -> Value {
        let mut answer = self.moto.ask(&json!({"account": self.id, "inspect": true}));
        assert!(answer["error"].is_null(), "the inspection failed: {answer}");
        answer["answer"].take()
    }
}

/// A Python process that runs moto and boto3. It ends when its standard input is closed, at the latest with this process.
struct MotoProcess {
    address: SocketAddr,
    pipes: Mutex<ProcessPipes>,
}

/// The pipes of a [`MotoProcess`].
struct ProcessPipes {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _child: Child,
}

impl MotoProcess {
    /// Starts a process and waits for its address.
    fn start(python: &Path) -> MotoProcess {
        let mut child = Command::new(python)
            .arg(python::folder().join("referee.py"))
            .env_clear()
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut pipes = ProcessPipes { input, output, _child: child };
        let hello = pipes.read();
        let address = hello["address"].as_str().and_then(|address| address.parse().ok());
        MotoProcess { address: address.expect("moto says where it is"), pipes: Mutex::new(pipes) }
    }

    /// Sends a request to the process and returns its answer.
    fn ask(&self, request: &Value) -> Value {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipes.input, "{request}").expect("moto listens");
        pipes.read()
    }
}

impl ProcessPipes {
    /// Reads a line of JSON.
    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("moto speaks UTF-8");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("moto said {line:?}, see its messages above"))
    }
}
