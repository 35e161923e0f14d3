//! Event source mappings: what feeds functions from queues and streams, and the pollers that do it.

pub(super) mod access;
mod batch;
mod check;
mod filter;
mod input;
mod mapping;
mod polled;
mod pollers;
mod queue_poller;
mod stream_batch;
mod stream_poller;
mod view;

pub(super) use mapping::{
    create_event_source_mapping, delete_event_source_mapping, get_event_source_mapping, list_event_source_mappings,
    update_event_source_mapping,
};
pub use pollers::SourcePollers;
pub(super) use view::mapping_arn;
