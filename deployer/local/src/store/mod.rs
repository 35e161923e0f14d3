//! The saved control plane: one typed document and the uploaded code.
//!
//! A write works on a copy, saves it (temporary file, then rename) and only then makes it visible: a failed write changes
//! nothing, readers never wait, and `kill -9` at any instant leaves the document before or after a change. Each write
//! serialises the whole document, which costs a millisecond or so for each megabyte of JSON.

mod cloud_store;
mod code;
mod document;
mod error;
pub(crate) mod file;
pub mod function;
pub mod log_group;
pub mod managed_policy;
pub mod rest_api;
pub mod role;
pub mod rule;
pub mod secret;
pub mod table;
pub mod usage;

pub use cloud_store::CloudStore;
pub use code::{CodeError, CodeStore, StoredCode};
pub use document::{CloudDocument, IamDocument, RegionDocument};
pub use error::OpenError;
