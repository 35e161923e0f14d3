//! Which resources carry which tags.

use crate::context::Context;
use crate::wire::{Call, ServiceError, ServiceResult, TagMap, page, tag_list};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetResourcesInput {
    pagination_token: Option<String>,
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
    resources_per_page: Option<usize>,
    tags_per_page: Option<usize>,
    #[serde(default)]
    resource_type_filters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagFilter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

pub(super) fn get_resources(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetResourcesInput = call.input()?;
    if input.tags_per_page.is_some() {
        return Err(ServiceError::not_modelled("TagsPerPage of GetResources"));
    }
    let mut resources = BTreeMap::new();
    for list in &cx.tagged {
        resources.extend(list(cx, &call.region)?);
    }
    cx.deleted.show(&call.region, cx.clock.now(), &mut resources);
    for filter in &input.resource_type_filters {
        check_type(filter)?;
    }
    let matches = |(arn, tags): &(&String, &TagMap)| {
        !tags.is_empty()
            && input.tag_filters.iter().all(|filter| fits(filter, tags))
            && (input.resource_type_filters.is_empty()
                || input.resource_type_filters.iter().any(|kind| is_a(arn, kind)))
    };
    let limit = input.resources_per_page.unwrap_or(100).clamp(1, 100);
    // An empty token is the first page, as the answer writes it.
    let token = input.pagination_token.as_deref().filter(|token| !token.is_empty());
    let page = page::cut(resources.iter().filter(matches), |(arn, _)| arn, token, limit).map_err(|_| {
        let message = "The pagination token is not valid any more: start again";
        ServiceError::new(400, "PaginationTokenExpiredException", message)
    })?;
    let view = |(arn, tags): (&String, &TagMap)| json!({"ResourceARN": arn, "Tags": tag_list(tags)});
    let list: Vec<Value> = page.items.into_iter().map(view).collect();
    Ok(json!({"PaginationToken": page.next.unwrap_or_default(), "ResourceTagMappingList": list}))
}

fn fits(filter: &TagFilter, tags: &TagMap) -> bool {
    tags.get(&filter.key).is_some_and(|value| filter.values.is_empty() || filter.values.contains(value))
}

/// Checks a filter by type: `service` or `service:type`.
fn check_type(filter: &str) -> ServiceResult<()> {
    let (service, kind) = filter.split_once(':').unwrap_or((filter, "x"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-/".contains(&b));
    if plain(service) && plain(kind) {
        return Ok(());
    }
    Err(ServiceError::new(400, "InvalidParameterException", format!("Invalid resource type filter {filter}")))
}

/// Tells whether an ARN is of a type such as `lambda:function` or of any type of a service.
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
