//! Files that are written as a whole.

use std::io::Write;
use std::path::Path;
use std::{fs, io};
use tempfile::NamedTempFile;

/// Writes a file beside its place first and moves it there then, so that a reader sees the old content or the new one. A link stays one
/// and a file keeps its permissions; a new file is for its owner alone.
///
/// # Errors
/// When it cannot be written; what was there is as it was then, and nothing stays beside it.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = NamedTempFile::new_in(folder)?;
    beside.write_all(content)?;
    if let Ok(metadata) = fs::metadata(&target) {
        beside.as_file().set_permissions(metadata.permissions())?;
    }
    beside.as_file().sync_all()?;
    beside.persist(&target)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::replace;
    use std::fs;

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("state.json");
        for content in [&b"one"[..], b"two"] {
            replace(&path, content).expect("writable");
            assert_eq!(fs::read(&path).expect("readable"), content);
        }
        // A folder cannot be replaced by a file.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).expect("temporary folder");
        assert!(replace(&taken, b"three").is_err());
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).expect("readable").map(|e| e.expect("entry").file_name()).collect();
        names.sort();
        assert_eq!(names, ["state.json", "taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("temporary folder");
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        replace(&path, b"one").expect("writable");
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
        symlink(&path, &link).expect("writable");
        replace(&link, b"two").expect("writable");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert_eq!((fs::read(&path).expect("readable"), mode(&path)), (b"two".to_vec(), 0o644));
    }
}
