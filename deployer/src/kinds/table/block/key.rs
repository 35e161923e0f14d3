//! A key attribute: `"order_id"`, a string, or `{ name = "order_id", type = "S" }`.

use super::rules::ATTRIBUTE;
use crate::stack::{DefaultValue, KeyDefinition, ValueShape, toml_words};
use serde::Deserialize;

/// A key attribute of a table or of an index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "KeyForm")]
pub struct KeyAttribute {
    /// Attribute name.
    pub name: String,
    /// Attribute type.
    pub kind: KeyType,
}

toml_words! {
    /// DynamoDB scalar type of a key.
    pub enum KeyType {
        /// String.
        S = "S",
        /// Number.
        N = "N",
        /// Binary.
        B = "B",
    }
}

/// The type of a key that names none.
pub const IMPLIED_TYPE: KeyType = KeyType::S;

/// The forms of [`KeyAttribute`].
pub const KEY: ValueShape = ValueShape::Either(&[
    ValueShape::Text(ATTRIBUTE),
    ValueShape::Table(&[
        KeyDefinition::new(
            "name",
            "Attribute name.",
            ValueShape::Text(ATTRIBUTE).required().aws("CreateTable AttributeDefinitions.AttributeName"),
        ),
        KeyDefinition::new(
            "type",
            "Attribute type: string, number or binary.",
            ValueShape::OneOf(KeyType::ALL)
                .or(DefaultValue::Text(IMPLIED_TYPE.word()))
                .aws("CreateTable AttributeDefinitions.AttributeType"),
        ),
    ]),
]);

#[derive(Deserialize)]
#[serde(untagged)]
enum KeyForm {
    Name(String),
    Full {
        name: String,
        #[serde(rename = "type")]
        kind: KeyType,
    },
}

impl From<KeyForm> for KeyAttribute {
    fn from(form: KeyForm) -> Self {
        match form {
            KeyForm::Name(name) => Self { name, kind: IMPLIED_TYPE },
            KeyForm::Full { name, kind } => Self { name, kind },
        }
    }
}
