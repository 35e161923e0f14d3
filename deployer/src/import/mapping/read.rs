//! Reading an attribute as the description writes it.

use crate::import::resource::{TerraformResource, on, text as block_text};
use serde_json::{Map, Value};

/// Reads a text.
pub fn text(resource: &TerraformResource, name: &str) -> Option<Value> {
    resource.text(name).map(Value::from)
}

/// Reads a whole number. `default` is the provider's, for a configuration that leaves it out.
pub fn whole(resource: &TerraformResource, name: &str, default: i64) -> Option<Value> {
    resource.integer(name).or_else(|| resource.is_configured().then_some(default)).map(Value::from)
}

/// Reads a number, also one that is written as a text; nothing below 0, which stands for "no limit".
pub fn limit(block: Option<&Map<String, Value>>, name: &str) -> Option<Value> {
    let value = block?.get(name)?;
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let number: f64 = number.filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    let whole = (number.fract() == 0.0 && number < 9e15).then_some(number as i64);
    Some(whole.map_or_else(|| number.into(), Value::from))
}

/// Reads what is on, and nothing of what is off.
pub fn flag(is_on: bool) -> Option<Value> {
    is_on.then_some(Value::Bool(true))
}

/// Returns the block of that name when its `enabled` is on.
pub fn switched_on<'a>(resource: &'a TerraformResource, name: &str) -> Option<&'a Map<String, Value>> {
    resource.block(name).filter(|block| block.get("enabled").is_some_and(on))
}

/// Returns a text of the first block of that name.
pub fn text_in<'a>(resource: &'a TerraformResource, block: &str, name: &str) -> Option<&'a str> {
    block_text(resource.block(block)?, name)
}
