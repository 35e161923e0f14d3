//! Checks the table of the API in function/README.md against the OpenAPI document.

use function::openapi;
use serde_json::Value;
use std::collections::BTreeSet;

const README: &str = include_str!("../../README.md");

#[test]
fn the_readme_lists_every_call_with_its_answers() {
    let document: Value = serde_json::from_str(&openapi::json()).unwrap();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let mut answers: Vec<_> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
            answers.sort_unstable();
            let summary = operation["summary"].as_str().unwrap();
            described.insert(format!("| `{} {path}` | {summary} | {} |", method.to_uppercase(), answers.join(", ")));
        }
    }
    let table = README.split("| Call | Does | Answers |").nth(1).expect("function/README.md has the table of the API");
    let listed: BTreeSet<_> =
        table.lines().skip(2).take_while(|line| line.starts_with('|')).map(str::to_owned).collect();
    assert_eq!(listed, described);
}
