//! Commands that messages suggest, with the options of the command that suggests them: `deployer up` alone would act elsewhere.

use super::reporter::{RunFinish, RunReporter};
use crate::engine::event::RunEvent;
use crate::engine::plan::{Plan, StepAction};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// The options of this command that a suggested one needs to act on the same stack in the same place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepeatedOptions {
    options: Vec<(&'static str, Option<String>)>,
    commands: BTreeMap<String, &'static [&'static str]>,
}

impl RepeatedOptions {
    /// Makes the list from options and their values, none for an option that takes no value; and from the commands, each with the
    /// options that say nothing to it.
    pub fn new(
        options: impl IntoIterator<Item = (&'static str, Option<String>)>,
        commands: impl IntoIterator<Item = (String, &'static [&'static str])>,
    ) -> Self {
        Self { options: options.into_iter().collect(), commands: commands.into_iter().collect() }
    }

    /// Adds the options to every command in backticks that lacks them and takes them: `deployer up` becomes `deployer up --local`.
    pub fn add_to(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (number, part) in text.split('`').enumerate() {
            if number > 0 {
                out.push('`');
            }
            out.push_str(part);
            let command = part.strip_prefix("deployer ").and_then(|rest| rest.split(' ').next());
            let Some(mute) = command.filter(|_| number % 2 == 1).and_then(|command| self.commands.get(command)) else {
                continue;
            };
            let lacks = |name: &str| !mute.contains(&name) && !part.split(' ').any(|word| word == name);
            for (name, value) in self.options.iter().filter(|(name, _)| lacks(name)) {
                out.push_str(&format!(" {name}"));
                out.extend(value.iter().map(|value| format!(" {}", quoted(value))));
            }
        }
        out
    }

    /// Returns the error with the options in what it advises.
    pub fn add_to_error(&self, error: &Error) -> Error {
        Error { hints: error.hints.iter().map(|hint| self.add_to(hint)).collect(), ..error.clone() }
    }

    /// Returns the plan with the options in what it advises.
    pub fn add_to_plan(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        plan.refusals.iter_mut().for_each(|error| *error = self.add_to_error(error));
        plan.warnings.iter_mut().for_each(|warning| *warning = self.add_to(warning));
        for step in &mut plan.steps {
            if let StepAction::Retain { reason } = &mut step.action {
                *reason = self.add_to(reason);
            }
        }
        plan
    }

    /// Returns a reporter that adds the options to whatever `reporter` shows.
    pub fn wrap(&self, reporter: Box<dyn RunReporter>) -> Box<dyn RunReporter> {
        if self.options.is_empty() {
            reporter
        } else {
            Box::new(SuggestingReporter { reporter, options: self.clone() })
        }
    }
}

/// Returns a value as a shell takes it.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

/// A reporter that adds options to suggested commands.
struct SuggestingReporter {
    reporter: Box<dyn RunReporter>,
    options: RepeatedOptions,
}

impl RunReporter for SuggestingReporter {
    fn event(&mut self, event: &RunEvent) {
        let options = &self.options;
        match event {
            RunEvent::Note { message } => self.reporter.event(&RunEvent::Note { message: options.add_to(message) }),
            RunEvent::Planned(plan) => {
                let plan = options.add_to_plan(plan);
                self.reporter.event(&RunEvent::Planned(plan));
            }
            RunEvent::Failed { id, verb, error } => {
                let error = options.add_to_error(error);
                self.reporter.event(&RunEvent::Failed { id: id.clone(), verb: *verb, error });
            }
            other => self.reporter.event(other),
        }
    }

    fn finish(&mut self, end: &RunFinish) -> Result<()> {
        let errors = end.errors.iter().map(|error| self.options.add_to_error(error)).collect();
        self.reporter.finish(&RunFinish { errors, ..end.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggested_command_acts_on_the_same_stack() {
        let commands: [(&str, &[&str]); 4] = [
            ("up", &[]),
            ("backup", &[]),
            ("local", &["--local", "--stage"]),
            ("schema", &["--local", "--stage", "--config"]),
        ];
        let options = RepeatedOptions::new(
            [("--local", None), ("--stage", Some("dev".to_owned())), ("--config", Some("my stack.toml".to_owned()))],
            commands.map(|(command, mute)| (command.to_owned(), mute)),
        );
        let all = "--local --stage dev --config 'my stack.toml'";
        for (text, expected) in [
            ("Run `deployer up`.", format!("Run `deployer up {all}`.")),
            (
                "`deployer backup export OLD --to x`, then it.",
                format!("`deployer backup export OLD --to x {all}`, then it."),
            ),
            (
                "`deployer up --local` starts it",
                "`deployer up --local --stage dev --config 'my stack.toml'` starts it".into(),
            ),
            ("`deployer local start`", "`deployer local start --config 'my stack.toml'`".into()),
            // To this one they say nothing, and these are no commands of ours.
            ("`deployer schema` prints", "`deployer schema` prints".into()),
            ("`deployer upp`", "`deployer upp`".into()),
            ("deployer up", "deployer up".into()),
            ("`up` and `deployer`", "`up` and `deployer`".into()),
        ] {
            assert_eq!(options.add_to(text), expected);
            assert_eq!(RepeatedOptions::default().add_to(text), text);
        }
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
