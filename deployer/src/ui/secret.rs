//! Values that are not shown: secrets, of which a plan has the seals only, and other environment variables that look like one.

use crate::engine::diff::{FieldChange, SpecDiff};
use crate::engine::plan::{Plan, StepAction};
use crate::engine::status::{ResourceCondition, StatusReport};
use crate::kinds::secret::{SHOWN, SecretSeal};
use crate::stack::confidential;
use crate::stack::confidential::{ENVIRONMENT, looks_secret};
use serde_json::Value;

/// What is shown instead.
pub const HIDDEN: &str = "(hidden)";

/// Tells whether a value is a secret whatever it is called.
fn carries_secret(value: &Value) -> bool {
    value.as_str().is_some_and(confidential::carries_secret)
}

/// Hides the secrets of a plan.
#[must_use]
pub fn hide_in_plan(mut plan: Plan) -> Plan {
    for step in &mut plan.steps {
        match &mut step.action {
            StepAction::Create { spec } => hide_in_spec(spec),
            StepAction::Update { changes, .. } => hide_in_diff(changes),
            StepAction::Keep | StepAction::Delete { .. } | StepAction::Retain { .. } => {}
        }
    }
    plan
}

/// Hides the secrets of a report.
#[must_use]
pub fn hide_in_status(mut report: StatusReport) -> StatusReport {
    for resource in &mut report.resources {
        if let ResourceCondition::Drifted { changes } = &mut resource.condition {
            hide_in_diff(changes);
        }
    }
    report
}

fn hide_in_diff(changes: &mut SpecDiff) {
    for FieldChange { path, was, want } in changes {
        let mut parts = path.split('.').skip_while(|part| *part != ENVIRONMENT);
        match (parts.next(), parts.next()) {
            (Some(_), Some(name)) => {
                let secret = looks_secret(name) || carries_secret(was) || carries_secret(want);
                for value in [was, want] {
                    hide_in_spec(value);
                    hide_if(secret, value);
                }
            }
            (Some(_), None) => {
                hide_in_environment(was);
                hide_in_environment(want);
            }
            (None, _) => {
                hide_in_spec(was);
                hide_in_spec(want);
            }
        }
    }
}

fn hide_in_spec(spec: &mut Value) {
    if SecretSeal::is(spec) {
        *spec = Value::from(SHOWN);
        return;
    }
    let Some(members) = spec.as_object_mut() else {
        return;
    };
    for (name, value) in members {
        if name == ENVIRONMENT { hide_in_environment(value) } else { hide_in_spec(value) }
    }
}

fn hide_in_environment(environment: &mut Value) {
    let Some(variables) = environment.as_object_mut() else {
        return;
    };
    for (name, value) in variables {
        hide_in_spec(value);
        hide_if(looks_secret(name) || carries_secret(value), value);
    }
}

/// Tells whether a value is what stands for one that is not shown.
pub fn is_hidden(value: &Value) -> bool {
    value == SHOWN || value == HIDDEN
}

fn hide_if(secret: bool, value: &mut Value) {
    if secret && !value.is_null() && value != SHOWN {
        *value = Value::from(HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_whole_environment_is_searched_too() {
        let mut spec = json!({"memory": 128, "environment": {"API_KEY": "k", "LEVEL": "debug"}, "key": "id"});
        hide_in_spec(&mut spec);
        assert_eq!(spec, json!({"memory": 128, "environment": {"API_KEY": HIDDEN, "LEVEL": "debug"}, "key": "id"}));

        let change = |path: &str, was, want| FieldChange { path: path.into(), was, want };
        let mut changes = vec![
            change("environment", json!(null), json!({"TOKEN": "t", "A": "1"})),
            change("environment.TOKEN", json!("old"), json!(null)),
            change("environment.URL", json!("http://a"), json!("http://u:p@a")),
            change("environment.SALT", json!({"(secret)": "0f"}), json!({"(secret)": "1e"})),
            change("environment.PEPPER", json!(null), json!({"(secret)": "0f"})),
        ];
        hide_in_diff(&mut changes);
        assert_eq!(
            changes,
            [
                change("environment", json!(null), json!({"TOKEN": HIDDEN, "A": "1"})),
                change("environment.TOKEN", json!(HIDDEN), json!(null)),
                change("environment.URL", json!(HIDDEN), json!(HIDDEN)),
                change("environment.SALT", json!(SHOWN), json!(SHOWN)),
                change("environment.PEPPER", json!(null), json!(SHOWN)),
            ]
        );
    }
}
