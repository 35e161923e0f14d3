//! API Gateway ("Actions, resources, and condition keys for Amazon API Gateway Management"): actions are HTTP verbs, resources
//! the paths of its own API.

use super::Demand;
use super::asked::Asked;
use crate::control::apigateway::OPERATIONS;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// An ARN as a segment of `/tags/…`: `arn%3Aaws%3Aapigateway%3A…`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*');

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let operation = OPERATIONS.iter().find(|operation| operation.name == asked.operation)?;
    let own = format!("apigateway:{}", operation.method);
    let path = operation.path.split('/').map(|segment| fill(asked, segment)).collect::<Vec<_>>().join("/");
    let here = resource(asked, &path);
    let mut demands = match operation.method {
        "POST" => asked.creation(&own, "apigateway:PUT", &here, "tags"),
        _ => vec![asked.with_tags(&own, &here, "tags")],
    };
    // Something new gets its tags as if they were put there; its id is not known yet.
    for tagging in demands.iter_mut().skip(1) {
        tagging.resource = resource(asked, &tags(&format!("{here}/*")));
    }
    demands.extend(besides(asked, &path));
    Some(demands)
}

/// What some operations take besides.
fn besides(asked: &Asked<'_>, path: &str) -> Option<Demand> {
    let policy = |path: &str| Some(Demand::new("apigateway:UpdateRestApiPolicy", resource(asked, path)));
    match asked.operation {
        // Not in the reference, but known from AWS: a tag is a change of what it is put on.
        "TagResource" => Some(Demand::new("apigateway:PATCH", asked.text("resourceArn"))),
        "CreateRestApi" if asked.input["policy"].is_string() => policy("/restapis/*"),
        "UpdateRestApi" => {
            let mut patches = asked.input["patchOperations"].as_array().into_iter().flatten();
            if patches.any(|patch| patch["path"] == "/policy") { policy(path) } else { None }
        }
        _ => None,
    }
}

fn resource(asked: &Asked<'_>, path: &str) -> String {
    format!("arn:aws:apigateway:{}::{path}", asked.region)
}

fn tags(arn: &str) -> String {
    format!("/tags/{}", utf8_percent_encode(arn, SEGMENT))
}

/// A segment of the path with its label filled in.
fn fill(asked: &Asked<'_>, segment: &str) -> String {
    match segment.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
        Some("resourceArn") => utf8_percent_encode(asked.text("resourceArn"), SEGMENT).to_string(),
        Some(label) => asked.text(label).to_owned(),
        None => segment.to_owned(),
    }
}
