//! The Lambda function of the API, which answers events of the gateway and direct invocations.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::runtime::serve_api().await
}
