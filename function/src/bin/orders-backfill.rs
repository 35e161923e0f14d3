//! Puts orders of a former version of the system into the lists.

use function::backfill::command;
use function::config;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match command::run(std::env::args().skip(1), &config::environment).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
