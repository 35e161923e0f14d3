//! Orders and the rules for them. Everything here is pure: no I/O, and the time is a parameter.

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
pub use idempotency::{IdempotencyClaim, IdempotencyKey, InvalidIdempotencyKey};
pub use model::{NewOrder, NewStatus, Order, StoredStatus};
pub use position::ListPosition;
pub use precondition::Precondition;
pub use status::{Actor, OrderStatus};
pub use timestamp::Timestamp;
pub use transition::{StatusChange, TransitionDecision};
