//! What a handler is given and what it answers, whatever the protocol.

use super::error::{ServiceError, ServiceResult};
use super::http::HttpResponse;
use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One decoded call.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// From the credential scope of the signature.
    pub region: String,
    /// `CreateFunction`, without the service.
    pub operation: String,
    /// All members of the input: the JSON body, the form of an awsQuery call, or body, path and query of a REST call.
    pub body: Value,
    /// The body as it came, for operations whose body is a blob (`Invoke`, `PutRestApi`).
    pub payload: Bytes,
    /// The headers of the request.
    pub headers: HeaderMap,
    /// The answer's `x-amzn-RequestId`.
    pub request_id: String,
    /// The ARN of who calls.
    pub caller_arn: String,
    /// The caller's unique id.
    pub caller_id: String,
    /// Whether CloudWatch counts what it consumes. The dashboard looks each second, and is nobody's traffic.
    pub is_counted: bool,
}

impl Call {
    /// Reads the input as a typed value.
    ///
    /// # Errors
    /// `SerializationException` when a member has the wrong type; `NotImplementedException` when there is a member that
    /// `T` does not have: a parameter that is not modelled is refused, never ignored. One that is sent empty asks for
    /// nothing, and is no such parameter (Terraform's provider sends `vpcEndpointIds: []`).
    pub fn input<T: DeserializeOwned>(&self) -> ServiceResult<T> {
        let (input, unknown) = self.part()?;
        match unknown.first() {
            None => Ok(input),
            Some(member) => Err(self.unknown_member(member)),
        }
    }

    /// Reads the input as two typed values, which share the members between them.
    ///
    /// # Errors
    /// As [`Call::input`], for a member that neither of the two has.
    pub fn inputs<A: DeserializeOwned, B: DeserializeOwned>(&self) -> ServiceResult<(A, B)> {
        let (first, unknown_to_first) = self.part()?;
        let (second, unknown_to_second) = self.part()?;
        let top = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
        let neither =
            unknown_to_second.iter().find(|path| unknown_to_first.iter().any(|other| top(other) == top(path)));
        match neither {
            None => Ok((first, second)),
            Some(member) => Err(self.unknown_member(member)),
        }
    }

    /// Reads the members that a type has, and the paths of those that it has not.
    fn part<T: DeserializeOwned>(&self) -> ServiceResult<(T, Vec<String>)> {
        let mut unknown = Vec::new();
        // A member that may be absent is a step `?` of its own in the path.
        let part = serde_ignored::deserialize(&self.body, |path| unknown.push(path.to_string().replace(".?", "")))
            .map_err(|error| ServiceError::new(400, "SerializationException", words(&error.to_string())))?;
        unknown.retain(|path| !is_empty_at(&self.body, path));
        Ok((part, unknown))
    }

    /// Reads an input that is nothing but texts, all of which must be there.
    ///
    /// # Errors
    /// As [`Call::input`].
    pub fn texts<const N: usize>(&self, members: [&str; N]) -> ServiceResult<[&str; N]> {
        self.only(&members)?;
        for member in members {
            self.text(member)?;
        }
        Ok(members.map(|member| self.text(member).unwrap_or_default()))
    }

    /// Returns a member that is text.
    ///
    /// # Errors
    /// `SerializationException` when it is not there or something else.
    pub fn text(&self, member: &str) -> ServiceResult<&str> {
        let missing = || format!("{member} is not there or no string");
        self.body[member].as_str().ok_or_else(|| ServiceError::new(400, "SerializationException", missing()))
    }

    /// Refuses members that are not modelled.
    ///
    /// # Errors
    /// `NotImplementedException` when there is another member than these.
    pub fn only(&self, members: &[&str]) -> ServiceResult<()> {
        let mut given = self.body.as_object().into_iter().flatten();
        let unknown = given.find(|(name, value)| !members.contains(&name.as_str()) && !is_empty(value));
        unknown.map_or(Ok(()), |(name, _)| Err(self.unknown_member(name)))
    }

    /// Returns the error for a member that the operation does not model.
    pub fn unknown_member(&self, member: &str) -> ServiceError {
        ServiceError::not_modelled(format_args!("parameter {member} of {}", self.operation))
    }

    /// Returns a header, when it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Returns what is wrong with the type of a member, in AWS's words where they were recorded.
fn words(error: &str) -> String {
    match error.strip_prefix("invalid type: boolean `").and_then(|rest| rest.split_once('`')) {
        Some((_, ", expected a string")) => "class java.lang.Boolean can not be converted to an String".to_owned(),
        _ => error.to_owned(),
    }
}

/// Tells whether a value says nothing: no value, no text, no items, no members.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Tells whether the value at a path is empty. A path that leads nowhere, because a key has a point in it, is not.
fn is_empty_at(body: &Value, path: &str) -> bool {
    let value = path.split('.').try_fold(body, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    });
    value.is_some_and(is_empty)
}

/// What a handler answers.
#[derive(Debug)]
pub enum Output {
    /// Members, to be encoded in the protocol of the service.
    Members(Value),
    /// A response that is sent as it is.
    Ready(HttpResponse),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize)]
    struct NamePart {
        name: String,
    }

    #[derive(Deserialize)]
    struct SizePart {
        size: Option<SizeInput>,
    }

    #[derive(Deserialize)]
    struct SizeInput {
        mb: u32,
    }

    #[test]
    fn two_types_share_the_members_and_what_neither_has_is_refused() {
        let read = |body: Value| {
            let call = Call { operation: "Create".to_owned(), body, ..Call::default() };
            call.inputs::<NamePart, SizePart>().map(|(name, size)| (name.name, size.size.map(|size| size.mb)))
        };
        assert_eq!(read(json!({"name": "a", "size": {"mb": 3}})).expect("it is modelled"), ("a".to_owned(), Some(3)));
        assert_eq!(read(json!({"name": "a"})).expect("it is modelled"), ("a".to_owned(), None));
        let empty = json!({"name": "a", "size": {"mb": 3, "gb": []}, "colour": "", "shape": {}});
        assert_eq!(read(empty).expect("what is sent empty asks for nothing"), ("a".to_owned(), Some(3)));
        for (body, member) in [
            (json!({"name": "a", "colour": "red"}), "parameter colour of Create"),
            (json!({"name": "a", "size": {"mb": 3, "gb": 1}}), "parameter size.gb of Create"),
            (json!({"name": "a", "a.b": ["red"]}), "parameter a.b of Create"),
        ] {
            let error = read(body).expect_err("neither has the member");
            assert!(error.message.contains(member), "{}", error.message);
        }
    }

    #[test]
    fn texts_are_all_that_is_there_but_for_what_is_sent_empty() {
        let texts = |body: Value| {
            let call = Call { operation: "Create".to_owned(), body, ..Call::default() };
            call.texts(["name"]).map(|[name]| name.to_owned()).map_err(|error| error.message)
        };
        let empty = json!({"name": "a", "path": "", "tags": [], "shape": {}, "size": null});
        assert_eq!(texts(empty), Ok("a".to_owned()));
        let said = texts(json!({"name": "a", "path": "/x/"})).expect_err("it is not modelled");
        assert!(said.contains("parameter path of Create"), "{said}");
        assert!(texts(json!({"path": ""})).is_err(), "what must be there is not");
    }
}
