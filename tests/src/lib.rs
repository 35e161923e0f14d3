//! The harness of the end-to-end tests: what they run, where they run it, and how they look at what came out.
//!
//! | Module | |
//! |---|---|
//! | [`sandbox`] | a project in a directory of its own, with a clean environment and its own cloud |
//! | [`program`] | `deployer` as a process: run to its end, or held while it runs |
//! | [`cloud`] | a running embedded cloud: its calls, its faults, SDK clients |
//! | [`census`] | everything that exists at an endpoint |
//! | [`here`] | an embedded cloud and the deployer's engine in this process |
//! | [`http`] | a client for APIs and for the cloud's own endpoints |
//! | [`former`] | the system as Terraform would have made it, and its state |
//! | [`fake`] | an endpoint that records what reaches it and answers as it is told |
//! | [`code`] | the code of functions |
//! | [`shipped`] | the stack that ships, up |
//! | [`moto`] | an AWS that we did not write, and a client to look at it with |
//! | [`proxy`] | counts, delays and breaks the calls on their way to an AWS |
//! | [`python`] | the Python environment that some of these live in |
//! | [`terminal`] | the program on a terminal, with somebody who answers |
//! | [`redact`] | takes out of a text what differs from run to run |
//!
//! It panics where something is not as a test needs it: it is for tests alone.

pub mod census;
pub mod cloud;
pub mod code;
pub mod fake;
pub mod former;
pub mod here;
pub mod http;
pub mod moto;
pub mod program;
pub mod proxy;
pub mod python;
pub mod redact;
pub mod sandbox;
pub mod shipped;
pub mod terminal;

pub use cloud::Cloud;
pub use program::{Outcome, Spawned};
pub use sandbox::Sandbox;
