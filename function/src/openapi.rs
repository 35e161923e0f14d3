//! The OpenAPI document, generated from the types and handlers of the API.

use crate::http::handlers;
use crate::http::problem::MEDIA_TYPE;
use serde_json::{Value, json};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Orders",
        description = "Placing, following and cancelling orders.\n\nEvery error is a problem (RFC 9457) with the member `error` in words."
    ),
    tags((name = "orders", description = "Orders")),
    paths(
        handlers::place_order,
        handlers::list_orders,
        handlers::get_order,
        handlers::update_order,
        handlers::delete_order,
    )
)]
struct Document;

/// Builds the document in OpenAPI 3.0.3, the version that API Gateway imports.
///
/// `utoipa` generates OpenAPI 3.1, so its output is rewritten. A test checks that nothing in the result needs 3.1.
pub fn document() -> Value {
    // The document has text keys only, and serializing such a value to JSON cannot fail.
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    document["openapi"] = json!("3.0.3");
    let operations = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in operations.filter_map(Value::as_object_mut).flat_map(|methods| methods.values_mut()) {
        for (status, description) in [
            ("429", "Too many requests: API Gateway's limits, or the key's"),
            ("500", "It went wrong on our side"),
            ("502", "It failed without an answer, try again: a change may have been made"),
            ("503", "It is busy, try again in a moment"),
            ("504", "It did not answer in time, try again: a change may have been made"),
        ] {
            let schema = json!({"$ref": "#/components/schemas/Problem"});
            operation["responses"][status] = json!({
                "description": description,
                "content": {MEDIA_TYPE: {"schema": schema}},
            });
        }
    }
    downgrade_to_3_0(&mut document);
    document
}

/// Rewrites a part of the document from OpenAPI 3.1 to 3.0: removes the members beside a `$ref`, and replaces a list of
/// types that has `null` in it by one type and `nullable`.
fn downgrade_to_3_0(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.contains_key("$ref") {
                members.retain(|name, _| name == "$ref");
            }
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                    members.insert("nullable".to_owned(), json!(true));
                }
            }
            members.values_mut().for_each(downgrade_to_3_0);
        }
        Value::Array(items) => items.iter_mut().for_each(downgrade_to_3_0),
        _ => {}
    }
}

/// Returns the document as indented JSON with a line break at the end.
pub fn json() -> String {
    format!("{:#}\n", document())
}
