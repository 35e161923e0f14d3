//! The way of a function from its source to its zip, with real Cargo and real files.

use super::test_elf::TestElf;
use super::zip::{ZipEffort, ZipEntry};
use super::{zip as package, *};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LAMBDA: BuildPurpose = BuildPurpose::Lambda(FunctionArchitecture::X86_64);

struct Run {
    result: Result<BTreeMap<String, FunctionArtifact>, ArtifactError>,
    events: Vec<BuildProgress>,
}

impl Run {
    async fn of(specs: &[BuildSpec], mode: BuildMode) -> Self {
        let mut events = Vec::new();
        let result = prepare(specs, mode, &mut |event| events.push(event)).await;
        Self { result, events }
    }

    fn artifacts(self) -> BTreeMap<String, FunctionArtifact> {
        self.result.expect("prepared")
    }

    fn error(self) -> ArtifactError {
        self.result.expect_err("refused")
    }

    /// Returns the command lines that ran.
    fn commands(&self) -> Vec<&str> {
        let commands = self.events.iter().filter_map(|event| match event {
            BuildProgress::Building { command, .. } => Some(command.as_str()),
            _ => None,
        });
        commands.collect()
    }
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    fs::write(path, content).expect("writable");
}

/// Makes a workspace with one package that has two binaries.
fn workspace(package: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    let manifest = format!(
        r#"
        [package]
        name = "{package}"
        version = "0.1.0"
        edition = "2021"

        [features]
        loud = []

        [[bin]]
        name = "{package}-api"
        path = "src/api.rs"

        [[bin]]
        name = "{package}-expiry"
        path = "src/expiry.rs"

        [profile.lambda]
        inherits = "release"
        panic = "abort"
        strip = true
        "#
    );
    write(folder.path(), "Cargo.toml", manifest);
    write(
        folder.path(),
        "src/api.rs",
        r#"fn main() { println!("{}", if cfg!(feature = "loud") { "API" } else { "api" }) }"#,
    );
    write(folder.path(), "src/expiry.rs", r#"fn main() { println!("expiry") }"#);
    folder
}

fn cargo_spec(name: &str, folder: &Path, package: &str, bin: &str) -> BuildSpec {
    BuildSpec {
        name: name.to_owned(),
        source: CodeSource::Cargo(BinaryBuild { bin: Some(format!("{package}-{bin}")), ..BinaryBuild::of(package) }),
        purpose: BuildPurpose::Host,
        workspace_dir: folder.to_owned(),
    }
}

fn file_spec(path: impl Into<PathBuf>, folder: &Path, purpose: BuildPurpose) -> BuildSpec {
    BuildSpec {
        name: "orders".to_owned(),
        source: CodeSource::File(path.into()),
        purpose,
        workspace_dir: folder.to_owned(),
    }
}

fn told(error: &ArtifactError, folder: &Path) -> String {
    let hint = error.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    format!("{error}{hint}").replace(&folder.display().to_string(), "[folder]")
}

#[tokio::test]
async fn two_binaries_come_out_of_one_cargo_and_stay_the_same() {
    let package = "artifact-test-two";
    let folder = workspace(package);
    let mut specs = ["api", "expiry"].map(|bin| cargo_spec(bin, folder.path(), package, bin));

    let missing = Run::of(&specs, BuildMode::NoBuild).await.error();
    assert!(matches!(&missing, ArtifactError::NotBuilt { function, .. } if function == "api"), "{missing}");
    let ArtifactError::NotBuilt { paths, .. } = &missing else { panic!("{missing}") };
    assert_eq!(paths.len(), paths.iter().collect::<std::collections::BTreeSet<_>>().len(), "{missing}");
    assert_eq!(
        missing.hint().as_deref(),
        Some("`deployer build` builds it, and a command without `--no-build`; or bring it with `--artifact NAME=PATH`")
    );

    let built = Run::of(&specs, BuildMode::Build).await;
    assert_eq!(built.commands().len(), 1, "{:?}", built.events);
    assert!(built.commands()[0].contains("--profile lambda"), "{:?}", built.events);
    assert!(
        built
            .events
            .iter()
            .any(|event| matches!(event, BuildProgress::Compiling { current, .. } if current == package))
    );
    let built = built.artifacts();
    assert_eq!(built.keys().collect::<Vec<_>>(), ["api", "expiry"]);
    assert_ne!(built["api"].code_sha256, built["expiry"].code_sha256);
    for artifact in built.values() {
        assert_eq!(artifact.zip_bytes, artifact.zip.len() as u64);
        let inside = package::inspect(&artifact.zip).expect("sound zip").bootstrap;
        assert_eq!(inside.len() as u64, artifact.bootstrap_bytes);
    }

    assert_eq!(Run::of(&specs, BuildMode::Build).await.artifacts(), built, "nothing changed");
    assert_eq!(Run::of(&specs, BuildMode::NoBuild).await.artifacts(), built, "what the build left");

    // Other features build the same binary in a second invocation, to the same place.
    if let CodeSource::Cargo(binary) = &mut specs[0].source {
        binary.features = vec!["loud".to_owned()];
    }
    specs[1] = BuildSpec { name: "quiet".to_owned(), ..cargo_spec("api", folder.path(), package, "api") };
    let both = Run::of(&specs, BuildMode::Build).await;
    assert_eq!(both.commands().len(), 2, "{:?}", both.events);
    let both = both.artifacts();
    assert_eq!(both["quiet"].code_sha256, built["api"].code_sha256);
    assert_ne!(both["api"].code_sha256, built["api"].code_sha256);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_native_build_for_lambda_is_the_host_build() {
    let package = "artifact-test-native";
    let folder = workspace(package);
    let architecture = FunctionArchitecture::of_host().expect("tests run on x86_64 or arm64");
    let host = cargo_spec("api", folder.path(), package, "api");
    let lambda = BuildSpec { purpose: BuildPurpose::Lambda(architecture), ..host.clone() };
    let lambda = Run::of(&[lambda], BuildMode::Build).await.artifacts();
    assert_eq!(lambda["api"].architecture, architecture);
    if lambda["api"].notes.is_empty() {
        let host = Run::of(&[host], BuildMode::NoBuild).await.artifacts();
        // The zip of one is made to be small and that of the other to be there soon: the program in them is the same.
        let [host, lambda] =
            [&host, &lambda].map(|artifacts| package::inspect(&artifacts["api"].zip).expect("a zip").bootstrap);
        assert!(host == lambda);
    }
}

/// Lambda's processors may lack what this machine's has: that is known before anything is built, and of what was built before. What runs
/// here may have it.
#[tokio::test]
async fn a_program_for_this_machine_alone_is_refused() {
    let package = "artifact-test-own-processor";
    let folder = workspace(package);
    write(folder.path(), ".cargo/config.toml", "[build]\nrustflags = [\"-C\", \"target-cpu=native\"]\n");
    let host = cargo_spec("api", folder.path(), package, "api");
    let architecture = FunctionArchitecture::of_host().expect("tests run on x86_64 or arm64");
    let lambda = BuildSpec { purpose: BuildPurpose::Lambda(architecture), ..host.clone() };
    for mode in [BuildMode::Build, BuildMode::NoBuild] {
        let refused = Run::of(std::slice::from_ref(&lambda), mode).await;
        assert_eq!(refused.commands(), [""; 0], "nothing is built");
        let refused = refused.error();
        assert!(
            matches!(&refused, ArtifactError::NativeProcessor { place } if place.ends_with("/.cargo/config.toml")),
            "{mode:?}: {refused}"
        );
    }
    assert_eq!(Run::of(&[host], BuildMode::Build).await.artifacts().len(), 1);
}

#[tokio::test]
async fn cargo_s_errors_and_warnings_are_told_as_a_whole() {
    let package = "artifact-test-words";
    let folder = workspace(package);
    let specs = [cargo_spec("api", folder.path(), package, "api")];

    write(folder.path(), "src/api.rs", "fn main() { let unused = 1; }");
    let warned = Run::of(&specs, BuildMode::Build).await;
    let warning = warned.events.iter().find_map(|event| match event {
        BuildProgress::Warnings { text } => Some(text.as_str()),
        _ => None,
    });
    assert!(
        warning.is_some_and(|text| text.contains("unused variable") && text.contains("src/api.rs:1:")),
        "{warning:?}"
    );

    write(folder.path(), "src/api.rs", "fn main() { nonsense() }");
    let failed = Run::of(&specs, BuildMode::Build).await.error();
    let ArtifactError::Build { command, output } = &failed else {
        panic!("{failed}");
    };
    assert!(command.starts_with("cargo build --package artifact-test-words"), "{command}");
    assert!(output.contains("cannot find function `nonsense`") && output.contains("src/api.rs:1:13"), "{output}");
    assert!(!output.contains("Compiling"), "progress is not an error: {output}");

    let mut unknown = specs[0].clone();
    unknown.source = CodeSource::Cargo(BinaryBuild { profile: Some("smal".to_owned()), ..BinaryBuild::of(package) });
    let error = Run::of(&[unknown], BuildMode::Build).await.error();
    assert!(matches!(error, ArtifactError::AmbiguousBinary { .. }), "{error}");
}

#[tokio::test]
async fn a_broken_workspace_is_told_in_cargo_s_words() {
    let folder = tempfile::tempdir().expect("temporary folder");
    write(folder.path(), "Cargo.toml", "[package\n");
    let error = Run::of(&[cargo_spec("api", folder.path(), "x", "api")], BuildMode::Build).await.error();
    assert!(matches!(&error, ArtifactError::Workspace { reason, .. } if reason.contains("Cargo.toml")), "{error}");
}

#[tokio::test]
async fn a_program_a_folder_and_a_zip_of_it_give_the_same_artifact() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let program = TestElf::x86_64().dynamic().bytes();
    write(folder.path(), "program", &program);
    write(folder.path(), "folder/bootstrap", &program);
    let zip = package::pack(&[ZipEntry::bootstrap(program.clone())], ZipEffort::Smallest).expect("packs");
    write(folder.path(), "function.zip", &zip);

    let mut artifacts = Vec::new();
    for path in ["program", "folder", "function.zip"] {
        let run = Run::of(&[file_spec(path, folder.path(), LAMBDA)], BuildMode::Build).await;
        artifacts.push(run.artifacts().remove("orders").expect("the function"));
    }
    assert!(artifacts.iter().all(|artifact| *artifact == artifacts[0]), "{artifacts:?}");
    assert_eq!(artifacts[0].bootstrap_bytes, program.len() as u64);
    assert_eq!(&artifacts[0].zip[..], &zip[..], "a zip is uploaded as it is");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_keeps_its_files_and_who_may_execute_them() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("temporary folder");
    write(folder.path(), "program", TestElf::x86_64().dynamic().needs("libx.so.1").bytes());
    write(folder.path(), "f/lib/libx.so.1", "library");
    write(folder.path(), "f/z/tool", "tool");
    write(folder.path(), "f/a.txt", "text");
    fs::set_permissions(folder.path().join("f/z/tool"), fs::Permissions::from_mode(0o700)).expect("own file");
    symlink("../program", folder.path().join("f/bootstrap")).expect("writable");

    let artifact = Run::of(&[file_spec("f", folder.path(), LAMBDA)], BuildMode::Build).await.artifacts();
    assert_eq!(artifact["orders"].notes, [""; 0], "the library comes along");
    let zip = std::io::Cursor::new(artifact["orders"].zip.to_vec());
    let mut archive = ::zip::ZipArchive::new(zip).expect("sound zip");
    let files = (0..archive.len()).map(|index| {
        let file = archive.by_index(index).expect("entry");
        format!("{:o} {}", file.unix_mode().expect("a mode"), file.name().expect("a name"))
    });
    assert_eq!(
        files.collect::<Vec<_>>(),
        ["100644 a.txt", "100755 bootstrap", "100644 lib/libx.so.1", "100755 z/tool"]
    );

    symlink(".", folder.path().join("f/loop")).expect("writable");
    let error = Run::of(&[file_spec("f", folder.path(), LAMBDA)], BuildMode::Build).await.error();
    assert!(error.to_string().contains("link to a folder"), "{error}");
}

#[tokio::test]
async fn what_would_not_run_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let files = [
        ("other-machine", TestElf::arm64().dynamic().bytes()),
        ("new-glibc", TestElf::x86_64().dynamic().version("GLIBC_2.39").symbol("pidfd_spawnp").bytes()),
        ("cut-off", TestElf::x86_64().dynamic().bytes()[..300].to_vec()),
        ("text", b"hello".to_vec()),
        ("not-executable.zip", {
            let entry = ZipEntry { executable: false, ..ZipEntry::bootstrap(TestElf::x86_64().bytes()) };
            package::pack(&[entry], ZipEffort::Smallest).expect("packs")
        }),
        ("nested.zip", {
            let entry = ZipEntry { name: "release/bootstrap".into(), ..ZipEntry::bootstrap(TestElf::x86_64().bytes()) };
            package::pack(&[entry], ZipEffort::Smallest).expect("packs")
        }),
        (
            "other-machine.zip",
            package::pack(&[ZipEntry::bootstrap(TestElf::arm64().bytes())], ZipEffort::Smallest).expect("packs"),
        ),
        ("empty-folder/readme", b"".to_vec()),
    ];
    let mut said = Vec::new();
    for (path, bytes) in &files {
        write(folder.path(), path, bytes);
        let path = path.split('/').next().unwrap_or(path);
        let error = Run::of(&[file_spec(path, folder.path(), LAMBDA)], BuildMode::Build).await.error();
        said.push(told(&error, folder.path()));
    }
    let error = Run::of(&[file_spec("absent", folder.path(), LAMBDA)], BuildMode::Build).await.error();
    said.push(told(&error, folder.path()));
    insta::assert_snapshot!(said.join("\n"), @r#"
    function `orders`: [folder]/other-machine cannot run on Lambda (provided.al2023, x86_64): it is built for arm64, and x86_64 is needed
      hint: build it for x86_64, or set the function's `architecture` to what it is built for
    function `orders`: [folder]/new-glibc cannot run on Lambda (provided.al2023, x86_64): it needs glibc 2.39 (for pidfd_spawnp), and the runtime has glibc 2.34
      hint: build it with `cargo zigbuild --target x86_64-unknown-linux-gnu.2.34`
    function `orders`: [folder]/cut-off cannot run on Lambda (provided.al2023, x86_64): it is cut off: it has 300 bytes and refers to 319
      hint: build or copy it again
    function `orders`: [folder]/text cannot run on Lambda (provided.al2023, x86_64): it is not a program, and a Linux program (ELF) is needed
      hint: build it with `cargo build --release --target x86_64-unknown-linux-gnu`, or describe its `package` instead of an `artifact`: then `deployer` builds it
    function `orders`: Lambda cannot use [folder]/not-executable.zip: its `bootstrap` has the mode 0644, and everybody must be able to read and execute it (0755)
      hint: `chmod 755 bootstrap` and zip it again on Linux or macOS, or give the program itself instead of a zip
    function `orders`: Lambda cannot use [folder]/nested.zip: it has no file `bootstrap` at its root (it has one at release/bootstrap: zip it from inside its folder)
      hint: zip the file `bootstrap` without a folder, or give the program itself instead of a zip
    function `orders`: [folder]/other-machine.zip cannot run on Lambda (provided.al2023, x86_64): it is built for arm64, and x86_64 is needed
      hint: build it for x86_64, or set the function's `architecture` to what it is built for
    function `orders`: cannot pack [folder]/empty-folder: it has no file `bootstrap` at its root
    function `orders`: cannot read [folder]/absent: No such file or directory (os error 2)
      hint: build it first, or correct the path; with `package` instead of `artifact`, `deployer` builds it
    "#);
}

#[tokio::test]
async fn a_function_beyond_the_limits_is_refused() {
    let folder = tempfile::tempdir().expect("temporary folder");
    // Sparse: no disk is used for it.
    let large = fs::File::create(folder.path().join("large")).expect("writable");
    large.set_len(UNZIPPED_LIMIT).expect("sparse file");
    let error = Run::of(&[file_spec("large", folder.path(), LAMBDA)], BuildMode::Build).await.error();
    assert!(matches!(error, ArtifactError::UnzippedTooLarge { bytes: UNZIPPED_LIMIT, .. }), "{error}");

    let zip = fs::File::create(folder.path().join("large.zip")).expect("writable");
    zip.set_len(ZIP_LIMIT + 1).expect("sparse file");
    std::io::Write::write_all(&mut &zip, b"PK\x03\x04").expect("writable");
    let error = Run::of(&[file_spec("large.zip", folder.path(), LAMBDA)], BuildMode::Build).await.error();
    assert!(matches!(error, ArtifactError::ZipTooLarge { .. }), "{error}");
}

#[test]
fn the_workspace_is_found_upward_from_the_stack_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let root = folder.path().canonicalize().expect("exists");
    write(&root, "w/Cargo.toml", "");
    write(&root, "w/config/orders.toml", "");
    write(&root, "w/other/x", "");
    let found = |path: &str| find_workspace(&root.join(path));
    assert_eq!(found("w/config/orders.toml"), Some(root.join("w")));
    assert_eq!(found("w/config"), Some(root.join("w")));
    assert_eq!(found("w/other/../config/orders.toml"), Some(root.join("w")));
    assert_eq!(found("w/other/../../elsewhere.toml").filter(|found| found.starts_with(&root)), None);
}
