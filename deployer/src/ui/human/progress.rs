//! How far a run has got, as told by its events. Pure: the time is handed in.

use crate::engine::event::{RunEvent, StepVerb};
use crate::engine::plan::Plan;
use crate::error::Error;
use crate::kinds::ResourceId;
use crate::ui::text;
use std::collections::HashMap;
use std::time::Duration;

/// How far a run has got.
#[derive(Debug, Default)]
pub struct RunProgress {
    /// Physical names, from the plan.
    names: HashMap<ResourceId, String>,
    /// Columns of the longest id among the steps.
    pub id_column: usize,
    /// Columns of the longest physical name among the steps.
    pub name_column: usize,
    /// Steps that change something.
    pub total: usize,
    /// Steps that ended well.
    pub done: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not started.
    pub skipped: usize,
    /// Steps in flight, the longest first.
    pub running: Vec<RunningStep>,
    /// What the build says, and since when one goes on.
    pub building: Option<(String, Duration)>,
    /// Whether a signal came.
    pub interrupted: bool,
    /// What the plan refuses.
    pub refused: Vec<Error>,
}

/// A step in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningStep {
    /// The resource.
    pub id: ResourceId,
    /// What is done with it.
    pub verb: StepVerb,
    /// When it began.
    pub since: Duration,
    /// What it waits for.
    pub reason: Option<String>,
}

/// Longest columns; what is longer pushes the rest of its line to the right.
const COLUMNS: usize = 40;

impl RunProgress {
    /// Takes note of an event.
    pub fn apply(&mut self, now: Duration, event: &RunEvent) {
        match event {
            RunEvent::Building { message } => {
                let since = self.building.as_ref().map_or(now, |(_, since)| *since);
                self.building = Some((message.clone(), since));
            }
            RunEvent::Built { .. } => {}
            RunEvent::Planned(plan) => {
                self.building = None;
                self.refused.clone_from(&plan.refusals);
                self.planned(plan);
            }
            RunEvent::Started { id, verb } => {
                self.building = None;
                self.running.retain(|step| step.id != *id);
                self.running.push(RunningStep { id: id.clone(), verb: *verb, since: now, reason: None });
            }
            RunEvent::Waiting { id, reason } => {
                if let Some(step) = self.running.iter_mut().find(|step| step.id == *id) {
                    step.reason = Some(reason.clone());
                }
            }
            RunEvent::Done { id, .. } => {
                self.done += 1;
                self.running.retain(|step| step.id != *id);
            }
            RunEvent::Failed { id, .. } => {
                self.failed += 1;
                self.running.retain(|step| step.id != *id);
            }
            RunEvent::Skipped { .. } => self.skipped += 1,
            RunEvent::Interrupted { .. } => self.interrupted = true,
            RunEvent::Target(_) | RunEvent::Note { .. } => {}
        }
    }

    fn planned(&mut self, plan: &Plan) {
        let changing: Vec<_> = plan.steps.iter().filter(|step| step.action.changes()).map(|step| &step.place).collect();
        let column = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0).min(COLUMNS);
        self.total = changing.len();
        self.id_column = column(&mut changing.iter().map(|place| text::width(&place.id.to_string())));
        self.name_column = column(&mut changing.iter().map(|place| text::width(&text::clean(&place.name))));
        self.names = plan.steps.iter().map(|step| (step.place.id.clone(), step.place.name.clone())).collect();
    }

    /// Returns the physical name of a resource; nothing where it is not known.
    pub fn name(&self, id: &ResourceId) -> &str {
        self.names.get(id).map_or("", String::as_str)
    }

    /// Steps that ended, however.
    pub fn ended(&self) -> usize {
        self.done + self.failed + self.skipped
    }
}
