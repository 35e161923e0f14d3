//! What was deleted and is still shown by the tagging API, when faults ask for it.

use crate::lock::lock;
use crate::wire::TagMap;
use std::collections::BTreeMap;
use std::sync::Mutex;
use time::OffsetDateTime;

/// The deleted resources that are still shown.
#[derive(Debug, Default)]
pub struct TombstoneLog(Mutex<Vec<DeletedResource>>);

#[derive(Debug)]
struct DeletedResource {
    region: String,
    arn: String,
    tags: TagMap,
    until: OffsetDateTime,
}

impl TombstoneLog {
    /// Remembers until a moment what is in `before` and not in `after`.
    pub(crate) fn add(
        &self,
        region: &str,
        before: BTreeMap<String, TagMap>,
        after: &BTreeMap<String, TagMap>,
        until: OffsetDateTime,
    ) {
        let gone = before.into_iter().filter(|(arn, _)| !after.contains_key(arn));
        let gone = gone.map(|(arn, tags)| DeletedResource { region: region.to_owned(), arn, tags, until });
        lock(&self.0).extend(gone);
    }

    /// Adds what is still shown of a region to its resources.
    pub(crate) fn show(&self, region: &str, now: OffsetDateTime, resources: &mut BTreeMap<String, TagMap>) {
        let mut deleted = lock(&self.0);
        deleted.retain(|resource| now < resource.until);
        for resource in deleted.iter().filter(|resource| resource.region == region) {
            resources.entry(resource.arn.clone()).or_insert_with(|| resource.tags.clone());
        }
    }
}
