//! Changing rules, pages of named things, and EventBridge's errors.

use crate::arn::arn;
use crate::context::Context;
use crate::store::RecordMap;
use crate::store::rule::EventRule;
use crate::wire::page::{self, ListPage};
use crate::wire::validation::constraint;
use crate::wire::{Call, ServiceError, ServiceResult};

/// EventBridge's code for input that it does not take.
pub(super) const INVALID: &str = "ValidationException";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, INVALID, message)
}

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ResourceNotFoundException", message)
}

pub(super) fn no_such_rule(name: &str) -> ServiceError {
    not_found(format!("Rule {name} does not exist on EventBus default."))
}

pub(super) fn limit_exceeded() -> ServiceError {
    ServiceError::new(400, "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
}

/// Checks that a call is about the default bus: there is no other.
pub(super) fn check_bus(region: &str, bus: Option<&str>) -> ServiceResult<()> {
    match bus.filter(|_| !is_default_bus(region, bus)) {
        None => Ok(()),
        Some(bus) => Err(not_found(format!("Event bus {bus} does not exist."))),
    }
}

/// Tells whether a bus is the only one there is.
pub(super) fn is_default_bus(region: &str, bus: Option<&str>) -> bool {
    bus.is_none_or(|bus| bus == "default" || bus == arn("events", region, "event-bus/default"))
}

/// Changes the rules of the region that is called, and tells the scheduler.
pub(super) fn change_rules<T>(
    cx: &Context,
    call: &Call,
    change: impl FnOnce(&mut RecordMap<EventRule>) -> ServiceResult<T>,
) -> ServiceResult<T> {
    let changed = cx.store.write(|document| change(&mut document.region_mut(&call.region).rules.rules))?;
    cx.rules_changed.notify_one();
    Ok(changed)
}

/// Cuts a page of up to `limit` things (1 to 100) after the one that the token names.
pub(super) fn page<'a, T>(
    all: impl Iterator<Item = (&'a String, T)>,
    limit: Option<i64>,
    token: Option<&str>,
) -> ServiceResult<ListPage<(&'a String, T)>> {
    let size = match limit {
        None => 100,
        Some(limit @ 1..=100) => usize::try_from(limit).map_err(ServiceError::internal)?,
        Some(other) => return Err(constraint(INVALID, other, "limit", "have value between 1 and 100")),
    };
    page::cut(all, |(name, _)| name, token, size).map_err(|_| invalid("The specified NextToken is invalid."))
}
