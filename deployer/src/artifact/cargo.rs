//! Runs Cargo.

use super::error::ArtifactError;
use super::metadata::CargoBinary;
use super::process::{command, start_error};
use super::progress::BuildProgress;
use super::target::{BuildRoute, BuildTool};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Cargo writes its own progress as a verb that ends in this column.
const STATUS_WIDTH: usize = 12;

/// One invocation of `cargo build`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CargoInvocation<'a> {
    /// Where Cargo runs.
    pub folder: &'a Path,
    /// Cargo's target folder.
    pub target_directory: &'a Path,
    /// The functions that come out of it, for the user.
    pub functions: &'a [String],
    /// What is built.
    pub executables: BTreeSet<&'a CargoBinary>,
    /// Whether their packages are named: features are then those of these packages alone.
    pub with_packages: bool,
    /// How.
    pub route: &'a BuildRoute,
    /// The Cargo profile.
    pub profile: &'a str,
    /// Features, each as `package/feature`.
    pub features: &'a BTreeSet<String>,
    /// Whether default features stay on.
    pub default_features: bool,
}

impl CargoInvocation<'_> {
    fn arguments(&self) -> Vec<String> {
        let verb = match self.route.tool {
            BuildTool::Cargo => "build",
            BuildTool::Zigbuild => "zigbuild",
        };
        let mut arguments = vec![verb.to_owned()];
        let mut push = |option: &str, value: &str| arguments.extend([option.to_owned(), value.to_owned()]);
        let packages: BTreeSet<_> = self.executables.iter().map(|executable| &executable.package).collect();
        packages.into_iter().filter(|_| self.with_packages).for_each(|package| push("--package", package));
        let bins: BTreeSet<_> = self.executables.iter().map(|executable| &executable.bin).collect();
        bins.into_iter().for_each(|bin| push("--bin", bin));
        push("--profile", self.profile);
        if let Some(target) = self.route.target() {
            push("--target", &target);
        }
        let output = self.route.target_directory(self.target_directory);
        if output != self.target_directory {
            push("--target-dir", &output.to_string_lossy());
        }
        self.features.iter().for_each(|feature| push("--features", feature));
        if !self.default_features {
            arguments.push("--no-default-features".to_owned());
        }
        arguments
    }

    /// Returns the command line as somebody would type it.
    pub fn command_line(&self) -> String {
        let variable = self.route.linker_variable().map(|(name, linker)| format!("{name}={linker} "));
        format!("{}cargo {}", variable.unwrap_or_default(), self.arguments().join(" "))
    }

    /// Returns how many packages the binaries are made of. `None` where Cargo cannot tell, which is no reason not to build.
    async fn packages(&self) -> Option<usize> {
        let mut command = command(self.folder);
        command.args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]);
        for executable in &self.executables {
            command.args(["--package", &executable.package]);
        }
        if let Some(triple) = &self.route.triple {
            command.args(["--target", triple]);
        }
        for feature in self.features {
            command.args(["--features", feature]);
        }
        if !self.default_features {
            command.arg("--no-default-features");
        }
        let tree = command.stdin(Stdio::null()).stderr(Stdio::null()).output().await.ok()?;
        tree.status.success().then(|| packages_in(&String::from_utf8_lossy(&tree.stdout)))
    }

    /// Builds the binaries and returns where each of them is.
    ///
    /// # Errors
    /// Cargo's own errors as a whole, or a Cargo that does not start.
    pub async fn run(
        &self,
        events: &mut dyn FnMut(BuildProgress),
    ) -> Result<BTreeMap<CargoBinary, PathBuf>, ArtifactError> {
        let command_line = self.command_line();
        events(BuildProgress::Building { functions: self.functions.to_vec(), command: command_line.clone() });
        let mut command = command(self.folder);
        command
            .args(self.arguments())
            .args(["--message-format", "json-render-diagnostics"])
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some((name, linker)) = self.route.linker_variable() {
            command.env(name, linker);
        }
        let mut child = command.spawn().map_err(start_error)?;
        let mut messages = ByteLines::of(child.stdout.take());
        let mut words = ByteLines::of(child.stderr.take());
        let mut listener = CargoOutputReader::default();
        let mut counting = pin!(self.packages());
        let mut counted = false;
        loop {
            // `ByteLines::next` keeps what it has read so far when the other branch wins.
            tokio::select! {
                Some(line) = messages.next() => listener.message(&line, events),
                Some(line) = words.next() => listener.words(&line, events),
                // Counted once Cargo compiles: from then on there is a lock file, and nothing is downloaded.
                total = &mut counting, if !counted && !listener.current.is_empty() => {
                    (counted, listener.total) = (true, total);
                }
                else => break,
            }
        }
        let status = child.wait().await.map_err(start_error)?;
        let CargoOutputReader { executables, output, .. } = listener;
        if !status.success() {
            return Err(ArtifactError::Build { command: command_line, output: output.trim_end().to_owned() });
        }
        if !output.trim().is_empty() {
            events(BuildProgress::Warnings { text: output.trim_end().to_owned() });
        }
        let located = self.executables.iter().map(|executable| {
            let key = (executable.package_id.clone(), executable.bin.clone());
            let path = executables.get(&key).cloned().ok_or_else(|| ArtifactError::NoExecutable {
                command: command_line.clone(),
                package: executable.package.clone(),
                bin: executable.bin.clone(),
            })?;
            Ok(((*executable).clone(), path))
        });
        located.collect()
    }
}

/// Counts the packages that `cargo tree` lists, each once: `serde v1.0.0`, and with ` (*)` or ` (proc-macro)` behind it.
fn packages_in(tree: &str) -> usize {
    let package = |line: &str| {
        line.split_once(' ')
            .map(|(name, rest)| (name.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned()))
    };
    tree.lines().filter_map(package).collect::<BTreeSet<_>>().len()
}

/// The part of Cargo's messages that is of interest here.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum CargoMessage {
    CompilerArtifact {
        package_id: String,
        target: CargoMessageTarget,
        executable: Option<PathBuf>,
        fresh: bool,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct CargoMessageTarget {
    name: String,
    #[serde(default)]
    kind: Vec<String>,
}

/// Makes sense of what Cargo writes.
#[derive(Debug, Default)]
struct CargoOutputReader {
    /// By package id and binary name.
    executables: BTreeMap<(String, String), PathBuf>,
    /// Everything on standard error that is not progress.
    output: String,
    current: String,
    /// Ids of the packages that are ready.
    finished: BTreeSet<String>,
    total: Option<usize>,
}

impl CargoOutputReader {
    /// Reads a line of standard output, where Cargo writes messages in JSON.
    fn message(&mut self, line: &str, events: &mut dyn FnMut(BuildProgress)) {
        // Procedural macros may write to the same stream; what is no message is theirs.
        let Ok(CargoMessage::CompilerArtifact { package_id, target, executable, fresh }) = serde_json::from_str(line)
        else {
            return;
        };
        // A build script is the beginning of its package.
        if !target.kind.iter().any(|kind| kind == "custom-build") {
            self.finished.insert(package_id.clone());
        }
        if !fresh {
            let current = if self.current.is_empty() { &target.name } else { &self.current };
            events(self.progress(current));
        }
        if let Some(executable) = executable {
            self.executables.insert((package_id, target.name), executable);
        }
    }

    fn progress(&self, current: &str) -> BuildProgress {
        let finished = self.finished.len();
        // Features of the workspace as a whole may bring more than was counted.
        let total = self.total.map(|total| total.max(finished));
        BuildProgress::Compiling { current: current.to_owned(), finished, total }
    }

    /// Reads a line of standard error, where Cargo writes progress and warnings.
    fn words(&mut self, line: &str, events: &mut dyn FnMut(BuildProgress)) {
        let Some((verb, rest)) = status(line) else {
            self.output.push_str(line);
            self.output.push('\n');
            return;
        };
        match verb {
            "Compiling" => {
                self.current = rest.split(' ').next().unwrap_or(rest).to_owned();
                events(self.progress(&self.current));
            }
            "Blocking" => events(BuildProgress::Waiting { reason: rest.to_owned() }),
            _ => {}
        }
    }
}

/// Splits a line of Cargo's progress, such as `   Compiling serde v1.0.0`, into verb and rest.
fn status(line: &str) -> Option<(&str, &str)> {
    const VERBS: &str = "Adding Blocking Building Checking Compiling Dirty Downgrading Downloaded Downloading \
                         Finished Fresh Locking Running Updating";
    let (column, rest) = line.split_at_checked(STATUS_WIDTH)?;
    let verb = column.trim_start();
    VERBS.split_whitespace().any(|known| known == verb).then_some((verb, rest.trim_start()))
}

/// The lines of a stream, whatever bytes they are made of.
struct ByteLines<R> {
    reader: Option<BufReader<R>>,
    partial: Vec<u8>,
}

impl<R: AsyncRead + Unpin> ByteLines<R> {
    fn of(stream: Option<R>) -> Self {
        Self { reader: stream.map(BufReader::new), partial: Vec::new() }
    }

    /// Reads the next line. Returns `None` at the end. A call that is dropped before it is ready loses nothing.
    async fn next(&mut self) -> Option<String> {
        let reader = self.reader.as_mut()?;
        // A stream that breaks is as good as ended: the exit status tells whether Cargo succeeded.
        let read = reader.read_until(b'\n', &mut self.partial).await.unwrap_or(0);
        if read == 0 && self.partial.is_empty() {
            self.reader = None;
            return None;
        }
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.partial)).into_owned();
        Some(line.trim_end_matches(['\n', '\r']).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executable(package: &str, bin: &str) -> CargoBinary {
        CargoBinary { package: package.into(), package_id: format!("path+file:///w/{package}#0.1.0"), bin: bin.into() }
    }

    #[test]
    fn one_command_line_builds_several_binaries() {
        let (api, expiry) = (executable("orders", "api"), executable("orders", "expiry"));
        let route = |tool, linker: Option<&str>| BuildRoute {
            tool,
            triple: Some("aarch64-unknown-linux-gnu".to_owned()),
            linker: linker.map(str::to_owned),
        };
        let features = BTreeSet::from(["orders/trace".to_owned()]);
        let line = |route: &BuildRoute| {
            let job = CargoInvocation {
                folder: Path::new("/w"),
                target_directory: Path::new("/w/target"),
                functions: &[],
                executables: BTreeSet::from([&api, &expiry]),
                with_packages: route.triple.is_some(),
                route,
                profile: "lambda",
                features: &features,
                default_features: false,
            };
            job.command_line()
        };
        let lines = [
            line(&route(BuildTool::Cargo, Some("aarch64-linux-gnu-gcc"))),
            line(&route(BuildTool::Zigbuild, None)),
            line(&BuildRoute::native()),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r#"
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc cargo build --package orders --bin api --bin expiry --profile lambda --target aarch64-unknown-linux-gnu --features orders/trace --no-default-features
        cargo zigbuild --package orders --bin api --bin expiry --profile lambda --target aarch64-unknown-linux-gnu.2.34 --target-dir /w/target/zigbuild --features orders/trace --no-default-features
        cargo build --bin api --bin expiry --profile lambda --features orders/trace --no-default-features
        "#);
    }

    #[test]
    fn progress_is_told_apart_from_words() {
        let stderr = [
            "    Blocking waiting for file lock on build directory",
            "   Compiling serde v1.0.0",
            "warning: unused variable: `x`",
            "  --> src/main.rs:1:1",
            "             = note: an indented line",
            "   |",
            "12 |     Compiling nonsense",
            "   Compiling orders v0.1.0 (/w/orders)",
            "    Finished `lambda` profile [optimized] target(s) in 1s",
            "ü",
        ];
        let artifact = |id, kind, executable: &str, fresh| {
            format!(
                r#"{{"reason":"compiler-artifact","package_id":"{id}","target":{{"name":"api","kind":["{kind}"]}},"executable":{executable},"fresh":{fresh}}}"#
            )
        };
        let stdout = [
            artifact("serde", "lib", "null", true),
            artifact("p", "custom-build", "null", false),
            artifact("p", "lib", "null", false),
            artifact("p", "bin", r#""/w/target/api""#, false),
            r#"{"reason":"build-script-executed","package_id":"p"}"#.to_owned(),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
            "a macro says hello".to_owned(),
            String::new(),
        ];
        let mut listener = CargoOutputReader { total: Some(2), ..CargoOutputReader::default() };
        let mut seen = Vec::new();
        stderr.iter().for_each(|line| listener.words(line, &mut |event| seen.push(event)));
        stdout.iter().for_each(|line| listener.message(line, &mut |event| seen.push(event)));
        let path = listener.executables.get(&("p".to_owned(), "api".to_owned()));
        assert_eq!(path, Some(&PathBuf::from("/w/target/api")));
        insta::assert_snapshot!(listener.output, @r#"
        warning: unused variable: `x`
          --> src/main.rs:1:1
                     = note: an indented line
           |
        12 |     Compiling nonsense
        ü
        "#);
        insta::assert_debug_snapshot!(seen, @r#"
        [
            Waiting {
                reason: "waiting for file lock on build directory",
            },
            Compiling {
                current: "serde",
                finished: 0,
                total: Some(
                    2,
                ),
            },
            Compiling {
                current: "orders",
                finished: 0,
                total: Some(
                    2,
                ),
            },
            Compiling {
                current: "orders",
                finished: 1,
                total: Some(
                    2,
                ),
            },
            Compiling {
                current: "orders",
                finished: 2,
                total: Some(
                    2,
                ),
            },
            Compiling {
                current: "orders",
                finished: 2,
                total: Some(
                    2,
                ),
            },
        ]
        "#);
    }

    #[test]
    fn every_package_is_counted_once() {
        let tree = "orders v0.1.0 (/w/orders)\nserde v1.0.0\nserde_derive v1.0.0 (proc-macro)\nsyn v1.0.0\nsyn v2.0.0\nserde v1.0.0 (*)\n\n";
        assert_eq!(packages_in(tree), 5);
    }

    #[tokio::test]
    async fn lines_may_be_anything() {
        let mut lines = ByteLines::of(Some(&b"one\r\n\n\xff\xfe\nlast"[..]));
        let mut seen = Vec::new();
        while let Some(line) = lines.next().await {
            seen.push(line);
        }
        assert_eq!(seen, ["one", "", "\u{fffd}\u{fffd}", "last"]);
    }
}
