//! Terraform's types and attributes, and what a stack description has in their place: one table for each type.

mod api;
mod attribute;
mod function;
mod kinds;
mod queue;
mod read;
mod schedule;
mod table;
#[cfg(test)]
mod tests;

pub use kinds::{of, word};
