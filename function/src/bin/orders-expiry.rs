//! The Lambda function that the schedule invokes to expire old orders.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::runtime::serve_expiry().await
}
