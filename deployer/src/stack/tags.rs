//! Tags: what every service that we tag allows, and how the stack's and a block's come together.

use super::node::TomlTable;
use super::report::{MistakeReport, StackMistake};
use super::section::CheckContext;
use super::shape::{CharacterGroup, CharacterSet, TextRule, TextStep, ValueShape, characters};
use crate::aws::tags::matches;
use std::collections::BTreeMap;

/// Most tags that the user gives one resource: AWS allows 50, the rest is for ours and for those of others.
const MOST: usize = 40;

/// Who owns the tag keys that begin so, in any letter case.
const RESERVED: TextStep = TextStep::NoPrefix(&[("aws:", "AWS"), ("deployer:", "deployer")]);

/// What IAM, CloudWatch Logs, DynamoDB and Lambda all allow.
const COMMON: CharacterSet = CharacterSet::Of(&[CharacterGroup::AllScripts], " _.:/=+-@");

/// `[a-zA-Z+-=._:/]` in the documentation of API Gateway.
const API_GATEWAY: TextStep =
    TextStep::Characters(CharacterSet::Of(&[CharacterGroup::Letters, CharacterGroup::Digits], "_.:/=+-"));

/// Tags of a table, a function, its role and its log group.
pub const TAGS: ValueShape = ValueShape::Map {
    placeholder: "KEY",
    key: TextRule::new(
        "a tag key",
        (1, 128),
        "letters, digits, spaces and _ . : / = + - @, not starting with `aws:` or `deployer:`",
        &[RESERVED, TextStep::Characters(COMMON)],
    ),
    of: &ValueShape::Text(TextRule::new(
        "a tag value",
        (0, 256),
        "letters, digits, spaces and _ . : / = + - @",
        &[TextStep::Characters(COMMON)],
    )),
    length: (0, MOST),
};

/// Tags of an API, and of the stack, which go to an API too: API Gateway allows fewer characters than the others.
pub const API_TAGS: ValueShape = ValueShape::Map {
    placeholder: "KEY",
    key: TextRule::new(
        "a tag key that API Gateway accepts",
        (1, 128),
        "letters A to Z and a to z, digits and _ . : / = + -, not starting with `aws:` or `deployer:`",
        &[RESERVED, API_GATEWAY],
    ),
    of: &ValueShape::Text(TextRule::new(
        "a tag value that API Gateway accepts",
        (0, 256),
        "letters A to Z and a to z, digits and _ . : / = + -",
        &[API_GATEWAY],
    )),
    length: (0, MOST),
};

/// Patterns of tag keys: a key, or the start of one with a `*`.
pub(super) const IGNORED: ValueShape = ValueShape::List {
    of: &ValueShape::Text(TextRule::new(
        "a pattern of tag keys",
        (1, 128),
        "a tag key, or the start of one with `*` at its end",
        &[TextStep::Test {
            test: |pattern| characters(pattern.strip_suffix('*').unwrap_or(pattern), |c| COMMON.has(c)),
            pattern: Some("^[\\p{Alphabetic}\\p{N} _.:/=+\\-@]*\\*?$"),
        }],
    )),
    length: (0, MOST),
};

/// Checks the rules between tags: their number on one resource, keys that IAM takes for the same, and keys that are both
/// set and left to others.
pub(super) fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    let empty = TomlTable::default();
    let of_stack = context.root.table("tags").unwrap_or(&empty);
    let ignored = context.root.list("ignore_tags").unwrap_or_default();
    check_set(&[of_stack], report);
    for (key, _) in of_stack.iter() {
        let pattern = ignored.iter().filter_map(|node| node.text()).find(|(pattern, _)| matches(pattern, key));
        if let Some((pattern, at)) = pattern {
            let message = format!("the pattern {pattern:?} also covers the stack's own tag `{}`", key.escape_debug());
            report.error(
                StackMistake::at(at, message).label("set and ignored").help("remove the tag or narrow the pattern"),
            );
        }
    }
    for section in context.sections {
        for block in context.blocks(section.name) {
            if let Some(tags) = block.entries.table("tags") {
                check_set(&[of_stack, tags], report);
            }
        }
    }
}

fn check_set(sets: &[&TomlTable], report: &mut MistakeReport) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (key, entry) in sets.iter().flat_map(|set| set.iter()) {
        if let Some(other) = seen.insert(key.to_lowercase(), key)
            && other != key
        {
            let message = format!("tag keys {other:?} and {key:?} differ in letter case only");
            let help = "IAM takes them for the same key: keep one of them, or spell them alike";
            report.error(StackMistake::at(entry.key, message).label("taken for the same key").help(help));
        }
        if seen.len() == MOST + 1 {
            let message = format!("more than {MOST} tags for one resource, the stack's included");
            report.error(StackMistake::at(entry.key, message).label(format!("tag number {}", seen.len())).help(
                "AWS allows 50 tags for a resource; 10 are kept for deployer's own and for those that others set",
            ));
        }
    }
}
