//! The engine of CloudWatch Logs: groups in the document, streams and events in a file of their own.

mod arrivals;
mod backlog;
mod engine;
mod event;
mod events;
mod pattern;

pub use engine::LogEngine;
pub use event::{EventPosition, LogEvent, NewEvent, OVERHEAD};
pub use events::{EventRange, EventStore, LogStream};
pub(crate) use pattern::FilterPattern;
