//! A table: its items page by page, a query by key, and one item whole.

use super::item_change::EditedTable;
use super::layout::{Page, address, facts, not_found, page, with_query};
use super::service_call::ask;
use super::visit::{ACTION, PageVisit};
use super::{charts, event_sources};
use crate::context::Context;
use crate::wire::ServiceResult;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Items on a page.
const ON_A_PAGE: usize = 50;
/// Characters of a value in a list; the item's own page has all of it.
const LONGEST_CELL: usize = 120;
/// Attributes in a list beside the key.
const COLUMNS: usize = 5;

/// A table as the pages need it.
struct TableView {
    region: String,
    name: String,
    description: Value,
}

/// What is asked of a table.
struct TableQuery<'a> {
    /// Empty: the table itself.
    index: &'a str,
    partition: &'a str,
    /// What the sort key begins with; empty: anything.
    begins: &'a str,
    start: Option<Value>,
}

impl TableView {
    async fn find(cx: &Arc<Context>, region: &str, name: &str) -> Option<Self> {
        // A region becomes the name of a file: only those that have one.
        if !cx.tables.regions().is_ok_and(|regions| regions.iter().any(|one| one == region)) {
            return None;
        }
        let mut found = ask(cx, "dynamodb", "DescribeTable", region, &json!({ "TableName": name })).await.ok()?;
        Some(Self { region: region.to_owned(), name: name.to_owned(), description: found["Table"].take() })
    }

    fn address(&self) -> String {
        address(&["tables", &self.region, &self.name])
    }

    fn indexes(&self) -> impl Iterator<Item = &Value> {
        let of = |member: &str| self.description[member].as_array().into_iter().flatten();
        of("GlobalSecondaryIndexes").chain(of("LocalSecondaryIndexes"))
    }

    /// Returns the key attributes of the table or of an index: partition key and sort key.
    fn keys(&self, index: &str) -> Vec<&str> {
        let indexed = self.indexes().find(|one| one["IndexName"] == index);
        let schema = indexed.unwrap_or(&self.description)["KeySchema"].as_array();
        schema.into_iter().flatten().filter_map(|key| key["AttributeName"].as_str()).collect()
    }

    fn kind_of(&self, attribute: &str) -> &str {
        let defined = self.description["AttributeDefinitions"].as_array().into_iter().flatten();
        let found = defined.into_iter().find(|definition| definition["AttributeName"] == attribute);
        found.and_then(|definition| definition["AttributeType"].as_str()).unwrap_or("S")
    }

    async fn read(&self, cx: &Arc<Context>, query: &TableQuery<'_>) -> ServiceResult {
        let mut input = json!({ "TableName": self.name, "Limit": ON_A_PAGE });
        if !query.index.is_empty() {
            input["IndexName"] = json!(query.index);
        }
        if let Some(start) = &query.start {
            input["ExclusiveStartKey"] = start.clone();
        }
        if query.partition.is_empty() {
            return ask(cx, "dynamodb", "Scan", &self.region, &input).await;
        }
        let keys = self.keys(query.index);
        let partition = keys.first().copied().unwrap_or_default();
        let mut condition = "#p = :p".to_owned();
        input["ExpressionAttributeNames"] = json!({ "#p": partition });
        input["ExpressionAttributeValues"] = json!({ ":p": { (self.kind_of(partition)): query.partition } });
        if let (Some(sort), false) = (keys.get(1), query.begins.is_empty()) {
            let kind = self.kind_of(sort);
            condition += if kind == "S" { " AND begins_with(#s, :s)" } else { " AND #s = :s" };
            input["ExpressionAttributeNames"]["#s"] = json!(sort);
            input["ExpressionAttributeValues"][":s"] = json!({ (kind): query.begins });
        }
        input["KeyConditionExpression"] = json!(condition);
        ask(cx, "dynamodb", "Query", &self.region, &input).await
    }

    fn form(&self, query: &TableQuery<'_>) -> Markup {
        let keys = self.keys(query.index);
        html! {
            form method="get" action=(self.address()) {
                label { "Look in" select name="index" {
                    option value="" { "the table" }
                    @for index in self.indexes() {
                        @let name = index["IndexName"].as_str().unwrap_or_default();
                        option value=(name) selected[name == query.index] { "index " (name) }
                    }
                } }
                label { span { bdi { (keys.first().copied().unwrap_or("key")) } " is" } input name="partition" value=(query.partition) autocomplete="off"; }
                @if let Some(sort) = keys.get(1) {
                    label { span { bdi { (sort) } @if self.kind_of(sort) == "S" { " begins with" } @else { " is" } }
                        input name="begins" value=(query.begins) autocomplete="off"; }
                }
                button type="submit" { "Query" }
                a href=(self.address()) { "All items" }
            }
        }
    }

    fn edited(&self) -> EditedTable<'_> {
        EditedTable { region: &self.region, name: &self.name, keys: self.keys("") }
    }

    /// Renders what changes the table as a whole.
    fn changes(&self, visit: &PageVisit) -> Markup {
        let example: Map<String, Value> =
            self.keys("").iter().map(|key| ((*key).to_owned(), json!({ (self.kind_of(key)): "" }))).collect();
        let example = serde_json::to_string_pretty(&example).unwrap_or_default();
        let export = format!("{}/export", self.address());
        html! {
            (self.undo(visit))
            p { a href=(export) download=(format!("{}.jsonl", self.name)) { "Export as JSON lines" } }
            @if visit.may_change {
                details {
                    summary { "New item" }
                    (visit.form(&self.address(), "new", html! {
                        label.wide { "Item, with types" textarea name="item" rows="6" spellcheck="false" { (example) } }
                        button type="submit" { "Put in" }
                    }))
                }
                details {
                    summary { "Import" }
                    (visit.form(&self.address(), "import", html! {
                        label.wide { "Items, a line each, as the export has them" textarea name="lines" rows="6" spellcheck="false" {} }
                        label { "or of a file" input type="file" accept=".jsonl,.json,.ndjson" data-into="lines"; }
                        button type="submit" { "Import" }
                    }))
                }
            }
        }
    }

    /// Renders the way back from the last change.
    fn undo(&self, visit: &PageVisit) -> Markup {
        match visit.cx.browser.last(&self.region, &self.name) {
            Some(last) => visit.form(
                &self.address(),
                "undo",
                html! {
                    button type="submit" { "Take the last change back" }
                    span.value { bdi { (last.key.to_string()) } }
                },
            ),
            None => html! {},
        }
    }

    fn items(&self, items: &[Value]) -> Markup {
        let keys = self.keys("");
        let mut columns: Vec<&str> = keys.clone();
        for name in items.iter().filter_map(Value::as_object).flat_map(Map::keys) {
            if columns.len() < keys.len() + COLUMNS && !columns.contains(&name.as_str()) {
                columns.push(name);
            }
        }
        html! {
            div.scroll tabindex="0" role="region" aria-label="Items" { table {
                thead { tr { @for column in &columns { th scope="col" { bdi { (column) } } } th scope="col" { "All of it" } } }
                tbody {
                    @for item in items {
                        tr {
                            @for column in &columns { td data-label=(column) { (cell(&item[*column])) } }
                            td.whole data-label="All of it" {
                                @let key: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), item[*key].clone())).collect();
                                a href=(with_query(&format!("{}/item", self.address()), &[("key", &json!(key).to_string())])) { "Whole item" }
                            }
                        }
                    }
                }
            } }
        }
    }
}

/// Shows the items of a table, or those that a query finds.
pub async fn items(visit: &PageVisit, region: &str, name: &str, query: &BTreeMap<String, String>) -> Page {
    let cx = &visit.cx;
    let Some(table) = TableView::find(cx, region, name).await else {
        return not_found(visit, "There is no such table.");
    };
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let start = query.get("start").and_then(|start| serde_json::from_str(start).ok());
    let asked = TableQuery { index: text("index"), partition: text("partition"), begins: text("begins"), start };
    let found = table.read(cx, &asked).await;
    let fed = match table.description["LatestStreamArn"].as_str() {
        Some(stream) => event_sources::of_source(cx, region, stream).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let content = html! {
        h1 { "Table " bdi { (table.name) } }
        (facts([
            ("Items", html! { (table.description["ItemCount"]) }),
            ("Status", html! { (table.description["TableStatus"].as_str().unwrap_or_default()) }),
            ("Key", html! { bdi { (table.keys("").join(", ")) } }),
        ]))
        @if !fed.is_empty() { details { summary { "Functions that its changes run" } (event_sources::functions(region, &fed)) } }
        (charts::of_table(cx, region, name))
        h2 { "Items" }
        (table.form(&asked))
        (table.changes(visit))
        @match &found {
            Err(error) => { p.reason role="status" { bdi { (error) } } }
            Ok(found) => {
                @let items = found["Items"].as_array().map(Vec::as_slice).unwrap_or_default();
                @if items.is_empty() { p { "No items." } } @else { (table.items(items)) }
                @if found["LastEvaluatedKey"].is_object() {
                    @let start = found["LastEvaluatedKey"].to_string();
                    p { a href=(with_query(&table.address(), &[("index", asked.index), ("partition", asked.partition), ("begins", asked.begins), ("start", &start)])) { "Further items" } }
                }
            }
        }
    };
    page(visit, &format!("Table {}", table.name), content)
}

/// Shows one item whole.
pub async fn item(visit: &PageVisit, region: &str, name: &str, query: &BTreeMap<String, String>) -> Page {
    let cx = &visit.cx;
    let Some(table) = TableView::find(cx, region, name).await else {
        return not_found(visit, "There is no such table.");
    };
    let key: Value = query.get("key").and_then(|key| serde_json::from_str(key).ok()).unwrap_or_default();
    let input = json!({ "TableName": table.name, "Key": key, "ConsistentRead": true });
    let found = ask(cx, "dynamodb", "GetItem", region, &input).await;
    let Some(item) = found.as_ref().ok().and_then(|found| found["Item"].as_object()) else {
        return not_found(visit, "There is no such item any more.");
    };
    let title = format!("Item of {}", table.name);
    let whole_item = serde_json::to_string_pretty(item).unwrap_or_default();
    let address = with_query(&format!("{}/item", table.address()), &[("key", &key.to_string())]);
    let content = html! {
        h1 { "Item of " a href=(table.address()) { bdi { (table.name) } } }
        (table.undo(visit))
        table {
            thead { tr { th scope="col" { "Attribute" } th scope="col" { "Type" } th scope="col" { "Value" } } }
            tbody {
                @for (name, value) in item {
                    tr {
                        td data-label="Attribute" { bdi { (name) } }
                        td data-label="Type" { (kind(value)) }
                        td.wide data-label="Value" { pre { bdi { (whole(value)) } } }
                    }
                }
            }
        }
        (visit.form(&address, "save", html! {
            input type="hidden" name="before" value=(json!(item));
            label.wide { "Item, with types" textarea name="item" rows="12" spellcheck="false" { (whole_item) } }
            button type="submit" { "Save" }
        }))
        (visit.form(&address, "delete", html! {
            input type="hidden" name="before" value=(json!(item));
            button.danger type="submit" { "Delete" }
        }))
    };
    page(visit, &title, content)
}

/// Changes items of a table as a form says.
///
/// # Errors
/// Why it was not done, in words.
pub async fn change(
    cx: &Arc<Context>,
    region: &str,
    name: &str,
    fields: &BTreeMap<String, String>,
) -> Result<String, String> {
    let table = TableView::find(cx, region, name).await.ok_or("there is no such table")?;
    let table = table.edited();
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let item = |name: &str| -> Result<Value, String> {
        let read: Value = serde_json::from_str(field(name)).map_err(|error| format!("this is no JSON: {error}"))?;
        if read.is_object() { Ok(read) } else { Err("an item is an object".to_owned()) }
    };
    match field(ACTION) {
        "new" => {
            let item = item("item")?;
            table.replace(cx, &table.key_of(&item)?, None, Some(&item)).await?;
            Ok("The item was put in.".to_owned())
        }
        "save" => {
            let (before, item) = (item("before")?, item("item")?);
            let key = table.key_of(&before)?;
            if table.key_of(&item)? != key {
                return Err("the key of an item cannot be changed: put a new item in, and delete this one".to_owned());
            }
            table.replace(cx, &key, Some(&before), Some(&item)).await?;
            Ok("The item was saved.".to_owned())
        }
        "delete" => {
            let before = item("before")?;
            table.replace(cx, &table.key_of(&before)?, Some(&before), None).await?;
            Ok("The item was deleted.".to_owned())
        }
        "undo" => table.undo(cx).await.map(|()| "The last change was taken back.".to_owned()),
        "import" => Ok(format!("{} items were put in.", table.import(cx, field("lines")).await?)),
        _ => Err("this is not known here".to_owned()),
    }
}

/// Returns all items of a table as JSON lines; `None` where there is no such table.
pub async fn export(cx: &Arc<Context>, region: &str, name: &str) -> Option<Result<String, String>> {
    let table = TableView::find(cx, region, name).await?;
    Some(table.edited().export(cx).await)
}

/// Returns the name of a value's type, as DynamoDB spells it.
fn kind(value: &Value) -> &str {
    value.as_object().and_then(|members| members.keys().next()).map_or("", String::as_str)
}

/// Returns a value as text: text and numbers as they are, everything else as DynamoDB's JSON.
fn whole(value: &Value) -> String {
    match (kind(value), &value[kind(value)]) {
        ("S" | "N", Value::String(text)) => text.clone(),
        ("BOOL", Value::Bool(flag)) => flag.to_string(),
        ("NULL", _) => "null".to_owned(),
        (_, inner) => serde_json::to_string_pretty(inner).unwrap_or_default(),
    }
}

fn cell(value: &Value) -> Markup {
    if value.is_null() {
        return html! { span.none { "–" } };
    }
    let text = whole(value);
    let shown: String = text.chars().take(LONGEST_CELL).collect();
    html! { span.value title=(kind(value)) { bdi { (shown) @if shown.len() < text.len() { "…" } } } }
}
