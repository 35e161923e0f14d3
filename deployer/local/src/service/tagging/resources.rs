//! Resource Groups Tagging API: what carries which tags, over all services of a region. IAM roles are not part of it.

use crate::ACCOUNT;
use crate::context::Context;
use crate::control::dynamodb;
use crate::front::json::{Call, Fault};
use crate::logs::model::group_arn;
use crate::store::Region;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;

/// Tags of one resource.
pub type Tags = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    pagination_token: Option<String>,
    #[serde(default)]
    tag_filters: Vec<Filter>,
    resources_per_page: Option<usize>,
    tags_per_page: Option<usize>,
    #[serde(default)]
    resource_type_filters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

/// What was deleted and is still shown: a fault.
#[derive(Debug, Default)]
pub struct Deleted(Mutex<Vec<Tombstone>>);

#[derive(Debug)]
struct Tombstone {
    region: String,
    arn: String,
    tags: Tags,
    until: OffsetDateTime,
}

impl Deleted {
    /// Remembers, when the faults ask for it, what is there before a deletion and not after it.
    pub async fn watch<T>(cx: &Arc<Context>, region: &str, operation: &str, deletion: impl Future<Output = T>) -> T {
        let Some(stale) = cx.faults.settings().stale_tags().filter(|_| operation.starts_with("Delete")) else {
            return deletion.await;
        };
        let before = tagged(cx, region).await;
        let result = deletion.await;
        let after = tagged(cx, region).await;
        if let (Ok(before), Ok(after)) = (before, after) {
            let until = cx.clock.now() + stale;
            let gone = before.into_iter().filter(|(arn, _)| !after.contains_key(arn));
            let gone = gone.map(|(arn, tags)| Tombstone { region: region.to_owned(), arn, tags, until });
            cx.deleted.0.lock().unwrap_or_else(PoisonError::into_inner).extend(gone);
        }
        result
    }

    /// Adds what is still shown.
    fn show(&self, region: &str, now: OffsetDateTime, resources: &mut BTreeMap<String, Tags>) {
        let mut tombstones = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tombstones.retain(|tombstone| now < tombstone.until);
        for tombstone in tombstones.iter().filter(|tombstone| tombstone.region == region) {
            resources.entry(tombstone.arn.clone()).or_insert_with(|| tombstone.tags.clone());
        }
    }
}

/// Everything in a region that can have tags. Tables are asked for theirs, which blocks.
async fn tagged(cx: &Arc<Context>, region: &str) -> Result<BTreeMap<String, Tags>, Fault> {
    let (cx, region) = (Arc::clone(cx), region.to_owned());
    tokio::task::spawn_blocking(move || {
        let mut resources = cx.store.read(|document| of_document(&region, document.region(&region)));
        resources.extend(dynamodb::tagged(&cx, &region)?);
        Ok(resources)
    })
    .await
    .map_err(Fault::internal)?
}

/// Answers a tagging call.
///
/// # Errors
/// The service's own, and `NotImplementedException`.
pub async fn handle(cx: &Arc<Context>, call: Call) -> Result<Value, Fault> {
    match call.operation.as_str() {
        "GetResources" => {
            let mut resources = tagged(cx, &call.region).await?;
            cx.deleted.show(&call.region, cx.clock.now(), &mut resources);
            get(&call, &resources)
        }
        other => Err(Fault::unknown_operation("tagging", other)),
    }
}

fn get(call: &Call, resources: &BTreeMap<String, Tags>) -> Result<Value, Fault> {
    let input: Get = call.input()?;
    if input.tags_per_page.is_some() {
        return Err(Fault::not_implemented("the embedded cloud does not model TagsPerPage of GetResources"));
    }
    for filter in &input.resource_type_filters {
        check_type(filter)?;
    }
    let matches = |(arn, tags): &(&String, &Tags)| {
        !tags.is_empty()
            && input.tag_filters.iter().all(|filter| fits(filter, tags))
            && (input.resource_type_filters.is_empty()
                || input.resource_type_filters.iter().any(|kind| is_a(arn, kind)))
    };
    let limit = input.resources_per_page.unwrap_or(100).clamp(1, 100);
    // An empty token is the first page, as the answer writes it.
    let token = input.pagination_token.as_deref().filter(|token| !token.is_empty());
    let page =
        super::page::cut(resources.iter().filter(matches), |(arn, _)| arn.as_str(), token, limit).map_err(|_| {
            Fault::new(
                400,
                "PaginationTokenExpiredException",
                "The pagination token is not valid any more: start again",
            )
        })?;
    let list: Vec<Value> = page
        .items
        .into_iter()
        .map(|(arn, tags)| {
            let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            json!({"ResourceARN": arn, "Tags": tags})
        })
        .collect();
    Ok(json!({"PaginationToken": page.next.unwrap_or_default(), "ResourceTagMappingList": list}))
}

fn of_document(name: &str, region: &Region) -> BTreeMap<String, Tags> {
    let mut found = BTreeMap::new();
    for function in region.functions.values() {
        found.insert(function.arn.clone(), function.tags.clone());
    }
    for api in region.rest_apis.values() {
        let arn = format!("arn:aws:apigateway:{name}::/restapis/{}", api.id);
        for stage in api.stages.values() {
            found.insert(format!("{arn}/stages/{}", stage.name), stage.tags.clone());
        }
        found.insert(arn, api.tags.clone());
    }
    for plan in region.usage_plans.values() {
        found.insert(format!("arn:aws:apigateway:{name}::/usageplans/{}", plan.id), plan.tags.clone());
    }
    for key in region.api_keys.values() {
        found.insert(format!("arn:aws:apigateway:{name}::/apikeys/{}", key.id), key.tags.clone());
    }
    for (group, record) in &region.logs.groups {
        found.insert(group_arn(name, group), record.tags.clone());
    }
    for (rule, record) in &region.rules.rules {
        found.insert(format!("arn:aws:events:{name}:{ACCOUNT}:rule/{rule}"), record.tags.clone());
    }
    found
}

fn fits(filter: &Filter, tags: &Tags) -> bool {
    tags.get(&filter.key).is_some_and(|value| filter.values.is_empty() || filter.values.contains(value))
}

/// `service` or `service:type`.
fn check_type(filter: &str) -> Result<(), Fault> {
    let (service, kind) = filter.split_once(':').unwrap_or((filter, "x"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-/".contains(&b));
    match plain(service) && plain(kind) {
        true => Ok(()),
        false => Err(Fault::new(400, "InvalidParameterException", format!("Invalid resource type filter {filter}"))),
    }
}

/// Whether an ARN is of a type such as `lambda:function` or of any type of a service.
fn is_a(arn: &str, filter: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts.as_slice() else {
        return false;
    };
    let kind = match *service {
        // `/restapis/<id>/stages/<name>`: every second segment names a type.
        "apigateway" => resource.split('/').skip(1).step_by(2).collect::<Vec<_>>().join("/"),
        _ => resource.split([':', '/']).next().unwrap_or_default().to_owned(),
    };
    match filter.split_once(':') {
        None => filter == *service,
        Some((wanted, wanted_kind)) => wanted == *service && wanted_kind == kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_arns() {
        for (arn, filter, expected) in [
            ("arn:aws:lambda:eu-west-1:0:function:orders", "lambda:function", true),
            ("arn:aws:lambda:eu-west-1:0:function:orders", "lambda", true),
            ("arn:aws:dynamodb:eu-west-1:0:table/orders", "dynamodb:table", true),
            ("arn:aws:dynamodb:eu-west-1:0:table/orders", "lambda:function", false),
            ("arn:aws:logs:eu-west-1:0:log-group:/aws/lambda/x", "logs:log-group", true),
            ("arn:aws:events:eu-west-1:0:rule/expire", "events:rule", true),
            ("arn:aws:apigateway:eu-west-1::/restapis/abc", "apigateway:restapis", true),
            ("arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod", "apigateway:restapis/stages", true),
            ("arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod", "apigateway:restapis", false),
        ] {
            assert_eq!(is_a(arn, filter), expected, "{arn} {filter}");
        }
    }
}
