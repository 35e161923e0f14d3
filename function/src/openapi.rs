//! The OpenAPI document, made from the types and handlers that do the work.

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

/// The document: OpenAPI 3.0.3, the version that API Gateway imports.
///
/// `utoipa` says 3.1. What it makes of our types is put into the words of 3.0, and a test holds us to that.
pub fn document() -> Value {
    // The document has text keys only, which JSON always has room for.
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    document["openapi"] = json!("3.0.3");
    let operations = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in operations.filter_map(Value::as_object_mut).flat_map(|methods| methods.values_mut()) {
        for (status, description) in [
            ("429", "Too many requests: API Gateway's limits, or the key's"),
            ("500", "It went wrong on our side"),
            ("503", "It is busy, try again in a moment"),
        ] {
            let schema = json!({"$ref": "#/components/schemas/Problem"});
            operation["responses"][status] = json!({
                "description": description,
                "content": {MEDIA_TYPE: {"schema": schema}},
            });
        }
    }
    lower(&mut document);
    document
}

/// Says in the words of 3.0 what `utoipa` says in those of 3.1: nothing stands beside a `$ref`, and what may be null has
/// one type and a flag.
fn lower(value: &mut Value) {
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
            members.values_mut().for_each(lower);
        }
        Value::Array(items) => items.iter_mut().for_each(lower),
        _ => {}
    }
}

/// The document as text that ends with a line break.
pub fn json() -> String {
    format!("{:#}\n", document())
}
