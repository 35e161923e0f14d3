//! A run for machines: one JSON object a line on stdout, nothing on stderr.
//!
//! Every line has a member `event`: `target`, `building`, `built`, `planned`, `started`, `waiting`, `done`, `failed`,
//! `skipped`, `note` and `interrupted` as they happen (see [`RunEvent`] for their members), and at last
//! `{"event":"finished","summary":{…},"outputs":{…},"waits":[…],"errors":[…],"exit_code":0}`. Members may be added; none is removed or
//! changes its meaning. Values of environment variables that look like secrets are `"(hidden)"`.

use super::error::ErrorJson;
use super::json_text;
use super::pipe::OutputPipe;
use super::plan::PlanJson;
use super::reporter::{RunFinish, RunReporter};
use crate::engine::event::{RunEvent, RunSummary, StepVerb};
use crate::error::{Error, Result};
use crate::kinds::{ResourceId, ResourceWait};
use serde::Serialize;
use std::collections::BTreeMap;

/// A run as lines of JSON.
pub struct JsonReporter {
    out: OutputPipe,
}

impl JsonReporter {
    /// Writes to `out`.
    pub fn new(out: OutputPipe) -> Self {
        JsonReporter { out }
    }

    fn line(&mut self, line: &impl Serialize) {
        // Everything that is written has string keys and cannot fail to serialize; a line is never half written.
        if let Ok(mut text) = json_text::line(line) {
            text.push('\n');
            self.out.write(&text);
        }
    }
}

/// The lines that differ from how the event itself serializes.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum JsonLine<'a> {
    Planned(PlanJson),
    Failed {
        id: &'a ResourceId,
        verb: StepVerb,
        error: ErrorJson<'a>,
    },
    Finished {
        summary: &'a RunSummary,
        outputs: &'a BTreeMap<String, String>,
        waits: &'a [ResourceWait],
        errors: Vec<ErrorJson<'a>>,
        exit_code: u8,
    },
}

impl RunReporter for JsonReporter {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Planned(plan) => self.line(&JsonLine::Planned(PlanJson::new(plan))),
            RunEvent::Failed { id, verb, error } => {
                self.line(&JsonLine::Failed { id, verb: *verb, error: ErrorJson(error) })
            }
            other => self.line(other),
        }
    }

    fn finish(&mut self, end: &RunFinish) -> Result<()> {
        self.line(&JsonLine::Finished {
            summary: &end.summary,
            outputs: &end.outputs,
            waits: &end.waits,
            errors: end.errors.iter().map(ErrorJson).collect(),
            exit_code: end.exit_code,
        });
        self.out.check().map_err(|e| Error::io(format!("could not write to stdout: {e}")))
    }
}

#[cfg(test)]
mod tests;
