//! Tests of both stores, and of the API on each of them.

mod backend;
mod backfill;
mod concurrency;
mod cors;
mod direct_invocation;
mod expiry;
mod former_orders;
mod gateway;
mod idempotency;
mod local_dynamodb;
mod malformed_requests;
mod openapi;
mod order_lists;
mod readme;
mod status_changes;
mod store_contract;
mod store_failures;
