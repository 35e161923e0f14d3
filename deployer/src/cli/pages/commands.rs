//! `docs/cli.md`: every command and option.

use super::notice;
use clap::{Arg, Command};
use std::fmt::Write;

/// Returns the page of a program.
pub fn page(mut program: Command) -> String {
    program.build();
    let name = program.get_name().to_owned();
    let mut page = format!("{}# Commands of {name}\n\n", notice());
    if let Some(about) = program.get_about() {
        let _ = write!(page, "{about}.\n\n");
    }
    page.push_str(&closing(&program));
    let _ = write!(page, "## Options of every command\n\n{}", options(&program, Arg::is_global_set));
    program.get_subcommands().for_each(|command| section(command, &name, &mut page));
    format!("{}\n", page.trim_end().replace("\n\n\n", "\n\n"))
}

/// Adds a command that does something, or those below it.
fn section(command: &Command, parent: &str, page: &mut String) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{parent} {}", command.get_name());
    if command.has_subcommands() {
        return command.get_subcommands().for_each(|command| section(command, &name, page));
    }
    let _ = write!(page, "\n## `{name}`\n\n");
    if let Some(about) = command.get_about() {
        let _ = write!(page, "{about}.\n\n");
    }
    let usage = command.clone().render_usage().to_string();
    let _ = write!(page, "```text\n{}\n```\n\n", usage.trim_start_matches("Usage: "));
    page.push_str(&options(command, |arg| !arg.is_global_set()));
    page.push_str(&closing(command));
}

/// Returns the options and values of a command as a Markdown table; nothing where there are none.
fn options(command: &Command, wanted: impl Fn(&Arg) -> bool) -> String {
    let shown = |arg: &&Arg| wanted(arg) && !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version";
    let rows: String = command.get_arguments().filter(shown).map(row).collect();
    if rows.is_empty() { rows } else { format!("| Option | Meaning |\n|---|---|\n{rows}\n") }
}

/// Returns the row of an option.
fn row(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let takes_value = arg.get_action().takes_values();
    let default = if takes_value && !defaults.is_empty() {
        format!(" [default: {}]", defaults.join(", "))
    } else {
        String::new()
    };
    format!("| {short}`{arg}` | {}{default} |\n", help.replace('|', "\\|"))
}

/// Returns what the help says below the options: examples, exit codes.
fn closing(command: &Command) -> String {
    command
        .get_after_help()
        .map(|text| format!("```text\n{}\n```\n\n", text.to_string().trim_end()))
        .unwrap_or_default()
}
