//! The query string of `GET /orders`.

use super::cursor;
use super::event::ApiRequest;
use crate::orders::validate::{FieldError, shown};
use crate::orders::{ListPosition, OrderStatus, Timestamp};

/// The size of a page when none is asked for.
pub const DEFAULT_LIMIT: usize = 25;

/// The size of the largest page.
pub const MAX_LIMIT: usize = 100;

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Only those in this status.
    pub status: Option<OrderStatus>,
    /// At most so many.
    pub limit: usize,
    /// Those before this position.
    pub before: Option<ListPosition>,
}

impl ListQuery {
    /// Reads the query of a request. Every broken parameter is named at once, unknown ones are ignored.
    pub fn read(request: &ApiRequest, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut given = |name: &'static str| match one(request, name) {
            Ok(value) => value,
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let (status, limit, cursor) = (given("status"), given("limit"), given("cursor"));
        let status = status.map(|text| {
            OrderStatus::parse(text)
                .ok_or_else(|| format!("must be one of {}, is {}", OrderStatus::names(), shown(text)))
        });
        let status = status.transpose().unwrap_or_else(|detail| {
            errors.push(FieldError::new("status", detail));
            None
        });
        let limit = limit.map_or(Some(DEFAULT_LIMIT), as_limit).unwrap_or_else(|| {
            let detail = format!("must be an integer from 1 to {MAX_LIMIT}, is {}", shown(limit.unwrap_or_default()));
            errors.push(FieldError::new("limit", detail));
            DEFAULT_LIMIT
        });
        // Whether the cursor belongs to the status cannot be told while the status is unknown.
        let status_is_known = !errors.iter().any(|error| error.field == "status");
        let before = cursor.filter(|_| status_is_known).map(|text| cursor::decode(text, status, now));
        let before = before.transpose().unwrap_or_else(|bad| {
            errors.push(FieldError::new("cursor", bad.to_string()));
            None
        });
        if errors.is_empty() { Ok(Self { status, limit, before }) } else { Err(errors) }
    }
}

/// The value of a parameter that is given once, or several times alike.
fn one<'a>(request: &'a ApiRequest, name: &'static str) -> Result<Option<&'a str>, FieldError> {
    let mut values = request.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim());
    let first = values.next();
    if values.any(|value| Some(value) != first) {
        return Err(FieldError::new(name, "is given more than once with different values"));
    }
    Ok(first)
}

fn as_limit(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::validate::summary;

    fn read(query: &[(&str, &str)]) -> Result<ListQuery, String> {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = ApiRequest { query, ..ApiRequest::default() };
        ListQuery::read(&request, Timestamp::from_unix_millis(0)).map_err(|errors| summary(&errors))
    }

    #[test]
    fn good_ones() {
        let cases = [
            (vec![], None, 25),
            (vec![("status", "pending"), ("limit", "1")], Some(OrderStatus::Pending), 1),
            (vec![("limit", "100"), ("limit", "100"), ("other", "x")], None, 100),
        ];
        for (query, status, limit) in cases {
            assert_eq!(read(&query), Ok(ListQuery { status, limit, before: None }), "{query:?}");
        }
    }

    #[test]
    fn bad_ones() {
        for limit in ["", "0", "101", "-1", "+5", "1.0", "ten", "99999999999999999999", "５"] {
            assert_eq!(
                read(&[("limit", limit)]).unwrap_err(),
                format!("limit must be an integer from 1 to 100, is {limit:?}")
            );
        }
        assert_eq!(
            read(&[("status", "OPEN"), ("limit", "x"), ("cursor", "y")]).unwrap_err(),
            "status must be one of PENDING, PROCESSING, COMPLETED, CANCELLED, EXPIRED, is \"OPEN\"; \
             limit must be an integer from 1 to 100, is \"x\""
        );
        assert_eq!(
            read(&[("status", "PENDING"), ("status", "EXPIRED"), ("cursor", "y")]).unwrap_err(),
            "status is given more than once with different values"
        );
        assert_eq!(
            read(&[("cursor", "y")]).unwrap_err(),
            "cursor is not a cursor of this list; take next_cursor from the page before, with the same status"
        );
    }
}
