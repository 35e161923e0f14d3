//! The declarations of the keys, as such.

use super::super::{DefaultValue, KeyDefinition, KeyPresence, StackHeader, ValueShape};
use super::{SMALL, check, sections};
use crate::aws::op;
use crate::kinds::{FunctionBlock, TableBlock};
use serde_json::json;

/// Calls `visit` with every key of the description and its path.
pub(super) fn each(visit: &mut dyn FnMut(&str, &KeyDefinition)) {
    fn walk(shape: &ValueShape, path: &str, visit: &mut dyn FnMut(&str, &KeyDefinition)) {
        match shape {
            ValueShape::Table(keys) => {
                for key in *keys {
                    let path = format!("{path}.{}", key.name);
                    visit(&path, key);
                    walk(&key.shape, &path, visit);
                }
            }
            ValueShape::Map { of, placeholder, .. } => walk(of, &format!("{path}.{placeholder}"), visit),
            ValueShape::List { of, .. } => walk(of, path, visit),
            ValueShape::Either(shapes) => shapes.iter().for_each(|shape| walk(shape, path, visit)),
            _ => {}
        }
    }
    walk(&ValueShape::Table(StackHeader::KEYS), "", visit);
    for section in sections() {
        walk(&ValueShape::Table(section.keys), section.name, visit);
    }
}

#[test]
fn every_key_says_what_it_means_in_whole_sentences() {
    each(&mut |path, key| {
        assert!(key.doc.ends_with('.') && key.doc.len() > 8 && !key.doc.contains('\n'), "{path}: {:?}", key.doc);
    });
    for section in sections() {
        assert!(section.about.ends_with('.') && section.about.len() > 10, "{}: {:?}", section.name, section.about);
    }
}

/// What a key is at AWS is the operation that carries it and a member of it, and the operation is one that is sent.
#[test]
fn the_operations_of_aws_are_those_that_are_sent() {
    let mut named = 0;
    each(&mut |path, key| {
        for source in key.aws.split(", ").filter(|source| !source.is_empty()) {
            let operation = source.split(' ').next().unwrap_or_default();
            assert!(op::ALL.iter().any(|op| op.name == operation), "{path}: {operation} is sent by nobody");
            named += 1;
        }
    });
    assert!(named > 40, "{named}");
}

#[test]
fn every_default_is_a_value_that_may_be_written() {
    let mut defaults = 0;
    each(&mut |path, key| {
        let KeyPresence::Default(default) = key.presence else { return };
        defaults += 1;
        let fits = match (key.shape, default) {
            (ValueShape::Boolean, DefaultValue::Boolean(_)) => true,
            (ValueShape::Integer(range), DefaultValue::Integer(n)) => (range.min..=range.max).contains(&n.into()),
            (ValueShape::IntegerOf { allowed, .. }, DefaultValue::Integer(n)) => allowed.contains(&n.into()),
            (ValueShape::OneOf(words), DefaultValue::Text(text)) => words.contains(&text),
            (ValueShape::Text(rule), DefaultValue::Text(text)) => rule.refuses(text).is_none(),
            (ValueShape::Either(shapes), DefaultValue::Text(text)) => {
                shapes.iter().any(|shape| matches!(shape, ValueShape::OneOf(words) if words.contains(&text)))
            }
            (ValueShape::List { .. }, DefaultValue::EmptyList) => true,
            (ValueShape::Map { .. } | ValueShape::Table(_), DefaultValue::EmptyTable) => true,
            _ => false,
        };
        assert!(fits, "{path}: {default:?}");
    });
    assert!(defaults > 30, "{defaults}");
}

#[test]
fn the_defaults_of_a_block_are_put_in() -> Result<(), super::InvalidStack> {
    let stack = check(SMALL)?;
    let block = |section: &str, id: &str| stack.blocks[section][id].clone();
    assert_eq!(
        block("function", "api"),
        json!({
            "package": "function", "features": [], "architecture": "x86_64", "memory": 128, "timeout": 10,
            "ephemeral_storage": 512, "environment": {}, "tracing": false, "log_retention_days": 30, "tables": {},
            "queues": {}, "allow": [], "source": [], "managed_policies": [], "tags": {},
        })
    );
    assert_eq!(
        block("table", "orders"),
        json!({
            "partition_key": "order_id", "billing_mode": "PAY_PER_REQUEST", "index": {}, "local_index": {},
            "table_class": "STANDARD", "tags": {},
        })
    );
    assert_eq!(
        block("api", "api"),
        json!({
            "routes": {"GET /orders": "api"}, "endpoint_type": "REGIONAL", "auth": "none", "usage_plan": {}, "tracing": false,
            "binary_media_types": [], "tags": {},
        })
    );
    assert_eq!((stack.production, stack.tags.len(), stack.ignore_tags.len()), (false, 0, 0));
    Ok(())
}

#[test]
fn defaults_reach_the_tables_in_a_block_and_keep_what_is_written() -> Result<(), super::InvalidStack> {
    let text = format!(
        "{SMALL}[table.notes]\npartition_key = {{ name = \"at\" }}\ndeletion_protection = true\n\
         index.by_a = {{ partition_key = {{ name = \"a\", type = \"N\" }} }}\n\
         [function.jobs]\npackage = \"p\"\nmemory = 256\ntables.notes.index.by_a = [\"Query\"]\n"
    );
    let stack = check(&text)?;
    let notes = &stack.blocks["table"]["notes"];
    assert_eq!(notes["partition_key"], json!({"name": "at", "type": "S"}));
    assert_eq!(notes["index"]["by_a"], json!({"partition_key": {"name": "a", "type": "N"}, "projection": "ALL"}));
    assert_eq!((&notes["protected"], notes.get("deletion_protection")), (&json!(true), None));
    assert!(stack.get::<TableBlock>("notes").is_some_and(|table| table.protected == Some(true)));
    let jobs = &stack.blocks["function"]["jobs"];
    assert_eq!(jobs["tables"]["notes"], json!({"actions": [], "index": {"by_a": ["Query"]}}));
    assert_eq!(stack.get::<FunctionBlock>("jobs").map(|jobs| (jobs.memory, jobs.timeout)), Some((256, 10)));
    Ok(())
}
