//! An embedded cloud: the AWS wire protocols on one loopback port.
//!
//! Unmodified AWS SDKs, `aws --endpoint-url` and boto3 work against it. The control plane (each folder of `service/` is one of AWS's
//! services) is a document of which every change is saved; the data plane really runs the uploaded function behind real routes, keeps items
//! and messages, writes logs, fires schedules and feeds functions from queues and streams. What is not modelled answers
//! `NotImplementedException` and names the operation or the parameter: nothing is ever made up.
//!
//! The modules are layers. Each may use itself and what stands above it in this list:
//!
//! ```text
//! arn, lock    Amazon Resource Names; locks that survive a panic
//! wire         HTTP, the protocols, pages, validation messages, tags; what an operation and a service are on the wire
//! store        the saved document, the uploaded code, private files
//! policy       policy documents, checked and judged
//! clock        the time that the services see
//! injection    fault injection: which faults, and what they do to a call
//! state        what a running cloud knows beside the document: callers, calls, tables, rates, metrics, what was deleted
//! trace        what requests did: spans of the gateway, of functions and of their calls
//! logs         the engine of CloudWatch Logs
//! queues       the engine of SQS
//! runtime      the engine of Lambda: one process per concurrent invocation, behind the Lambda Runtime API
//! context      what every handler shares
//! service      the services: each declares its operations once, in its `SERVICE`; `SERVICES` lists them all
//! faults       faults as people write them
//! gateway      execute-api: routes, proxy events, gateway responses
//! dashboard    what there is and what requests did, as pages for a browser, with forms that change something
//! front        host check, then decode, authorize, inject faults, carry out, encode, record
//! cloud        starting and stopping
//! ```
//!
//! The modules depend on each other one way: arn, lock → wire → store → policy → clock → injection → state → trace → logs → queues → runtime →
//! context → service → faults → gateway → dashboard → front → cloud.

mod arn;
pub mod clock;
mod cloud;
mod context;
mod dashboard;
pub mod faults;
mod front;
pub mod gateway;
mod injection;
mod lock;
pub mod logs;
mod policy;
mod queues;
pub mod runtime;
pub mod service;
mod state;
pub mod store;
mod trace;
pub mod wire;

pub use arn::ACCOUNT;
pub use cloud::{Cloud, Options, StartError, open, start};
pub use context::Context;
pub use injection::Faults;
pub use trace::{ActiveTrace, RequestSource, RequestTrace, SpanKind, TraceLog, TraceOrigin, TraceRange, TraceSpan};
