//! Items as DynamoDB writes them in JSON, one a line: `{"Item":{"order_id":{"S":"1"}}}`, the form of its export to S3 ("DynamoDB table
//! export output format"). Nothing is guessed: what is not that form is an error.

mod decimal;
pub mod limits;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use decimal::DecimalNumber;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::fmt;

/// Attributes by name.
pub type TableItem = HashMap<String, AttributeValue>;

/// Returns the line of an item, with its line feed. Attributes are in the order of their names.
///
/// # Errors
/// The name of an attribute of a type that this version does not know.
pub fn to_line(item: &TableItem) -> Result<String, String> {
    Ok(format!("{}\n", json!({"Item": map(item)?})))
}

fn map(item: &TableItem) -> Result<Value, String> {
    let mut names: Vec<_> = item.keys().collect();
    names.sort();
    let mut out = Map::new();
    for name in names {
        let value = item.get(name).and_then(value).ok_or_else(|| name.clone())?;
        out.insert(name.clone(), value);
    }
    Ok(out.into())
}

fn value(attribute: &AttributeValue) -> Option<Value> {
    let base64 = |blob: &Blob| BASE64_STANDARD.encode(blob.as_ref());
    Some(match attribute {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(blob) => json!({"B": base64(blob)}),
        AttributeValue::Bool(value) => json!({"BOOL": value}),
        AttributeValue::Null(value) => json!({"NULL": value}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::Ns(numbers) => json!({"NS": numbers}),
        AttributeValue::Bs(blobs) => json!({"BS": blobs.iter().map(base64).collect::<Vec<_>>()}),
        AttributeValue::L(list) => json!({"L": list.iter().map(value).collect::<Option<Vec<_>>>()?}),
        AttributeValue::M(members) => json!({"M": map(members).ok()?}),
        _ => return None,
    })
}

/// Returns the item of a line.
///
/// # Errors
/// What is wrong with it, in words, with the column.
pub fn from_line(line: &[u8]) -> Result<TableItem, String> {
    serde_json::from_slice::<ItemLine>(line).map(|line| line.item.0).map_err(|error| match error.column() {
        0 => error.to_string(),
        column => {
            let text = error.to_string();
            let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
            format!("{message} (column {column})")
        }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemLine {
    #[serde(rename = "Item")]
    item: UniqueAttributes,
}

/// Attributes by name, no name twice.
struct UniqueAttributes(TableItem);

impl<'de> Deserialize<'de> for UniqueAttributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = UniqueAttributes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("attributes by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<UniqueAttributes, A::Error> {
                let mut out = TableItem::new();
                while let Some(name) = members.next_key::<String>()? {
                    let TypedAttribute(value) = members.next_value()?;
                    if out.contains_key(&name) {
                        return Err(A::Error::custom(format!("attribute {name:?} is there twice")));
                    }
                    out.insert(name, value);
                }
                Ok(UniqueAttributes(out))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// One value with its type: `{"S":"text"}`.
struct TypedAttribute(AttributeValue);

impl<'de> Deserialize<'de> for TypedAttribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Typed;
        impl<'de> Visitor<'de> for Typed {
            type Value = TypedAttribute;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its type, such as {\"S\": \"text\"}")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<TypedAttribute, A::Error> {
                let Some(kind) = members.next_key::<String>()? else {
                    return Err(A::Error::custom("a value has no type, such as {\"S\": \"text\"}"));
                };
                let value = typed(&kind, &mut members)?;
                match members.next_key::<String>()? {
                    None => Ok(TypedAttribute(value)),
                    Some(second) => {
                        Err(A::Error::custom(format!("a value has one type, this has {kind:?} and {second:?}")))
                    }
                }
            }
        }
        deserializer.deserialize_map(Typed)
    }
}

fn typed<'de, A: MapAccess<'de>>(kind: &str, members: &mut A) -> Result<AttributeValue, A::Error> {
    let wrong = A::Error::custom::<String>;
    Ok(match kind {
        "S" => AttributeValue::S(members.next_value()?),
        "N" => AttributeValue::N(number(members.next_value()?).map_err(wrong)?),
        "B" => AttributeValue::B(blob(members.next_value()?).map_err(wrong)?),
        "BOOL" => AttributeValue::Bool(members.next_value()?),
        "NULL" if members.next_value()? => AttributeValue::Null(true),
        "NULL" => return Err(wrong("NULL is true or not there".to_owned())),
        "SS" => AttributeValue::Ss(set(members.next_value()?, Ok, String::clone).map_err(wrong)?),
        "NS" => {
            AttributeValue::Ns(set(members.next_value()?, number, |text| DecimalNumber::parse(text)).map_err(wrong)?)
        }
        "BS" => AttributeValue::Bs(set(members.next_value()?, blob, |blob| blob.as_ref().to_vec()).map_err(wrong)?),
        "L" => {
            AttributeValue::L(members.next_value::<Vec<TypedAttribute>>()?.into_iter().map(|value| value.0).collect())
        }
        "M" => AttributeValue::M(members.next_value::<UniqueAttributes>()?.0),
        _ => {
            let types = "S, N, B, BOOL, NULL, SS, NS, BS, L and M";
            return Err(wrong(format!("there is no type {kind:?}; the types are {types}")));
        }
    })
}

/// Reads the values of a set. `identity` is what DynamoDB compares: no value may be there twice.
fn set<T, I: Ord>(
    values: Vec<String>,
    read: impl Fn(String) -> Result<T, String>,
    identity: impl Fn(&T) -> I,
) -> Result<Vec<T>, String> {
    if values.is_empty() {
        return Err("a set has at least one value".to_owned());
    }
    let mut seen = BTreeSet::new();
    let mut out = Vec::with_capacity(values.len());
    for (number, text) in values.into_iter().enumerate() {
        let value = read(text)?;
        if !seen.insert(identity(&value)) {
            return Err(format!("value {} of a set is there twice", number + 1));
        }
        out.push(value);
    }
    Ok(out)
}

fn blob(text: String) -> Result<Blob, String> {
    BASE64_STANDARD.decode(&text).map(Blob::new).map_err(|error| format!("it is not Base64: {error}"))
}

/// Numbers stay as they are written: DynamoDB's have 38 digits, more than a float holds.
fn number(text: String) -> Result<String, String> {
    DecimalNumber::parse(&text).map(|_| text)
}

#[cfg(test)]
mod tests;
