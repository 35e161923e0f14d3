//! awsQuery: a form in, XML out. IAM and STS speak it.

use super::error::{ServiceError, ServiceResult};
use super::http::{HttpRequest, HttpResponse, respond};
use super::service_spec::QueryCompatibility;
use http::StatusCode;
use quick_xml::escape::escape;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A member of the form: `Tags.member.1.Key` is three levels deep.
enum FormNode {
    Leaf(String),
    Branch(BTreeMap<String, FormNode>),
}

/// No input of ours nests deeper (`Tags.member.1.Key` has four parts).
const MAX_DEPTH: usize = 8;

/// Reads the operation and the input. Every value is text, because the form knows no types.
pub(crate) fn decode(request: &HttpRequest) -> ServiceResult<(String, Value)> {
    let mut root = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(request.body()) {
        let path: Vec<&str> = name.split('.').collect();
        if path.len() > MAX_DEPTH || !insert(&mut root, &path, &value) {
            return Err(ServiceError::new(400, "MalformedInput", format!("parameter {name} does not fit the others")));
        }
    }
    let Some(FormNode::Leaf(operation)) = root.remove("Action") else {
        return Err(ServiceError::new(400, "MissingAction", "there is no Action parameter"));
    };
    root.remove("Version");
    Ok((operation, object(root)))
}

fn insert(level: &mut BTreeMap<String, FormNode>, path: &[&str], value: &str) -> bool {
    match path {
        [] => false,
        [name] => level.insert((*name).to_owned(), FormNode::Leaf(value.to_owned())).is_none(),
        [name, rest @ ..] => {
            let next = level.entry((*name).to_owned()).or_insert_with(|| FormNode::Branch(BTreeMap::new()));
            match next {
                FormNode::Leaf(_) => false,
                FormNode::Branch(next) => insert(next, rest, value),
            }
        }
    }
}

fn object(members: BTreeMap<String, FormNode>) -> Value {
    members.into_iter().map(|(name, node)| (name, value(node))).collect::<Map<_, _>>().into()
}

fn value(node: FormNode) -> Value {
    match node {
        // An empty list is written as an empty member.
        FormNode::Leaf(text) => Value::String(text),
        FormNode::Branch(mut members) => match members.remove("member") {
            Some(FormNode::Branch(items)) if members.is_empty() => list(items),
            Some(other) => {
                members.insert("member".to_owned(), other);
                object(members)
            }
            None => object(members),
        },
    }
}

/// Items come in the order of their numbers, whatever the order in the form.
fn list(items: BTreeMap<String, FormNode>) -> Value {
    let mut items: Vec<(u64, FormNode)> =
        items.into_iter().map(|(index, node)| (index.parse().unwrap_or(u64::MAX), node)).collect();
    items.sort_by_key(|(index, _)| *index);
    items.into_iter().map(|(_, node)| value(node)).collect()
}

/// Reads the operation and the input of a service that speaks awsJson too, as members of that.
pub(crate) fn decode_compatible(
    compatibility: &QueryCompatibility,
    request: &HttpRequest,
) -> ServiceResult<(String, Value)> {
    let (operation, form) = decode(request)?;
    let input = (compatibility.read)(&operation, request.uri().path(), form);
    Ok((operation, input))
}

/// Encodes an answer of a service that speaks awsJson too.
pub(crate) fn encode_compatible(
    compatibility: &QueryCompatibility,
    operation: &str,
    request_id: &str,
    result: &ServiceResult,
) -> HttpResponse {
    let result = match result {
        Ok(Value::Null) => Ok(Value::Null),
        Ok(members) => Ok((compatibility.write)(operation, members)),
        Err(error) => Err(ServiceError { code: compatibility.query_code(&error.code).to_owned(), ..error.clone() }),
    };
    encode_with(compatibility.namespace, operation, request_id, &result, flat_element)
}

/// Encodes an answer.
pub(crate) fn encode(namespace: &str, operation: &str, request_id: &str, result: &ServiceResult) -> HttpResponse {
    encode_with(namespace, operation, request_id, result, element)
}

fn encode_with(
    namespace: &str,
    operation: &str,
    request_id: &str,
    result: &ServiceResult,
    element: fn(&mut String, &str, &Value),
) -> HttpResponse {
    let mut xml = String::new();
    let status = match result {
        Ok(output) => {
            xml += &format!(r#"<{operation}Response xmlns="{namespace}">"#);
            if !output.is_null() {
                element(&mut xml, &format!("{operation}Result"), output);
            }
            xml += &format!(
                "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
            );
            StatusCode::OK
        }
        Err(error) => {
            let side = if error.status < 500 { "Sender" } else { "Receiver" };
            xml += &format!(
                r#"<ErrorResponse xmlns="{namespace}"><Error><Type>{side}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"#,
                escape(&error.code),
                escape(&error.message),
            );
            error.http_status()
        }
    };
    respond(status, "text/xml", xml)
}

/// Writes an element: lists as `member` elements, absent values not at all.
fn element(xml: &mut String, name: &str, value: &Value) {
    let content = |xml: &mut String| match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| element(xml, "member", item)),
        Value::Object(members) => members.iter().for_each(|(name, value)| element(xml, name, value)),
        Value::String(text) => xml.push_str(&escape(text.as_str())),
        Value::Bool(_) | Value::Number(_) => xml.push_str(&value.to_string()),
    };
    if !value.is_null() {
        xml.push_str(&format!("<{name}>"));
        content(xml);
        xml.push_str(&format!("</{name}>"));
    }
}

/// Writes an element: lists as the element again and again, absent values not at all.
fn flat_element(xml: &mut String, name: &str, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flat_element(xml, name, item)),
        Value::Object(members) => {
            xml.push_str(&format!("<{name}>"));
            members.iter().for_each(|(name, value)| flat_element(xml, name, value));
            xml.push_str(&format!("</{name}>"));
        }
        other => element(xml, name, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decoded(form: &'static str) -> Result<(String, Value), String> {
        decode(&http::Request::new(bytes::Bytes::from_static(form.as_bytes()))).map_err(|error| error.code)
    }

    #[test]
    fn nests_members_and_orders_lists() {
        let form = "Action=CreateRole&Version=2010-05-08&RoleName=a%20b&Tags.member.10.Key=z&Tags.member.2.Key=y&Tags.member.2.Value=";
        assert_eq!(
            decoded(form),
            Ok(("CreateRole".into(), json!({"RoleName": "a b", "Tags": [{"Key": "y", "Value": ""}, {"Key": "z"}]})))
        );
    }

    #[test]
    fn refuses_what_contradicts_itself() {
        assert_eq!(decoded("RoleName=x"), Err("MissingAction".into()));
        assert_eq!(decoded("Action=A&Tags=x&Tags.member.1.Key=y"), Err("MalformedInput".into()));
        assert_eq!(decoded("Action=A&B=1&B=2"), Err("MalformedInput".into()));
        assert_eq!(decoded("Action=A&a.b.c.d.e.f.g.h.i=1"), Err("MalformedInput".into()));
    }

    #[test]
    fn escapes_text() {
        let mut xml = String::new();
        element(&mut xml, "Role", &json!({"Name": "a<b>&\"", "Tags": [{"Key": "k"}], "None": null, "Max": 3600}));
        assert_eq!(
            xml,
            "<Role><Max>3600</Max><Name>a&lt;b&gt;&amp;&quot;</Name><Tags><member><Key>k</Key></member></Tags></Role>"
        );
    }
}
