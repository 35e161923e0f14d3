//! The deployer against an AWS that we did not write, looked at by a client that we did not write.

mod calls;
mod changes;
mod data;
mod drift;
mod faults;
mod import;
mod made;
mod openapi;
mod orphans;
mod ownership;
mod queues;
mod secrets;
mod world;
