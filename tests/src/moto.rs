//! A referee that we did not write: moto plays AWS, boto3 looks at it. Both live in the [Python environment](python).

use crate::python;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Processes that share the accounts: moto answers one call at a time.
const PROCESSES: usize = 2;

/// An AWS account of a test's own. What is in it is forgotten when the tests end.
pub struct Account {
    /// Its 12 digits.
    pub id: String,
    referee: &'static Referee,
}

impl Account {
    /// A new account, with nothing in it.
    ///
    /// # Panics
    /// Without Python 3, or when the environment cannot be made: a referee that does not come is a failure, not an excuse.
    pub fn open() -> Account {
        static REFEREES: OnceLock<Vec<Referee>> = OnceLock::new();
        static OPENED: AtomicUsize = AtomicUsize::new(0);
        let referees = REFEREES.get_or_init(|| {
            let python = python::program("python");
            (0..PROCESSES).map(|_| Referee::start(&python)).collect()
        });
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        Account { id: format!("7{number:011}"), referee: &referees[number % referees.len()] }
    }

    /// Where its AWS answers.
    pub fn address(&self) -> SocketAddr {
        self.referee.address
    }

    /// The header with which moto chooses the account.
    pub fn header(&self) -> (&'static str, &str) {
        ("x-moto-account-id", &self.id)
    }

    /// One call with boto3: `account.call("iam", "get_role", json!({"RoleName": "r"}))`.
    ///
    /// # Errors
    /// The error's code.
    pub fn try_call(&self, service: &str, operation: &str, arguments: Value) -> Result<Value, String> {
        let mut answer = self
            .referee
            .ask(&json!({"account": self.id, "service": service, "operation": operation, "arguments": arguments}));
        match answer["error"].as_str() {
            Some(code) => Err(format!("{code}: {}", answer["message"])),
            None => Ok(answer["answer"].take()),
        }
    }

    /// Like [`Account::try_call`], for calls that must succeed.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn call(&self, service: &str, operation: &str, arguments: Value) -> Value {
        self.try_call(service, operation, arguments).unwrap_or_else(|error| panic!("{service} {operation}: {error}"))
    }

    /// Everything in the account, as `inspection.py` tells it.
    ///
    /// # Panics
    /// When it cannot be read.
    #[track_caller]
    pub fn inspect(&self) -> Value {
        let mut answer = self.referee.ask(&json!({"account": self.id, "inspect": true}));
        assert!(answer["error"].is_null(), "the inspection failed: {answer}");
        answer["answer"].take()
    }
}

/// The Python process. Its standard input closes with ours, and so does it.
struct Referee {
    address: SocketAddr,
    process: Mutex<Process>,
}

struct Process {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _child: Child,
}

impl Referee {
    fn start(python: &Path) -> Referee {
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
        let mut process = Process { input, output, _child: child };
        let hello = process.read();
        let address = hello["address"].as_str().and_then(|address| address.parse().ok());
        Referee { address: address.expect("the referee says where it is"), process: Mutex::new(process) }
    }

    fn ask(&self, question: &Value) -> Value {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(process.input, "{question}").expect("the referee listens");
        process.read()
    }
}

impl Process {
    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the referee speaks UTF-8");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the referee said {line:?}, see its messages above"))
    }
}
