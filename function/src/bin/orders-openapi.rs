//! Prints the OpenAPI document of the API.

use std::io;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match io::stdout().lock().write_all(function::openapi::json().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write the document: {error}");
            ExitCode::FAILURE
        }
    }
}
