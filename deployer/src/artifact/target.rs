//! Which Cargo target a function is built for, decided from what this machine has.
//!
//! Lambda runs Linux with glibc 2.34. Three things make a program for it: a compiler of the right architecture whose
//! glibc is not newer, `cargo zigbuild`, which links against the glibc version it is told, and musl, which needs none.
//! [`decide`] puts what this machine can do in order; only a look at the result tells whether a native build really
//! needs a newer glibc (often it does not), so the next [`BuildRoute`] is there for that case.

use super::architecture::FunctionArchitecture;
use super::checks::LAMBDA_GLIBC;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// What this machine has for building.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildToolchain {
    /// The triple of the compiler itself.
    pub host: String,
    /// The triples whose standard library is installed.
    pub targets: BTreeSet<String>,
    /// Whether `cargo zigbuild` is installed.
    pub zigbuild: bool,
    /// Whether Zig itself is; not asked without `cargo zigbuild`.
    pub zig: bool,
    /// What links for a triple other than the host's.
    pub linkers: BTreeMap<String, Linker>,
}

/// A linker for one triple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linker {
    /// Cargo's configuration or environment names it.
    Configured,
    /// It was found under this name and Cargo has to be told.
    Found(String),
    /// It was found and Cargo links with it unasked.
    Implied,
}

/// The program that builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildTool {
    /// `cargo build`
    Cargo,
    /// `cargo zigbuild`
    Zigbuild,
}

/// One way to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRoute {
    /// With what.
    pub tool: BuildTool,
    /// For which target; `None` is a build without `--target`, which shares every dependency with the `cargo build` that people run.
    pub triple: Option<String>,
    /// The linker that Cargo has to be told.
    pub linker: Option<String>,
}

impl BuildRoute {
    /// Returns a build with Cargo for a target that needs no other linker, such as this machine's.
    pub fn plain(triple: &str) -> Self {
        Self { tool: BuildTool::Cargo, triple: Some(triple.to_owned()), linker: None }
    }

    /// Returns the build that `cargo build` is without further words.
    pub const fn native() -> Self {
        Self { tool: BuildTool::Cargo, triple: None, linker: None }
    }

    /// Returns a build with Zig.
    fn zig(triple: &str) -> Self {
        Self { tool: BuildTool::Zigbuild, triple: Some(triple.to_owned()), linker: None }
    }

    /// Returns the value of `--target`. Zig takes the glibc version with it.
    pub fn target(&self) -> Option<String> {
        let triple = self.triple.as_deref()?;
        Some(match self.tool {
            BuildTool::Cargo => triple.to_owned(),
            BuildTool::Zigbuild => format!("{triple}.{LAMBDA_GLIBC}"),
        })
    }

    /// Returns the folder where the build goes on. Zig has one of its own: its C compiler and flags differ from Cargo's for the same
    /// target, and in a shared folder the two would undo each other's work on every run.
    pub fn target_directory(&self, cargo: &Path) -> PathBuf {
        match self.tool {
            BuildTool::Cargo => cargo.to_owned(),
            BuildTool::Zigbuild => cargo.join("zigbuild"),
        }
    }

    /// Returns the folder that has the programs of a profile. Zig leaves the glibc version out of its name.
    pub fn output_folder(&self, cargo: &Path, profile: &str) -> PathBuf {
        let folder = self.target_directory(cargo).join(self.triple.as_deref().unwrap_or_default());
        folder.join(profile_folder(profile))
    }

    /// Returns the environment variable that tells Cargo the linker, with its value.
    pub fn linker_variable(&self) -> Option<(String, &str)> {
        Some((linker_variable(self.triple.as_deref()?), self.linker.as_deref()?))
    }
}

/// Returns the environment variable in which Cargo looks for the linker of a triple.
pub fn linker_variable(triple: &str) -> String {
    format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"))
}

/// A way to build that this machine lacks something for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingTool {
    /// The way.
    pub way: String,
    /// What is not there.
    pub lacks: Vec<String>,
    /// The commands that install it; empty when no package of this system has all of it.
    pub install: Vec<String>,
}

impl fmt::Display for MissingTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (not found: {})", self.way, self.lacks.join(", "))
    }
}

/// The ways to build for Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildDecision {
    /// What can be done here, best first.
    pub routes: Vec<BuildRoute>,
    /// What cannot, simplest to install first.
    pub missing: Vec<MissingTool>,
}

/// The two targets of an architecture that give a program for Lambda.
#[derive(Debug, Clone, Copy)]
struct TargetTriples {
    gnu: &'static str,
    musl: &'static str,
}

fn triples(architecture: FunctionArchitecture) -> TargetTriples {
    match architecture {
        FunctionArchitecture::X86_64 => {
            TargetTriples { gnu: "x86_64-unknown-linux-gnu", musl: "x86_64-unknown-linux-musl" }
        }
        FunctionArchitecture::Arm64 => {
            TargetTriples { gnu: "aarch64-unknown-linux-gnu", musl: "aarch64-unknown-linux-musl" }
        }
    }
}

/// Returns the triples whose programs run on Lambda.
pub fn candidates(architecture: FunctionArchitecture) -> [&'static str; 2] {
    let TargetTriples { gnu, musl } = triples(architecture);
    [gnu, musl]
}

/// Returns every way to build for Lambda, whether this machine has what it needs or not.
pub fn all_routes(architecture: FunctionArchitecture) -> [BuildRoute; 3] {
    let TargetTriples { gnu, musl } = triples(architecture);
    [BuildRoute::plain(gnu), BuildRoute::zig(gnu), BuildRoute::plain(musl)]
}

/// Returns the name of the folder that Cargo makes for a profile. The built-in profiles share two folders.
pub fn profile_folder(profile: &str) -> &str {
    match profile {
        "dev" | "test" => "debug",
        "bench" => "release",
        profile => profile,
    }
}

/// Returns the C compilers that link for a triple, by the names under which they are packaged.
pub fn compilers(triple: &str, host: &str) -> Vec<&'static str> {
    match triple {
        "x86_64-unknown-linux-gnu" => vec!["x86_64-linux-gnu-gcc"],
        "aarch64-unknown-linux-gnu" => vec!["aarch64-linux-gnu-gcc"],
        // `musl-gcc` wraps the compiler of the machine, so it is one for the machine's own architecture.
        "x86_64-unknown-linux-musl" if host.starts_with("x86_64-unknown-linux") => {
            vec!["musl-gcc", "x86_64-linux-musl-gcc"]
        }
        "aarch64-unknown-linux-musl" if host.starts_with("aarch64-unknown-linux") => {
            vec!["musl-gcc", "aarch64-linux-musl-gcc"]
        }
        "x86_64-unknown-linux-musl" => vec!["x86_64-linux-musl-gcc"],
        "aarch64-unknown-linux-musl" => vec!["aarch64-linux-musl-gcc"],
        _ => Vec::new(),
    }
}

/// Puts the ways to build for Lambda in order.
///
/// The machine's own compiler comes first: nothing is as likely to work and to be quick. Then Zig, because it aims at
/// the right glibc; then a cross compiler; then musl, whose allocator is slower.
pub fn decide(toolchain: &BuildToolchain, architecture: FunctionArchitecture) -> BuildDecision {
    let TargetTriples { gnu, musl } = triples(architecture);
    let mut routes = Vec::new();
    let mut missing = Vec::new();
    if [gnu, musl].contains(&toolchain.host.as_str()) {
        routes.push(BuildRoute::plain(&toolchain.host));
    }

    let mut zig = RouteNeeds::new(format!("cargo zigbuild for {gnu}"));
    zig.standard_library(toolchain, gnu);
    zig.program(toolchain.zigbuild, "cargo-zigbuild", Some("cargo install --locked cargo-zigbuild"));
    zig.program(toolchain.zig, "zig", Some("pip install ziglang"));
    match zig.missing() {
        None => routes.push(BuildRoute::zig(gnu)),
        Some(lacks) => missing.push(lacks),
    }

    let cross = [gnu, musl].into_iter().filter(|triple| *triple != toolchain.host);
    // A second glibc compiler for the machine's own architecture would bring the same glibc again.
    let cross = cross.filter(|triple| !(*triple == gnu && toolchain.host == musl));
    for triple in cross {
        let mut needs = RouteNeeds::new(format!("cargo build for {triple}"));
        needs.standard_library(toolchain, triple);
        let linker = toolchain.linkers.get(triple);
        let compiler = compilers(triple, &toolchain.host).first().copied().unwrap_or("a linker");
        needs.program(linker.is_some(), compiler, install_compiler(triple, compiler, &toolchain.host));
        match needs.missing() {
            None => routes.push(BuildRoute {
                tool: BuildTool::Cargo,
                triple: Some(triple.to_owned()),
                linker: match linker {
                    Some(Linker::Found(program)) => Some(program.clone()),
                    _ => None,
                },
            }),
            Some(lacks) => missing.push(lacks),
        }
    }
    BuildDecision { routes, missing }
}

/// Returns the command that installs a C compiler on the machine's system, when the system has a package of it.
fn install_compiler(triple: &str, compiler: &str, host: &str) -> Option<&'static str> {
    let macos = host.contains("apple");
    match (triple, compiler) {
        (_, "musl-gcc") => Some("apt-get install musl-tools"),
        ("aarch64-unknown-linux-gnu", _) if !macos => Some("apt-get install gcc-aarch64-linux-gnu"),
        ("x86_64-unknown-linux-gnu", _) if !macos => Some("apt-get install gcc-x86-64-linux-gnu"),
        (_, "aarch64-linux-musl-gcc" | "x86_64-linux-musl-gcc") if macos => {
            Some("brew install filosottile/musl-cross/musl-cross")
        }
        _ => None,
    }
}

/// Collects what a way needs and this machine lacks.
struct RouteNeeds {
    missing: MissingTool,
    /// Whether there is a command for everything that is missing.
    installable: bool,
}

impl RouteNeeds {
    fn new(way: String) -> Self {
        Self { missing: MissingTool { way, lacks: Vec::new(), install: Vec::new() }, installable: true }
    }

    fn standard_library(&mut self, toolchain: &BuildToolchain, triple: &str) {
        let there = toolchain.targets.contains(triple);
        let name = format!("the standard library of {triple}");
        self.program(there, &name, Some(&format!("rustup target add {triple}")));
    }

    fn program(&mut self, there: bool, name: &str, install: Option<&str>) {
        if !there {
            self.missing.lacks.push(name.to_owned());
            self.missing.install.extend(install.map(str::to_owned));
            self.installable &= install.is_some();
        }
    }

    fn missing(self) -> Option<MissingTool> {
        let Self { mut missing, installable } = self;
        if !installable {
            // Half of the commands would lead nowhere.
            missing.install.clear();
        }
        (!missing.lacks.is_empty()).then_some(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FunctionArchitecture::{Arm64, X86_64};

    const X86: &str = "x86_64-unknown-linux-gnu";
    const ARM: &str = "aarch64-unknown-linux-gnu";
    const X86_MUSL: &str = "x86_64-unknown-linux-musl";
    const ARM_MUSL: &str = "aarch64-unknown-linux-musl";
    const MAC: &str = "aarch64-apple-darwin";

    fn machine(host: &str) -> BuildToolchain {
        BuildToolchain {
            host: host.to_owned(),
            targets: BTreeSet::from([host.to_owned()]),
            ..BuildToolchain::default()
        }
    }

    fn with(mut toolchain: BuildToolchain, targets: &[&str]) -> BuildToolchain {
        toolchain.targets.extend(targets.iter().map(ToString::to_string));
        toolchain
    }

    fn zig(toolchain: BuildToolchain) -> BuildToolchain {
        BuildToolchain { zig: true, zigbuild: true, ..toolchain }
    }

    fn linking(mut toolchain: BuildToolchain, triple: &str, linker: Linker) -> BuildToolchain {
        toolchain.linkers.insert(triple.to_owned(), linker);
        toolchain
    }

    #[test]
    fn the_first_route_is_the_best_that_the_machine_has() {
        let gcc = || Linker::Found("aarch64-linux-gnu-gcc".to_owned());
        let cases = [
            ("native", machine(X86), X86_64, vec![X86]),
            ("native musl", machine(X86_MUSL), X86_64, vec![X86_MUSL]),
            ("native, then zig", zig(machine(X86)), X86_64, vec![X86, "x86_64-unknown-linux-gnu.2.34"]),
            ("cross, nothing there", machine(X86), Arm64, vec![]),
            ("zig without the standard library", zig(machine(X86)), Arm64, vec![]),
            ("zig", zig(with(machine(X86), &[ARM])), Arm64, vec!["aarch64-unknown-linux-gnu.2.34"]),
            ("zigbuild without zig", BuildToolchain { zigbuild: true, ..with(machine(X86), &[ARM]) }, Arm64, vec![]),
            ("gcc", linking(with(machine(X86), &[ARM]), ARM, gcc()), Arm64, vec![ARM]),
            ("gcc without the standard library", linking(machine(X86), ARM, gcc()), Arm64, vec![]),
            (
                "all of them",
                linking(linking(zig(with(machine(X86), &[ARM, ARM_MUSL])), ARM, gcc()), ARM_MUSL, Linker::Configured),
                Arm64,
                vec!["aarch64-unknown-linux-gnu.2.34", ARM, ARM_MUSL],
            ),
            (
                "native, musl for the case of a newer glibc",
                linking(with(machine(X86), &[X86_MUSL]), X86_MUSL, Linker::Implied),
                X86_64,
                vec![X86, X86_MUSL],
            ),
            ("macOS is no Linux", machine(MAC), Arm64, vec![]),
            ("macOS with zig", zig(with(machine(MAC), &[X86])), X86_64, vec!["x86_64-unknown-linux-gnu.2.34"]),
        ];
        for (case, toolchain, architecture, expected) in cases {
            let routes = decide(&toolchain, architecture).routes;
            let targets: Vec<_> = routes.iter().filter_map(BuildRoute::target).collect();
            assert_eq!(targets, expected, "{case}");
        }
    }

    #[test]
    fn what_is_missing_comes_with_the_commands() {
        let said = |toolchain: BuildToolchain, architecture| {
            let missing = decide(&toolchain, architecture).missing;
            let lines = missing.iter().map(|missing| format!("{missing}; {}", missing.install.join(" && ")));
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(said(machine(X86), Arm64), @r#"
        cargo zigbuild for aarch64-unknown-linux-gnu (not found: the standard library of aarch64-unknown-linux-gnu, cargo-zigbuild, zig); rustup target add aarch64-unknown-linux-gnu && cargo install --locked cargo-zigbuild && pip install ziglang
        cargo build for aarch64-unknown-linux-gnu (not found: the standard library of aarch64-unknown-linux-gnu, aarch64-linux-gnu-gcc); rustup target add aarch64-unknown-linux-gnu && apt-get install gcc-aarch64-linux-gnu
        cargo build for aarch64-unknown-linux-musl (not found: the standard library of aarch64-unknown-linux-musl, aarch64-linux-musl-gcc); 
        "#);
        insta::assert_snapshot!(said(machine(MAC), X86_64), @r#"
        cargo zigbuild for x86_64-unknown-linux-gnu (not found: the standard library of x86_64-unknown-linux-gnu, cargo-zigbuild, zig); rustup target add x86_64-unknown-linux-gnu && cargo install --locked cargo-zigbuild && pip install ziglang
        cargo build for x86_64-unknown-linux-gnu (not found: the standard library of x86_64-unknown-linux-gnu, x86_64-linux-gnu-gcc); 
        cargo build for x86_64-unknown-linux-musl (not found: the standard library of x86_64-unknown-linux-musl, x86_64-linux-musl-gcc); rustup target add x86_64-unknown-linux-musl && brew install filosottile/musl-cross/musl-cross
        "#);
        insta::assert_snapshot!(said(with(machine(X86), &[X86_MUSL]), X86_64), @r#"
        cargo zigbuild for x86_64-unknown-linux-gnu (not found: cargo-zigbuild, zig); cargo install --locked cargo-zigbuild && pip install ziglang
        cargo build for x86_64-unknown-linux-musl (not found: musl-gcc); apt-get install musl-tools
        "#);
    }

    #[test]
    fn zig_and_cargo_keep_their_outputs_apart() {
        let folders = all_routes(Arm64).map(|route| route.output_folder(Path::new("/t"), "dev"));
        let expected = [
            "/t/aarch64-unknown-linux-gnu/debug",
            "/t/zigbuild/aarch64-unknown-linux-gnu/debug",
            "/t/aarch64-unknown-linux-musl/debug",
        ];
        assert_eq!(folders, expected.map(PathBuf::from));
    }

    #[test]
    fn only_a_found_linker_is_told_to_cargo() {
        let route = |linker| decide(&linking(with(machine(X86), &[ARM]), ARM, linker), Arm64).routes.remove(0);
        let found = route(Linker::Found("aarch64-linux-gnu-gcc".to_owned()));
        let variable = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER".to_owned();
        assert_eq!(found.linker_variable(), Some((variable, "aarch64-linux-gnu-gcc")));
        assert_eq!(route(Linker::Configured).linker_variable(), None);
        assert_eq!(route(Linker::Implied).linker_variable(), None);
    }
}
