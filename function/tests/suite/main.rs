//! Both stores behind one suite, and the API over each of them.

mod backend;
mod concurrency;
mod contract;
mod cors;
mod direct;
mod expiry;
mod failures;
mod gateway;
mod hostile;
mod idempotency;
mod legacy;
mod lists;
mod openapi;
mod readme;
mod status;
