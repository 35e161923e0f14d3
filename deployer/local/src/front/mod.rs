//! The front door: which requests are answered, by whom, and the way of a call from its signature to its record.

mod admin;
mod authorize;
mod dispatch;
mod host;
mod otlp;
mod pipeline;
mod requests;
mod server;
mod traced;

pub use server::FrontServer;
