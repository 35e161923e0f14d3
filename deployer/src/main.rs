//! The `deployer` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    deployer::cli::main(std::env::args_os())
}
