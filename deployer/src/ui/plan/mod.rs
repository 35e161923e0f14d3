//! A plan as people, pull requests and programs read it; for people it reads like a diff.

mod changes;
mod fields;
mod human;
mod json;
mod line;
mod markdown;
mod rights;
mod sentence;
mod steps;
mod style;
#[cfg(test)]
pub(super) mod tests;
mod unmanaged;

pub use changes::lines as change_lines;
pub use human::render;
pub use json::PlanJson;
pub use line::PlanLine;
pub use markdown::{LIMIT, markdown, of_failure as markdown_of_failure};
pub use sentence::closing;
pub use style::{PlanPurpose, PlanStyle};
pub use unmanaged::notes as unmanaged_notes;
