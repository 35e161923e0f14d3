//! The order API as a Lambda function.
//!
//! | Module | |
//! |---|---|
//! | [`orders`] | orders and the rules for them, as pure functions |
//! | [`store`] | the storage of orders: in DynamoDB, and in memory for tests |
//! | [`http`] | the HTTP API: events, routes, handlers, responses |
//! | [`outbox`] | the job that tells a queue of each change of an order's status |
//! | [`expiry`] | the scheduled job that expires old orders |
//! | [`backfill`] | the program that puts orders of a former version into the lists |
//! | [`openapi`] | the OpenAPI document of the API |
//! | [`observe`] | the log and the metrics |
//! | [`config`] | the configuration, from environment variables |
//! | [`deadline`] | how much time an invocation has left |
//! | [`connection`] | how AWS is reached |
//! | [`runtime`] | the entry points of the Lambda functions |
//!
//! The modules depend on each other one way: orders → config → observe → deadline → connection → store → http →
//! openapi → expiry → outbox → backfill → runtime.

pub mod backfill;
pub mod config;
pub mod connection;
pub mod deadline;
pub mod expiry;
pub mod http;
pub mod observe;
pub mod openapi;
pub mod orders;
pub mod outbox;
pub mod runtime;
pub mod store;
