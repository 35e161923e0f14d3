//! What the dashboard keeps for those who change something from a browser.

use crate::lock::lock;
use bytes::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
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

/// Answers that are kept: one has 10 MB at most, what a function may answer 6 MB.
const MOST_ANSWERS: usize = 4;

/// The token of the dashboard's forms, the last change of each table, and the last answers that a page could not show whole. Nothing is saved: another process has another token.
#[derive(Debug)]
pub struct BrowserEdits {
    token: String,
    last: Mutex<BTreeMap<(String, String), ItemChange>>,
    answers: Mutex<VecDeque<(String, Bytes)>>,
}

impl Default for BrowserEdits {
    fn default() -> Self {
        Self { token: uuid::Uuid::new_v4().simple().to_string(), last: Mutex::default(), answers: Mutex::default() }
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

    /// Keeps the answer to a request, until others have come.
    pub fn keep_answer(&self, request_id: &str, body: Bytes) {
        let mut answers = lock(&self.answers);
        if answers.len() >= MOST_ANSWERS {
            answers.pop_front();
        }
        answers.push_back((request_id.to_owned(), body));
    }

    /// Returns the answer to a request, while it is kept.
    pub fn answer(&self, request_id: &str) -> Option<Bytes> {
        lock(&self.answers).iter().find(|(id, _)| id == request_id).map(|(_, body)| body.clone())
    }
}
