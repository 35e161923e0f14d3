//! Puts orders of a former version of the system into the lists.

use function::{backfill, config};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match backfill::run(std::env::args().skip(1), &config::environment).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
