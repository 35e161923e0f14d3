//! Policy documents, checked as IAM checks them and judged: what a role allows, what a caller may do, and whom the resource
//! policy of an API lets in.

mod condition;
pub(crate) mod document;
mod evaluate;
mod pattern;
mod role;

pub use evaluate::{PolicyDecision, PolicyDocument, PolicyRequest, PolicyVerdict};
pub(crate) use pattern::arn_like;
pub use role::{RolePolicies, function_may};
pub(crate) use role::{aws_managed_document, is_aws_managed};
