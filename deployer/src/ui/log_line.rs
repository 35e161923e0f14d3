//! What functions logged, for people: a line for each request, others as they are, and nothing twice.
//!
//! Lambda writes START, END and REPORT around what a function writes ("Lambda function logs"). Which request a line belongs to is told by
//! them: in one log stream, requests follow each other.

mod entry;
mod shown;

pub use shown::{LogChoice, LogView};

/// An event of a function's log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLine {
    /// When it was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// Id of the function.
    pub function: String,
    /// The log stream: one for each environment of the function.
    pub stream: String,
    /// Id of the event.
    pub id: String,
    /// The text.
    pub message: String,
}
