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
}

impl Call {
    /// Reads the input as a typed value.
    ///
    /// # Errors
    /// `SerializationException` when a member has the wrong type; `NotImplementedException` when there is a member that
    /// `T` does not have: a parameter that is not modelled is refused, never ignored.
    pub fn input<T: DeserializeOwned>(&self) -> ServiceResult<T> {
        let mut unknown = Vec::new();
        let input = serde_ignored::deserialize(&self.body, |path| unknown.push(path.to_string()))
            .map_err(|error| ServiceError::new(400, "SerializationException", error.to_string()))?;
        match unknown.first() {
            None => Ok(input),
            Some(member) => Err(self.unknown_member(member)),
        }
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
        let unknown = given.find(|(name, _)| !members.contains(&name.as_str()));
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

/// What a handler answers.
#[derive(Debug)]
pub enum Output {
    /// Members, to be encoded in the protocol of the service.
    Members(Value),
    /// A response that is sent as it is.
    Ready(HttpResponse),
}
