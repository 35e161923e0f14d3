//! Changes of an IAM policy in words: what may be done now, and what no longer.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a policy allows, or denies, on one resource under one condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RightScope {
    denies: bool,
    resource: String,
    condition: String,
}

/// Actions by what they are about.
type PolicyRights = BTreeMap<RightScope, BTreeSet<String>>;

/// A difference between two policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightChange {
    /// Whether more is possible afterwards.
    pub widens: bool,
    /// In words: `may now: ses:SendEmail on identity/example.com`.
    pub words: String,
}

/// Tells what differs between two policies, or between the statements of two; nothing where a value is no policy.
pub fn changes(was: &Value, want: &Value) -> Option<Vec<RightChange>> {
    if let Some(changes) = attachments(was, want) {
        return Some(changes);
    }
    let (was, want) = (rights(was)?, rights(want)?);
    let resources: BTreeSet<_> = was.keys().chain(want.keys()).map(|scope| scope.resource.as_str()).collect();
    let mut lines = Vec::new();
    for (from, to, gained) in [(&was, &want, true), (&want, &was, false)] {
        for (scope, actions) in to {
            let before = from.get(scope);
            let new: Vec<_> = actions.iter().filter(|action| before.is_none_or(|b| !b.contains(*action))).collect();
            if !new.is_empty() {
                let verb = match (scope.denies, gained) {
                    (false, true) => "may now",
                    (false, false) => "may no longer",
                    (true, true) => "is now denied",
                    (true, false) => "is no longer denied",
                };
                let actions = new.iter().map(|action| action.as_str()).collect::<Vec<_>>().join(", ");
                let resource = shortened(&scope.resource, &resources);
                let condition = &scope.condition;
                lines.push(RightChange {
                    widens: gained != scope.denies,
                    words: format!("{verb}: {actions} on {resource}{condition}"),
                });
            }
        }
    }
    Some(lines)
}

/// Tells which managed policies two lists of their ARNs have more and less; nothing where the values are no such lists.
fn attachments(was: &Value, want: &Value) -> Option<Vec<RightChange>> {
    let policies = |value: &Value| {
        let arns = value.as_array()?.iter().map(|arn| arn.as_str().filter(|arn| arn.contains(":policy/")));
        arns.map(|arn| arn.map(str::to_owned)).collect::<Option<BTreeSet<_>>>()
    };
    let (was, want) = (policies(was)?, policies(want)?);
    let told =
        |arn: &String, verb: &str, widens| RightChange { widens, words: format!("{verb} all that {arn} allows") };
    let more = want.difference(&was).map(|arn| told(arn, "may now:", true));
    let less = was.difference(&want).map(|arn| told(arn, "may no longer:", false));
    Some(more.chain(less).collect::<Vec<_>>()).filter(|changes| !changes.is_empty())
}

/// Reads a policy, its statements, or nothing.
fn rights(policy: &Value) -> Option<PolicyRights> {
    let statements = policy.get("Statement").unwrap_or(policy);
    let mut rights = PolicyRights::new();
    for statement in elements(statements) {
        if statement.is_null() {
            continue;
        }
        let (actions, resources) = (statement.get("Action")?, statement.get("Resource")?);
        let condition = statement.get("Condition").map(condition).unwrap_or_default();
        for resource in elements(resources) {
            let denies = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
            let scope = RightScope { denies, resource: resource.as_str()?.to_owned(), condition: condition.clone() };
            let actions = elements(actions).map(|action| action.as_str().map(str::to_owned));
            rights.entry(scope).or_default().extend(actions.collect::<Option<Vec<_>>>()?);
        }
    }
    Some(rights)
}

/// Returns a single value or the elements of a list: IAM takes both for the same.
fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

fn condition(condition: &Value) -> String {
    let operators = condition.as_object().into_iter().flatten();
    let words: Vec<_> = operators
        .flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |key| (operator, key)))
        .map(|(operator, (key, values))| {
            let values: Vec<_> =
                elements(values).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            format!("{key} {operator} {}", values.join(" or "))
        })
        .collect();
    if words.is_empty() { String::new() } else { format!(" if {}", words.join(" and ")) }
}

/// Returns the last part of an ARN, which names the resource, unless another ARN of the change ends alike.
fn shortened<'r>(resource: &'r str, all: &BTreeSet<&str>) -> &'r str {
    let last = |arn: &str| arn.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)).map(str::len);
    let Some(length) = last(resource) else { return resource };
    let name = &resource[resource.len() - length..];
    let alike = all.iter().filter(|other| last(other).is_some_and(|l| other[other.len() - l..] == *name)).count();
    if alike > 1 || name.is_empty() || name == "*" { resource } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(was: &Value, want: &Value) -> Vec<String> {
        let changes = changes(was, want).unwrap();
        changes
            .into_iter()
            .map(|change| format!("{} {}", if change.widens { '+' } else { '-' }, change.words))
            .collect()
    }

    #[test]
    fn what_is_widened_and_narrowed_is_told() {
        let table = "arn:aws:dynamodb:eu-west-1:1:table/Orders";
        let was = json!([{"Sid": "T", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Scan"], "Resource": [table]}]);
        let want = json!([
            {"Sid": "T", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table},
            {"Sid": "Allow0", "Effect": "Allow", "Action": ["ses:SendEmail"], "Resource": ["arn:aws:ses:eu-west-1:1:identity/a.example"],
             "Condition": {"StringEquals": {"ses:FromAddress": ["a@a.example", "b@a.example"]}}},
        ]);
        assert_eq!(
            words(&was, &want),
            [
                "+ may now: ses:SendEmail on identity/a.example if ses:FromAddress StringEquals a@a.example or b@a.example",
                "- may no longer: dynamodb:Scan on table/Orders",
            ]
        );
        assert_eq!(words(&want, &json!({"Statement": want})), [""; 0], "the same rights");
        assert_eq!(words(&Value::Null, &json!({"Statement": was})).len(), 1);
    }

    #[test]
    fn managed_policies_are_told_by_their_arn() {
        let [mail, logs] = ["arn:aws:iam::1:policy/mail", "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"];
        assert_eq!(
            words(&json!([mail]), &json!([logs])),
            [format!("+ may now: all that {logs} allows"), format!("- may no longer: all that {mail} allows")]
        );
        assert_eq!(words(&json!([]), &json!([mail])), [format!("+ may now: all that {mail} allows")]);
    }

    /// What is denied is not allowed: the mark is about what is possible, not about the words.
    #[test]
    fn a_denial_narrows() {
        let deny = json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]);
        assert_eq!(words(&json!([]), &deny), ["- is now denied: s3:* on *"]);
        assert_eq!(words(&deny, &json!([])), ["+ is no longer denied: s3:* on *"]);
    }

    #[test]
    fn arns_that_end_alike_are_told_whole() {
        let right = |arn: &str| json!([{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}]);
        let moved = words(&right("arn:aws:sqs:eu-west-1:1:mail"), &right("arn:aws:sqs:eu-west-2:1:mail"));
        assert_eq!(
            moved,
            [
                "+ may now: sqs:SendMessage on arn:aws:sqs:eu-west-2:1:mail",
                "- may no longer: sqs:SendMessage on arn:aws:sqs:eu-west-1:1:mail"
            ]
        );
        assert_eq!(words(&json!([]), &right("arn:aws:s3:::bucket/*")), ["+ may now: sqs:SendMessage on bucket/*"]);
    }

    #[test]
    fn what_is_no_policy_is_not_told_as_one() {
        assert_eq!(changes(&json!([{"NotAction": "a", "Resource": "*", "Effect": "Allow"}]), &json!([])), None);
        assert_eq!(changes(&json!("text"), &json!([])), None);
    }
}
