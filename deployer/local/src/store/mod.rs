//! The saved control plane: one typed document and the uploaded code.
//!
//! A write works on a copy, which shares every record that it does not change, appends the changed records to a journal and only
//! then makes the copy visible: a failed write changes nothing, readers never wait, and `kill -9` at any instant leaves the
//! document before or after a change. What a write costs is the size of what it changes. The whole document is written when the
//! journal has become as long as it, and when the cloud stops.

mod cloud_store;
mod code;
mod document;
mod error;
pub(crate) mod file;
pub mod function;
mod journal;
pub mod log_group;
pub mod managed_policy;
pub mod queue;
mod record_map;
pub mod rest_api;
pub mod role;
pub mod rule;
pub mod secret;
pub mod source_mapping;
pub mod table;
pub mod usage;

pub use cloud_store::CloudStore;
pub use code::{CodeError, CodeStore, StoredCode};
pub use document::{CloudDocument, IamDocument, RegionDocument};
pub use error::OpenError;
pub use record_map::RecordMap;
