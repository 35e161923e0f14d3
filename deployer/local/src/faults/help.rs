//! The help text for `--fault`.

use super::knobs::{KNOBS, KnobField};
use super::spec::EFFECTS;
use std::fmt::Write;

/// Returns every spelling with its form, AWS's value and what it does, for a help text.
pub fn help() -> String {
    let mut out =
        "Faults (all are off unless set; the value in brackets is AWS's, and that of `realistic`):\n".to_owned();
    // Writing into a string cannot fail.
    for knob in KNOBS {
        let form = match knob.field {
            KnobField::Seed => "NUMBER",
            KnobField::Rates => "published|Nx",
            KnobField::Chance(_) => "PERCENT",
            KnobField::Time(_) => "TIME",
            KnobField::Only => "CALL",
        };
        let spelling = format!("{}={form}", knob.name);
        let realistic = if knob.realistic.is_empty() { String::new() } else { format!(" [{}]", knob.realistic) };
        let _ = writeln!(out, "  {spelling:<23}  {}{realistic}", knob.what);
    }
    out.push_str("\nWhat happens to certain calls, counted from now on:\n");
    for (effect, what) in EFFECTS {
        let _ = writeln!(out, "  {:<23}  {what}", format!("{effect}:CALL#N"));
    }
    out.push_str(
        "\nA CALL is an operation, CreateTable or dynamodb:CreateTable, all of a service, iam:*, or all, *.\n\
         `writes` for * are those that change something. #N is the N-th [1], #NxM M from the N-th on.\n\
         A TIME has a unit: ms, s, m, h or d. `realistic` is all that has a value in brackets, `none`\n\
         nothing.",
    );
    out
}
