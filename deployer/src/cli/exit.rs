//! How the process ends.

use crate::ui::Screen;
use clap::builder::StyledStr;
use clap::error::ErrorKind;

/// Exit codes of the process.
pub mod exit_code {
    /// Everything asked for was done.
    pub const DONE: u8 = 0;
    /// Something failed: the arguments, the stack description, a call.
    pub const FAILED: u8 = 1;
    /// There are differences; only with `--detailed-exitcode`.
    pub const DIFFERENT: u8 = 2;
    /// A signal ended the run.
    pub const INTERRUPTED: u8 = 130;
}

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputStream {
    /// For data: also the help that was asked for.
    Out,
    /// For diagnostics.
    Err,
}

/// What to show instead of running a command.
#[derive(Debug, Clone)]
pub struct EarlyExit {
    /// The exit code.
    pub code: u8,
    /// Where the text goes.
    pub stream: OutputStream,
    text: StyledStr,
}

impl EarlyExit {
    /// Converts what clap says. Usage errors exit with 1, because 2 means that there are differences.
    pub(super) fn from_clap(error: clap::Error) -> Self {
        let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        let (code, stream) =
            if asked { (exit_code::DONE, OutputStream::Out) } else { (exit_code::FAILED, OutputStream::Err) };
        EarlyExit { code, stream, text: error.render() }
    }

    /// Returns the text, with colours or without.
    pub fn text(&self, color: bool) -> String {
        if color { self.text.ansi().to_string() } else { self.text.to_string() }
    }

    /// Shows the text and gives the exit code.
    #[must_use]
    pub fn show(&self, screen: &Screen) -> u8 {
        match self.stream {
            OutputStream::Err => {
                screen.say(&self.text(screen.err.color));
                self.code
            }
            OutputStream::Out => match screen.data(&self.text(screen.out.color)) {
                Ok(()) => self.code,
                Err(error) => {
                    screen.errors(&[error], exit_code::FAILED);
                    exit_code::FAILED
                }
            },
        }
    }
}
