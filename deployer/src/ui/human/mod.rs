//! A run for people: drawn over on a terminal ([`live`]), line by line anywhere else ([`lines`]).

pub mod brief;
mod canvas;
pub mod ending;
pub mod lines;
pub mod live;
mod message;
mod phrase;
mod progress;
#[cfg(test)]
pub(super) mod script;
pub mod shown;

pub use shown::ShownParts;
