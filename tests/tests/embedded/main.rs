//! The program against the embedded cloud, command by command and failure by failure.

mod api;
mod backup;
mod bad_days;
mod changes;
mod cloud;
mod concurrency;
mod connection;
mod description;
mod down;
mod drift;
mod expiry;
mod fire;
mod guards;
mod import;
mod interrupt;
mod items;
mod kill_anywhere;
mod laws;
mod looking;
mod orders;
mod orphans;
mod ownership;
mod permissions;
mod schedules;
mod secrets;
mod up;
