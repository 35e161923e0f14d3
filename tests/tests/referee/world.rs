//! A project, an account of its own, and a proxy between the two.

use regex_lite::Regex;
use serde_json::Value;
use std::cell::Cell;
use std::ops::Deref;
use std::process::Stdio;
use std::time::Duration;
use tests::moto::Account;
use tests::proxy::{CallLog, CallPosition, Fault, Proxy, ProxyClock};
use tests::{ProgramOutput, Sandbox, function_code};

/// The stack description that we ship.
pub const SHIPPED: &str = include_str!("../../../config/orders.toml");

/// A project and the account that it is deployed to.
pub struct World {
    /// The account.
    pub account: Account,
    /// The project.
    pub project: Sandbox,
    proxy: Proxy,
    code: Cell<&'static str>,
}

/// What a command did.
pub struct Run {
    outcome: ProgramOutput,
    /// Its calls.
    pub calls: CallLog,
    /// Whether the fault was met.
    pub met_fault: bool,
}

impl Deref for Run {
    type Target = ProgramOutput;

    fn deref(&self) -> &ProgramOutput {
        &self.outcome
    }
}

impl World {
    /// A new account, nothing deployed.
    pub fn new(stack: &str) -> World {
        World::with_clock(stack, ProxyClock::Real(Duration::ZERO))
    }

    /// A new account whose calls take as long as the clock says.
    pub fn with_clock(stack: &str, clock: ProxyClock) -> World {
        let account = Account::open();
        let proxy = Proxy::start(account.address(), &[account.header()], clock).expect("a port is free");
        let project = Sandbox::new(stack)
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_ENDPOINT_URL", &proxy.endpoint);
        World { account, project, proxy, code: Cell::new("first") }
    }

    /// A new account with the stack up.
    #[track_caller]
    pub fn up(stack: &str) -> World {
        let world = World::new(stack);
        world.run(&["up"]).ok();
        world
    }

    /// Gives every function other code; the same word is the same code.
    pub fn recode(&self, word: &'static str) {
        self.code.set(word);
    }

    /// Runs a command to its end, with `--yes` and the code of the functions where it takes them.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, None)
    }

    /// Runs a command of which one call meets a fault.
    #[track_caller]
    pub fn run_with(&self, args: &[&str], fault: Option<(CallPosition, Fault)>) -> Run {
        let mut all: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let adopts = args.contains(&"--adopt") && args[0] == "import-terraform";
        if matches!(args[0], "up" | "plan") || adopts {
            for function in self.functions() {
                let dir = self.project.path(&format!("code-of-{function}"));
                function_code::write(&dir, &format!("{function} {}", self.code.get()));
                all.push("--artifact".to_owned());
                all.push(format!("{function}={}", dir.display()));
            }
        }
        if matches!(args[0], "up" | "down") || adopts {
            all.push("--yes".to_owned());
        }
        let args: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut command = self.project.command(&args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.proxy.begin(fault);
        let child = command.spawn().expect("the program under test starts");
        self.proxy.set_client(child.id());
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let outcome = ProgramOutput { called: args.join(" "), code: output.status.code(), stdout, stderr };
        Run { outcome, calls: self.proxy.calls(), met_fault: self.proxy.was_injected() }
    }

    /// Ids of the functions that the stack describes.
    fn functions(&self) -> Vec<String> {
        let stack =
            std::fs::read_to_string(self.project.path("deployer.toml")).expect("the stack description is there");
        let header = Regex::new(r"(?m)^\[function\.([\w-]+)\]").expect("it is a pattern");
        header.captures_iter(&stack).map(|found| found[1].to_owned()).collect()
    }

    /// The id of the one API in the account.
    #[track_caller]
    pub fn api_id(&self) -> String {
        let apis = self.account.call("apigateway", "get_rest_apis", serde_json::json!({}));
        let items = apis["items"].as_array().cloned().unwrap_or_default();
        assert_eq!(items.len(), 1, "{apis:#}");
        items[0]["id"].as_str().unwrap_or_default().to_owned()
    }

    /// `plan` finds nothing to do.
    #[track_caller]
    pub fn plans_nothing(&self) {
        let plan = self.run(&["plan", "--output", "json"]).ok();
        assert_eq!(plan.steps(), [""; 0], "{}", *plan);
    }

    /// Everything in the account, with the ids that AWS made up replaced, so that two accounts with the same stack are equal.
    #[track_caller]
    pub fn inspect(&self) -> Value {
        let inspection = self.account.inspect();
        let mut text = inspection.to_string().replace(&self.account.id, "ACCOUNT");
        for (number, api) in inspection["apis"].as_object().into_iter().flat_map(|apis| apis.keys()).enumerate() {
            text = text.replace(api, &format!("API{number}"));
        }
        // A hash over an ARN with such an id or the account.
        for (kind, name) in [("rest_api", "STATEMENT"), ("schedule", "SCHEDULED")] {
            let statement = Regex::new(&format!(r"deployer-{kind}-\w+-[0-9a-f]{{8}}")).expect("it is a pattern");
            text = statement.replace_all(&text, name).into_owned();
        }
        serde_json::from_str(&text).expect("only names were replaced")
    }

    /// Like [`World::inspect`], for comparing accounts: the hash that a deployment carries covers ARNs, and they the account.
    #[track_caller]
    pub fn comparable(&self) -> Value {
        let hash = Regex::new("sha256:[0-9a-f]{32}").expect("it is a pattern");
        let text = self.inspect().to_string();
        serde_json::from_str(&hash.replace_all(&text, "sha256:HASH")).expect("only hashes were replaced")
    }

    /// Everything that `status` finds not to be as described: `function.api memory` for a field that drifted, `table.orders
    /// missing` for anything else.
    #[track_caller]
    pub fn status(&self) -> Vec<String> {
        let status = self.run(&["status", "--output", "json"]).ok();
        let mut out = Vec::new();
        for resource in status.json()["resources"].as_array().into_iter().flatten() {
            let id = resource["id"].as_str().unwrap_or_default();
            match resource["condition"].as_str().unwrap_or_default() {
                "in_sync" => {}
                "drifted" => out.extend(
                    resource["changes"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|change| format!("{id} {}", change["path"].as_str().unwrap_or_default())),
                ),
                other => out.push(format!("{id} {other}")),
            }
        }
        out
    }
}

impl Run {
    /// It must have succeeded.
    #[track_caller]
    pub fn ok(self) -> Run {
        self.exits(0)
    }

    /// It must have ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Run {
        assert_eq!(self.code, Some(code), "{}\n{}", self.outcome, self.calls);
        self
    }

    /// It must have failed and said this on standard error, however its lines were broken.
    #[track_caller]
    pub fn fails(self, words: &str) -> Run {
        let run = self.exits(1);
        let text = run.stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{words:?} is not in\n{}", run.outcome);
        run
    }
}

/// Where two inspections differ: the paths of the smallest parts, such as `functions.orders-prod-api.MemorySize`.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut out = Vec::new();
    compare("", before, after, &mut out);
    out
}

fn compare(path: &str, before: &Value, after: &Value, out: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(b), Value::Object(a)) => {
            let mut keys: Vec<_> = b.keys().chain(a.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, b.get(key).unwrap_or(&Value::Null), a.get(key).unwrap_or(&Value::Null), out);
            }
        }
        _ if before == after => {}
        _ => out.push(path.to_owned()),
    }
}
