//! What is told while zips are made.

/// What [`prepare`](super::prepare()) tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildProgress {
    /// Cargo starts.
    Building {
        /// The functions that come out of this invocation.
        functions: Vec<String>,
        /// The command line.
        command: String,
    },
    /// Cargo waits for something, for example another Cargo in the same target folder.
    Waiting {
        /// Cargo's own words.
        reason: String,
    },
    /// Cargo compiles.
    Compiling {
        /// The crate that was started last.
        current: String,
        /// How many packages are ready so far, those of earlier builds too.
        finished: usize,
        /// How many packages there are, as far as that is known.
        total: Option<usize>,
    },
    /// Cargo succeeded and had warnings.
    Warnings {
        /// The warnings as Cargo renders them.
        text: String,
    },
    /// What was built cannot run on Lambda; it is built again in another way.
    Rebuilding {
        /// What was wrong with it.
        reason: String,
    },
    /// A function is ready.
    Packed {
        /// The function.
        function: String,
        /// Size of its zip in bytes.
        zip_bytes: u64,
    },
}
