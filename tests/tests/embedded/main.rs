//! The program against the embedded cloud, command by command and failure by failure.
mod api;
mod changes;
mod cloud;
mod connection;
mod description;
mod down;
mod drift;
mod interrupt;
mod laws;
mod looking;
mod orders;
mod orphans;
mod ownership;
mod schedules;
mod up;
