//! The help of the program itself: its commands in groups, a line each.

use crate::ui::{ColorWhen, OutputFormat, Screen, text};
use clap::{Arg, Command};
use std::fmt::Write;

/// The commands, by what somebody wants to do. A command in no group is in the last one.
const GROUPS: &[(&str, &[&str])] = &[
    ("Start", &["init", "dev"]),
    ("Deploy", &["up", "plan", "status", "graph", "outputs", "down"]),
    ("Run and watch", &["logs", "metrics", "invoke", "schedule", "queue", "openapi"]),
    ("Data", &["backup", "restore"]),
    ("Check and build", &["validate", "build", "policy", "schema"]),
    ("Terraform and the local cloud", &["import-terraform", "local"]),
    ("This program", &[]),
];

/// Options that most people never need; `--help` shows them.
const RARE: &[&str] = &["config", "region", "endpoint_url", "color"];

/// Columns of a help, at most.
const WIDEST: usize = 100;

/// What the short help says in place of the rest.
const MORE: &str =
    "`deployer --help` shows every option, `deployer COMMAND --help` what a command does, with examples.";

/// Returns the command line with its commands in groups, for its own help alone. A short one leaves out what few people need.
pub fn grouped(command: Command, is_short: bool) -> Command {
    let width = Screen::detect(OutputFormat::Human, ColorWhen::Never, false).out.width;
    let groups = groups(&command, width.map_or(WIDEST, |width| width.min(WIDEST)));
    let rare = |arg: Arg| if RARE.contains(&arg.get_id().as_str()) { arg.hide(true) } else { arg };
    let command = if is_short { command.mut_args(rare).after_help(MORE) } else { command };
    command
        .override_usage("deployer [OPTIONS] <COMMAND>")
        .mut_subcommands(|subcommand| subcommand.hide(true))
        .before_help(groups)
        .help_template("{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}{all-args}{after-help}")
}

/// Writes a line for each command in at most `columns`; what it does goes on below itself.
fn groups(command: &Command, columns: usize) -> String {
    let styles = command.get_styles();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let visible = || command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    let column = visible().map(|subcommand| subcommand.get_name().len()).max().unwrap_or(0);
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let mut out = String::new();
    for (at, (title, names)) in GROUPS.iter().enumerate() {
        let _ = writeln!(out, "{header}{title}:{header:#}");
        let in_order = names.iter().filter_map(|name| visible().find(|subcommand| subcommand.get_name() == *name));
        let rest = visible().filter(|subcommand| at + 1 == GROUPS.len() && !is_grouped(subcommand.get_name()));
        for subcommand in in_order.chain(rest) {
            let (name, about) = (subcommand.get_name(), subcommand.get_about().cloned().unwrap_or_default());
            let indent = column + 4;
            let about = text::wrap(&about.to_string(), Some(columns.saturating_sub(indent)));
            let about = about.join(&format!("\n{:indent$}", ""));
            let _ = writeln!(out, "  {literal}{name}{literal:#}{:width$}{about}", "", width = column + 2 - name.len());
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_does_goes_on_below_itself() {
        let about = "Write a stack description for this project, or a small project with one";
        let command = Command::new("deployer")
            .styles(clap::builder::Styles::plain())
            .subcommand(Command::new("init").about(about));
        let wide = groups(&command, 100);
        assert!(wide.starts_with(&format!("Start:\n  init  {about}\n")), "{wide}");
        let narrow = groups(&command, 40);
        let lines: Vec<_> = narrow.lines().skip(1).take(3).collect();
        assert_eq!(
            lines,
            ["  init  Write a stack description for", "        this project, or a small project", "        with one"]
        );
        assert!(narrow.lines().all(|line| text::width(line) <= 40), "{narrow}");
    }
}
