//! The description as a JSON Schema (draft 7, which editors know best), made from the definitions of the keys.
//!
//! What the schema refuses is refused by the checks too. Not the other way round: references between blocks and most
//! rules between keys stand in the checks alone.

use super::header::{FIXED, ID, MOST_STAGES, STAGE, STAGE_NAME, StackHeader};
use super::section::SectionDefinition;
use super::shape::{DefaultValue, IntegerRange, KeyDefinition, KeyPresence, TextRule, ValueShape};
use serde_json::{Map, Value, json};

/// Returns the schema of a description with these sections.
pub fn json_schema(sections: &[&SectionDefinition]) -> Value {
    let blocks = |section: &&SectionDefinition| (section.name.to_owned(), definition(section));
    let mut top = members(StackHeader::KEYS);
    let mut overlay: Map<_, _> = members(StackHeader::KEYS).into_iter().filter(|(key, _)| !is_fixed(key)).collect();
    for section in sections {
        let reference = json!({"$ref": format!("#/definitions/{}", section.name)});
        for members in [&mut top, &mut overlay] {
            members.insert(section.name.to_owned(), reference.clone());
        }
    }
    let mut stages = of_map(&STAGE_NAME, table(overlay), (0, MOST_STAGES));
    stages["description"] = json!("Stages by name: what differs in each of them.");
    top.insert(STAGE.to_owned(), stages);

    let mut schema = table(top);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Stack description of deployer");
    schema["required"] =
        StackHeader::KEYS.iter().filter(|key| is_required(key) && is_fixed(key.name)).map(|key| key.name).collect();
    schema["definitions"] = sections.iter().map(blocks).collect::<Map<_, _>>().into();
    // Where there are stages, each of them may complete the rest of the file, so what the rest lacks is no mistake.
    schema["if"] = json!({"required": [STAGE], "properties": {STAGE: {"minProperties": 1}}});
    schema["else"] = json!({"properties": sections.iter().filter_map(|section| {
        let block = requirements(&ValueShape::Table(section.keys))?;
        Some((section.name.to_owned(), if section.many { json!({"additionalProperties": block}) } else { block }))
    }).collect::<Map<_, _>>()});
    schema
}

fn is_fixed(key: &str) -> bool {
    FIXED.contains(&key)
}

fn is_required(key: &KeyDefinition) -> bool {
    key.presence == KeyPresence::Required
}

/// Returns what a section may hold.
fn definition(section: &SectionDefinition) -> Value {
    let block = value(&ValueShape::Table(section.keys));
    let mut schema = if section.many { of_map(&ID, block, (0, usize::MAX)) } else { block };
    schema["description"] = section.about.into();
    schema
}

/// Returns what a value may be, wherever it stands: in a stage or outside of one. What has to be there is said by
/// [`requirements`].
fn value(shape: &ValueShape) -> Value {
    match shape {
        ValueShape::Text(rule) => text(rule),
        ValueShape::Integer(IntegerRange { min, max, .. }) => {
            json!({"type": "integer", "minimum": integer(*min), "maximum": integer(*max)})
        }
        ValueShape::IntegerOf { allowed, .. } => {
            json!({"type": "integer", "enum": allowed.iter().map(|number| integer(*number)).collect::<Vec<_>>()})
        }
        ValueShape::Number { min } => json!({"type": "number", "minimum": min}),
        ValueShape::Boolean => json!({"type": "boolean"}),
        ValueShape::Off => json!({"const": false}),
        ValueShape::OneOf(words) => json!({"type": "string", "enum": words}),
        ValueShape::List { of, length } => {
            let mut schema = json!({"type": "array", "items": value(of), "uniqueItems": true});
            bounds(&mut schema, ["minItems", "maxItems"], *length);
            schema
        }
        // The fewest entries are a requirement: a stage may add some.
        ValueShape::Map { key, of, length: (_, most), .. } => of_map(key, value(of), (0, *most)),
        ValueShape::Table(keys) => {
            let mut schema = table(members(keys));
            let twice: Vec<_> = keys.iter().filter_map(|key| Some(json!([key.name, key.alias?]))).collect();
            if !twice.is_empty() {
                schema["not"] =
                    json!({"anyOf": twice.iter().map(|both| json!({"required": both})).collect::<Vec<_>>()});
            }
            schema
        }
        ValueShape::Either(shapes) => json!({"anyOf": shapes.iter().map(value).collect::<Vec<_>>()}),
    }
}

/// Returns what has to be there in a whole description, at every depth of a value; nothing where all may be absent.
fn requirements(shape: &ValueShape) -> Option<Value> {
    let mut schema = json!({});
    match shape {
        ValueShape::Table(keys) => {
            let required: Vec<_> = keys.iter().filter(|key| is_required(key)).map(|key| key.name).collect();
            let nested = |key: &KeyDefinition| Some((key.name.to_owned(), requirements(&key.shape)?));
            let nested: Map<_, _> = keys.iter().filter_map(nested).collect();
            if !required.is_empty() {
                schema["required"] = json!(required);
            }
            if !nested.is_empty() {
                schema["properties"] = nested.into();
            }
        }
        ValueShape::Map { of, length: (fewest, _), .. } => {
            bounds(&mut schema, ["minProperties", ""], (*fewest, usize::MAX));
            if let Some(entry) = requirements(of) {
                schema["additionalProperties"] = entry;
            }
        }
        ValueShape::List { of, .. } => return Some(json!({"items": requirements(of)?})),
        // Said of tables alone, and at most one of the shapes is a table.
        ValueShape::Either(shapes) => return shapes.iter().find_map(requirements),
        _ => {}
    }
    (schema != json!({})).then_some(schema)
}

fn table(members: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": members, "additionalProperties": false})
}

fn of_map(key: &TextRule, value: Value, length: (usize, usize)) -> Value {
    let mut schema = json!({"type": "object", "propertyNames": text(key), "additionalProperties": value});
    bounds(&mut schema, ["minProperties", "maxProperties"], length);
    schema
}

/// Returns the schemas of keys, with the meaning of each.
fn members(keys: &[KeyDefinition]) -> Map<String, Value> {
    let mut members = Map::new();
    for key in keys {
        let mut schema = value(&key.shape);
        let default = match key.presence {
            KeyPresence::Derived(words) => format!(" Default: {words}."),
            _ => String::new(),
        };
        schema["description"] = format!("{}{default}", key.doc).into();
        if let KeyPresence::Default(
            default @ (DefaultValue::Boolean(_) | DefaultValue::Integer(_) | DefaultValue::Text(_)),
        ) = key.presence
        {
            schema["default"] = default.to_json();
        }
        if let Some(alias) = key.alias {
            let mut schema = schema.clone();
            schema["description"] = format!("Another name of `{}`.", key.name).into();
            members.insert(alias.to_owned(), schema);
        }
        members.insert(key.name.to_owned(), schema);
    }
    members
}

/// Returns a rule of strings; what cannot be said by regular expressions is left out.
pub(super) fn text(rule: &TextRule) -> Value {
    let mut schema = json!({"type": "string"});
    bounds(&mut schema, ["minLength", "maxLength"], rule.length);
    let patterns = rule.steps.iter().filter_map(|step| step.pattern());
    let mut patterns: Vec<_> = patterns
        .map(|(pattern, matches)| {
            let pattern = json!({"pattern": pattern});
            if matches { pattern } else { json!({"not": pattern}) }
        })
        .collect();
    match (patterns.len(), patterns.pop()) {
        (1, Some(Value::Object(only))) => {
            schema.as_object_mut().into_iter().for_each(|schema| schema.extend(only.clone()))
        }
        (_, Some(last)) => schema["allOf"] = patterns.into_iter().chain([last]).collect(),
        (_, None) => {}
    }
    schema
}

fn bounds(schema: &mut Value, [min, max]: [&str; 2], (fewest, most): (usize, usize)) {
    if fewest > 0 {
        schema[min] = fewest.into();
    }
    if most < usize::MAX {
        schema[max] = most.into();
    }
}

fn integer(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| (number as f64).into(), Value::from)
}
