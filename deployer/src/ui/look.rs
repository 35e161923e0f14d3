//! What a stream can show.

use console::Style;
use std::ffi::OsString;
use std::fmt::Display;

/// What a stream can show: all that a page needs to know about where it is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TerminalLook {
    /// Whether colours are shown.
    pub color: bool,
    /// Columns of the terminal; `None` where nothing has to fit: a file, a pipe.
    pub width: Option<usize>,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorWhen {
    /// On a terminal that shows them.
    #[default]
    Auto,
    /// Also into files and pipes.
    Always,
    /// Not at all.
    Never,
}

/// What a piece of text means. The colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTone {
    /// Something comes or succeeded.
    Good,
    /// Something changes.
    Change,
    /// Something goes or failed.
    Bad,
    /// Needs attention.
    Warning,
    /// The name of something.
    Strong,
    /// Background: times, unchanged things.
    Dim,
    /// Advice.
    Hint,
}

/// Narrower than this nothing is fitted: a terminal that says so is not to be believed.
const NARROWEST: usize = 20;
/// Columns when nothing has to fit, for what is shortened anyway.
const COMFORTABLE: usize = 120;

impl TerminalLook {
    /// No colour, no width.
    pub const PLAIN: TerminalLook = TerminalLook { color: false, width: None };

    /// Returns `text` as `tone` is shown.
    pub fn paint(&self, tone: TextTone, text: impl Display) -> String {
        let text = text.to_string();
        if !self.color || text.is_empty() {
            return text;
        }
        let style = match tone {
            TextTone::Good => Style::new().green(),
            TextTone::Change => Style::new().yellow(),
            TextTone::Bad => Style::new().red(),
            TextTone::Warning => Style::new().yellow().bold(),
            TextTone::Strong => Style::new().bold(),
            TextTone::Dim => Style::new().dim(),
            TextTone::Hint => Style::new().cyan(),
        };
        style.force_styling(true).apply_to(text).to_string()
    }

    /// Returns the columns that a line may take.
    pub fn columns(&self) -> usize {
        self.width.unwrap_or(COMFORTABLE).max(NARROWEST)
    }

    /// Cuts a line with `…` where the terminal ends.
    pub fn fit(&self, line: &str) -> String {
        match self.width {
            None => line.to_owned(),
            Some(_) => console::truncate_str(line, self.columns(), "…").into_owned(),
        }
    }
}

/// What the environment says about terminals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TerminalHabits {
    no_color: bool,
    force_color: bool,
    dumb: bool,
    ci: bool,
}

impl TerminalHabits {
    /// Reads `NO_COLOR`, `FORCE_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, `TERM` and `CI` with `lookup`.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name| lookup(name).map(|value| value.to_string_lossy().into_owned());
        let set = |name| text(name).is_some_and(|value| !value.is_empty());
        let on = |name| text(name).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
        TerminalHabits {
            no_color: set("NO_COLOR") || text("CLICOLOR").as_deref() == Some("0"),
            force_color: on("FORCE_COLOR") || on("CLICOLOR_FORCE"),
            dumb: text("TERM").as_deref() == Some("dumb"),
            ci: on("CI"),
        }
    }

    /// Tells whether a stream shows colours.
    pub fn color(&self, when: ColorWhen, terminal: bool) -> bool {
        match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto if self.no_color => false,
            ColorWhen::Auto => self.force_color || (terminal && !self.dumb),
        }
    }

    /// Tells whether lines may be drawn over on a terminal, and questions asked. A build server's log is no place for either.
    pub fn lively(&self, terminal: bool) -> bool {
        terminal && !self.dumb && !self.ci
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_habits_of_the_environment() {
        use ColorWhen::{Always, Auto, Never};
        for (vars, when, terminal, color) in [
            (&[][..], Auto, true, true),
            (&[], Auto, false, false),
            (&[], Always, false, true),
            (&[], Never, true, false),
            (&[("NO_COLOR", "1")], Auto, true, false),
            (&[("NO_COLOR", "")], Auto, true, true),
            (&[("NO_COLOR", "1")], Always, true, true),
            (&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], Auto, true, false),
            (&[("FORCE_COLOR", "1")], Auto, false, true),
            (&[("FORCE_COLOR", "0")], Auto, false, false),
            (&[("CLICOLOR_FORCE", "1")], Auto, false, true),
            (&[("CLICOLOR", "0")], Auto, true, false),
            (&[("TERM", "dumb")], Auto, true, false),
            (&[("CI", "true")], Auto, true, true),
        ] {
            let habits = habits(vars);
            assert_eq!(habits.color(when, terminal), color, "{vars:?} {when:?} terminal: {terminal}");
        }
    }

    #[test]
    fn only_a_person_at_a_terminal_sees_a_live_view() {
        for (vars, terminal, lively) in [
            (&[][..], true, true),
            (&[], false, false),
            (&[("TERM", "dumb")], true, false),
            (&[("CI", "true")], true, false),
            (&[("CI", "false")], true, true),
            (&[("NO_COLOR", "1")], true, true),
        ] {
            assert_eq!(habits(vars).lively(terminal), lively, "{vars:?} terminal: {terminal}");
        }
    }

    #[test]
    fn a_line_is_cut_where_the_terminal_ends() {
        let look = TerminalLook { color: false, width: Some(24) };
        assert_eq!(look.fit("short"), "short");
        assert_eq!(look.fit("aaaaaaaaaa bbbbbbbbbb cccccccccc"), "aaaaaaaaaa bbbbbbbbbb c…");
        assert_eq!(TerminalLook::PLAIN.fit(&"x".repeat(300)).len(), 300);
        assert_eq!(TerminalLook { color: false, width: Some(0) }.fit(&"x".repeat(30)).chars().count(), 20);
    }

    fn habits(vars: &[(&str, &str)]) -> TerminalHabits {
        TerminalHabits::read(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }
}
