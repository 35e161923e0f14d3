//! The OpenAPI document.

use serde_json::Value;

/// The committed document is what the code makes. To renew it: `cargo run -p function --bin orders-openapi >
/// function/openapi.json`.
#[test]
fn the_committed_document_is_current() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == function::openapi::json(),
        "renew it: cargo run -p function --bin orders-openapi > function/openapi.json"
    );
}

/// API Gateway imports OpenAPI 3.0 and refuses what only 3.1 has.
#[test]
fn nothing_in_it_needs_openapi_3_1() {
    fn walk(value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = format!("{path}/{name}");
                    assert!(
                        ![
                            "const",
                            "$defs",
                            "examples",
                            "webhooks",
                            "jsonSchemaDialect"
                        ]
                        .contains(&name.as_str()),
                        "{path}"
                    );
                    assert!(
                        name != "type" || value.is_string() || value.is_object(),
                        "{path}: {value}"
                    );
                    assert!(
                        !["exclusiveMinimum", "exclusiveMaximum"].contains(&name.as_str())
                            || value.is_boolean(),
                        "{path}"
                    );
                    walk(value, &path);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path)),
            _ => {}
        }
        assert!(value != "null", "{path}: a null type");
    }
    let document = function::openapi::document();
    assert_eq!(document["openapi"], "3.0.3");
    walk(&document, "");
}

#[test]
fn every_operation_has_its_problems() {
    let document = function::openapi::document();
    let mut operations = 0;
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            operations += 1;
            for (status, response) in operation["responses"].as_object().unwrap() {
                let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(
                    problem == "#/components/schemas/Problem",
                    status.starts_with(['4', '5']),
                    "{status} {response}"
                );
            }
        }
    }
    assert_eq!(operations, 5);
}
