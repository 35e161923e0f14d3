//! Comparing what is desired with what is observed. Pure; one function for every kind.

use super::secret::SecretSeal;
use serde::Serialize;
use serde_json::{Map, Value};

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// Dotted path from the top of the spec: `environment.LOG_LEVEL`.
    pub path: String,
    /// The observed value; `null` when absent.
    pub was: Value,
    /// The desired value; `null` when it is to be removed.
    pub want: Value,
}

/// The fields that differ, ordered by path.
pub type SpecDiff = Vec<FieldChange>;

/// Compares two specs of one kind. A top-level field that `desired` does not have is not managed and never differs; below the top
/// level the values must be equal. Objects but the seals of secrets are compared member by member, everything else as a whole.
pub fn diff(desired: &Value, observed: &Value) -> SpecDiff {
    let empty = Map::new();
    let (desired, observed) = (desired.as_object().unwrap_or(&empty), observed.as_object().unwrap_or(&empty));
    let mut out = Vec::new();
    for (key, value) in desired {
        compare(key.clone(), value, observed.get(key).unwrap_or(&Value::Null), &mut out);
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

fn compare(path: String, desired: &Value, observed: &Value, out: &mut SpecDiff) {
    match (desired, observed) {
        (Value::Object(w), Value::Object(l)) if !SecretSeal::is(desired) && !SecretSeal::is(observed) => {
            for (key, value) in w {
                compare(format!("{path}.{key}"), value, l.get(key).unwrap_or(&Value::Null), out);
            }
            for (key, value) in l.iter().filter(|(key, _)| !w.contains_key(*key)) {
                out.push(FieldChange { path: format!("{path}.{key}"), was: value.clone(), want: Value::Null });
            }
        }
        _ if numbers_equal(desired, observed) || desired == observed => {}
        _ => out.push(FieldChange { path, was: observed.clone(), want: desired.clone() }),
    }
}

/// Tells whether two numbers are one to AWS, as `100` and `100.0` are.
fn numbers_equal(a: &Value, b: &Value) -> bool {
    matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

/// Tells whether a change touches `field` or something below it.
pub fn touches(diff: &[FieldChange], field: &str) -> bool {
    diff.iter().any(|change| top(&change.path) == field)
}

/// Returns the top-level field of a path.
pub fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_listed() {
        let observed = json!({"memory": 128, "env": {"A": "1", "B": "2"}, "unmanaged": true});
        for (desired, paths) in [
            (json!({"memory": 128}), vec![]),
            (json!({"memory": 128.0}), vec![]),
            (json!({"memory": 256}), vec!["memory"]),
            (json!({"env": {"A": "1", "B": "2"}}), vec![]),
            (json!({"env": {"A": "9"}}), vec!["env.A", "env.B"]),
            (json!({"env": {"A": "1", "B": "2", "C": "3"}}), vec!["env.C"]),
            (json!({"env": {}}), vec!["env.A", "env.B"]),
            (json!({"new": [1]}), vec!["new"]),
            (json!({"env": null}), vec!["env"]),
            (json!({"env": {"A": "1", "B": {"(secret)": "0"}}}), vec!["env.B"]),
        ] {
            let got: Vec<_> = diff(&desired, &observed).into_iter().map(|c| c.path).collect();
            assert_eq!(got, paths, "{desired}");
        }
    }
}
