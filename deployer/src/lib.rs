//! `deployer` puts a serverless service on AWS from one TOML file. There is no state file: AWS is read on every run.
//!
//! The modules depend on each other one way: error, file, millis → aws → stack → artifact → kinds → import → engine → ui → local → cli.

pub mod artifact;
pub mod aws;
pub mod cli;
pub mod engine;
pub mod error;
pub mod file;
pub mod import;
pub mod kinds;
pub mod local;
pub mod millis;
pub mod stack;
pub mod ui;
