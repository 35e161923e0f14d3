//! What Terraform says of one object, whichever file it was read from.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An object that Terraform manages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TerraformResource {
    /// Terraform's name for it: `module.shop.aws_dynamodb_table.orders["eu"]`.
    pub address: String,
    /// Terraform's kind: `aws_dynamodb_table`.
    pub kind: String,
    /// Terraform's name without module and index: `orders`.
    pub label: String,
    /// Attributes as in a state: blocks are lists of objects. What only AWS knows is a text with the reference in it,
    /// `${aws_lambda_function.api.arn}`, so that two resources that refer to one thing say the same.
    pub attributes: Map<String, Value>,
    /// Attributes whose value could not be found out, and why.
    pub unknown: BTreeMap<String, String>,
    /// How it stands.
    pub standing: InstanceStatus,
}

/// How an object stands in a state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum InstanceStatus {
    /// As it should.
    #[default]
    Sound,
    /// Terraform would replace it with its next `apply`.
    Tainted,
    /// Terraform has replaced it and has still to delete it. It has this key.
    Deposed(String),
}

/// Whether a text has a part that only AWS knows.
pub fn is_open(text: &str) -> bool {
    text.contains("${")
}

impl TerraformResource {
    /// An attribute's text as it is, references and all; nothing when it is absent or empty.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// An attribute's text when all of it is known.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|text| !is_open(text))
    }

    /// A whole number. Configurations may write it as a text.
    pub fn integer(&self, name: &str) -> Option<i64> {
        integer(self.attributes.get(name)?)
    }

    /// Whether an attribute is on.
    pub fn on(&self, name: &str) -> bool {
        self.attributes.get(name).is_some_and(on)
    }

    /// The blocks of that name.
    pub fn blocks(&self, name: &str) -> Vec<&Map<String, Value>> {
        self.attributes.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect()
    }

    /// The first block of that name.
    pub fn block(&self, name: &str) -> Option<&Map<String, Value>> {
        self.blocks(name).into_iter().next()
    }

    /// The texts of a list.
    pub fn texts(&self, name: &str) -> Vec<String> {
        texts(self.attributes.get(name))
    }

    /// The name by which AWS knows it, from the attribute `name`.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub fn name(&self, name: &str) -> Result<&str, String> {
        if let Some(why) = self.unknown.get(name) {
            return Err(why.clone());
        }
        match self.raw(name) {
            None => Err(format!("it has no `{name}`: Terraform made one up, which only its state tells")),
            Some(open) if is_open(open) => Err(format!("`{open}` is known to AWS alone: only a state tells it")),
            Some(text) => Ok(text),
        }
    }

    /// Whether `reference`, an attribute of another resource, is about this one.
    pub fn is_meant_by(&self, reference: &str) -> bool {
        const IDENTITIES: &[&str] = &["id", "arn", "name", "function_name", "invoke_arn", "qualified_arn"];
        let same = IDENTITIES.iter().any(|identity| self.identity(identity).as_deref() == Some(reference));
        // The URI of an integration that was put together by hand.
        same || self.identity("arn").is_some_and(|arn| reference.contains(&format!("/functions/{arn}/")))
    }

    /// An attribute by which others refer to it. A configuration has no ids: there the reference itself stands for them.
    fn identity(&self, name: &str) -> Option<String> {
        match self.raw(name) {
            Some(text) => Some(text.to_owned()),
            None if self.attributes.contains_key("id") => None,
            None => Some(reference(&self.address, name)),
        }
    }

    /// Account and region in its ARN, as far as they are there: an API's ARN has no account, a role's no region.
    pub fn whereabouts(&self) -> (Option<&str>, Option<&str>) {
        let mut parts = self.text("arn").unwrap_or_default().split(':');
        let region = parts.nth(3).filter(|region| !region.is_empty());
        (parts.next().filter(|account| !account.is_empty()), region)
    }
}

/// What stands for an attribute that only AWS knows.
pub fn reference(address: &str, attribute: &str) -> String {
    format!("${{{address}.{attribute}}}")
}

/// A whole number, also one written as a text.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        // Terraform's numbers may be written as 5.0.
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15)?;
            Some(float as i64)
        }),
        _ => None,
    }
}

/// `true`, also when written as a text.
pub fn on(value: &Value) -> bool {
    *value == Value::Bool(true) || value.as_str() == Some("true")
}

/// The texts of a list, without what is open.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).filter(|text| !is_open(text)).map(str::to_owned).collect()
}

/// A text of a block when all of it is known.
pub fn text<'a>(block: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    block.get(name)?.as_str().filter(|text| !text.is_empty() && !is_open(text))
}
