//! Records by name that copies of the document share until one of them changes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records of one kind by name. A clone costs a pointer for each record; a record is copied when it is changed, so that the maps of
/// two documents tell by their pointers which records differ.
#[derive(Debug)]
pub struct RecordMap<T>(BTreeMap<String, Arc<T>>);

impl<T> Default for RecordMap<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Clone for RecordMap<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: PartialEq> PartialEq for RecordMap<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq> Eq for RecordMap<T> {}

impl<T> RecordMap<T> {
    /// Returns a record.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.get(name).map(Arc::as_ref)
    }

    /// Tells whether there is a record.
    pub fn contains_key(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the records with their names, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&String, &T)> + DoubleEndedIterator {
        self.0.iter().map(|(name, record)| (name, record.as_ref()))
    }

    /// Returns the records, by name.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.0.values().map(Arc::as_ref)
    }

    /// Returns how many records there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds or replaces a record.
    pub fn insert(&mut self, name: String, record: T) {
        self.0.insert(name, Arc::new(record));
    }

    /// Removes a record; `None` when there is none.
    pub fn remove(&mut self, name: &str) -> Option<Arc<T>> {
        self.0.remove(name)
    }

    /// Names the records that are not in `before` or not the same there, and those that are there and not here any more (`None`).
    pub(super) fn changes_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = (&'a String, Option<&'a T>)> {
        let changed =
            self.0.iter().filter(|(name, record)| !before.0.get(*name).is_some_and(|b| Arc::ptr_eq(b, record)));
        let removed = before.0.keys().filter(|name| !self.0.contains_key(*name));
        changed.map(|(name, record)| (name, Some(record.as_ref()))).chain(removed.map(|name| (name, None)))
    }
}

impl<T: Clone> RecordMap<T> {
    /// Returns a record to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0.get_mut(name).map(Arc::make_mut)
    }

    /// Returns a record to change, which is made when it is not there.
    pub fn get_or_insert_with(&mut self, name: &str, make: impl FnOnce() -> T) -> &mut T {
        Arc::make_mut(self.0.entry(name.to_owned()).or_insert_with(|| Arc::new(make())))
    }

    /// Returns the records that `wanted` chooses, to change.
    pub fn select_mut(&mut self, wanted: impl Fn(&T) -> bool) -> impl Iterator<Item = &mut T> {
        self.0.values_mut().filter(move |record| wanted(record)).map(Arc::make_mut)
    }
}

impl<T: Serialize> Serialize for RecordMap<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for RecordMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let records = BTreeMap::<String, T>::deserialize(deserializer)?;
        Ok(Self(records.into_iter().map(|(name, record)| (name, Arc::new(record))).collect()))
    }
}
