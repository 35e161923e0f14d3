//! What the table looks like.

use super::*;
use crate::engine::diff::FieldChange;
use crate::kinds::{ResourceId, ResourceRef};
use serde_json::json;

fn report(conditions: Vec<(&'static str, &str, ResourceCondition)>) -> StatusReport {
    let resource = |(kind, name, condition): (&'static str, &str, ResourceCondition)| {
        let place = ResourceRef { id: ResourceId::new(kind, name), name: format!("orders-prod-{name}") };
        ResourceStatus { place, condition }
    };
    StatusReport { resources: conditions.into_iter().map(resource).collect(), unmanaged: Vec::new(), health: None }
}

fn sample() -> StatusReport {
    let change = |path: &str, was, want| FieldChange { path: path.into(), was, want };
    let changes = vec![
        change("environment.API_KEY", json!("old-secret"), json!("new-secret")),
        change("memory", json!(128), json!(256)),
    ];
    report(vec![
        ("log_group", "api", ResourceCondition::InSync),
        ("table", "orders", ResourceCondition::Settling { reason: "the table is UPDATING".into() }),
        ("role", "api", ResourceCondition::Foreign { owner: "no deployer tags".into() }),
        ("role", "old", ResourceCondition::Orphaned),
        ("function", "api", ResourceCondition::Drifted { changes }),
        ("rest_api", "api", ResourceCondition::Missing),
        (
            "schedule",
            "expire",
            ResourceCondition::Unknown { reason: "access denied to events:DescribeRule on this rule".into() },
        ),
    ])
}

#[test]
fn the_table() {
    insta::assert_snapshot!("status", render(&sample(), false, &TerminalLook::PLAIN));
    insta::assert_snapshot!(
        "status_60_color",
        render(&sample(), false, &TerminalLook { color: true, width: Some(60) })
    );
    insta::assert_snapshot!("status_json", serde_json::to_string_pretty(&StatusJson::new(&sample())).unwrap());
}

#[test]
fn the_summary() {
    let in_sync = |n| report(vec![("table", "a", ResourceCondition::InSync); n]);
    for (report, sentence) in [
        (in_sync(0), "Nothing is described and nothing is there."),
        (in_sync(1), "The one resource is as described."),
        (in_sync(3), "All 3 resources are as described."),
        (report(vec![("table", "a", ResourceCondition::Missing)]), "1 resource: 1 missing."),
    ] {
        assert_eq!(summary(&report), sentence);
    }
}

#[test]
fn only_what_is_in_sync_does_not_differ() {
    for resource in sample().resources {
        assert_eq!(resource.condition.differs(), resource.condition != ResourceCondition::InSync);
    }
}
