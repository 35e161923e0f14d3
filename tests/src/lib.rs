//! The harness of the end-to-end tests: programs, clouds and projects to run them on, and ways to inspect the result.
//!
//! | Module | |
//! |---|---|
//! | [`sandbox`] | a project in a directory of its own, with a clean environment and its own cloud |
//! | [`program`] | `deployer` as a process |
//! | [`cloud`] | a running embedded cloud: its calls, its faults, SDK clients |
//! | [`census`] | everything that exists at an endpoint |
//! | [`in_process`] | an embedded cloud and the deployer's engine in this process |
//! | [`http`] | a client for APIs and for the cloud's own endpoints |
//! | [`terraform`] | the former order system as Terraform made it, and its state file |
//! | [`fake_endpoint`] | an endpoint that records requests and answers them as a test says |
//! | [`forward`] | a proxy, and a line that can be cut and mended |
//! | [`function_code`] | the code of Lambda functions |
//! | [`shipped`] | the stack description that ships with the project |
//! | [`patience`] | waits for what happens in the background |
//! | [`moto`] | moto, an emulation of AWS by another project, and boto3 as its client |
//! | [`proxy`] | a proxy in front of an AWS that records calls, delays them and injects faults |
//! | [`python`] | the Python environment of moto and other programs |
//! | [`terminal`] | `deployer` on a terminal, with answers to its questions |
//! | [`redact`] | replaces what differs from run to run |
//!
//! Functions of the harness panic if something is not as a test needs it.

pub mod census;
pub mod cloud;
pub mod fake_endpoint;
pub mod forward;
pub mod function_code;
pub mod http;
pub mod in_process;
pub mod moto;
pub mod patience;
pub mod program;
pub mod proxy;
pub mod python;
pub mod redact;
pub mod sandbox;
pub mod shipped;
pub mod terminal;
pub mod terraform;
pub mod terraform_calls;

pub use cloud::Cloud;
pub use patience::eventually;
pub use program::{ProgramOutput, RunningProgram};
pub use sandbox::Sandbox;
