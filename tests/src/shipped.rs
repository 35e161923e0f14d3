//! The stack description that ships with the project, with its functions as they were built for this machine.

use crate::function_code;
use crate::sandbox::Sandbox;

/// The shipped description, `config/orders.toml`.
pub const DESCRIPTION: &str = include_str!("../../config/orders.toml");

/// Returns the shipped description with a throttle so high that no test reaches it.
///
/// # Panics
/// If the throttle in the description is not the one that is replaced here.
pub fn unthrottled() -> String {
    let out = DESCRIPTION.replacen("rate = 100 ", "rate = 9000 ", 1).replacen("burst = 200 ", "burst = 4000 ", 1);
    assert!(out.contains("rate = 9000 ") && out.contains("burst = 4000 "), "{out}");
    out
}

/// Returns the shipped description with texts replaced: each pair is a text and its replacement.
///
/// # Panics
/// If one of the texts does not stand there exactly once.
pub fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(DESCRIPTION.to_owned(), |stack, (from, to)| {
        assert_eq!(stack.matches(from).count(), 1, "{from:?}");
        stack.replacen(from, to, 1)
    })
}

/// Returns the shipped description with its outbox switched on, as its comments say how, and without a throttle that a test reaches.
///
/// # Panics
/// If a part of the outbox is not there.
pub fn with_outbox() -> String {
    let mut in_section = false;
    let lines = unthrottled()
        .lines()
        .map(|line| {
            if line.starts_with("# --- ") {
                in_section = line.starts_with("# --- Events ");
            }
            let Some(text) = line.strip_prefix("# ") else { return line.to_owned() };
            let is_off = match in_section {
                true => text.starts_with(['[', ']', ' ']) || is_assignment(text),
                false => text.starts_with("stream = ") || text.starts_with("function.outbox."),
            };
            if is_off { text.to_owned() } else { line.to_owned() }
        })
        .collect::<Vec<_>>();
    let out = lines.join("\n") + "\n";
    for part in [
        "\nstream = ",
        "\n[queue.status-changes]\n",
        "\n[function.outbox]\n",
        "\nfunction.outbox.log_retention_days = ",
    ] {
        assert_eq!(out.matches(part).count(), 1, "{part:?} in\n{out}");
    }
    out
}

/// Tells whether a line of a comment is `key = …`, and no prose.
fn is_assignment(text: &str) -> bool {
    let key = text.split_once(" = ").map_or("", |(key, _)| key);
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
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

/// Returns the options `--artifact` for every function of the shipped stack, so that a run builds nothing.
pub fn artifacts() -> Vec<String> {
    artifacts_of(DESCRIPTION)
}

/// Returns the options `--artifact` for every function of the shipped stack, or of one with its outbox.
pub fn artifacts_of(description: &str) -> Vec<String> {
    let outbox = description.contains("\n[function.outbox]").then(|| ("outbox", function_code::outbox()));
    [("api", function_code::orders()), ("expiry", function_code::expiry())]
        .into_iter()
        .chain(outbox)
        .flat_map(|(function, zip)| ["--artifact".to_owned(), format!("{function}={}", zip.display())])
        .collect()
}

/// Brings the shipped stack up in the embedded cloud of a new project. Returns the project and the URL of the API.
///
/// # Panics
/// If `up` fails.
#[track_caller]
pub fn up() -> (Sandbox, String) {
    up_as(DESCRIPTION)
}

/// Brings a stack up as [`up`] does, from another description.
///
/// # Panics
/// If `up` fails.
#[track_caller]
pub fn up_as(description: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    sandbox.write("config/orders.toml", description);
    let artifacts = artifacts_of(description);
    let args: Vec<_> =
        ["up", "--yes", "--output", "json"].into_iter().chain(artifacts.iter().map(String::as_str)).collect();
    let up = sandbox.local(&args).ok();
    let endpoint = up.finished()["outputs"]["endpoint"].as_str().expect("the API has an endpoint").to_owned();
    (sandbox, endpoint)
}
