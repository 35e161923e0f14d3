//! What an order is and what may happen to it: pure rules, no I/O, no clock of their own.

mod id;
mod idempotency;
mod model;
mod position;
mod precondition;
mod status;
mod timestamp;
mod transition;
pub mod validate;

pub use id::OrderId;
pub use idempotency::{IdempotencyClaim, IdempotencyKey, InvalidKey};
pub use model::{NewOrder, NewStatus, Order, StoredStatus};
pub use position::ListPosition;
pub use precondition::Precondition;
pub use status::{Actor, OrderStatus};
pub use timestamp::Timestamp;
pub use transition::{StatusChange, TransitionVerdict};
