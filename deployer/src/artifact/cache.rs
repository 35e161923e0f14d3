//! Zips that were already made, so that an unchanged function is not compressed again.
//!
//! A cache entry is named after the SHA-256 of what is packed and of the format's version. Runs may share the folder at
//! the same time: an entry is written beside and renamed into place, and it is believed only when it really holds the
//! content. Nothing here fails a deployment; without a cache it is slower.

use super::zip as package;
use super::zip::{ZipEffort, ZipEntry};
use crate::file;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zip::result::ZipError;

/// As many zips are kept.
const KEPT: usize = 32;

/// Packs the entries, or takes the zip from the cache folder when they were packed before.
///
/// # Errors
/// As [`package::pack`].
pub fn pack(folder: Option<&Path>, entries: &[ZipEntry], effort: ZipEffort) -> Result<Vec<u8>, ZipError> {
    let Some(folder) = folder else {
        return package::pack(entries, effort);
    };
    let path = folder.join(format!("{}.zip", key(entries, effort)));
    if let Ok(zip) = fs::read(&path)
        && package::holds(&zip, entries)
    {
        return Ok(zip);
    }
    let zip = package::pack(entries, effort)?;
    if fs::create_dir_all(folder).and_then(|()| file::replace(&path, &zip)).is_ok() {
        prune(folder);
    }
    Ok(zip)
}

fn key(entries: &[ZipEntry], effort: ZipEffort) -> String {
    let mut hash = Sha256::new();
    hash.update([package::FORMAT, effort.level()]);
    for entry in entries {
        // Lengths first: no two lists of entries give the same bytes.
        hash.update((entry.name.len() as u64).to_le_bytes());
        hash.update(&entry.name);
        hash.update([u8::from(entry.executable)]);
        hash.update((entry.bytes.len() as u64).to_le_bytes());
        hash.update(&entry.bytes);
    }
    format!("{:x}", hash.finalize())
}

/// Removes all but the newest files.
fn prune(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    let age = |path: &PathBuf| fs::metadata(path).and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut files: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).filter(|path| path.is_file()).collect();
    if files.len() > KEPT {
        files.sort_by_cached_key(|path| std::cmp::Reverse(age(path)));
        for old in &files[KEPT..] {
            let _ = fs::remove_file(old);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn files(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder).expect("folder").map(|file| file.expect("entry").path()).collect()
    }

    #[test]
    fn a_cached_zip_is_the_packed_one() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let cache = folder.path().join("not/yet/there");
        let entries = [ZipEntry::bootstrap(vec![1, 2, 3])];
        let packed = package::pack(&entries, ZipEffort::Smallest).expect("packs");
        for _ in 0..2 {
            assert_eq!(pack(Some(&cache), &entries, ZipEffort::Smallest).expect("packs"), packed);
            assert_eq!(files(&cache).len(), 1);
        }
        assert_eq!(pack(None, &entries, ZipEffort::Smallest).expect("packs"), packed);
    }

    #[test]
    fn the_cached_zip_is_really_used() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let entries = [ZipEntry::bootstrap(vec![1, 2, 3])];
        pack(Some(folder.path()), &entries, ZipEffort::Smallest).expect("packs");
        let path = files(folder.path()).remove(0);
        // The same content with a comment at its end: other bytes, as good a zip.
        let mut commented = fs::read(&path).expect("cached");
        let comment_len = commented.len() - 2;
        commented[comment_len] = 2;
        commented.extend(b"hi");
        fs::write(&path, &commented).expect("writable");
        assert_eq!(pack(Some(folder.path()), &entries, ZipEffort::Smallest).expect("packs"), commented);
    }

    #[test]
    fn a_damaged_entry_is_replaced() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let entries = [ZipEntry::bootstrap(vec![9; 1_000])];
        let packed = pack(Some(folder.path()), &entries, ZipEffort::Smallest).expect("packs");
        let path = files(folder.path()).remove(0);
        for damage in [&b""[..], &packed[..packed.len() - 5], b"no zip"] {
            fs::write(&path, damage).expect("writable");
            assert_eq!(pack(Some(folder.path()), &entries, ZipEffort::Smallest).expect("packs"), packed);
            assert_eq!(fs::read(&path).expect("replaced"), packed);
        }
    }

    #[test]
    fn other_content_has_another_key() {
        let entry =
            |name: &str, executable, bytes: &[u8]| ZipEntry { name: name.into(), executable, bytes: bytes.into() };
        let lists = [
            vec![],
            vec![entry("a", true, b"bc")],
            vec![entry("ab", true, b"c")],
            vec![entry("a", false, b"bc")],
            vec![entry("a", true, b"b"), entry("c", true, b"")],
        ];
        let keys: std::collections::BTreeSet<_> =
            lists.iter().map(|entries| key(entries, ZipEffort::Smallest)).collect();
        assert_eq!(keys.len(), lists.len());
    }

    #[test]
    fn runs_at_the_same_time_and_old_entries_leave_a_small_sound_folder() {
        let folder = tempfile::tempdir().expect("temporary folder");
        thread::scope(|scope| {
            for thread in 0..4_u8 {
                let folder = folder.path();
                scope.spawn(move || {
                    for round in 0..20_u8 {
                        // Half of the entries are everybody's, the others each thread's own.
                        let mine = if round % 2 == 0 { 0 } else { thread };
                        let entries = [ZipEntry::bootstrap(vec![mine, round])];
                        let zip = pack(Some(folder), &entries, ZipEffort::Smallest).expect("packs");
                        assert!(package::holds(&zip, &entries));
                    }
                });
            }
        });
        pack(Some(folder.path()), &[ZipEntry::bootstrap(vec![])], ZipEffort::Smallest).expect("packs");
        let files = files(folder.path());
        assert!(files.len() <= KEPT, "{files:?}");
        assert!(files.iter().all(|path| path.extension().is_some_and(|extension| extension == "zip")), "{files:?}");
    }

    #[test]
    fn a_cache_that_cannot_be_written_does_no_harm() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("writable");
        let entries = [ZipEntry::bootstrap(vec![1])];
        assert_eq!(
            pack(Some(&file), &entries, ZipEffort::Smallest).expect("packs"),
            package::pack(&entries, ZipEffort::Smallest).expect("packs")
        );
    }
}
