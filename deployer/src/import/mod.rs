//! Moving over from Terraform: what a state or a configuration describes, compared with the stack description.
//!
//! One way through, each step a value: [`read()`] a file into the resources of a [`TerraformSource`] → [`compare()`] them with the
//! stack, which gives what becomes of each ([`TerraformComparison`]) and the [`DescriptionSetting`]s that the description needs →
//! [`edit`] them into the file, or [`describe()`] a whole new one. Both go by one table of attributes for each of Terraform's types
//! (`mapping`). Nothing here contacts anything: adopting is the engine's, with the places that the comparison names.

mod compare;
mod configuration;
mod dead_letter;
mod describe;
mod edit;
mod environment;
mod graph;
mod mapping;
mod methods;
mod options;
mod parts;
mod policy;
mod read;
mod resource;
mod rights;
mod sections;
mod setting;
mod source;
mod sources;
mod state;
mod tags;
mod text_file;

pub use compare::{ReportRow, TakeoverOutcome, TerraformComparison, compare};
pub use describe::describe;
pub use edit::{edit, locate, save};
pub use mapping::word;
pub use options::ReadOptions;
pub use read::read;
pub use setting::DescriptionSetting;
pub use source::TerraformSource;

#[cfg(test)]
mod tests;
