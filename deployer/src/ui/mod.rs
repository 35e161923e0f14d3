//! The only place that prints. Data go to stdout, progress and diagnostics to stderr.
//!
//! Rendering is pure: every page is a function from a value and a [`TerminalLook`] (colour or not, how wide) to text, so that it
//! can be tested as text. [`Screen`] knows the two streams, decides once what each of them can show, and writes.
//! A run is told as events: [`Screen::reporter`] gives the [`RunReporter`] that fits.

pub mod backups;
pub mod confirm;
pub mod error;
pub mod history;
pub mod human;
pub mod import;
pub mod json;
pub mod json_text;
pub mod log_line;
pub mod look;
pub mod measure;
pub mod outputs;
pub mod picture;
pub mod pipe;
pub mod plan;
mod reporter;
pub mod request_trace;
pub mod screen;
pub mod secret;
pub mod status;
mod suggested;
pub mod target;
pub mod text;
pub mod transfer;
pub mod value;

pub use log_line::{LogChoice, LogLine, LogView};
pub use look::{ColorWhen, TerminalLook, TextTone};
pub use reporter::{RunFinish, RunReporter};
pub use screen::{OutputFormat, Screen};
pub use suggested::RepeatedOptions;
