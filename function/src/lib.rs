//! The order API as a Lambda function.
//!
//! | Module | |
//! |---|---|
//! | [`orders`] | what an order is and what may happen to it: pure rules |
//! | [`store`] | where orders are kept: DynamoDB, and a model of it for tests |
//! | [`http`] | events, routes, handlers, answers; direct invocations too |
//! | [`expiry`] | the scheduled job |
//! | [`openapi`] | the description of the API |
//! | [`observe`] | the log and the metrics |
//! | [`config`] | the environment |
//!
//! The modules depend on each other one way: orders → config → observe → store → http → openapi → expiry → runtime.

pub mod config;
pub mod expiry;
pub mod http;
pub mod observe;
pub mod openapi;
pub mod orders;
pub mod runtime;
pub mod store;
