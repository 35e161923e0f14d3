//! `data "aws_iam_policy_document"`: nothing is looked up for it, it is a policy written as blocks.

use super::evaluate::{KnownValue, ValueEvaluation};
use hcl_edit::structure::{Block, Body, Structure};
use serde_json::{Map, Value, json};

/// Attributes of a statement with the members of IAM's.
const MEMBERS: &[(&str, &str)] = &[
    ("sid", "Sid"),
    ("effect", "Effect"),
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
];

/// Returns the policy's JSON, as the attribute `json` has it.
pub fn json_of(document: &Block, scope: &ValueEvaluation<'_>) -> KnownValue {
    let mut statements = Vec::new();
    for structure in document.body.iter() {
        match structure {
            Structure::Block(block) if block.ident.as_str() == "statement" => {
                statements.push(statement(&block.body, scope)?);
            }
            Structure::Block(block) => return Err(format!("a block `{}` makes it", block.ident.as_str())),
            Structure::Attribute(attribute) => match attribute.key.as_str() {
                "version" | "policy_id" => {}
                other => return Err(format!("`{other}` makes it")),
            },
        }
    }
    Ok(Value::String(json!({"Version": "2012-10-17", "Statement": statements}).to_string()))
}

fn statement(body: &Body, scope: &ValueEvaluation<'_>) -> KnownValue {
    let mut statement = Map::from_iter([("Effect".to_owned(), json!("Allow"))]);
    for attribute in body.attributes() {
        let name = attribute.key.as_str();
        let Some((_, member)) = MEMBERS.iter().find(|(known, _)| *known == name) else {
            return Err(format!("`{name}` is no attribute of a statement"));
        };
        statement.insert((*member).to_owned(), scope.value(&attribute.value)?);
    }
    for block in body.blocks() {
        match block.ident.as_str() {
            "condition" => condition(&block.body, scope, &mut statement)?,
            other => return Err(format!("a block `{other}` makes it")),
        }
    }
    Ok(Value::Object(statement))
}

/// Adds a condition. Those of one operator and different keys stand together, as IAM wants it.
fn condition(body: &Body, scope: &ValueEvaluation<'_>, statement: &mut Map<String, Value>) -> Result<(), String> {
    let attribute = |name: &str| {
        let written = body.get_attribute(name).ok_or_else(|| format!("a condition has no `{name}`"))?;
        scope.value(&written.value)
    };
    let text = |name: &str| {
        let value = attribute(name)?;
        value.as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` of a condition is no text"))
    };
    let (test, variable, values) = (text("test")?, text("variable")?, attribute("values")?);
    let conditions = statement.entry("Condition").or_insert_with(|| json!({}));
    let of_test = conditions.as_object_mut().map(|all| all.entry(test).or_insert_with(|| json!({})));
    if let Some(keys) = of_test.and_then(Value::as_object_mut) {
        keys.insert(variable, values);
    }
    Ok(())
}
