//! `[table.X]` as written in the stack description.

mod check;
mod choice;
mod index;
mod key;
mod rules;
mod switch;

pub use choice::{BillingMode, TableEncryption};
pub use index::IndexProjection;
pub use key::{KEY, KeyAttribute};
pub use rules::NAME;
pub use switch::OffOr;

use crate::aws::arn::ArnScope;
use crate::stack::{
    BlockAttribute, DefaultValue, SectionDefinition, TAGS, TextRule, TypedBlock, ValueShape, fits, toml_block,
};
use choice::{StreamView, TableClass};
use index::{IndexBlock, LocalIndexBlock};
use rules::{ATTRIBUTE, CAPACITY, ENCRYPTION, INDEX_NAME};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the absence of a key means that protects the table or what reads it.
const UNMANAGED: &str = "as it is; off in a new table";

/// `[table.X]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: TableBlock::SECTION,
    many: true,
    about: TableBlock::ABOUT,
    notes: "A key is `\"order_id\"`, a string, or `{ name = \"order_id\", type = \"N\" }`. The keys of a table and its local indexes cannot be \
changed. All indexes of a table together may project 100 attributes.",
    keys: TableBlock::KEYS,
    physical_name: NAME,
    files: &[],
    attributes: &[BlockAttribute::Name, BlockAttribute::Arn(ArnScope::table)],
    check: check::check,
    fits: fits::<TableBlock>,
};

impl TypedBlock for TableBlock {
    const SECTION: &'static str = "table";

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

toml_block! {
    /// A DynamoDB table.
    #[derive(Debug, Clone, Deserialize)]
    pub struct TableBlock {
        /// Name of the table.
        pub name: Option<String> =
            ValueShape::Text(NAME).derived("`{stack}-{stage}-{id}`").aws("CreateTable TableName"),
        /// Partition key; its type is a string unless given.
        pub partition_key: KeyAttribute = KEY.required().aws("CreateTable KeySchema"),
        /// Sort key.
        pub sort_key: Option<KeyAttribute> = KEY.optional().aws("CreateTable KeySchema"),
        /// Pay for each request or for reserved capacity.
        pub billing_mode: BillingMode = ValueShape::OneOf(BillingMode::ALL)
            .or(DefaultValue::Text(BillingMode::PayPerRequest.word()))
            .aws("CreateTable BillingMode"),
        /// Read capacity; with PROVISIONED only, and needed there.
        pub read_capacity: Option<u32> = CAPACITY.optional().aws("CreateTable ProvisionedThroughput"),
        /// Write capacity; with PROVISIONED only, and needed there.
        pub write_capacity: Option<u32> = CAPACITY.optional().aws("CreateTable ProvisionedThroughput"),
        /// Global secondary indexes by name.
        pub index: BTreeMap<String, IndexBlock> = ValueShape::Map {
            placeholder: "NAME",
            key: INDEX_NAME,
            of: &ValueShape::Table(IndexBlock::KEYS),
            length: (0, 20),
        }
        .or(DefaultValue::EmptyTable)
        .aws("CreateTable GlobalSecondaryIndexes"),
        /// Local secondary indexes by name; AWS fixes them when the table is created.
        pub local_index: BTreeMap<String, LocalIndexBlock> = ValueShape::Map {
            placeholder: "NAME",
            key: INDEX_NAME,
            of: &ValueShape::Table(LocalIndexBlock::KEYS),
            length: (0, 5),
        }
        .or(DefaultValue::EmptyTable)
        .aws("CreateTable LocalSecondaryIndexes"),
        /// Attribute that holds the time, in epoch seconds, after which DynamoDB removes the item.
        pub ttl_attribute: Option<OffOr<String>> =
            ValueShape::Either(&[ValueShape::Text(ATTRIBUTE), ValueShape::Off])
                .derived(UNMANAGED)
                .aws("UpdateTimeToLive AttributeName"),
        /// Continuous backups of the last 35 days.
        pub point_in_time_recovery: Option<bool> = ValueShape::Boolean
            .derived(UNMANAGED)
            .aws("UpdateContinuousBackups PointInTimeRecoveryEnabled"),
        /// Key that encrypts the table.
        pub encryption: Option<TableEncryption> = ValueShape::Text(ENCRYPTION)
            .derived("as it is; a new table has `\"AWS_OWNED\"`")
            .aws("CreateTable SSESpecification"),
        /// The table is not deleted, whatever is asked for: AWS's deletion protection, which stays when the block is removed.
        pub protected: Option<bool> = ValueShape::Boolean
            .derived(UNMANAGED)
            .alias("deletion_protection")
            .aws("CreateTable DeletionProtectionEnabled"),
        /// Storage class.
        pub table_class: TableClass = ValueShape::OneOf(TableClass::ALL)
            .or(DefaultValue::Text(TableClass::Standard.word()))
            .aws("CreateTable TableClass"),
        /// What the records of the table's stream carry. A change ends the stream and begins another: what was not read of the old one runs no function any more, and AWS keeps it for 24 hours.
        pub stream: Option<OffOr<StreamView>> =
            ValueShape::Either(&[ValueShape::OneOf(StreamView::ALL), ValueShape::Off]).derived(UNMANAGED).aws("CreateTable StreamSpecification"),
        /// File with items, in the form of `backup export`, relative to the project: what a table that `up --local` or `dev` makes begins with, and what `local reset` puts back. On AWS it means nothing.
        pub seed: Option<String> = ValueShape::Text(TextRule::any_named("a path", (1, 4096), "a path relative to the project")).optional(),
        /// Tags of the table, beside the stack's.
        pub tags: BTreeMap<String, String> = TAGS.or(DefaultValue::EmptyTable).aws("TagResource Tags"),
    }
}
