//! What the constants and functions of an expression may be. The engine finds out while it judges an item, if at all, and
//! then the condition fails; DynamoDB refuses such an expression whatever the item is.

use super::expression::tokens;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The functions; they are written in small letters.
const FUNCTIONS: [&str; 8] = [
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "size",
    "if_not_exists",
    "list_append",
];

/// The types that values have.
const TYPES: [&str; 10] = ["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"];

/// Returns what is wrong with the operands of an expression; `values` are its `ExpressionAttributeValues`.
pub(super) fn fault(text: &str, values: &Value) -> Option<String> {
    let tokens: Vec<&str> = tokens(text).collect();
    let at = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let constant = |at: usize| {
        let value = tokens.get(at).filter(|token| token.starts_with(':')).and_then(|token| values.get(*token))?;
        value.as_object()?.iter().next().map(|(kind, value)| (kind.as_str(), value))
    };
    tokens.iter().enumerate().find_map(|(here, token)| match token.to_ascii_lowercase().as_str() {
        operator @ ("<" | "<=" | ">" | ">=") => {
            let sides = [here.checked_sub(1).and_then(constant), constant(here + 1)];
            let (kind, _) = sides.into_iter().flatten().find(|(kind, _)| !is_ordered(kind))?;
            Some(wrong_type(format_args!("operator: {operator}"), kind))
        }
        "between" => range(constant(here + 1)?, constant(here + 3)?),
        function if FUNCTIONS.contains(&function) && at(here + 1) == "(" => {
            if function != *token {
                return Some(format!("Invalid function name; function: {token}"));
            }
            if function != "attribute_type" {
                return None;
            }
            let second = (here + 2..tokens.len()).find(|place| at(*place) == ",")? + 1;
            type_name(at(second), constant(second))
        }
        _ => None,
    })
}

/// Checks the second operand of `attribute_type`.
fn type_name(token: &str, constant: Option<(&str, &Value)>) -> Option<String> {
    let function = format_args!("operator or function: attribute_type");
    match constant {
        None if token.starts_with(':') => None,
        None => Some(wrong_type(function, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")),
        Some(("S", name)) => {
            let name = name.as_str()?;
            let known = TYPES.join(",");
            let fault = || format!("Invalid attribute type name found; type: {name}, valid types: {{{known}}}");
            (!TYPES.contains(&name)).then(fault)
        }
        Some((kind, _)) => Some(wrong_type(function, kind)),
    }
}

/// Checks the bounds of a range.
fn range((low_kind, low): (&str, &Value), (high_kind, high): (&str, &Value)) -> Option<String> {
    if let Some(kind) = [low_kind, high_kind].into_iter().find(|kind| !is_ordered(kind)) {
        return Some(wrong_type(format_args!("operator: BETWEEN"), kind));
    }
    let (low, high) = (low.as_str()?, high.as_str()?);
    let rule = if low_kind != high_kind {
        "same data type for lower and upper bounds"
    } else if is_less(high_kind, high, low) {
        "upper bound to be greater than or equal to lower bound"
    } else {
        return None;
    };
    Some(format!(
        "The BETWEEN operator requires {rule}; lower bound operand: AttributeValue: {{{low_kind}:{low}}}, upper bound operand: AttributeValue: {{{high_kind}:{high}}}"
    ))
}

fn is_ordered(kind: &str) -> bool {
    matches!(kind, "S" | "N" | "B")
}

/// Compares two values of one type. Numbers that differ beyond a float's precision count as equal.
fn is_less(kind: &str, left: &str, right: &str) -> bool {
    match kind {
        "N" => left.parse::<f64>().ok().zip(right.parse::<f64>().ok()).is_some_and(|(left, right)| left < right),
        "B" => STANDARD.decode(left).ok().zip(STANDARD.decode(right).ok()).is_some_and(|(left, right)| left < right),
        _ => left < right,
    }
}

fn wrong_type(what: std::fmt::Arguments<'_>, kind: &str) -> String {
    format!("Incorrect operand type for operator or function; {what}, operand type: {kind}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operands_are_checked_before_any_item() {
        let values = json!({
            ":s": {"S": "a"}, ":n": {"N": "2"}, ":m": {"N": "10"}, ":l": {"L": []}, ":b": {"B": "YQ=="},
            ":dog": {"S": "DOG"}, ":ss": {"S": "SS"},
        });
        for (text, expected) in [
            ("a < :s AND :n >= b", None),
            ("a = :l", None),
            ("a <= :l", Some("operator: <=, operand type: L")),
            (":l > a", Some("operator: >, operand type: L")),
            ("a BETWEEN :n AND :m", None),
            (
                "a between :m and :n",
                Some(
                    "upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:10}, upper bound operand: AttributeValue: {N:2}",
                ),
            ),
            ("a BETWEEN :n AND :s", Some("same data type for lower and upper bounds")),
            ("a BETWEEN :l AND :s", Some("operator: BETWEEN, operand type: L")),
            ("a BETWEEN b AND :s", None),
            ("attribute_type(a.b[0], :ss)", None),
            ("attribute_type(a, :dog)", Some("type: DOG, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}")),
            ("attribute_type(a, :n)", Some("operator or function: attribute_type, operand type: N")),
            ("attribute_type(a, b)", Some("operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}")),
            ("BEGINS_WITH(a, :s)", Some("Invalid function name; function: BEGINS_WITH")),
            ("a = :s AND (contains(a, :s))", None),
            ("a < :undefined", None),
        ] {
            let found = fault(text, &values);
            assert_eq!(found.is_some(), expected.is_some(), "{text}: {found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{text}");
        }
    }
}
