//! The OpenAPI document.

use serde_json::Value;

/// Checks that the committed document is the one that the code generates. To write it anew: `cargo run -p function --bin orders-openapi >
/// function/openapi.json`.
#[test]
fn the_committed_document_is_current() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == function::openapi::json(),
        "renew it: cargo run -p function --bin orders-openapi > function/openapi.json"
    );
}

/// Checks the document for what only OpenAPI 3.1 has: API Gateway imports 3.0 and refuses the rest.
#[test]
fn nothing_in_it_needs_openapi_3_1() {
    fn walk(value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = format!("{path}/{name}");
                    assert!(
                        !["const", "$defs", "examples", "webhooks", "jsonSchemaDialect"].contains(&name.as_str()),
                        "{path}"
                    );
                    assert!(name != "type" || value.is_string() || value.is_object(), "{path}: {value}");
                    assert!(
                        !["exclusiveMinimum", "exclusiveMaximum"].contains(&name.as_str()) || value.is_boolean(),
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

/// Checks that the rules accept every text that the schema of `POST /orders` accepts: the patterns of the schema repeat the rules.
#[test]
fn what_the_schema_allows_is_accepted() {
    use proptest::string::string_regex;
    use proptest::test_runner::TestRunner;

    let document = function::openapi::document();
    for field in ["item", "customer_name", "customer_email"] {
        let schema = &document["components"]["schemas"]["NewOrder"]["properties"][field];
        let pattern = schema["pattern"].as_str().unwrap().replace("$|^", "|");
        let bare = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix('$')).unwrap();
        let longest = schema["maxLength"].as_u64().unwrap() as usize;
        let shortest = schema["minLength"].as_u64().unwrap_or_default() as usize;
        let result = TestRunner::deterministic().run(&string_regex(bare).unwrap(), |text| {
            let mut body = serde_json::json!({"item": "x", "quantity": 1});
            body[field] = text.clone().into();
            let order = function::orders::validate::parse_new_order(body.to_string().as_bytes());
            let fits = (shortest..=longest).contains(&text.chars().count());
            proptest::prop_assert!(order.is_ok() || !fits, "{:?}: {:?}", text, order);
            Ok(())
        });
        result.unwrap();
    }
}
