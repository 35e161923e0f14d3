//! The first page: what is in the cloud, and what came last.

use super::layout::{Page, address, page};
use super::service_call::ask;
use super::traffic::rows;
use super::visit::PageVisit;
use super::{event_sources, queues};
use crate::context::Context;
use crate::gateway::endpoint;
use crate::store::source_mapping::SourceMapping;
use crate::store::{CloudDocument, RegionDocument};
use crate::trace::TraceRange;
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Requests on the first page.
const LAST: usize = 8;

/// Shows the first page.
pub async fn overview(visit: &PageVisit) -> Page {
    let cx = &visit.cx;
    let document = cx.store.snapshot();
    let mut regions = Vec::new();
    // A region that has tables alone is not in the document.
    let of_tables = cx.tables.regions().unwrap_or_default();
    let names: BTreeSet<String> = document.regions.keys().cloned().chain(of_tables).collect();
    for name in &names {
        regions.push(self::region(cx, &document, name, document.region(name)).await);
    }
    let is_empty = regions.iter().all(Option::is_none);
    let last = cx.traces.list(TraceRange { limit: LAST, ..TraceRange::default() }).await;
    let content = html! {
        h1 { "What is here" }
        @if is_empty { p { "Nothing yet: " code { "deployer up --local" } " brings a stack up." } }
        @for region in regions.iter().flatten() { (region) }
        h2 { "Last requests" }
        div data-live="requests" {
            @if last.is_empty() { p { "None yet." } } @else { (rows(&last)) }
        }
    };
    page(visit, "What is here", content)
}

async fn region(cx: &Arc<Context>, document: &CloudDocument, name: &str, region: &RegionDocument) -> Option<Markup> {
    let tables = tables(cx, name).await;
    let RegionDocument { functions, rest_apis, rules, queues: region_queues, sources, .. } = region;
    let mut waiting = Vec::new();
    for (queue, _) in region_queues.queues.iter() {
        waiting.push((queue, queues::counts(cx, name, queue).await));
    }
    let now_ms = cx.clock.now_ms();
    let fed = |function: &str| -> Vec<&SourceMapping> {
        let of = |mapping: &&SourceMapping| mapping.function == function && !mapping.is_gone(now_ms);
        sources.values().filter(of).collect()
    };
    if tables.is_empty() && functions.is_empty() && waiting.is_empty() && rest_apis.is_empty() && rules.rules.is_empty()
    {
        return None;
    }
    Some(html! {
        section {
            h2 { bdi { (name) } }
            div.cards {
                @for api in rest_apis.values() { @for stage in api.stages.keys() {
                    article { h3 { a href=(address(&["apis", name, &api.id, stage])) { "API " bdi { (api.name) } } } p { code { (endpoint(cx.addr, &api.id, stage)) } } }
                } }
                @for function in functions.values() {
                    article {
                        h3 { a href=(address(&["functions", name, &function.name])) { "Function " bdi { (function.name) } } }
                        p { (function.memory_mb) " MB, " (function.timeout_s) " s"
                            @if let Some(limit) = function.reserved_concurrency { ", at most " (limit) " at once" } }
                        @for source in fed(&function.name) {
                            p { "runs for " (event_sources::named(&source.source_arn)) @if !source.enabled { ", switched off" } }
                        }
                        @if !has_role(document, &function.role) { p.reason { "Its role is gone." } }
                    }
                }
                @for table in &tables {
                    article {
                        h3 { a href=(address(&["tables", name, text(table, "TableName")])) { "Table " bdi { (text(table, "TableName")) } } }
                        p { (table["ItemCount"]) " items, " (text(table, "TableStatus")) }
                    }
                }
                @for (queue, counts) in &waiting {
                    article {
                        h3 { a href=(queues::queue_address(name, queue)) { "Queue " bdi { (queue) } } }
                        p data-live=(format!("queue {name} {queue}")) { (counts) }
                    }
                }
                @for (rule, record) in rules.rules.iter() {
                    article {
                        h3 { a href=(address(&["schedules", name, rule])) { "Schedule " bdi { (rule) } } }
                        p { code { bdi { (record.schedule) } } @if !record.enabled { ", switched off" } }
                    }
                }
            }
        }
    })
}

fn has_role(document: &CloudDocument, arn: &str) -> bool {
    document.iam.roles.values().any(|role| role.arn == arn)
}

/// Returns the descriptions of the tables of a region; a database that cannot be read shows none.
async fn tables(cx: &Arc<Context>, region: &str) -> Vec<Value> {
    let mut tables = Vec::new();
    let mut input = json!({});
    loop {
        let names = ask(cx, "dynamodb", "ListTables", region, &input).await.unwrap_or_default();
        for name in names["TableNames"].as_array().into_iter().flatten() {
            let described = ask(cx, "dynamodb", "DescribeTable", region, &json!({ "TableName": name })).await;
            tables.extend(described.ok().map(|mut description| description["Table"].take()));
        }
        match &names["LastEvaluatedTableName"] {
            Value::String(last) => input["ExclusiveStartTableName"] = json!(last),
            _ => return tables,
        }
    }
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}
