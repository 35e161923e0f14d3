//! The wire: HTTP, the protocols of AWS, and what a handler is given and answers, whatever the protocol.

pub(crate) mod aws_json;
mod call;
mod error;
pub(crate) mod form;
mod http;
mod operation;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod rest;
mod scope;
mod service_spec;
mod signature;
mod tags;
pub(crate) mod validation;

pub use aws_json::JsonVersion;
pub use call::{Call, Output};
pub use error::{ServiceError, ServiceResult};
pub use http::{Disconnect, HttpRequest, HttpResponse};
pub(crate) use http::{respond, respond_bit_by_bit, respond_text, split_segment, whole_body};
pub use operation::{CallEffect, CallPlane, OperationSpec, PublishedRate, QueryParameter, RestRoute};
pub(crate) use scope::CredentialScope;
pub use service_spec::{ErrorCodes, QueryCompatibility, ServiceSpec, WireProtocol};
pub(crate) use signature::signature_fault;
pub(crate) use tags::{TagEntry, TagLimits, TagMap, TagMistake, tag_list};
