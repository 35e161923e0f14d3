//! Parses and checks request bodies.
//!
//! A body is parsed in two steps: first as a JSON object whose members stay text, then member by member. So one answer
//! names every invalid field, and a number too big for any machine type makes a field invalid rather than the JSON.

use super::{NewOrder, NewStatus, OrderStatus};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The largest body, in bytes after Base64 decoding.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The longest item and customer name, in characters.
const MAX_TEXT_CHARS: usize = 200;

/// The longest email address, in characters.
const MAX_EMAIL_CHARS: usize = 254;

/// The largest quantity.
const MAX_QUANTITY: u32 = 10_000;

/// The name of a customer who gave none.
pub const ANONYMOUS: &str = "anonymous";

/// Says why a body is not accepted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidBody {
    /// The body is not JSON, or not an object.
    #[error("{0}")]
    Malformed(String),
    /// The body has this many bytes, more than [`MAX_BODY_BYTES`].
    #[error("the body has {0} bytes; at most {MAX_BODY_BYTES} are allowed")]
    TooLarge(usize),
    /// These fields are invalid.
    #[error("{}", join_field_errors(.0))]
    Fields(Vec<FieldError>),
}

/// A field that breaks a rule.
#[derive(Debug, Clone, Serialize, ToSchema, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the field or parameter.
    pub field: &'static str,
    /// The rule, and what was seen.
    pub detail: String,
}

impl FieldError {
    /// Makes the error of `field`; `detail` says which rule the field breaks.
    pub fn new(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field, detail: detail.into() }
    }
}

/// Joins the errors of several fields into one sentence.
pub fn join_field_errors(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{} {}", error.field, error.detail)).collect::<Vec<_>>().join("; ")
}

/// The members of the body of `POST /orders`, each as JSON text.
#[derive(Deserialize)]
struct NewOrderMembers<'a> {
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    quantity: Option<&'a RawValue>,
    #[serde(borrow)]
    customer_name: Option<&'a RawValue>,
    #[serde(borrow)]
    customer_email: Option<&'a RawValue>,
}

/// The members of the body of `PUT /orders/{order_id}`, each as JSON text.
#[derive(Deserialize)]
struct StatusMembers<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
}

/// Parses the body of `POST /orders`. Unknown members are ignored.
pub fn parse_new_order(body: &[u8]) -> Result<NewOrder, InvalidBody> {
    let members: NewOrderMembers<'_> = parse_object(body)?;
    let mut errors = Vec::new();
    let item = required(members.item).and_then(parse_string).and_then(|text| check_text(text, 1));
    let quantity = required(members.quantity).and_then(parse_quantity);
    let customer_name =
        members.customer_name.map_or_else(|| Ok(String::new()), parse_string).and_then(check_customer_name);
    let customer_email = members.customer_email.map_or_else(|| Ok(String::new()), parse_string).and_then(check_email);
    let mut field = |name, error: Option<&String>| errors.extend(error.map(|detail| FieldError::new(name, detail)));
    field("item", item.as_ref().err());
    field("quantity", quantity.as_ref().err());
    field("customer_name", customer_name.as_ref().err());
    field("customer_email", customer_email.as_ref().err());
    match (item, quantity, customer_name, customer_email) {
        (Ok(item), Ok(quantity), Ok(customer_name), Ok(customer_email)) => {
            Ok(NewOrder { item, quantity, customer_name, customer_email })
        }
        _ => Err(InvalidBody::Fields(errors)),
    }
}

/// Parses the body of `PUT /orders/{order_id}`. Unknown members are ignored.
pub fn parse_new_status(body: &[u8]) -> Result<NewStatus, InvalidBody> {
    let members: StatusMembers<'_> = parse_object(body)?;
    let status = required(members.status).and_then(parse_string).and_then(|text| {
        OrderStatus::parse(&text)
            .ok_or_else(|| format!("must be one of {}, is {}", OrderStatus::list_names(), quote_excerpt(&text)))
    });
    status
        .map(|status| NewStatus { status })
        .map_err(|detail| InvalidBody::Fields(vec![FieldError::new("status", detail)]))
}

/// Parses a JSON object of at most [`MAX_BODY_BYTES`] bytes.
fn parse_object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, InvalidBody> {
    let malformed = |why: &str| InvalidBody::Malformed(format!("the body must be a JSON object, {why}"));
    if body.len() > MAX_BODY_BYTES {
        return Err(InvalidBody::TooLarge(body.len()));
    }
    let text = str::from_utf8(body).map_err(|_| malformed("is not valid UTF-8"))?;
    match text.trim_ascii_start().chars().next() {
        None => Err(malformed("is empty")),
        // Serde's derived `Deserialize` would accept an array in place of an object.
        Some('[') => Err(malformed("is an array")),
        Some(_) => serde_json::from_str(text).map_err(|error| malformed(&format!("is not: {error}"))),
    }
}

/// Returns the value of a required member. A member that is `null` counts as absent.
fn required(member: Option<&RawValue>) -> Result<&RawValue, String> {
    member.ok_or_else(|| "is required".to_owned())
}

/// Parses a JSON string and trims it.
fn parse_string(value: &RawValue) -> Result<String, String> {
    match serde_json::from_str::<String>(value.get()) {
        Ok(text) => Ok(text.trim_matches(is_space).to_owned()),
        Err(_) if value.get().starts_with('"') => Err("must be a string of valid Unicode".to_owned()),
        Err(_) => Err(format!("must be a string, is {}", json_type(value))),
    }
}

/// Tells whether `c` is trimmed, by the rule of former versions of the system: white space of Unicode, and the ASCII
/// separators U+001C to U+001F.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Checks the name of a customer. An empty name becomes [`ANONYMOUS`].
fn check_customer_name(text: String) -> Result<String, String> {
    let name = check_text(text, 0)?;
    Ok(if name.is_empty() { ANONYMOUS.to_owned() } else { name })
}

/// Checks that a text has `min..=200` characters and no control character: control characters can change what terminals
/// and spreadsheets show.
fn check_text(text: String, min: usize) -> Result<String, String> {
    let length = text.chars().count();
    if !(min..=MAX_TEXT_CHARS).contains(&length) {
        return Err(format!("must have {min} to {MAX_TEXT_CHARS} characters, has {length}"));
    }
    if text.contains(char::is_control) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(text)
}

/// Checks an email address, which may be empty.
fn check_email(text: String) -> Result<String, String> {
    let length = text.chars().count();
    if length > MAX_EMAIL_CHARS {
        return Err(format!("must have at most {MAX_EMAIL_CHARS} characters, has {length}"));
    }
    if text.is_empty() || is_email_address(&text) {
        return Ok(text);
    }
    Err("must be empty or an address like name@example.com".to_owned())
}

/// Tells whether a text has the form of an email address, `x@y.z`: one `@`, a local part before it, a domain of two or
/// more labels after it, no space.
fn is_email_address(text: &str) -> bool {
    let clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    text.split_once('@').is_some_and(|(local, domain)| {
        clean
            && !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
    })
}

/// Parses an integer from 1 to [`MAX_QUANTITY`]. Every spelling of the number is accepted, because JSON has one kind of
/// number: `2.0` is `2`.
fn parse_quantity(value: &RawValue) -> Result<u32, String> {
    let rule = format!("must be an integer from 1 to {MAX_QUANTITY}");
    if json_type(value) != "a number" {
        return Err(format!("{rule}, is {}", json_type(value)));
    }
    let number = parse_integer(value.get()).filter(|number| (1..=MAX_QUANTITY).contains(number));
    number.ok_or_else(|| format!("{rule}, is {}", quote_excerpt(value.get())))
}

/// Parses a JSON number that is exactly a `u32`. It is not read as a float: that would make 1 of
/// `0.99999999999999999999`.
fn parse_integer(text: &str) -> Option<u32> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let places = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
    let power = 10_u32.checked_pow(u32::try_from(places).ok()?)?;
    significant.parse::<u32>().ok()?.checked_mul(power)
}

/// Names the JSON type of a value, with its article, for a message.
fn json_type(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    }
}

/// Quotes the first 40 characters of a text for a message; control characters are escaped.
pub fn quote_excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(40).collect();
    format!("{start:?}{}", if chars.next().is_some() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(body: &str) -> String {
        match parse_new_order(body.as_bytes()) {
            Ok(order) => format!("ok {order:?}"),
            Err(InvalidBody::Fields(errors)) => join_field_errors(&errors),
            Err(other) => format!("400 {other}"),
        }
    }

    #[test]
    fn defaults_and_trimming() {
        let order =
            parse_new_order(br#"{"item":" Laptop\n","quantity":2,"customer_name":null,"extra":{"a":[1]}}"#).unwrap();
        assert_eq!(
            order,
            NewOrder {
                item: "Laptop".into(),
                quantity: 2,
                customer_name: "anonymous".into(),
                customer_email: String::new()
            }
        );
    }

    #[test]
    fn quantities() {
        let rule = "quantity must be an integer from 1 to 10000";
        let cases = [
            ("1", None),
            ("10000", None),
            ("2.0", None),
            ("1e3", None),
            ("100e-2", None),
            ("0.5E+1", None),
            ("10000.000", None),
            ("10000.0000000000000000001", Some(r#"is "10000.0000000000000000001""#)),
            ("0.99999999999999999999", Some(r#"is "0.99999999999999999999""#)),
            ("1e99999999999999999999", Some(r#"is "1e99999999999999999999""#)),
            ("4294967297", Some(r#"is "4294967297""#)),
            ("0", Some(r#"is "0""#)),
            ("-1", Some(r#"is "-1""#)),
            ("-0", Some(r#"is "-0""#)),
            ("10001", Some(r#"is "10001""#)),
            ("1.5", Some(r#"is "1.5""#)),
            ("1e400", Some(r#"is "1e400""#)),
            ("-1e400", Some(r#"is "-1e400""#)),
            ("1e-400", Some(r#"is "1e-400""#)),
            ("123456789012345678901234567890", Some(r#"is "123456789012345678901234567890""#)),
            (r#""2""#, Some("is a string")),
            ("true", Some("is a boolean")),
            ("[2]", Some("is an array")),
            ("{}", Some("is an object")),
        ];
        for (quantity, seen) in cases {
            let detail = details(&format!(r#"{{"item":"x","quantity":{quantity}}}"#));
            match seen {
                None => assert!(detail.starts_with("ok"), "{quantity}: {detail}"),
                Some(seen) => assert_eq!(detail, format!("{rule}, {seen}")),
            }
        }
        assert_eq!(details(r#"{"item":"x","quantity":null}"#), "quantity is required");
    }

    #[test]
    fn texts() {
        let long = "ß".repeat(200);
        let longer = "ß".repeat(201);
        let cases = [
            (long.as_str(), None),
            (&longer, Some("item must have 1 to 200 characters, has 201")),
            ("", Some("item must have 1 to 200 characters, has 0")),
            (" \\t\\n\\u001c\\u2003", Some("item must have 1 to 200 characters, has 0")),
            ("a\\u0000b", Some("item must not contain control characters")),
            ("a\\u009bb", Some("item must not contain control characters")),
            ("\\ud800", Some("item must be a string of valid Unicode")),
            ("\\ud83d\\ude00", None),
        ];
        for (item, expected) in cases {
            let detail = details(&format!(r#"{{"item":"{item}","quantity":1}}"#));
            match expected {
                None => assert!(detail.starts_with("ok"), "{item}: {detail}"),
                Some(expected) => assert_eq!(detail, expected),
            }
        }
    }

    #[test]
    fn addresses() {
        let long = format!("{}@example.com", "a".repeat(243));
        let cases = [
            ("", true),
            ("x@y.z", true),
            ("first.last+tag@sub.example.com", true),
            (&long[1..], true),
            (&long, false),
            ("x@y", false),
            ("x@.y", false),
            ("x@y.", false),
            ("@y.z", false),
            ("x@y@z.w", false),
            ("x y@z.w", false),
            ("x@y..z", false),
            ("x", false),
        ];
        for (email, valid) in cases {
            let detail = details(&format!(r#"{{"item":"x","quantity":1,"customer_email":"{email}"}}"#));
            assert_eq!(detail.starts_with("ok"), valid, "{email}: {detail}");
        }
    }

    #[test]
    fn every_broken_field_is_named_at_once() {
        assert_eq!(
            details(r#"{"item":7,"quantity":0,"customer_name":[],"customer_email":"x"}"#),
            "item must be a string, is a number; quantity must be an integer from 1 to 10000, is \"0\"; \
             customer_name must be a string, is an array; customer_email must be empty or an address like name@example.com"
        );
        assert_eq!(details("{}"), "item is required; quantity is required");
        assert_eq!(details(r#"{"item":null,"quantity":null}"#), "item is required; quantity is required");
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        let deep = "[".repeat(60_000);
        let cases =
            ["", "  ", "null", "[]", "\"x\"", "7", "{", "{\"item\":}", "{\"item\":\"a\",\"item\":\"b\"}", "NaN", &deep];
        for body in cases {
            assert!(details(body).starts_with("400 the body must be a JSON object"), "{body:.20}: {}", details(body));
        }
        assert!(matches!(parse_new_order(b"\xff\xfe"), Err(InvalidBody::Malformed(_))));
        assert_eq!(parse_new_order(&vec![b' '; MAX_BODY_BYTES + 1]), Err(InvalidBody::TooLarge(MAX_BODY_BYTES + 1)));
        let mut largest = br#"{"item":"x","quantity":1}"#.to_vec();
        largest.resize(MAX_BODY_BYTES, b' ');
        assert!(parse_new_order(&largest).is_ok(), "a body of {MAX_BODY_BYTES} bytes is read");
    }

    #[test]
    fn deep_unknown_members_are_ignored() {
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(details(&format!(r#"{{"item":"x","quantity":1,"x":{deep}}}"#)).starts_with("ok"));
    }

    #[test]
    fn statuses() {
        assert_eq!(parse_new_status(br#"{"status":"processing "}"#), Ok(NewStatus { status: OrderStatus::Processing }));
        let detail = |body: &[u8]| parse_new_status(body).unwrap_err().to_string();
        assert_eq!(
            detail(br#"{"status":"SHIPPED"}"#),
            r#"status must be one of PENDING, PROCESSING, COMPLETED, CANCELLED, EXPIRED, is "SHIPPED""#
        );
        assert_eq!(detail(b"{}"), "status is required");
        assert_eq!(detail(br#"{"status":1}"#), "status must be a string, is a number");
    }
}
