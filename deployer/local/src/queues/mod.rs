//! The engine of SQS: the messages of all queues, and who waits for them.

mod engine;
mod looking;
mod message;
mod message_store;
mod move_task;
mod receiving;

pub use engine::QueueEngine;
pub use looking::{LookOrder, StoredMessage};
pub use message::{HandleMistake, MessageHandle, NewMessage, QueueCounts, QueuedMessage, SentMessage};
pub use move_task::{MoveOrder, MoveReport};
