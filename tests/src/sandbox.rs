//! A project in a directory of its own, with a clean environment and an embedded cloud.

use crate::cloud::Cloud;
use crate::function_code;
use crate::program::{ProgramOutput, RunningProgram, built};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A description of a small stack: a table, a function that may use the table, and an API in front of the function.
pub const SHOP: &str = r#"name = "shop"
region = "ap-south-1"

[table.orders]
partition_key = "order_id"

[function.api]
artifact = "code"
tables.orders = "read_write"

[function.api.environment]
TABLE_NAME = "${table.orders.name}"

[api.routes]
"GET /orders" = "api"
"POST /orders" = "api"
"#;

/// A project with its stack description, a home directory and, once started, an embedded cloud. Every cloud below the
/// directory is stopped when the sandbox is dropped, also when the test panics.
pub struct Sandbox {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

impl Sandbox {
    /// Makes a project whose `deployer.toml` is `stack`; `code/` has the code of a function.
    pub fn new(stack: &str) -> Self {
        let sandbox = Sandbox::empty();
        sandbox.write("deployer.toml", stack);
        function_code::write(&sandbox.path("code"), "first");
        sandbox
    }

    /// Makes a project without a stack description.
    pub fn empty() -> Self {
        let dir = tempfile::Builder::new().prefix("deployer-test-").tempdir().expect("a temporary directory");
        for sub in ["project", "home"] {
            fs::create_dir(dir.path().join(sub)).expect("a fresh directory takes a directory");
        }
        let sandbox = Sandbox { dir, variables: Vec::new() };
        // The shipped stack refers to this file.
        sandbox.write("function/openapi.json", include_str!("../../function/openapi.json"));
        sandbox
    }

    /// Sets an environment variable for every run.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the directory of the project, in which the program runs.
    pub fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    /// Returns the path of a file or directory of the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.project().join(name)
    }

    /// Returns the home directory of the runs, `$HOME`.
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("a directory in the sandbox");
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Replaces `from` in `deployer.toml` by `to`. It must stand there exactly once.
    #[track_caller]
    pub fn edit(&self, from: &str, to: &str) {
        let path = self.path("deployer.toml");
        let text = fs::read_to_string(&path).expect("the stack description is there");
        assert_eq!(text.matches(from).count(), 1, "{from:?} in\n{text}");
        self.write("deployer.toml", &text.replacen(from, to, 1));
    }

    /// Replaces `deployer.toml`.
    pub fn describe(&self, stack: &str) {
        self.write("deployer.toml", stack);
    }

    /// Makes the command `deployer ARGS` in the project. Of the environment it inherits the search path and `TMPDIR` only.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(built("deployer-under-test"));
        command.args(args).current_dir(self.project()).env_clear();
        command.env("HOME", self.home()).env("NO_COLOR", "1");
        for inherited in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(inherited) {
                command.env(inherited, value);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Makes the command `LAUNCHER deployer ARGS`, with the environment of [`Sandbox::command`].
    pub(crate) fn launched(&self, mut launcher: Command, args: &[&str]) -> Command {
        let program = self.command(args);
        launcher.arg(program.get_program()).args(program.get_args()).current_dir(self.project());
        launcher.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        launcher
    }

    /// Starts `deployer ARGS` by `nohup`, whose programs outlive their terminal.
    pub fn spawn_by_nohup(&self, args: &[&str]) -> RunningProgram {
        RunningProgram::start(self.launched(Command::new("nohup"), args), args.join(" "), None)
    }

    /// Runs `deployer ARGS` to its end.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> ProgramOutput {
        self.spawn(args).finish()
    }

    /// Starts `deployer ARGS`.
    pub fn spawn(&self, args: &[&str]) -> RunningProgram {
        RunningProgram::start(self.command(args), args.join(" "), None)
    }

    /// Runs `deployer ARGS` with `input` on stdin.
    #[track_caller]
    pub fn run_with_input(&self, args: &[&str], input: &str) -> ProgramOutput {
        RunningProgram::start(self.command(args), args.join(" "), Some(input)).finish()
    }

    /// Runs `deployer ARGS --local`.
    #[track_caller]
    pub fn local(&self, args: &[&str]) -> ProgramOutput {
        self.run(&[args, &["--local"]].concat())
    }

    /// Runs `deployer up --yes --local --output json`, which must succeed.
    #[track_caller]
    pub fn up(&self) -> ProgramOutput {
        self.local(&["up", "--yes", "--output", "json"]).ok()
    }

    /// Runs `deployer plan --local --output json`, which must succeed.
    #[track_caller]
    pub fn plan(&self) -> ProgramOutput {
        self.local(&["plan", "--output", "json"]).ok()
    }

    /// Checks that `up` does exactly these steps, such as `update table.orders`, and that nothing is left to do then.
    #[track_caller]
    pub fn converges(&self, steps: &[&str]) -> ProgramOutput {
        let up = self.up();
        assert_eq!(up.steps(), steps, "{up}");
        self.is_converged();
        up
    }

    /// Checks that `plan` has no steps and that `status` reports no difference.
    #[track_caller]
    pub fn is_converged(&self) {
        let plan = self.plan();
        assert_eq!(plan.steps(), [""; 0], "{plan}");
        let status = self.local(&["status", "--output", "json", "--detailed-exitcode"]).ok();
        assert_eq!(status.json()["differs"], false, "{status}");
    }

    /// Returns the project's cloud, which must run.
    #[track_caller]
    pub fn cloud(&self) -> Cloud {
        Cloud::of(&self.path(".deployer")).expect("the embedded cloud runs")
    }

    /// Starts the project's cloud.
    #[track_caller]
    pub fn start_cloud(&self) -> Cloud {
        self.run(&["local", "start"]).ok();
        self.cloud()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for dir in find_cloud_dirs(self.dir.path(), 3) {
            if let Some(cloud) = Cloud::of(&dir) {
                cloud.stop();
            }
        }
    }
}

/// Finds the state directories of clouds below `dir`, `depth` levels deep.
fn find_cloud_dirs(dir: &Path, depth: usize) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut out = Vec::new();
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        if entry.file_name() == ".deployer" {
            out.push(entry.path());
        } else if depth > 0 {
            out.extend(find_cloud_dirs(&entry.path(), depth - 1));
        }
    }
    out
}
