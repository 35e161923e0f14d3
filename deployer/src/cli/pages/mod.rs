//! The pages of `deployer/docs/` that are printed from the code. A test holds them to it.

mod commands;
mod keys;

use super::command_line::CliArgs;
use super::schema;
use clap::{Command, CommandFactory};
use std::path::Path;
use std::{env, fs};

/// How the pages are printed anew.
const RENEW: &str = "INSTA_UPDATE=always cargo test -p deployer --lib cli::pages";

/// Returns the comment at the top of a page.
fn notice() -> String {
    format!("<!-- Printed from the code: edit that, and run `{RENEW}`. -->\n\n")
}

/// Compares a file of `deployer/docs/` with what is printed now; writes it where snapshots are written.
fn assert_printed(file: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file);
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&path, printed).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let same = written.lines().zip(printed.lines()).take_while(|(written, printed)| written == printed).count();
    assert!(
        written == printed,
        "docs/{file} is not what is printed, from line {} on:\n{}\nto renew it: {RENEW}",
        same + 1,
        printed.lines().nth(same).unwrap_or_default()
    );
}

#[test]
fn the_reference_of_the_keys_is_what_is_printed() {
    assert_printed("reference.md", &keys::page(&crate::kinds::sections()));
}

#[test]
fn the_reference_of_the_commands_is_what_is_printed() {
    assert_printed("cli.md", &commands::page(CliArgs::command()));
}

#[test]
fn the_json_schema_is_what_is_printed() {
    assert_printed("deployer.schema.json", &schema::text());
}

/// What a program reads of a command is on the page for programs. Some commands print no JSON of their own.
#[test]
fn the_page_for_programs_has_every_command() {
    let without = ["dev", "completions", "man", "local serve"];
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md")).expect("the page is there");
    let missing: Vec<_> = leaves(&CliArgs::command(), "")
        .into_iter()
        .filter(|name| !without.contains(&name.as_str()) && !page.contains(&format!("`{name}`")))
        .filter(|name| !page.contains(&format!("`{name} --")))
        .collect();
    assert_eq!(missing, [""; 0], "commands whose JSON is not on docs/json.md");
}

/// Returns the commands that do something, by all their words.
fn leaves(command: &Command, parent: &str) -> Vec<String> {
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    let named = below.map(|below| (below, format!("{parent} {}", below.get_name()).trim_start().to_owned()));
    named.flat_map(|(below, name)| if below.has_subcommands() { leaves(below, &name) } else { vec![name] }).collect()
}
