//! Secrets: values that are sent to AWS and shown to nobody.
//!
//! A spec is compared, planned, told and shown as JSON, so a secret is never in one: a [`SecretSeal`] stands for it, which tells whether two
//! are the same and nothing else. The value itself stays in [`StackSecrets`] until the call that sends it, as the zip of a function does.

mod source;
mod value;

pub use source::{FORMS, SecretSource};
pub use value::{SHOWN, SecretSeal, SecretValue, StackSecrets};
