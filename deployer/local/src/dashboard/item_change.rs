//! Changes of items, each if the item is still as it was shown, and the last one taken back.

use super::service_call::ask;
use crate::context::Context;
use crate::service::dynamodb::{ItemPlace, replace_item};
use crate::state::ItemChange;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// A table as far as changes need it.
pub struct EditedTable<'a> {
    /// Its region.
    pub region: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its key attributes.
    pub keys: Vec<&'a str>,
}

impl EditedTable<'_> {
    /// Returns the key of an item.
    ///
    /// # Errors
    /// In words, when an attribute of the key is missing.
    pub fn key_of(&self, item: &Value) -> Result<Value, String> {
        let part = |name: &&str| match item.get(*name) {
            Some(value) => Ok(((*name).to_owned(), value.clone())),
            None => Err(format!("the item has no {name:?}, a key of the table")),
        };
        Ok(Value::Object(self.keys.iter().map(part).collect::<Result<Map<_, _>, _>>()?))
    }

    /// Puts an item in the place of the one that is expected, or takes that away. It is the table's last change then.
    ///
    /// # Errors
    /// In words: the item is not as expected any more, or DynamoDB's own.
    pub async fn replace(
        &self,
        cx: &Arc<Context>,
        key: &Value,
        expected: Option<&Value>,
        wanted: Option<&Value>,
    ) -> Result<(), String> {
        let (region, table, of_key) = (self.region.to_owned(), self.name.to_owned(), key.clone());
        let (before, item, shared) = (expected.cloned(), wanted.cloned(), Arc::clone(cx));
        let replaced = spawn_blocking(move || {
            let place = ItemPlace { region: &region, table: &table, key: &of_key };
            replace_item(&shared, &place, before.as_ref(), item.as_ref())
        });
        let replaced = replaced.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let after = replaced.ok_or("it was changed meanwhile, and is left as it is: look at it again")?;
        let change = ItemChange { key: key.clone(), before: expected.cloned(), after };
        cx.browser.keep(self.region, self.name, Some(change));
        Ok(())
    }

    /// Takes the last change back, if nobody changed the item since.
    ///
    /// # Errors
    /// In words.
    pub async fn undo(&self, cx: &Arc<Context>) -> Result<(), String> {
        let last = cx.browser.last(self.region, self.name).ok_or("there is no change to take back")?;
        self.replace(cx, &last.key, last.after.as_ref(), last.before.as_ref()).await
    }

    /// Puts items in, of lines in the form of `backup export` or of plain items. Nothing is put in when one line is wrong.
    ///
    /// # Errors
    /// In words, with the line.
    pub async fn import(&self, cx: &Arc<Context>, lines: &str) -> Result<usize, String> {
        let mut items = Vec::new();
        for (number, line) in (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let mut read: Value = serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
            let item = if read["Item"].is_object() && self.key_of(&read).is_err() { read["Item"].take() } else { read };
            self.key_of(&item).map_err(|why| format!("line {number}: {why}"))?;
            items.push((number, item));
        }
        let mut done = 0;
        for (number, item) in items {
            let input = json!({ "TableName": self.name, "Item": item });
            let put = ask(cx, "dynamodb", "PutItem", self.region, &input).await;
            put.map_err(|error| format!("line {number}, after {done} items were put in: {error}"))?;
            done += 1;
        }
        cx.browser.keep(self.region, self.name, None);
        Ok(done)
    }

    /// Returns all items as lines in the form of `backup export`.
    ///
    /// # Errors
    /// DynamoDB's own, in words.
    pub async fn export(&self, cx: &Arc<Context>) -> Result<String, String> {
        let (mut lines, mut input) = (String::new(), json!({ "TableName": self.name, "ConsistentRead": true }));
        loop {
            let mut page = ask(cx, "dynamodb", "Scan", self.region, &input).await.map_err(|error| error.to_string())?;
            for item in page["Items"].as_array().into_iter().flatten() {
                lines.push_str(&json!({ "Item": item }).to_string());
                lines.push('\n');
            }
            match page["LastEvaluatedKey"].take() {
                Value::Null => return Ok(lines),
                key => input["ExclusiveStartKey"] = key,
            }
        }
    }
}
