//! Rules: they fire when they did, and run what they ran.

use super::edits::RequiredEdits;
use super::pair::ResourcePair;
use super::takeover::Takeover;

/// Refuses a rule with several targets.
pub fn judge(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let targets = takeover.graph.targets(pair.resource).len();
    if targets > 1 {
        out.refuse(
            pair.resource,
            format!(
                "rule {} has {targets} targets; a schedule runs one function, the others would be taken off",
                pair.aws_name
            ),
            "Give the other targets a rule of their own first, or give the schedule another `name`.",
        );
    }
}
