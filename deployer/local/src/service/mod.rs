//! The control plane: what describes and changes resources.
//!
//! Every handler takes a decoded [`Call`](crate::front::json::Call) and answers the members of the output. It validates
//! first, then changes the document in one write: an answer is sent only after the change is saved.

pub mod apigateway;
pub mod dynamodb;
pub mod iam;
pub mod lambda;
mod page;
pub mod secretsmanager;
pub mod ssm;
pub mod sts;
pub mod tagging;
