//! `init`: from a folder to a function that answers.

use std::path::{Path, PathBuf};
use std::{env, fs};
use tests::program::built;
use tests::{Sandbox, http};

/// Returns an empty project in which Cargo can be asked about packages.
fn folder() -> Sandbox {
    Sandbox::empty().with("CARGO", &env::var("CARGO").expect("cargo runs the tests"))
}

/// Lists the files of a folder, deeper ones too.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it can be listed").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

#[test]
fn an_empty_folder_becomes_a_project_that_answers() {
    let sandbox = folder();
    insta::assert_snapshot!("init_empty", sandbox.run(&["init", "--ci", "github"]).ok().transcript());
    sandbox.run(&["validate"]).ok();
    // The generated program, built beside the tests: they need no packages from elsewhere.
    let code = format!("api={}", built("init-under-test").display());
    sandbox.local(&["up", "--yes", "--artifact", &code]).ok();
    let endpoint = sandbox.local(&["outputs", "endpoint"]).ok().stdout.trim().to_owned();
    for (method, path) in [("GET", "/"), ("POST", "/things/7")] {
        let answer = http::send(method, &format!("{endpoint}{path}"), &[], "").is(200);
        assert_eq!(answer.body, format!("{method} {path} reached the function; it may use project-dev-items.\n"));
    }
}

#[test]
fn the_binary_of_a_project_is_found_or_must_be_named() {
    let sandbox = folder();
    let manifest = |dependencies: &str| {
        format!("[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n")
    };
    sandbox.write("Cargo.toml", &manifest(""));
    sandbox.write("src/bin/shop-api.rs", "fn main() {}");
    sandbox.write("src/bin/nightly.rs", "fn main() {}");
    let before = files(&sandbox.project());
    let none = sandbox.run(&["init"]).exits(1);
    insta::assert_snapshot!("init_no_function", none.transcript());
    sandbox.write("Cargo.toml", &manifest("lambda_http = \"1\""));
    let several = sandbox.run(&["init"]).exits(1);
    insta::assert_snapshot!("init_several", several.transcript());
    sandbox.run(&["init", "--bin", "shop-apy"]).exits(1);
    let refused = sandbox.run(&["init", "--bin", "shop-api", "--name", "Shop!"]).exits(1);
    assert!(refused.stderr.contains("\"Shop!\" is not a stack name"), "{refused}");
    assert_eq!(files(&sandbox.project()), before, "what is refused writes nothing");

    let done = sandbox.run(&["init", "--json", "--bin", "shop-api", "--table", "orders"]).ok().json();
    assert_eq!(done["written"], serde_json::json!(["deployer.schema.json", "deployer.toml"]));
    let text = fs::read_to_string(sandbox.path("deployer.toml")).expect("it was written");
    assert!(text.contains("bin = \"shop-api\"") && text.contains("${table.orders.name}"), "{text}");
    assert_eq!(sandbox.run(&["validate", "--json"]).ok().json()["stack"], "shop");
    assert_eq!(fs::read_to_string(sandbox.path("Cargo.toml")).expect("it is there"), manifest("lambda_http = \"1\""));
}

#[test]
fn nothing_that_is_there_is_changed() {
    let sandbox = folder();
    sandbox.write(".gitignore", "mine");
    let taken = sandbox.run(&["init"]).exits(1);
    assert!(taken.stderr.contains("already there: .gitignore; nothing was written"), "{taken}");
    assert!(!sandbox.path("deployer.toml").exists() && !sandbox.path("Cargo.toml").exists());

    fs::remove_file(sandbox.path(".gitignore")).expect("it is ours");
    sandbox.run(&["init", "--no-table"]).ok();
    let before = files(&sandbox.project());
    let again = sandbox.run(&["init"]).exits(1);
    assert!(again.stderr.contains("there is a stack description already: deployer.toml"), "{again}");
    assert_eq!(files(&sandbox.project()), before);
}

/// As Cargo and git do.
#[test]
fn a_description_is_found_from_below() {
    let sandbox = folder();
    sandbox.run(&["init"]).ok();
    let mut command = sandbox.command(&["validate", "--json"]);
    let below = command.current_dir(sandbox.path("src")).output().expect("it runs");
    let note = String::from_utf8_lossy(&below.stderr);
    assert!(below.status.success(), "{note}");
    let found: serde_json::Value = serde_json::from_slice(&below.stdout).expect("JSON");
    assert!(found["path"].as_str().is_some_and(|path| path.ends_with("project/deployer.toml")), "{found}");
}

/// A function of `lambda_http` behind a stage is warned of by what builds it and by `validate`, until the variable is there, whatever
/// its value. Other programs, and functions that no route leads to, are not concerned.
#[test]
fn a_program_of_lambda_http_is_told_of_the_stage_in_its_paths() {
    const VARIABLE: &str = "AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH";
    let sandbox = folder();
    sandbox.run(&["init"]).ok();
    let program = built("init-under-test").display().to_string();
    let told = |output: &tests::ProgramOutput| {
        output.stderr.contains("function.api uses lambda_http, which shows it /dev/items where the route is /items")
            || output
                .stdout
                .contains("function.api uses lambda_http, which shows it /dev/items where the route is /items")
    };
    let manifest_keys = fs::read_to_string(sandbox.path("deployer.toml")).expect("it was written");
    let package = manifest_keys.lines().find(|line| line.starts_with("package = ")).expect("a package").to_owned();
    let bin = manifest_keys.lines().find(|line| line.starts_with("bin = ")).expect("a binary").to_owned();
    sandbox.edit(&format!("{package}\n{bin}"), &format!("artifact = \"{program}\""));
    assert!(!told(&sandbox.run(&["validate", "--local"]).ok()), "the variable is there");
    assert!(!told(&sandbox.local(&["up", "--yes"]).ok()), "the variable is there");

    sandbox.edit(&format!("{VARIABLE} = \"true\""), "");
    for args in [&["validate"][..], &["validate", "--local"]] {
        let output = sandbox.run(args).ok();
        assert!(told(&output), "{output}");
    }
    for args in [&["plan"][..], &["up", "--yes"]] {
        let output = sandbox.local(args).ok();
        assert!(told(&output), "{output}");
    }
    let endpoint = sandbox.local(&["outputs", "endpoint"]).ok().stdout.trim().to_owned();
    let body = http::send("GET", &format!("{endpoint}/things"), &[], "").is(200).body;
    assert!(body.starts_with("GET /dev/things "), "the warning is right: {body}");

    sandbox.edit("[function.api.environment]", &format!("[function.api.environment]\n{VARIABLE} = \"false\""));
    assert!(!told(&sandbox.run(&["validate"]).ok()), "what is set wins");
    sandbox.edit(&format!("{VARIABLE} = \"false\""), "");
    sandbox.edit(
        &format!("artifact = \"{program}\""),
        &format!("artifact = \"{}\"", tests::function_code::orders().display()),
    );
    assert!(!told(&sandbox.run(&["validate"]).ok()), "a program that reads the event itself");
}
