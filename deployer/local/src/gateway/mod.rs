//! The data plane of API Gateway REST APIs: what `https://<api>.execute-api.<region>.amazonaws.com/<stage>/…` is on AWS.
//!
//! A request sees the deployment that its stage points to, never the draft. What the gateway refuses or breaks at is
//! answered with the gateway responses of that deployment, and explained in the cloud's own log.

mod access;
mod answer;
mod compression;
mod event;
mod incoming;
mod media;
mod metrics;
mod mock;
mod refusal;
mod route;
mod serve;
mod signer;
mod stage_rate;
mod target;
mod template;
mod traced;

#[cfg(any(test, fuzzing))]
pub mod fixture;

pub use serve::{MAX_BODY, endpoint, handle};
