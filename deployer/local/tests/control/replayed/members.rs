//! The members of an answer, whatever the protocol.

use crate::wire::Reply;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value, json};

/// Returns the members of a success as SDKs read them.
pub fn members(call: &str, reply: &Reply) -> Value {
    if call.ends_with("/invocations") {
        return invoked(reply);
    }
    if reply.body.trim_start().starts_with('<') {
        return xml(&reply.body);
    }
    serde_json::from_str(&reply.body).unwrap_or_else(|_| json!({}))
}

/// The answer of `Invoke` stands in its status, its headers and its body.
fn invoked(reply: &Reply) -> Value {
    let mut members = Map::new();
    members.insert("StatusCode".to_owned(), json!(reply.status));
    for (header, member) in [("x-amz-function-error", "FunctionError"), ("x-amz-executed-version", "ExecutedVersion")] {
        if let Some(value) = reply.headers.get(header) {
            members.insert(member.to_owned(), json!(value));
        }
    }
    let payload = serde_json::from_str(&reply.body).unwrap_or_else(|_| json!(reply.body));
    members.insert("Payload".to_owned(), payload);
    Value::Object(members)
}

/// Reads the result of an answer in XML: elements are members, those that consist of `member` are lists.
fn xml(text: &str) -> Value {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<(String, Map<String, Value>, String)> = vec![(String::new(), Map::new(), String::new())];
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => {
                let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                open.push((name, Map::new(), String::new()));
            }
            Event::Empty(empty) => {
                let name = String::from_utf8_lossy(empty.name().as_ref()).into_owned();
                insert(&mut open.last_mut().expect("an element").1, name, json!(""));
            }
            Event::Text(part) => open.last_mut().expect("an element").2 += &part.decode().expect("text"),
            Event::GeneralRef(part) => {
                let named = part.decode().expect("a name");
                let resolved = quick_xml::escape::resolve_predefined_entity(&named).unwrap_or_default();
                open.last_mut().expect("an element").2 += resolved;
            }
            Event::End(_) => {
                let (name, children, text) = open.pop().expect("an element");
                let value = if children.is_empty() { scalar(&text) } else { list_or_object(children) };
                insert(&mut open.last_mut().expect("a parent").1, name, value);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let root = open.remove(0).1.into_iter().next().map(|(_, value)| value).unwrap_or_default();
    let result = root.as_object().and_then(|root| root.iter().find(|(name, _)| name.ends_with("Result")));
    result.map_or_else(|| json!({}), |(_, value)| value.clone())
}

/// Policies are JSON in the form of a URL.
fn scalar(text: &str) -> Value {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    match serde_json::from_str::<Value>(&decoded) {
        Ok(policy @ Value::Object(_)) => policy,
        _ => json!(text),
    }
}

fn list_or_object(mut children: Map<String, Value>) -> Value {
    match children.remove("member") {
        Some(list @ Value::Array(_)) => list,
        Some(one) => json!([one]),
        None => Value::Object(children),
    }
}

/// Adds an element; one that comes again becomes a list.
fn insert(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        None => {
            members.insert(name, value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = json!([first.take(), value]),
    }
}
