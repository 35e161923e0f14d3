//! Secondary indexes of a table: `[table.X.index.NAME]` and `[table.X.local_index.NAME]`.

use super::key::{KEY, KeyAttribute};
use super::rules::{ATTRIBUTE, CAPACITY};
use crate::stack::{DefaultValue, ValueShape, toml_block, toml_words};
use serde::Deserialize;

toml_block! {
    /// A global secondary index.
    #[derive(Debug, Clone, Deserialize)]
    pub struct IndexBlock {
        /// Partition key of the index.
        pub partition_key: KeyAttribute = KEY.required().aws("CreateTable GlobalSecondaryIndexes.KeySchema"),
        /// Sort key of the index.
        pub sort_key: Option<KeyAttribute> = KEY.optional().aws("CreateTable GlobalSecondaryIndexes.KeySchema"),
        /// What is copied into the index.
        pub projection: IndexProjection = PROJECTION
            .or(DefaultValue::Text(ProjectionWord::All.word()))
            .aws("CreateTable GlobalSecondaryIndexes.Projection"),
        /// Read capacity.
        pub read_capacity: Option<u32> =
            CAPACITY.derived("the table's").aws("CreateTable GlobalSecondaryIndexes.ProvisionedThroughput"),
        /// Write capacity.
        pub write_capacity: Option<u32> =
            CAPACITY.derived("the table's").aws("CreateTable GlobalSecondaryIndexes.ProvisionedThroughput"),
    }
}

toml_block! {
    /// A local secondary index.
    #[derive(Debug, Clone, Deserialize)]
    pub struct LocalIndexBlock {
        /// Sort key of the index.
        pub sort_key: KeyAttribute = KEY.required().aws("CreateTable LocalSecondaryIndexes.KeySchema"),
        /// What is copied into the index.
        pub projection: IndexProjection = PROJECTION
            .or(DefaultValue::Text(ProjectionWord::All.word()))
            .aws("CreateTable LocalSecondaryIndexes.Projection"),
    }
}

/// `"ALL"`, `"KEYS_ONLY"` or a list of attribute names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "ProjectionForm")]
pub enum IndexProjection {
    /// Every attribute.
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

toml_words! {
    /// A projection that is a word.
    pub enum ProjectionWord {
        /// Every attribute.
        All = "ALL",
        /// The keys alone.
        KeysOnly = "KEYS_ONLY",
    }
}

/// The forms of [`IndexProjection`].
const PROJECTION: ValueShape = ValueShape::Either(&[
    ValueShape::OneOf(ProjectionWord::ALL),
    ValueShape::List { of: &ValueShape::Text(ATTRIBUTE), length: (1, 20) },
]);

impl From<ProjectionForm> for IndexProjection {
    fn from(form: ProjectionForm) -> Self {
        match form {
            ProjectionForm::Word(ProjectionWord::All) => IndexProjection::All,
            ProjectionForm::Word(ProjectionWord::KeysOnly) => IndexProjection::KeysOnly,
            ProjectionForm::Include(names) => IndexProjection::Include(names),
        }
    }
}
