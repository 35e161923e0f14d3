//! What the dashboard keeps for those who change something from a browser.

use crate::lock::lock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A change of one item, as far as it takes to take it back.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemChange {
    /// The item's key.
    pub key: Value,
    /// The item before it; `None` where there was none.
    pub before: Option<Value>,
    /// The item after it; `None` where it is gone.
    pub after: Option<Value>,
}

/// The token of the dashboard's forms, and the last change of each table. Nothing is saved: another process has another token.
#[derive(Debug)]
pub struct BrowserEdits {
    token: String,
    last: Mutex<BTreeMap<(String, String), ItemChange>>,
}

impl Default for BrowserEdits {
    fn default() -> Self {
        Self { token: uuid::Uuid::new_v4().simple().to_string(), last: Mutex::default() }
    }
}

impl BrowserEdits {
    /// Returns what a form must send along.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns the last change of a table of a region that was made from a browser.
    pub fn last(&self, region: &str, table: &str) -> Option<ItemChange> {
        lock(&self.last).get(&(region.to_owned(), table.to_owned())).cloned()
    }

    /// Keeps a change as the last one; `None` forgets it.
    pub fn keep(&self, region: &str, table: &str, change: Option<ItemChange>) {
        let table = (region.to_owned(), table.to_owned());
        match change {
            Some(change) => drop(lock(&self.last).insert(table, change)),
            None => drop(lock(&self.last).remove(&table)),
        }
    }
}
