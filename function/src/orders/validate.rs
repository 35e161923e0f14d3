//! What a request body must look like.
//!
//! A body is read twice: once as a JSON object whose members stay text, then member by member, so that every broken
//! field is named at once and a number too big for any machine type is a broken field rather than broken JSON.

use super::{NewOrder, NewStatus, OrderStatus};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The largest body, in bytes after Base64 is undone.
pub const MAX_BODY: usize = 64 * 1024;

/// The longest item and customer name, in characters.
const MAX_TEXT: usize = 200;

/// The longest email address, in characters.
const MAX_EMAIL: usize = 254;

/// The largest quantity.
const MAX_QUANTITY: u32 = 10_000;

/// The name of a customer who gave none.
pub const ANONYMOUS: &str = "anonymous";

/// Why a body is not accepted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidBody {
    /// It is no JSON, or not an object.
    #[error("{0}")]
    Malformed(String),
    /// It is too long.
    #[error("the body has {0} bytes; at most {MAX_BODY} are allowed")]
    TooLarge(usize),
    /// These fields break a rule.
    #[error("{}", summary(.0))]
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
    /// The field `field` breaks the rule that `detail` tells.
    pub fn new(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field, detail: detail.into() }
    }
}

/// All broken fields in one sentence.
pub fn summary(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{} {}", error.field, error.detail)).collect::<Vec<_>>().join("; ")
}

/// The members of `POST /orders`, still text.
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

/// The members of `PUT /orders/{order_id}`, still text.
#[derive(Deserialize)]
struct StatusMembers<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
}

/// Reads the body of `POST /orders`.
pub fn new_order(body: &[u8]) -> Result<NewOrder, InvalidBody> {
    let members: NewOrderMembers<'_> = object(body)?;
    let mut errors = Vec::new();
    let item = required(members.item).and_then(text).and_then(item);
    let quantity = required(members.quantity).and_then(quantity);
    let customer_name = members.customer_name.map_or_else(|| Ok(String::new()), text).and_then(name);
    let customer_email = members.customer_email.map_or_else(|| Ok(String::new()), text).and_then(email);
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

/// Reads the body of `PUT /orders/{order_id}`.
pub fn new_status(body: &[u8]) -> Result<NewStatus, InvalidBody> {
    let members: StatusMembers<'_> = object(body)?;
    let status = required(members.status).and_then(text).and_then(|text| {
        OrderStatus::parse(&text).ok_or_else(|| format!("must be one of {}, is {}", OrderStatus::names(), shown(&text)))
    });
    status
        .map(|status| NewStatus { status })
        .map_err(|detail| InvalidBody::Fields(vec![FieldError::new("status", detail)]))
}

/// Reads a JSON object.
fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, InvalidBody> {
    let malformed = |why: &str| InvalidBody::Malformed(format!("the body must be a JSON object, {why}"));
    if body.len() > MAX_BODY {
        return Err(InvalidBody::TooLarge(body.len()));
    }
    let text = str::from_utf8(body).map_err(|_| malformed("is not valid UTF-8"))?;
    match text.trim_ascii_start().chars().next() {
        None => Err(malformed("is empty")),
        // The derived reader would take an array for a struct without names.
        Some('[') => Err(malformed("is an array")),
        Some(_) => serde_json::from_str(text).map_err(|error| malformed(&format!("is not: {error}"))),
    }
}

/// The value of a member that has to be there. `null` is as good as absent.
fn required(member: Option<&RawValue>) -> Result<&RawValue, String> {
    member.ok_or_else(|| "is required".to_owned())
}

fn text(value: &RawValue) -> Result<String, String> {
    match serde_json::from_str::<String>(value.get()) {
        Ok(text) => Ok(text.trim_matches(is_space).to_owned()),
        Err(_) if value.get().starts_with('"') => Err("must be a string of valid Unicode".to_owned()),
        Err(_) => Err(format!("must be a string, is {}", kind(value))),
    }
}

/// Space as former versions of the system trimmed it: Unicode's, and four separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn item(text: String) -> Result<String, String> {
    printable(text, 1)
}

fn name(text: String) -> Result<String, String> {
    let name = printable(text, 0)?;
    Ok(if name.is_empty() { ANONYMOUS.to_owned() } else { name })
}

/// Text of `least..=200` characters without control characters, which have no place in a name and play tricks on
/// terminals and spreadsheets.
fn printable(text: String, least: usize) -> Result<String, String> {
    let length = text.chars().count();
    if !(least..=MAX_TEXT).contains(&length) {
        return Err(format!("must have {least} to {MAX_TEXT} characters, has {length}"));
    }
    if text.contains(char::is_control) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(text)
}

fn email(text: String) -> Result<String, String> {
    let length = text.chars().count();
    if length > MAX_EMAIL {
        return Err(format!("must have at most {MAX_EMAIL} characters, has {length}"));
    }
    if text.is_empty() || is_address(&text) {
        return Ok(text);
    }
    Err("must be empty or an address like name@example.com".to_owned())
}

/// `x@y.z`: one `@`, something before it, a domain of at least two labels after it, no space.
fn is_address(text: &str) -> bool {
    let clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    text.split_once('@').is_some_and(|(local, domain)| {
        clean
            && !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
    })
}

/// An integer of the allowed range, however it is spelled (JSON knows one kind of number: `2.0` is `2`).
fn quantity(value: &RawValue) -> Result<u32, String> {
    let rule = format!("must be an integer from 1 to {MAX_QUANTITY}");
    if kind(value) != "a number" {
        return Err(format!("{rule}, is {}", kind(value)));
    }
    let number = integer(value.get()).filter(|number| (1..=MAX_QUANTITY).contains(number));
    number.ok_or_else(|| format!("{rule}, is {}", shown(value.get())))
}

/// The number that `text`, a number of JSON, spells, if it is one of `u32`. Exactly that one: as a float, `0.99999999999999999999`
/// would be 1.
fn integer(text: &str) -> Option<u32> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let places = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
    let power = 10_u32.checked_pow(u32::try_from(places).ok()?)?;
    significant.parse::<u32>().ok()?.checked_mul(power)
}

/// What kind of JSON a value is, in words.
fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// What was seen, short enough for a message and without control characters.
pub fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(40).collect();
    format!("{start:?}{}", if chars.next().is_some() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(body: &str) -> String {
        match new_order(body.as_bytes()) {
            Ok(order) => format!("ok {order:?}"),
            Err(InvalidBody::Fields(errors)) => summary(&errors),
            Err(other) => format!("400 {other}"),
        }
    }

    #[test]
    fn defaults_and_trimming() {
        let order = new_order(br#"{"item":" Laptop\n","quantity":2,"customer_name":null,"extra":{"a":[1]}}"#).unwrap();
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
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        let deep = "[".repeat(60_000);
        let cases =
            ["", "  ", "null", "[]", "\"x\"", "7", "{", "{\"item\":}", "{\"item\":\"a\",\"item\":\"b\"}", "NaN", &deep];
        for body in cases {
            assert!(details(body).starts_with("400 the body must be a JSON object"), "{body:.20}: {}", details(body));
        }
        assert!(matches!(new_order(b"\xff\xfe"), Err(InvalidBody::Malformed(_))));
        assert_eq!(new_order(&vec![b' '; MAX_BODY + 1]), Err(InvalidBody::TooLarge(MAX_BODY + 1)));
    }

    #[test]
    fn deep_unknown_members_are_ignored() {
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(details(&format!(r#"{{"item":"x","quantity":1,"x":{deep}}}"#)).starts_with("ok"));
    }

    #[test]
    fn statuses() {
        assert_eq!(new_status(br#"{"status":"processing "}"#), Ok(NewStatus { status: OrderStatus::Processing }));
        let detail = |body: &[u8]| new_status(body).unwrap_err().to_string();
        assert_eq!(
            detail(br#"{"status":"SHIPPED"}"#),
            r#"status must be one of PENDING, PROCESSING, COMPLETED, CANCELLED, EXPIRED, is "SHIPPED""#
        );
        assert_eq!(detail(b"{}"), "status is required");
        assert_eq!(detail(br#"{"status":1}"#), "status must be a string, is a number");
    }
}
