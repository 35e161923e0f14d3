//! What DynamoDB refuses of an item whose form is right ("Constraints in Amazon DynamoDB", "DynamoDB item sizes and formats").

use super::TableItem;
use super::decimal::DecimalNumber;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// Most bytes of an item, names included.
const MAX_ITEM_BYTES: usize = 400 << 10;
/// Most bytes of the name of an attribute.
const MAX_NAME_BYTES: usize = 64 << 10;
/// Most levels of lists and maps, the value in the innermost one included.
const MAX_LEVELS: usize = 32;

/// Checks an item against the limits that do not depend on its table.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check(item: &TableItem) -> Result<(), String> {
    let bytes = members(item, 0)?;
    if bytes > MAX_ITEM_BYTES {
        return Err(format!("the item has {bytes} bytes, an item has at most {MAX_ITEM_BYTES} (400 KB)"));
    }
    Ok(())
}

/// Returns the bytes of attributes with their names.
fn members(attributes: &HashMap<String, AttributeValue>, level: usize) -> Result<usize, String> {
    let mut names: Vec<_> = attributes.keys().collect();
    names.sort();
    names.into_iter().try_fold(0, |sum, name| {
        if name.is_empty() {
            return Err("the name of an attribute must not be empty".to_owned());
        }
        if name.len() >= MAX_NAME_BYTES {
            return Err(format!("the name of an attribute has {} bytes, fewer than {MAX_NAME_BYTES} fit", name.len()));
        }
        Ok(sum + name.len() + size(&attributes[name], level)?)
    })
}

/// Returns the bytes of a value.
fn size(value: &AttributeValue, level: usize) -> Result<usize, String> {
    if level >= MAX_LEVELS {
        return Err(format!("its lists and maps have more than {MAX_LEVELS} levels"));
    }
    let number = |text: &String| DecimalNumber::parse(text).map(|number| number.size());
    Ok(match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(text) => number(text)?,
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(texts) => texts.iter().try_fold(0, |sum, text| Ok::<_, String>(sum + number(text)?))?,
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        AttributeValue::L(values) => {
            values.iter().try_fold(3, |sum, value| Ok::<_, String>(sum + 1 + size(value, level + 1)?))?
        }
        AttributeValue::M(attributes) => 3 + attributes.len() + members(attributes, level + 1)?,
        _ => 1,
    })
}
