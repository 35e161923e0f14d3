//! The query parameters of `GET /orders`.

use super::cursor;
use super::event::ApiRequest;
use crate::orders::validate::{FieldError, quote_excerpt};
use crate::orders::{ListPosition, OrderStatus, Timestamp};

/// The size of a page if the request does not set `limit`.
pub const DEFAULT_LIMIT: usize = 25;

/// The size of the largest page.
pub const MAX_LIMIT: usize = 100;

/// The page of orders that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The status of the orders; `None` for any status.
    pub status: Option<OrderStatus>,
    /// The most orders in the page.
    pub limit: usize,
    /// The position before which the page starts; `None` for the first page.
    pub before: Option<ListPosition>,
}

impl ListQuery {
    /// Reads the query parameters of a request. The errors name every invalid parameter; unknown parameters are ignored.
    pub fn read(request: &ApiRequest, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut read = |name: &'static str| match single_value(request, name) {
            Ok(value) => value,
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let (status, limit, cursor) = (read("status"), read("limit"), read("cursor"));
        let status = status.map(|text| {
            OrderStatus::parse(text)
                .ok_or_else(|| format!("must be one of {}, is {}", OrderStatus::list_names(), quote_excerpt(text)))
        });
        let status = status.transpose().unwrap_or_else(|detail| {
            errors.push(FieldError::new("status", detail));
            None
        });
        let limit = limit.map_or(Some(DEFAULT_LIMIT), parse_limit).unwrap_or_else(|| {
            let detail =
                format!("must be an integer from 1 to {MAX_LIMIT}, is {}", quote_excerpt(limit.unwrap_or_default()));
            errors.push(FieldError::new("limit", detail));
            DEFAULT_LIMIT
        });
        // A cursor belongs to the list of one status, so it cannot be checked while the status is unknown.
        let status_is_known = !errors.iter().any(|error| error.field == "status");
        let before = cursor.filter(|_| status_is_known).map(|text| cursor::decode(text, status, now));
        let before = before.transpose().unwrap_or_else(|error| {
            errors.push(FieldError::new("cursor", error.to_string()));
            None
        });
        if errors.is_empty() { Ok(Self { status, limit, before }) } else { Err(errors) }
    }
}

/// Returns the value of a parameter that is given once, or several times with the same value.
fn single_value<'a>(request: &'a ApiRequest, name: &'static str) -> Result<Option<&'a str>, FieldError> {
    let mut values = request.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim());
    let first = values.next();
    if values.any(|value| Some(value) != first) {
        return Err(FieldError::new(name, "is given more than once with different values"));
    }
    Ok(first)
}

/// Parses a limit from 1 to [`MAX_LIMIT`], in ASCII digits without a sign.
fn parse_limit(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::validate::join_field_errors;

    fn read(query: &[(&str, &str)]) -> Result<ListQuery, String> {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = ApiRequest { query, ..ApiRequest::default() };
        ListQuery::read(&request, Timestamp::from_unix_millis(0)).map_err(|errors| join_field_errors(&errors))
    }

    #[test]
    fn valid_queries() {
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
    fn invalid_queries() {
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
