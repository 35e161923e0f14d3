//! A plan for machines.

use crate::engine::plan::{Plan, PlanStep, PlanTally};
use crate::ui::error::ErrorJson;
use crate::ui::secret;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A plan as JSON: `{"steps":[…],"refusals":[…],"warnings":[…],"unmanaged":[…],"tally":{…},"changes":true}`. Secrets are hidden.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanJson {
    plan: Plan,
}

impl PlanJson {
    /// Makes the JSON form of `plan`.
    pub fn new(plan: &Plan) -> Self {
        PlanJson { plan: secret::hide_in_plan(plan.clone()) }
    }

    fn steps(&self) -> &[PlanStep] {
        &self.plan.steps
    }

    fn tally(&self) -> PlanTally {
        self.plan.tally()
    }
}

impl Serialize for PlanJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let refusals: Vec<_> = self.plan.refusals.iter().map(ErrorJson).collect();
        let mut out = serializer.serialize_struct("Plan", 6)?;
        out.serialize_field("steps", self.steps())?;
        out.serialize_field("refusals", &refusals)?;
        out.serialize_field("warnings", &self.plan.warnings)?;
        out.serialize_field("unmanaged", &self.plan.unmanaged)?;
        out.serialize_field("tally", &self.tally())?;
        out.serialize_field("changes", &!self.plan.is_empty())?;
        out.end()
    }
}
