//! A DynamoDB table as it is compared.

use super::block::{BillingMode, IndexProjection, KeyAttribute, OffOr, TableBlock, TableEncryption};
use crate::aws::tags::ResourceTags;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Managed fields of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableSpec {
    /// `name (TYPE)`.
    pub partition_key: String,
    /// `name (TYPE)`.
    pub sort_key: Option<String>,
    /// PAY_PER_REQUEST or PROVISIONED.
    pub billing_mode: String,
    /// Units, PROVISIONED only.
    pub read_capacity: Option<i64>,
    /// Units, PROVISIONED only.
    pub write_capacity: Option<i64>,
    /// Global secondary indexes.
    pub index: BTreeMap<String, IndexSpec>,
    /// Local secondary indexes.
    pub local_index: BTreeMap<String, IndexSpec>,
    /// Attribute with the expiry time.
    pub ttl_attribute: Option<String>,
    /// Continuous backups.
    pub point_in_time_recovery: bool,
    /// AWS_OWNED, AWS_MANAGED or a key's ARN.
    pub encryption: String,
    /// AWS refuses to delete it.
    pub deletion_protection: bool,
    /// STANDARD or STANDARD_INFREQUENT_ACCESS.
    pub table_class: String,
    /// Stream view; off when absent.
    pub stream: Option<String>,
    /// Tags.
    pub tags: ResourceTags,
}

/// Managed fields of an index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IndexSpec {
    /// `name (TYPE)`.
    pub partition_key: String,
    /// `name (TYPE)`.
    pub sort_key: Option<String>,
    /// ALL, KEYS_ONLY or the included attributes, sorted and comma separated.
    pub projection: String,
    /// Units, PROVISIONED global indexes only.
    pub read_capacity: Option<i64>,
    /// Units, PROVISIONED global indexes only.
    pub write_capacity: Option<i64>,
}

impl IndexSpec {
    /// Tells whether both have the same keys and projection, so that one can become the other in place.
    pub fn same_shape(&self, other: &IndexSpec) -> bool {
        (&self.partition_key, &self.sort_key, &self.projection)
            == (&other.partition_key, &other.sort_key, &other.projection)
    }

    /// Reads its key attributes.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.partition_key.as_str()).chain(self.sort_key.as_deref())
    }
}

/// `name (TYPE)`.
pub fn key_text(name: &str, kind: &str) -> String {
    format!("{name} ({kind})")
}

/// Returns the inverse of [`key_text`].
pub fn key_parts(text: &str) -> (&str, &str) {
    text.strip_suffix(')').and_then(|t| t.rsplit_once(" (")).unwrap_or((text, "S"))
}

fn key(key: &KeyAttribute) -> String {
    key_text(&key.name, key.kind.word())
}

fn projection(projection: &IndexProjection) -> String {
    match projection {
        IndexProjection::All => "ALL".to_owned(),
        IndexProjection::KeysOnly => "KEYS_ONLY".to_owned(),
        IndexProjection::Include(names) => include_text(names.iter().cloned()),
    }
}

/// Returns the included attributes in one order.
pub fn include_text(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort();
    names.join(",")
}

impl TableSpec {
    /// Returns what a block asks for.
    pub fn of(block: &TableBlock, tags: ResourceTags) -> TableSpec {
        let provisioned = block.billing_mode == BillingMode::Provisioned;
        let units = |own: Option<u32>| own.filter(|_| provisioned).map(i64::from);
        TableSpec {
            partition_key: key(&block.partition_key),
            sort_key: block.sort_key.as_ref().map(key),
            billing_mode: block.billing_mode.word().to_owned(),
            read_capacity: units(block.read_capacity),
            write_capacity: units(block.write_capacity),
            index: block
                .index
                .iter()
                .map(|(name, index)| {
                    let index = IndexSpec {
                        partition_key: key(&index.partition_key),
                        sort_key: index.sort_key.as_ref().map(key),
                        projection: projection(&index.projection),
                        read_capacity: units(index.read_capacity.or(block.read_capacity)),
                        write_capacity: units(index.write_capacity.or(block.write_capacity)),
                    };
                    (name.clone(), index)
                })
                .collect(),
            local_index: block
                .local_index
                .iter()
                .map(|(name, index)| {
                    let index = IndexSpec {
                        partition_key: key(&block.partition_key),
                        sort_key: Some(key(&index.sort_key)),
                        projection: projection(&index.projection),
                        ..IndexSpec::default()
                    };
                    (name.clone(), index)
                })
                .collect(),
            ttl_attribute: block.ttl_attribute.as_ref().and_then(OffOr::on).cloned(),
            point_in_time_recovery: block.point_in_time_recovery.unwrap_or(false),
            encryption: block.encryption.as_ref().map_or(TableEncryption::DEFAULT, TableEncryption::text).to_owned(),
            deletion_protection: block.protected.unwrap_or(false),
            table_class: block.table_class.word().to_owned(),
            stream: block.stream.as_ref().and_then(OffOr::on).map(|view| view.word().to_owned()),
            tags,
        }
    }

    /// Returns every key attribute with its type, each once: what AWS calls attribute definitions.
    pub fn attributes(&self) -> BTreeMap<&str, &str> {
        std::iter::once(self.partition_key.as_str())
            .chain(self.sort_key.as_deref())
            .chain(self.index.values().chain(self.local_index.values()).flat_map(IndexSpec::keys))
            .map(key_parts)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::ValueShape;

    #[test]
    fn keys_are_told_with_their_type() {
        for (name, kind) in [("order_id", "S"), ("odd (name)", "N"), ("b", "B")] {
            assert_eq!(key_parts(&key_text(name, kind)), (name, kind));
        }
    }

    #[test]
    fn capacities_belong_to_provisioned_tables_alone() {
        let mut block = serde_json::json!({
            "partition_key": "order_id", "read_capacity": 5, "write_capacity": 6,
            "index": {"by_status": {"partition_key": "status", "sort_key": {"name": "at", "type": "N"}, "projection": ["b", "a"], "read_capacity": 7}},
        });
        ValueShape::Table(TableBlock::KEYS).complete(&mut block);
        let block: TableBlock = serde_json::from_value(block).unwrap();
        let on_demand = TableSpec::of(&block, ResourceTags::new());
        assert_eq!((on_demand.read_capacity, on_demand.index["by_status"].read_capacity), (None, None));
        let provisioned =
            TableSpec::of(&TableBlock { billing_mode: BillingMode::Provisioned, ..block }, ResourceTags::new());
        assert_eq!(
            (
                provisioned.read_capacity,
                provisioned.index["by_status"].read_capacity,
                provisioned.index["by_status"].write_capacity
            ),
            (Some(5), Some(7), Some(6))
        );
        assert_eq!(provisioned.index["by_status"].projection, "a,b");
        assert_eq!(provisioned.attributes(), [("at", "N"), ("order_id", "S"), ("status", "S")].into());
    }
}
