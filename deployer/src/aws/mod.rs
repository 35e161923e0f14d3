//! Everything that knows AWS as such: the connection, the operations, their failures, names and tags.

pub mod arn;
pub mod call;
pub mod cloudwatch;
pub mod connect;
mod credentials;
pub mod error;
pub mod expiry;
mod http;
pub mod op;
mod pace;
mod pages;
mod profile;
mod shared_config;
mod signed;
pub mod tags;
mod wait;

pub use call::{AwsCaller, CallPause, TimeScale};
pub use connect::{AwsClients, AwsConnection, ConnectOptions, connect};
pub use error::{AwsError, ErrorClass};
pub use pace::PaceStart;
pub use pages::PageReader;
pub use signed::SignedClient;
pub use wait::WaitReason;
