//! Values of options. Messages say what was seen and what is allowed; clap puts the option before them.

mod artifact;
mod backup;
mod clock;
mod fault;
mod payload;
mod since;
mod stdio;
mod text;

pub use artifact::{ArtifactArg, artifact};
pub use backup::{BackupSource, backup_source};
pub use clock::{ClockMove, clock_move};
pub use fault::fault;
pub use payload::{EventPayload, payload};
pub use since::{SinceTime, since};
pub use stdio::{FileOrStdio, channel};
pub use text::{account, assignment, endpoint, port, region, repository, snapshot_name, table_name};

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text: String) {
            let _ = since(&text).map(|since| since.start_ms(OffsetDateTime::UNIX_EPOCH));
            let _ = (artifact(text.clone().into()), payload(&text), endpoint(&text), port(&text));
            let _ = (clock_move(&text), fault(&text), snapshot_name(&text), region(&text), table_name(&text));
        }
    }
}
