//! The control plane over the wire: raw HTTP, the way an SDK would write it.

mod apigateway;
mod callers;
mod durability;
mod dynamodb;
mod faults;
mod front;
mod hostile;
mod hostile_services;
mod iam;
mod killed;
mod lambda;
mod move_tasks;
mod page_ends;
mod queues;
mod recorded;
mod replayed;
mod secrets;
mod sources;
mod streams;
mod tagging;
mod wire;
