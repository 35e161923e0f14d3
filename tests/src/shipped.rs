//! The stack that ships, with its functions as they were built for this machine.

use crate::code;
use crate::sandbox::Sandbox;

/// `config/orders.toml`.
pub const DESCRIPTION: &str = include_str!("../../config/orders.toml");

/// The same, but the API takes as much as comes: a test is faster than the throttle, which is for all callers together.
///
/// # Panics
/// When the description has another throttle than it had.
pub fn unthrottled() -> String {
    let out = DESCRIPTION.replacen("rate = 100 ", "rate = 9000 ", 1).replacen("burst = 200 ", "burst = 4000 ", 1);
    assert!(out.contains("rate = 9000 ") && out.contains("burst = 4000 "), "{out}");
    out
}

/// The same with other texts in it.
///
/// # Panics
/// When one of the texts is not there just once.
pub fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(DESCRIPTION.to_owned(), |stack, (from, to)| {
        assert_eq!(stack.matches(from).count(), 1, "{from:?}");
        stack.replacen(from, to, 1)
    })
}

/// Edits of the shipped description that change something in every kind of resource.
pub const CHANGES: &[(&str, &str)] = &[
    ("memory = 256", "memory = 512"),
    ("log_retention_days = 30", "log_retention_days = 60"),
    ("billing_mode = \"PAY_PER_REQUEST\"", "billing_mode = \"PROVISIONED\"\nread_capacity = 1\nwrite_capacity = 1"),
    ("ttl_attribute = \"expires_at\"", "ttl_attribute = \"gone_at\""),
    ("point_in_time_recovery = true", "point_in_time_recovery = false"),
    ("\"DeleteItem\", ", ""),
    ("\"GET /orders\" = \"api\"", "\"GET /orders\" = \"api\"\n\"GET /health\" = \"api\""),
    ("rate = 100", "rate = 50"),
    ("bin = \"orders-api\"", "bin = \"orders-api\"\ntags.new = \"x\""),
    ("[table.orders]\n", "[table.orders]\ntags.new = \"x\"\n"),
];

/// Options that bring the code of every function of the stack: nothing is built.
pub fn artifacts() -> Vec<String> {
    [("api", code::orders()), ("expiry", code::expiry())]
        .into_iter()
        .flat_map(|(function, zip)| ["--artifact".to_owned(), format!("{function}={}", zip.display())])
        .collect()
}

/// Brings it up in the embedded cloud of a project of its own. Gives the URL of the API, too.
///
/// # Panics
/// When it does not come up.
#[track_caller]
pub fn up() -> (Sandbox, String) {
    up_as(DESCRIPTION)
}

/// The same with another description, such as one without a throttle.
///
/// # Panics
/// When it does not come up.
#[track_caller]
pub fn up_as(description: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    sandbox.write("config/orders.toml", description);
    let artifacts = artifacts();
    let args: Vec<_> =
        ["up", "--yes", "--output", "json"].into_iter().chain(artifacts.iter().map(String::as_str)).collect();
    let up = sandbox.local(&args).ok();
    let endpoint = up.finished()["outputs"]["endpoint"].as_str().expect("the API has an endpoint").to_owned();
    (sandbox, endpoint)
}
