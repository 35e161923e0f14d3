//! The comparison: what becomes of each resource, and what the stack description needs for it. Pure.

mod api;
mod attributes;
mod commands;
mod comparison;
mod edits;
mod function;
mod guards;
mod keys;
mod outcome;
mod pair;
mod places;
mod queue;
mod row;
mod run;
mod schedule;
mod table;
mod takeover;

pub use comparison::TerraformComparison;
pub use row::{ReportRow, TakeoverOutcome};
pub use run::compare;
