//! The order API as its document describes it, tried by a client that we did not write: it makes requests out of the document, valid
//! ones and others, and compares every answer with it.

use std::process::{Command, Stdio};
use tests::{python, shipped};

/// What the document cannot say, so that there is no mistake in it:
/// `positive_data_acceptance`, that a cursor must be one that was given out, a version the current one, and a key a new one;
/// `unsupported_method`, that API Gateway cannot answer 405: what has no route is 404;
/// `ensure_resource_availability`, that a repeated request gets its first answer, of an order that may be deleted by now.
const NOT_CHECKED: &str = "positive_data_acceptance,unsupported_method,ensure_resource_availability";

#[test]
fn every_answer_is_as_the_document_says() {
    let schemathesis = python::program("st");
    let (sandbox, endpoint) = shipped::up_as(&shipped::unthrottled());
    sandbox.write("openapi.json", include_str!("../../../function/openapi.json"));
    let output = Command::new(schemathesis)
        .args(["run", "openapi.json", "--url", &endpoint, "--no-color"])
        // The same requests every time, and no more than take some seconds.
        .args(["--seed", "1", "--max-examples", "40", "--generation-database", "none"])
        .args(["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"])
        .args(["--checks", "all", "--exclude-checks", NOT_CHECKED])
        .current_dir(sandbox.project())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .expect("schemathesis starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("5 selected / 5 total"), "all calls were tried\n{said}");
}
