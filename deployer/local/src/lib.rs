//! An embedded cloud: the AWS wire protocols on one loopback port.
//!
//! Unmodified AWS SDKs, `aws --endpoint-url` and boto3 work against it. The control plane (STS, IAM, Lambda, API
//! Gateway, DynamoDB, tagging) is a document that is saved after every change; the data plane really runs the uploaded
//! function behind real routes, writes its logs and fires its schedules. What is not modelled answers
//! `NotImplementedException` and names the operation or the parameter: nothing is ever made up.
//!
//! ```text
//! front     host check, request id, service by credential scope, wire protocols
//! control   sts iam lambda apigateway dynamodb backup tagging ssm secretsmanager
//! runtime   one process per concurrent invocation, behind the Lambda Runtime API
//! gateway   execute-api: routes, proxy events, gateway responses
//! policy    judges policy documents       authorization  which callers may do what
//! logs      CloudWatch Logs            events   EventBridge rules and their scheduler
//! store     the saved document         faults   AWS's bad days, on demand
//! ```
//!
//! The modules depend on each other one way: clock → policy → store → faults → context → authorization → runtime → logs →
//! control → events → gateway → front → cloud.

mod authorization;
pub mod clock;
mod cloud;
mod context;
pub mod control;
pub mod events;
pub mod faults;
pub mod front;
pub mod gateway;
pub mod logs;
mod policy;
pub mod runtime;
pub mod store;

pub use cloud::{Cloud, Options, StartError, start};
pub use context::{ACCOUNT, Context};
pub use faults::Faults;
