//! The function behind the API, and for direct invocations.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::runtime::serve_api().await
}
