//! `[table.X]` as written in the stack description.

mod check;
mod section;

pub use section::SECTION;

use serde::Deserialize;
use std::collections::BTreeMap;

/// `[table.X]`: one DynamoDB table.
#[derive(Debug, Clone, Deserialize)]
pub struct TableBlock {
    /// Physical name; `{stack}-{stage}-{id}` when absent.
    pub name: Option<String>,
    /// Partition key.
    pub partition_key: KeyAttribute,
    /// Sort key.
    pub sort_key: Option<KeyAttribute>,
    /// Billing mode; PAY_PER_REQUEST when absent.
    #[serde(default)]
    pub billing_mode: BillingMode,
    /// Read capacity units; PROVISIONED only.
    pub read_capacity: Option<u32>,
    /// Write capacity units; PROVISIONED only.
    pub write_capacity: Option<u32>,
    /// Global secondary indexes by name.
    #[serde(default)]
    pub index: BTreeMap<String, IndexBlock>,
    /// Local secondary indexes by name: fixed when the table is created.
    #[serde(default)]
    pub local_index: BTreeMap<String, LocalIndexBlock>,
    /// Attribute that holds an item's expiry time in epoch seconds.
    pub ttl_attribute: Option<String>,
    /// Continuous backups with point-in-time recovery.
    #[serde(default)]
    pub point_in_time_recovery: bool,
    /// `AWS_OWNED` (default), `AWS_MANAGED` or the ARN of a KMS key.
    #[serde(default)]
    pub encryption: TableEncryption,
    /// Neither the deployer nor AWS deletes the table: AWS's deletion protection, which outlives the block. `deletion_protection`,
    /// AWS's name for it, is read too.
    #[serde(default, alias = "deletion_protection")]
    pub protected: bool,
    /// Storage class.
    #[serde(default)]
    pub table_class: TableClass,
    /// Stream of changes; off when absent.
    pub stream: Option<StreamView>,
    /// Tags of this table, beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A key attribute: `"order_id"` (a string) or `{ name = "order_id", type = "S" }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "KeyForm")]
pub struct KeyAttribute {
    /// Attribute name.
    pub name: String,
    /// Attribute type.
    pub kind: KeyType,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum KeyForm {
    Name(String),
    Full {
        name: String,
        #[serde(rename = "type", default)]
        kind: KeyType,
    },
}

impl From<KeyForm> for KeyAttribute {
    fn from(form: KeyForm) -> Self {
        match form {
            KeyForm::Name(name) => KeyAttribute { name, kind: KeyType::S },
            KeyForm::Full { name, kind } => KeyAttribute { name, kind },
        }
    }
}

/// DynamoDB scalar type of a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum KeyType {
    /// String.
    #[default]
    S,
    /// Number.
    N,
    /// Binary.
    B,
}

/// How capacity is paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BillingMode {
    /// On demand.
    #[default]
    PayPerRequest,
    /// Reserved read and write units.
    Provisioned,
}

/// `[table.X.index.NAME]`: one global secondary index.
#[derive(Debug, Clone, Deserialize)]
pub struct IndexBlock {
    /// Partition key.
    pub partition_key: KeyAttribute,
    /// Sort key.
    pub sort_key: Option<KeyAttribute>,
    /// What is copied into the index.
    #[serde(default)]
    pub projection: IndexProjection,
    /// Read capacity units; the table's when absent and PROVISIONED.
    pub read_capacity: Option<u32>,
    /// Write capacity units; the table's when absent and PROVISIONED.
    pub write_capacity: Option<u32>,
}

/// `[table.X.local_index.NAME]`: one local secondary index.
#[derive(Debug, Clone, Deserialize)]
pub struct LocalIndexBlock {
    /// Sort key.
    pub sort_key: KeyAttribute,
    /// What is copied into the index.
    #[serde(default)]
    pub projection: IndexProjection,
}

/// `"ALL"`, `"KEYS_ONLY"` or a list of attribute names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "ProjectionForm")]
pub enum IndexProjection {
    /// Every attribute.
    #[default]
    All,
    /// The keys alone.
    KeysOnly,
    /// The keys and these attributes.
    Include(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ProjectionForm {
    Word(ProjectionWord),
    Include(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ProjectionWord {
    All,
    KeysOnly,
}

impl From<ProjectionForm> for IndexProjection {
    fn from(form: ProjectionForm) -> Self {
        match form {
            ProjectionForm::Word(ProjectionWord::All) => IndexProjection::All,
            ProjectionForm::Word(ProjectionWord::KeysOnly) => IndexProjection::KeysOnly,
            ProjectionForm::Include(names) => IndexProjection::Include(names),
        }
    }
}

/// Server-side encryption key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "String")]
pub enum TableEncryption {
    /// AWS's own key: free, the service default.
    #[default]
    AwsOwned,
    /// The account's `aws/dynamodb` key.
    AwsManaged,
    /// A customer-managed KMS key, by ARN.
    Kms(String),
}

impl From<String> for TableEncryption {
    fn from(text: String) -> Self {
        match text.as_str() {
            "AWS_OWNED" => TableEncryption::AwsOwned,
            "AWS_MANAGED" => TableEncryption::AwsManaged,
            _ => TableEncryption::Kms(text),
        }
    }
}

/// Storage class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TableClass {
    /// For frequent access.
    #[default]
    Standard,
    /// Cheaper storage, dearer access.
    StandardInfrequentAccess,
}

/// What a stream record carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StreamView {
    /// The keys.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// Both.
    NewAndOldImages,
}
