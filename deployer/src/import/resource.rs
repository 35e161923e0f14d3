//! What Terraform says of one object, whichever file it was read from.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Holds what Terraform says of an object that it manages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TerraformResource {
    /// Terraform's name for it: `module.shop.aws_dynamodb_table.orders["eu"]`.
    pub address: String,
    /// Terraform's type: `aws_dynamodb_table`.
    pub kind: String,
    /// Terraform's name without module and index: `orders`.
    pub label: String,
    /// Attributes as in a state: blocks are lists of objects. What only AWS knows is a text with the reference in it,
    /// `${aws_lambda_function.api.arn}`, so that two resources that refer to one thing say the same.
    pub attributes: Map<String, Value>,
    /// Attributes whose value could not be found out, and why: `ttl`, or `ttl.enabled` inside a block.
    pub unknown: BTreeMap<String, String>,
    /// How it stands.
    pub standing: InstanceStatus,
}

/// Tells how an object stands in a state.
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

/// Tells whether a text has a part that only AWS knows.
pub fn is_open(text: &str) -> bool {
    text.contains("${")
}

impl TerraformResource {
    /// Returns the key that `for_each` gave it: `eu` of `aws_dynamodb_table.orders["eu"]`.
    pub fn key(&self) -> Option<&str> {
        self.address.strip_suffix("\"]")?.rsplit_once("[\"").map(|(_, key)| key)
    }

    /// Returns the names of the modules that it is in and the keys that `for_each` gave them, the outermost first: `shop`, `eu` of
    /// `module.shop["eu"].aws_dynamodb_table.orders`.
    pub fn modules(&self) -> Vec<&str> {
        let end = self.address.find(&format!("{}.{}", self.kind, self.label)).unwrap_or_default();
        // A key may have a point in it.
        let parts = self.address[..end].split("module.").filter(|part| !part.is_empty());
        let words = parts.flat_map(|part| part.trim_end_matches('.').split(['[', ']']));
        words.map(|word| word.trim_matches('"')).filter(|word| !word.is_empty()).collect()
    }

    /// Tells whether a configuration describes it: an attribute that is absent then has the provider's default. A state has
    /// every attribute, and an id.
    pub fn is_configured(&self) -> bool {
        !self.attributes.contains_key("id")
    }

    /// Returns an attribute; nothing when it is absent or null.
    ///
    /// # Errors
    /// Why a part of it cannot be told.
    pub fn told(&self, name: &str) -> Result<Option<&Value>, String> {
        let inside = |rest: &str| rest.is_empty() || rest.starts_with('.');
        if let Some((_, why)) = self.unknown.iter().find(|(key, _)| key.strip_prefix(name).is_some_and(inside)) {
            return Err(why.clone());
        }
        let value = self.attributes.get(name).filter(|value| !value.is_null());
        match value.filter(|_| self.is_configured()).and_then(open_text) {
            Some(open) => Err(format!("`{open}` is known to AWS alone")),
            None => Ok(value),
        }
    }

    /// Returns an attribute's text, references and all; nothing when it is absent or empty.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub fn told_reference(&self, name: &str) -> Result<Option<&str>, String> {
        self.unknown.get(name).map_or_else(|| Ok(self.raw(name)), |why| Err(why.clone()))
    }

    /// Returns an attribute's text as it is, references and all; nothing when it is absent or empty.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns an attribute's text when all of it is known.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|text| !is_open(text))
    }

    /// Returns a whole number. Configurations may write it as a text.
    pub fn integer(&self, name: &str) -> Option<i64> {
        integer(self.attributes.get(name)?)
    }

    /// Tells whether an attribute is on.
    pub fn on(&self, name: &str) -> bool {
        self.attributes.get(name).is_some_and(on)
    }

    /// Returns the blocks of that name.
    pub fn blocks(&self, name: &str) -> impl Iterator<Item = &Map<String, Value>> {
        self.attributes.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
    }

    /// Returns the first block of that name.
    pub fn block(&self, name: &str) -> Option<&Map<String, Value>> {
        self.blocks(name).next()
    }

    /// Returns the texts of a list.
    pub fn texts(&self, name: &str) -> Vec<String> {
        texts(self.attributes.get(name))
    }

    /// Returns the texts of a list as they are, references and all.
    pub fn references(&self, name: &str) -> Vec<&str> {
        let list = self.attributes.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).collect()
    }

    /// Returns the name by which AWS knows it, from the attribute `name`.
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

    /// Returns an attribute by which others refer to the resource. A configuration has no ids: there the reference itself
    /// stands for them.
    pub fn identity(&self, name: &str) -> Option<String> {
        match self.raw(name) {
            Some(text) => Some(text.to_owned()),
            None => self.is_configured().then(|| reference(&self.address, name)),
        }
    }

    /// Returns account and region of its ARN, as far as they are there: an API's ARN has no account, a role's no region. A
    /// configuration tells a region that is not the default provider's.
    pub fn whereabouts(&self) -> (Option<&str>, Option<&str>) {
        let mut parts = self.text("arn").unwrap_or_default().split(':');
        let region = parts.nth(3).filter(|region| !region.is_empty());
        (parts.next().filter(|account| !account.is_empty()), region.or_else(|| self.text("region")))
    }
}

/// Returns what stands for an attribute that only AWS knows.
pub fn reference(address: &str, attribute: &str) -> String {
    format!("${{{address}.{attribute}}}")
}

/// Returns the first text inside a value that has a part that only AWS knows.
fn open_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => is_open(text).then_some(text),
        Value::Array(list) => list.iter().find_map(open_text),
        Value::Object(members) => members.values().find_map(open_text),
        _ => None,
    }
}

/// Returns a whole number, also one that is written as a text.
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

/// Tells whether a value is `true`, also when it is written as a text.
pub fn on(value: &Value) -> bool {
    *value == Value::Bool(true) || value.as_str() == Some("true")
}

/// Returns the texts of a list, without those that have a part that only AWS knows.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).filter(|text| !is_open(text)).map(str::to_owned).collect()
}

/// Returns a text of a block when all of it is known.
pub fn text<'a>(block: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    block.get(name)?.as_str().filter(|text| !text.is_empty() && !is_open(text))
}
