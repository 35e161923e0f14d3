//! The `deployer` program, built beside the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    deployer::cli::main(std::env::args_os())
}
