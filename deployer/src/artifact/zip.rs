//! The zip that Lambda unpacks: packed so that equal content gives equal bytes, and inspected when somebody brings one.
//!
//! Reproducible means: the bytes depend on names, modes and content only. Time stamps are those of the zip format's
//! first day, the "made by" system is always Unix, the order is given by the caller, and DEFLATE comes from one backend
//! at one level (see `flate2` in the workspace's `Cargo.toml`; a test pins its output).

use std::collections::BTreeSet;
use std::io;
use std::io::{Cursor, Read, Write};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// The file that `provided.al2023` starts; it must be at the root of the zip.
pub const BOOTSTRAP: &str = "bootstrap";

/// The largest zip that Lambda takes directly, in bytes.
pub const ZIP_LIMIT: u64 = 52_428_800;

/// The unzipped size that Lambda refuses, in bytes: a function must be smaller.
pub const UNZIPPED_LIMIT: u64 = 262_144_000;

/// Changes whenever [`pack`] would make other bytes from the same content.
pub const FORMAT: u8 = 1;

/// How much time packing may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZipEffort {
    /// As much as it takes: the zip is sent over a network, and read at every cold start.
    Smallest,
    /// As little as possible: the zip stays on this machine.
    Quickest,
}

impl ZipEffort {
    /// Returns the level of DEFLATE.
    pub fn level(self) -> u8 {
        match self {
            Self::Smallest => 9,
            Self::Quickest => 1,
        }
    }
}

/// A file of the zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZipEntry {
    /// Path in the zip, with `/` between folders.
    pub name: String,
    /// Whether it can be executed: mode 0755 instead of 0644.
    pub executable: bool,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl ZipEntry {
    /// Makes the entry of the program itself.
    pub fn bootstrap(bytes: Vec<u8>) -> Self {
        Self { name: BOOTSTRAP.to_owned(), executable: true, bytes }
    }

    /// Tells whether the entry is the program that Lambda starts.
    pub fn is_bootstrap(&self) -> bool {
        self.name == BOOTSTRAP
    }

    fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// Packs the entries in the given order.
///
/// # Errors
/// Two entries with one name, or a name longer than the format allows.
pub fn pack(entries: &[ZipEntry], effort: ZipEffort) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(i64::from(effort.level())))
            .last_modified_time(DateTime::DEFAULT)
            .system(System::Unix)
            .unix_permissions(entry.mode());
        zip.start_file(entry.name.as_str(), options)?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Tells whether the zip holds exactly these entries.
pub fn holds(zip: &[u8], entries: &[ZipEntry]) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(zip)) else {
        return false;
    };
    archive.len() == entries.len()
        && entries.iter().enumerate().all(|(index, entry)| {
            archive.by_index(index).is_ok_and(|file| {
                file.name_raw() == entry.name.as_bytes()
                    && file.unix_mode().is_some_and(|mode| mode & 0o777 == entry.mode())
                    && equal(file, &entry.bytes)
            })
        })
}

/// Tells whether the reader gives these bytes and then ends without an error.
fn equal(mut reader: impl Read, mut expected: &[u8]) -> bool {
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return expected.is_empty(),
            Ok(read) => match expected.strip_prefix(&chunk[..read]) {
                Some(rest) => expected = rest,
                None => return false,
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// What is in a zip that somebody brings.
#[derive(Debug)]
pub struct ZipInspection {
    /// The program.
    pub bootstrap: Vec<u8>,
    /// The names of the files from which the dynamic loader takes libraries: those at the root and in `lib/`.
    pub libraries: BTreeSet<String>,
}

/// Why Lambda cannot use a zip.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message says what each one is")]
pub enum ZipProblem {
    #[error("it cannot be read as a zip: {0}")]
    Unreadable(#[from] ZipError),
    #[error("its entry {name} cannot be read: {source}")]
    Entry { name: String, source: io::Error },
    #[error("its entry {name} points outside of the folder it is unpacked into")]
    Escapes { name: String },
    #[error("it has two entries with one name")]
    Duplicates,
    #[error("unzipped it has {UNZIPPED_LIMIT} bytes or more, and Lambda takes less")]
    TooLarge,
    #[error(
        "it has no file `{BOOTSTRAP}` at its root{}",
        found.as_ref().map(|found| format!(" (it has one at {found}: zip it from inside its folder)")).unwrap_or_default()
    )]
    NoBootstrap { found: Option<String> },
    #[error("its `{BOOTSTRAP}` is a folder or a link, and a file is needed")]
    NotAFile,
    #[error("its `{BOOTSTRAP}` has the mode {mode:04o}, and everybody must be able to read and execute it (0755)")]
    NotExecutable { mode: u32 },
    #[error("it does not say that `{BOOTSTRAP}` is executable: it was made without Unix file modes")]
    NoModes,
}

/// Reads a zip through, never more than [`UNZIPPED_LIMIT`] bytes of content whatever its headers say.
///
/// # Errors
/// The first reason for which Lambda could not use it.
pub fn inspect(zip: &[u8]) -> Result<ZipInspection, ZipProblem> {
    let mut archive = ZipArchive::new(Cursor::new(zip))?;
    if archive.has_duplicate_names() {
        return Err(ZipProblem::Duplicates);
    }
    let mut bootstrap = None;
    let mut elsewhere = None;
    let mut libraries = BTreeSet::new();
    let mut left = UNZIPPED_LIMIT;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let name = file.name_raw().escape_ascii().to_string();
        if file.enclosed_name().is_none() {
            return Err(ZipProblem::Escapes { name });
        }
        let is_bootstrap = file.name_raw().strip_suffix(b"/").unwrap_or(file.name_raw()) == BOOTSTRAP.as_bytes();
        if is_bootstrap {
            check_mode(file.unix_mode(), file.is_file())?;
        }
        let mut content = Vec::new();
        let mut limited = (&mut file).take(left);
        let copied = if is_bootstrap {
            limited.read_to_end(&mut content).map(|read| read as u64)
        } else {
            io::copy(&mut limited, &mut io::sink())
        };
        let copied = copied.map_err(|source| ZipProblem::Entry { name: name.clone(), source })?;
        left = left.checked_sub(copied).filter(|left| *left > 0).ok_or(ZipProblem::TooLarge)?;
        if is_bootstrap {
            bootstrap = Some(content);
        } else if name.ends_with("/bootstrap") {
            elsewhere.get_or_insert_with(|| name.clone());
        }
        libraries.extend(library(&name).map(str::to_owned));
    }
    match bootstrap {
        Some(bootstrap) => Ok(ZipInspection { bootstrap, libraries }),
        None => Err(ZipProblem::NoBootstrap { found: elsewhere }),
    }
}

/// Returns the name under which the dynamic loader finds this entry on Lambda, whose `LD_LIBRARY_PATH` has the root and `lib/`.
pub fn library(entry: &str) -> Option<&str> {
    let name = entry.strip_prefix("lib/").unwrap_or(entry);
    (!name.contains('/') && name.contains(".so")).then_some(name)
}

/// Checks the permissions of the program. Lambda runs it as another user than the one who owns it, so the bits for everybody count.
fn check_mode(mode: Option<u32>, is_file: bool) -> Result<(), ZipProblem> {
    const TYPE: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    match mode {
        _ if !is_file => Err(ZipProblem::NotAFile),
        None => Err(ZipProblem::NoModes),
        Some(mode) if mode & TYPE != 0 && mode & TYPE != REGULAR => Err(ZipProblem::NotAFile),
        Some(mode) if mode & 0o005 != 0o005 => Err(ZipProblem::NotExecutable { mode: mode & 0o7777 }),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn program() -> Vec<u8> {
        // Compressible and not: a few kinds of blocks for DEFLATE to choose from.
        let mut noise = 1_u32;
        let mut bytes = Vec::new();
        for index in 0..200_000_u32 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push(if index % 3_000 < 1_000 { (noise >> 24) as u8 } else { (index / 7) as u8 });
        }
        bytes
    }

    fn custom(name: &str, options: SimpleFileOptions) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, options).expect("valid entry");
        zip.write_all(b"content").expect("in memory");
        zip.finish().expect("in memory").into_inner()
    }

    #[test]
    fn the_bytes_are_the_same_on_every_machine() {
        let zip = pack(&[ZipEntry::bootstrap(program())], ZipEffort::Smallest).expect("packs");
        // When this changes, every function is uploaded again: bump `FORMAT` together with it.
        insta::assert_snapshot!(format!("{} bytes, {:x}", zip.len(), Sha256::digest(&zip)), @r#"69227 bytes, 7e30a8331d271281410b00049a13115ee09bf187b07efafbea353991cb6210db"#);
    }

    #[test]
    fn what_is_packed_can_be_inspected() {
        let library = ZipEntry { name: "lib/libx.so.1".into(), executable: false, bytes: vec![1] };
        let entries = [ZipEntry::bootstrap(program()), library];
        let zip = pack(&entries, ZipEffort::Smallest).expect("packs");
        let inspection = inspect(&zip).expect("sound");
        assert!(inspection.bootstrap == program());
        assert_eq!(inspection.libraries, BTreeSet::from(["libx.so.1".to_owned()]));
        assert!(holds(&zip, &entries));
        assert!(!holds(&zip, &entries[..1]), "fewer");
        assert!(!holds(&pack(&entries[..1], ZipEffort::Smallest).expect("packs"), &entries), "more");
        assert!(!holds(&zip, &[ZipEntry::bootstrap(vec![1]), entries[1].clone()]), "other content");
        assert!(!holds(&zip[..zip.len() / 2], &entries), "cut off");
    }

    #[test]
    fn a_bad_zip_is_refused_with_the_reason() {
        let plain = SimpleFileOptions::default();
        let two = [ZipEntry::bootstrap(vec![]), ZipEntry::bootstrap(vec![])];
        assert!(pack(&two, ZipEffort::Smallest).is_err(), "two entries with one name");
        let cases = [
            b"PK\x03\x04 and nothing more".to_vec(),
            pack(&[], ZipEffort::Smallest).expect("packs"),
            custom("target/bootstrap", plain.unix_permissions(0o755)),
            custom("bootstrap", plain.unix_permissions(0o644)),
            custom("bootstrap", plain.unix_permissions(0o700)),
            custom("bootstrap", plain.system(System::Dos)),
            custom("../bootstrap", plain.unix_permissions(0o755)),
            custom("bootstrap/", plain.unix_permissions(0o755)),
        ];
        let said: Vec<_> = cases.iter().map(|zip| inspect(zip).expect_err("bad").to_string()).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        it cannot be read as a zip: invalid Zip archive: Could not find EOCD
        it has no file `bootstrap` at its root
        it has no file `bootstrap` at its root (it has one at target/bootstrap: zip it from inside its folder)
        its `bootstrap` has the mode 0644, and everybody must be able to read and execute it (0755)
        its `bootstrap` has the mode 0700, and everybody must be able to read and execute it (0755)
        its `bootstrap` has the mode 0664, and everybody must be able to read and execute it (0755)
        its entry ../bootstrap points outside of the folder it is unpacked into
        its `bootstrap` is a folder or a link, and a file is needed
        "#);
    }

    #[test]
    fn a_zip_bomb_is_stopped_at_the_limit() {
        let zeros = ZipEntry { name: "zeros".into(), executable: false, bytes: vec![0; 100_000_000] };
        let entries = ["a", "b", "c"].map(|name| ZipEntry { name: name.into(), ..zeros.clone() });
        let zip = pack(&entries, ZipEffort::Smallest).expect("packs");
        assert!(zip.len() < 1_000_000);
        assert!(matches!(inspect(&zip), Err(ZipProblem::TooLarge)));
    }

    proptest! {
        #[test]
        fn mutated_zips_are_inspected_without_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..16),
            cut in any::<prop::sample::Index>(),
        ) {
            let entries = [ZipEntry::bootstrap(vec![7; 300]), ZipEntry { name: "lib/x.so".into(), executable: false, bytes: vec![] }];
            let mut zip = pack(&entries, ZipEffort::Smallest).expect("packs");
            for (at, byte) in changes {
                let at = at.index(zip.len());
                zip[at] = byte;
            }
            zip.truncate(zip.len() - cut.index(zip.len()) / 8);
            let _ = inspect(&zip);
            let _ = holds(&zip, &entries);
        }
    }
}
