//! The function that the schedule calls to give up old orders.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::runtime::serve_expiry().await
}
