//! Files of items, one a line.

use super::spec::TableSpec;
use super::transfer::ItemLines;
use crate::error::{Error, Result};
use std::path::Path;
use tokio::fs::File;
use tokio::io::BufReader;

/// Opens a file of items.
///
/// # Errors
/// `io` when it cannot be read.
pub async fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).await;
    file.map(BufReader::new).map_err(|error| Error::io(format!("{} cannot be read: {error}", path.display())))
}

/// Reads all of a file, so that a mistake in its last line is told before the first item is written. Returns how many items it has.
///
/// # Errors
/// `usage` with the line that the table would not take; `io` when it cannot be read.
pub async fn check(path: &Path, table: &TableSpec) -> Result<u64> {
    let from = path.display().to_string();
    let mut lines = ItemLines::new(open(path).await?, &from, table);
    let mut items = 0;
    while lines.next().await?.is_some() {
        items += 1;
    }
    Ok(items)
}
