//! Who is told of a run.

use crate::engine::event::{RunEvent, RunSummary};
use crate::error::{Error, Result};
use crate::kinds::ResourceWait;
use std::collections::BTreeMap;

/// Shows a run as it goes.
pub trait RunReporter: Send {
    /// Shows that something happened.
    fn event(&mut self, event: &RunEvent);

    /// Shows how the run ended. The last call.
    ///
    /// # Errors
    /// When data could not be written to stdout (a full disk). A reader that went away is no error.
    fn finish(&mut self, end: &RunFinish) -> Result<()>;
}

/// How a run ended, with everything that is left to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFinish {
    /// What was done.
    pub summary: RunSummary,
    /// The values the stack gives out, flat: `table.orders.name`.
    pub outputs: BTreeMap<String, String>,
    /// What was waited for, the longest first.
    pub waits: Vec<ResourceWait>,
    /// Every error of the run, those of failed steps too.
    pub errors: Vec<Error>,
    /// The exit code of the process.
    pub exit_code: u8,
}
