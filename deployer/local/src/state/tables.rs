//! The databases of the tables: an embedded engine with a file for every region, and the files of the backups.

use crate::lock::lock;
use crate::store::file;
use crate::wire::{ServiceError, ServiceResult};
use dynoxide::Database;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Where the items of backups are, below the directory of the tables.
const BACKUPS: &str = "backups";

/// SQLite's words for a file that is not as it wrote it ("Result and Error Codes": SQLITE_CORRUPT, SQLITE_NOTADB).
const DAMAGED: [&str; 2] = ["database disk image is malformed", "file is not a database"];

fn unusable(path: &Path, error: &dyn Display) -> String {
    format!(
        "{}: {error}; if it is damaged, stop the cloud and move the file away to start with empty tables",
        path.display()
    )
}

/// The names of the attributes of a key.
type KeyNames = Arc<[String]>;

/// The databases of the tables, one per region, opened when they are first needed.
pub struct TableDatabases {
    dir: PathBuf,
    open: Mutex<BTreeMap<String, Database>>,
    writers: RwLock<()>,
    /// The names of the key attributes of tables, by region and table.
    key_names: Mutex<BTreeMap<(String, String), KeyNames>>,
}

impl TableDatabases {
    /// Uses `dir`, which is made when it does not exist.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(dir: &Path) -> std::io::Result<Self> {
        file::private_dir(&dir.join(BACKUPS))?;
        Ok(Self {
            dir: dir.to_owned(),
            open: Mutex::default(),
            writers: RwLock::default(),
            key_names: Mutex::default(),
        })
    }

    /// Returns the database of a region. Blocks when it is not open yet.
    pub(crate) fn database(&self, region: &str) -> ServiceResult<Database> {
        let mut open = lock(&self.open);
        if let Some(database) = open.get(region) {
            return Ok(database.clone());
        }
        let path = self.file(region);
        let named = |error: &dyn Display| ServiceError::internal(unusable(&path, error));
        // SQLite gives its other files the permissions of this one.
        file::private_file(&path, &mut OpenOptions::new()).map_err(|error| named(&error))?;
        let text = path.to_str().ok_or_else(|| ServiceError::internal("the directory's path is not UTF-8"))?;
        let database = Database::new(text).map_err(|error| named(&error))?;
        // This is the engine's only way to `synchronous = NORMAL`: a commit survives the end of the process without
        // waiting for the disk.
        database.disable_bulk_loading().map_err(|error| named(&error))?;
        open.insert(region.to_owned(), database.clone());
        Ok(database)
    }

    /// Opens the databases that are there, so that one that cannot be used is told of at once. Blocks.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn check(&self) -> std::io::Result<()> {
        for region in self.regions()? {
            self.database(&region).map_err(|error| std::io::Error::other(error.message))?;
        }
        Ok(())
    }

    /// Names the file in the error of an operation that has found it damaged.
    pub(crate) fn explain(&self, region: &str, error: ServiceError) -> ServiceError {
        match DAMAGED.iter().any(|words| error.message.contains(words)) && error.status >= 500 {
            true => ServiceError { message: unusable(&self.file(region), &error.message), ..error },
            false => error,
        }
    }

    /// Returns the file of a region's database.
    pub(crate) fn file(&self, region: &str) -> PathBuf {
        self.dir.join(format!("{region}.sqlite"))
    }

    /// Returns the names of a table's key attributes, which are found out once.
    pub(crate) fn key_names(
        &self,
        region: &str,
        table: &str,
        find: impl FnOnce() -> Option<Vec<String>>,
    ) -> Option<KeyNames> {
        let named = (region.to_owned(), table.to_owned());
        if let Some(names) = lock(&self.key_names).get(&named) {
            return Some(Arc::clone(names));
        }
        let names: KeyNames = find()?.into();
        lock(&self.key_names).insert(named, Arc::clone(&names));
        Some(names)
    }

    /// Forgets the names of key attributes: a table is made or goes.
    pub(crate) fn forget_key_names(&self) {
        lock(&self.key_names).clear();
    }

    /// Keeps those away that must write alone.
    pub(crate) fn writing(&self) -> RwLockReadGuard<'_, ()> {
        self.writers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps every other writer of items away.
    pub(crate) fn writing_alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.writers.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the regions that have a database, opened or not.
    pub(crate) fn regions(&self) -> std::io::Result<Vec<String>> {
        let mut regions = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            regions.extend(name.to_str().and_then(|name| name.strip_suffix(".sqlite")).map(str::to_owned));
        }
        Ok(regions)
    }

    /// Returns the file with the items of a backup.
    pub(crate) fn backup_file(&self, id: &str) -> PathBuf {
        self.dir.join(BACKUPS).join(id)
    }
}
