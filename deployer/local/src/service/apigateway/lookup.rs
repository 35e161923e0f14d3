//! Finding REST APIs, identifiers, and API Gateway's errors.

use crate::arn::ACCOUNT;
use crate::store::CloudDocument;
use crate::store::rest_api::RestApi;
use crate::wire::{ServiceError, ServiceResult};

/// API Gateway's code for input that it does not take.
pub(super) const BAD_REQUEST: &str = "BadRequestException";

/// Returns the error for input that API Gateway does not take.
pub(super) fn bad(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, BAD_REQUEST, message)
}

pub(super) fn not_found(what: &str) -> ServiceError {
    ServiceError::new(404, "NotFoundException", format!("Invalid {what} identifier specified"))
}

/// Returns the error for more things of a kind than API Gateway takes.
pub(super) fn limit_exceeded(what: &str) -> ServiceError {
    ServiceError::new(429, "LimitExceededException", format!("Maximum number of {what} has been reached."))
}

pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ConflictException", message)
}

pub(super) fn api<'a>(document: &'a CloudDocument, region: &str, id: &str) -> ServiceResult<&'a RestApi> {
    document.region(region).rest_apis.get(id).ok_or_else(|| no_api(id))
}

pub(super) fn api_mut<'a>(document: &'a mut CloudDocument, region: &str, id: &str) -> ServiceResult<&'a mut RestApi> {
    document.region_mut(region).rest_apis.get_mut(id).ok_or_else(|| no_api(id))
}

pub(super) fn no_api(id: &str) -> ServiceError {
    ServiceError::new(404, "NotFoundException", format!("Invalid API identifier specified {}:{id}", ACCOUNT))
}

/// Makes a new identifier of `length` lower-case letters and digits.
pub(super) fn new_id(length: usize) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut random = uuid::Uuid::new_v4().as_u128();
    let mut id = String::with_capacity(length);
    for _ in 0..length {
        id.push(char::from(DIGITS[(random % 36) as usize]));
        random /= 36;
    }
    id
}
