//! The limits of expressions that the engine does not keep, and what can be told of an expression without reading it
//! wholly.

use super::input::invalid;
use super::operand;
use crate::wire::ServiceResult;
use crate::wire::validation::ONE_ERROR;
use serde_json::Value;

/// Operators and functions of one expression ("Expression parameters" of DynamoDB's constraints).
const MAX_OPERATORS: usize = 300;

/// Levels of one document path: the attribute and what is below it.
const MAX_LEVELS: usize = 32;

/// The members that are expressions.
const EXPRESSIONS: [&str; 5] =
    ["ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression", "UpdateExpression"];

/// Checks every expression of a request.
pub(super) fn check(operation: &str, input: &Value) -> ServiceResult<()> {
    match input {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| match value {
            // Values of items are always below a type, so that a text here is a member of the request.
            Value::String(text) if EXPRESSIONS.contains(&name.as_str()) => {
                check_one(operation, name, text, &input["ExpressionAttributeValues"])
            }
            value => check(operation, value),
        }),
        Value::Array(values) => values.iter().try_for_each(|value| check(operation, value)),
        _ => Ok(()),
    }
}

fn check_one(operation: &str, name: &str, text: &str, values: &Value) -> ServiceResult<()> {
    let levels = levels(text);
    let fault = if text.len() > 4096 {
        return Ok(());
    } else if operators(text) > MAX_OPERATORS {
        format!("The expression contains too many operators; operator count: {}", MAX_OPERATORS + 1)
    } else if levels > MAX_LEVELS {
        format!("The document path has too many nesting levels; nesting levels: {levels}")
    } else if let Some(fault) = operand::fault(text, values) {
        fault
    } else {
        return Ok(());
    };
    let prefix = if ["PutItem", "UpdateItem", "DeleteItem"].contains(&operation) { ONE_ERROR } else { "" };
    Err(invalid(format!("{prefix}Invalid {name}: {fault}")))
}

/// Splits an expression into words (with their `#` or `:`) and single signs.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if in_word(first) || first == '#' || first == ':' {
            let tail = &rest[first.len_utf8()..];
            first.len_utf8() + tail.find(|c| !in_word(c)).unwrap_or(tail.len())
        } else if ["<>", "<=", ">="].iter().any(|sign| rest.starts_with(sign)) {
            2
        } else {
            first.len_utf8()
        };
        let (token, tail) = rest.split_at(length);
        rest = tail;
        Some(token)
    })
}

/// Counts logic, comparisons, arithmetic and functions. The `AND` of a `BETWEEN` belongs to it.
fn operators(text: &str) -> usize {
    let (mut count, mut ranges, mut name) = (0, 0_usize, false);
    for token in tokens(text) {
        let word = token.to_ascii_uppercase();
        let is_name = std::mem::take(&mut name);
        match word.as_str() {
            "AND" if ranges > 0 => ranges -= 1,
            "BETWEEN" => {
                ranges += 1;
                count += 1;
            }
            "AND" | "OR" | "NOT" | "IN" | "=" | "<" | ">" | "<>" | "<=" | ">=" | "+" | "-" => count += 1,
            "(" if is_name => count += 1,
            _ => name = word.starts_with(|c: char| c.is_alphabetic()),
        }
    }
    count
}

/// Returns the levels of the longest document path.
fn levels(text: &str) -> usize {
    let (mut longest, mut levels, mut before) = (0, 0, "");
    for token in tokens(text) {
        match token {
            "." | "[" => levels += 1,
            "]" => {}
            // What neither a dot nor a bracket precedes begins another path.
            _ if before != "." && before != "[" => levels = 1,
            _ => {}
        }
        longest = longest.max(levels);
        before = token;
    }
    longest
}

/// Tells whether an update expression can only take something away, so that it makes no item.
pub(super) fn only_removes(update: &str) -> bool {
    !tokens(update).any(|token| token.eq_ignore_ascii_case("SET") || token.eq_ignore_ascii_case("ADD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_counted_as_dynamodb_does() {
        for (text, expected) in [
            ("a<b", 1),
            ("((a < :b))", 1),
            ("a BETWEEN :a AND :b AND b = :c", 3),
            ("NOT (contains(#and, :or) OR size(a) >= :x)", 5),
            ("a IN (:a, :b)", 1),
            ("SET a = b + :c, d = if_not_exists(d, :e)", 4),
            ("", 0),
        ] {
            assert_eq!(operators(text), expected, "{text}");
        }
    }

    #[test]
    fn three_hundred_operators_are_the_most() {
        let chain = |depth: usize| format!("a<b {}{}", "or (a<b ".repeat(depth), ")".repeat(depth));
        let input = |depth| serde_json::json!({"TransactItems": [{"Put": {"ConditionExpression": chain(depth)}}]});
        check("TransactWriteItems", &input(149)).unwrap();
        let refused = check("TransactWriteItems", &input(150)).unwrap_err();
        assert_eq!(
            refused.message,
            "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
        );
    }

    #[test]
    fn a_path_has_thirty_two_levels() {
        for (text, expected) in [("a", 1), ("a.b[0].c = d.e", 4), ("a, b.c, d[1][2]", 3), ("#a.b", 2), ("", 0)] {
            assert_eq!(levels(text), expected, "{text}");
        }
        let input = |levels: usize| serde_json::json!({"ProjectionExpression": vec!["a"; levels].join(".")});
        check("Scan", &input(32)).unwrap();
        let refused = check("UpdateItem", &input(33)).unwrap_err();
        assert_eq!(
            refused.message,
            "1 validation error detected: Invalid ProjectionExpression: The document path has too many nesting levels; nesting levels: 33"
        );
    }

    #[test]
    fn an_update_that_only_removes() {
        for (update, expected) in
            [("REMOVE a, #set", true), ("delete a :add", true), ("REMOVE a SET b = :c", false), ("add a :b", false)]
        {
            assert_eq!(only_removes(update), expected, "{update}");
        }
    }
}
