//! The changes since the document was last written as a whole: one line for each write.
//!
//! The first line names the document that the changes belong to. A journal of another one is not read: the process ended between
//! writing the document, which has these changes already, and beginning the journal anew, or somebody has moved the document away.

use super::error::OpenError;
use super::file;
use super::record_map::RecordMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The open journal.
#[derive(Debug)]
pub(super) struct ChangeJournal {
    path: PathBuf,
    file: File,
    /// The bytes that count: what a write that failed has left behind them does not.
    length: u64,
    is_torn: bool,
    /// The digest of the document that the changes belong to.
    document: String,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct JournalHeader {
    document: String,
}

/// A record that was changed.
#[derive(Serialize, Deserialize)]
struct RecordChange<Name, Record> {
    /// The members of the document that lead to it; the last one is its name.
    at: Vec<Name>,
    /// `None`: it was removed.
    record: Option<Record>,
}

/// The records that one write has changed, as they will be written.
#[derive(Debug, Default)]
pub(super) struct ChangeList(Vec<u8>);

impl ChangeList {
    /// Adds the records of a map that are not as they were before.
    pub fn add<T: Serialize>(
        &mut self,
        at: &[&str],
        records: &RecordMap<T>,
        before: &RecordMap<T>,
    ) -> serde_json::Result<()> {
        for (name, record) in records.changes_since(before) {
            self.0.push(if self.0.is_empty() { b'[' } else { b',' });
            serde_json::to_writer(&mut self.0, &RecordChange { at: [at, &[name]].concat(), record })?;
        }
        Ok(())
    }

    fn line(self) -> Option<Vec<u8>> {
        let Self(mut line) = self;
        if line.is_empty() {
            return None;
        }
        line.extend_from_slice(b"]\n");
        Some(line)
    }
}

impl ChangeJournal {
    /// Opens the journal of a document, and lays its changes over what the document says.
    ///
    /// # Errors
    /// When the file cannot be used, or is no journal.
    pub fn open(path: &Path, document: &[u8], content: &mut Value) -> Result<Self, OpenError> {
        let file = file::private_file(path, OpenOptions::new().append(true)).map_err(OpenError::io(path))?;
        let bytes = std::fs::read(path).map_err(OpenError::io(path))?;
        let document = digest(document);
        let corrupt = |reason: String| OpenError::Journal { path: path.to_owned(), reason };
        let mut journal = Self { path: path.to_owned(), file, length: 0, is_torn: true, document };
        // A line without an end was being written when the process ended: nobody was told of it.
        for (number, line) in
            bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")).enumerate()
        {
            if number == 0 {
                let header: JournalHeader = serde_json::from_slice(line).map_err(|error| corrupt(error.to_string()))?;
                if header.document != journal.document {
                    return Ok(journal);
                }
            } else {
                let changes: Vec<RecordChange<String, Value>> =
                    serde_json::from_slice(line).map_err(|error| corrupt(error.to_string()))?;
                for change in changes {
                    change.lay_over(content).ok_or_else(|| corrupt(format!("line {} does not fit", number + 1)))?;
                }
            }
            journal.length += line.len() as u64;
        }
        Ok(journal)
    }

    /// Appends the changes of a write: they survive the end of the process when this returns.
    ///
    /// # Errors
    /// What the system says; nothing is changed then.
    pub fn append(&mut self, changes: ChangeList) -> std::io::Result<()> {
        let Some(line) = changes.line() else { return Ok(()) };
        if self.is_torn {
            self.file.set_len(self.length)?;
            self.is_torn = false;
        }
        let mut lines = Vec::new();
        if self.length == 0 {
            serde_json::to_writer(&mut lines, &JournalHeader { document: self.document.clone() })?;
            lines.push(b'\n');
        }
        lines.extend(line);
        self.is_torn = true;
        self.file.write_all(&lines)?;
        self.is_torn = false;
        self.length += lines.len() as u64;
        Ok(())
    }

    /// Begins anew after a document that has all changes so far.
    pub fn begin_after(&mut self, document: &[u8]) {
        // What is there now belongs to another document, so that nobody reads it; the next append cuts it off.
        (self.document, self.length, self.is_torn) = (digest(document), 0, true);
    }

    /// Returns how many bytes there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl RecordChange<String, Value> {
    /// Changes the record in a document; `None` when its place is no object.
    fn lay_over(self, document: &mut Value) -> Option<()> {
        let Self { mut at, record } = self;
        let name = at.pop()?;
        let mut place = document.as_object_mut()?;
        for member in at {
            place = place.entry(member).or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
        }
        match record {
            Some(record) => drop(place.insert(name, record)),
            None => drop(place.remove(&name)),
        }
        Some(())
    }
}

fn digest(document: &[u8]) -> String {
    format!("{:x}", Sha256::digest(document))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changes(before: &[(&str, u32)], after: &[(&str, u32)]) -> ChangeList {
        let mut records = RecordMap::default();
        before.iter().for_each(|(name, record)| records.insert((*name).to_owned(), *record));
        let old = records.clone();
        before.iter().filter(|b| !after.contains(b)).for_each(|(name, _)| drop(records.remove(name)));
        after
            .iter()
            .filter(|a| !before.contains(a))
            .for_each(|(name, record)| records.insert((*name).to_owned(), *record));
        let mut changes = ChangeList::default();
        changes.add(&["a", "b"], &records, &old).unwrap();
        changes
    }

    fn read(path: &Path, document: &[u8]) -> Value {
        let mut content = json!({});
        ChangeJournal::open(path, document, &mut content).unwrap();
        content
    }

    #[test]
    fn what_was_appended_is_laid_over_its_document_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut journal = ChangeJournal::open(&path, b"one", &mut json!({})).unwrap();
        journal.append(changes(&[], &[("x", 1), ("y", 2)])).unwrap();
        let length = journal.length();
        journal.append(changes(&[("x", 1)], &[("x", 1)])).unwrap();
        assert_eq!(journal.length(), length, "what is the same is not written");
        journal.append(changes(&[("x", 1), ("y", 2), ("z", 4)], &[("y", 3), ("z", 4)])).unwrap();
        assert_eq!(read(&path, b"one"), json!({"a": {"b": {"y": 3}}}));
        assert_eq!(read(&path, b"two"), json!({}), "another document has its own changes");
        journal.begin_after(b"two");
        assert_eq!(read(&path, b"two"), json!({}));
        journal.append(changes(&[], &[("x", 5)])).unwrap();
        assert_eq!(read(&path, b"two"), json!({"a": {"b": {"x": 5}}}));
    }

    #[test]
    fn a_write_that_failed_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut journal = ChangeJournal::open(&path, b"", &mut json!({})).unwrap();
        journal.append(changes(&[], &[("x", 1)])).unwrap();
        let mut file = std::mem::replace(&mut journal.file, File::open(&path).unwrap());
        journal.append(changes(&[], &[("lost", 2)])).unwrap_err();
        // A full disk may have taken a part of it.
        file.write_all(b"[{\"at\":").unwrap();
        journal.file = file;
        journal.append(changes(&[], &[("y", 3)])).unwrap();
        assert_eq!(read(&path, b""), json!({"a": {"b": {"x": 1, "y": 3}}}));
    }

    #[test]
    fn a_line_that_was_not_finished_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut journal = ChangeJournal::open(&path, b"", &mut json!({})).unwrap();
        journal.append(changes(&[], &[("x", 1)])).unwrap();
        journal.append(changes(&[], &[("y", 2)])).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let lines: Vec<usize> = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).collect();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut content = json!({});
            let mut journal = ChangeJournal::open(&path, b"", &mut content).unwrap();
            journal.append(changes(&[], &[("z", 3)])).unwrap();
            let mut expected = serde_json::Map::from_iter([("z".to_owned(), json!(3))]);
            expected.extend((cut >= lines[1]).then(|| ("x".to_owned(), json!(1))));
            expected.extend((cut >= lines[2]).then(|| ("y".to_owned(), json!(2))));
            assert_eq!(read(&path, b""), json!({"a": {"b": expected}}), "cut at {cut}");
        }
        std::fs::write(&path, "{}\n").unwrap();
        let refused = ChangeJournal::open(&path, b"", &mut json!({})).unwrap_err();
        assert!(refused.to_string().contains("journal"), "{refused}");
    }
}
