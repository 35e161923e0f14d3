//! Files that only their owner can read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a directory, and those above it, that only its owner can enter.
pub(crate) fn private_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Opens a file to write, made when it is missing, that only its owner can read.
pub(crate) fn private_file(path: &Path, options: &mut OpenOptions) -> std::io::Result<File> {
    options.write(true).create(true).mode(0o600).open(path)
}

/// Replaces a file as a whole: whoever looks, now or after a `kill -9`, sees the old content or the new one. With `sync` the
/// new content is on the disk before it is seen; without, a power cut may lose it.
pub(crate) fn replace(path: &Path, content: &[u8], sync: bool) -> std::io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = private_file(&temporary, OpenOptions::new().truncate(true))?;
    file.write_all(content)?;
    if sync {
        file.sync_all()?;
    }
    std::fs::rename(&temporary, path)
}
