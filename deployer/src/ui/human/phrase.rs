//! Words for events.

use crate::engine::event::StepVerb;
use crate::ui::{measure, text};

/// Words what is being done.
pub fn doing(verb: StepVerb) -> &'static str {
    match verb {
        StepVerb::Create => "creating",
        StepVerb::Update => "updating",
        StepVerb::Delete => "deleting",
    }
}

/// Words what was done.
pub fn done(verb: StepVerb) -> &'static str {
    match verb {
        StepVerb::Create => "created",
        StepVerb::Update => "updated",
        StepVerb::Delete => "deleted",
    }
}

/// Words what was to be done.
pub fn infinitive(verb: StepVerb) -> &'static str {
    match verb {
        StepVerb::Create => "create",
        StepVerb::Update => "update",
        StepVerb::Delete => "delete",
    }
}

/// Explains what an interrupt means.
pub fn interrupted(in_flight: usize) -> String {
    match in_flight {
        0 => "nothing new starts".to_owned(),
        _ => format!("nothing new starts; finishing {}; Ctrl-C again stops at once", measure::count(in_flight, "step")),
    }
}

/// Words size and hash of a zip: `1.9 MB, sha256 n4bQgYhMfWWa…`.
pub fn artifact(zip_bytes: u64, code_sha256: &str) -> String {
    format!("{}, sha256 {}", measure::bytes(zip_bytes), text::shorten(&text::clean(code_sha256), 13))
}
