//! Replaces what differs from run to run, for snapshots.

use regex_lite::Regex;
use std::sync::LazyLock;

/// The patterns, in the order in which they are replaced, and their replacements.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"/[^\s'\x22]*/deployer-test-[A-Za-z0-9]+/project", "[PROJECT]"),
        (r"/[^\s'\x22]*/deployer-test-[A-Za-z0-9]+", "[SANDBOX]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"execute-api/[a-z0-9]{10}/", "execute-api/[API]/"),
        (r"(execute-api:[a-z0-9-]+:\d{12}:)[a-z0-9]{10}", "${1}[API]"),
        (r"(rest_api\.api\.id\x22?:?\s*\x22?)[a-z0-9]{10}", "${1}[API]"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[UUID]"),
        (r"backup/\d{14}-[0-9a-f]{8}", "backup/[ID]"),
        (r"Last deployed \S+ \S+ UTC(, [^.\n]+ ago)?", "Last deployed [TIME]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
        (r"sha256 [A-Za-z0-9+/]{12}…", "sha256 [SHA]"),
        (r"[A-Za-z0-9+/]{43}=", "[SHA]"),
        (r"sha256:[0-9a-f]{32}", "sha256:[SHA]"),
        (r"deployer-(rest_api-api|schedule-\w+)-[0-9a-f]{8}", "deployer-${1}-[HASH]"),
        (r"\(\d+ bytes\)", "([N] bytes)"),
        (r"\(\d+(\.\d+)? [kM]?B, sha256", "([SIZE], sha256"),
        (r"(zip_bytes\x22:\s?)\d+", "${1}[N]"),
        (r"(took_ms\x22:\s?)\d+", "${1}[MS]"),
        (r"(pid\x22:\s?)\d+", "${1}[PID]"),
        (r"\(process \d+", "(process [PID]"),
        (r"(?m)^ *\d+\.\d+s  ", "[T]  "),
        (r"\(\d+\.\d+s\)", "([T])"),
        (r"(in|after) \d+\.\d+s", "${1} [T]"),
        (r"after \d+ ms", "after [T]"),
    ]
    .map(|(pattern, with)| (Regex::new(pattern).expect("a valid pattern"), with))
    .into()
});

/// Replaces ids, times, ports, sizes, hashes and paths of the sandbox by words in brackets.
pub fn redact(text: &str) -> String {
    RULES.iter().fold(text.to_owned(), |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned())
}

/// Sorts the lines of steps, which begin with `[T]`, within each block of such lines, because parallel steps end in any order.
/// Notes in a block are moved to its end.
pub fn sort_steps(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let (mut steps, mut notes): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in text.lines().map(Some).chain([None]) {
        match line {
            Some(line) if line.starts_with("[T]") => steps.push(line),
            // A note may come between any two steps.
            Some(line) if line.starts_with("note:") && !steps.is_empty() => notes.push(line),
            _ => {
                steps.sort_unstable();
                out.append(&mut steps);
                out.append(&mut notes);
                out.extend(line);
            }
        }
    }
    out.join("\n")
}
