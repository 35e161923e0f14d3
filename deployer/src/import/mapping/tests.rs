//! Every key of a description and every attribute of the provider has a place in the mapping, or a reason why it has none.

use super::kinds::KINDS;
use crate::import::sections;
use crate::stack::{KeyDefinition, ValueShape};
use std::collections::{BTreeMap, BTreeSet};

/// Keys that no attribute of Terraform's is mapped to, and why.
const EXCUSED: &[(&str, &str, &str)] = &[
    ("table", "tags", "each tag is a line of its own (`tags`)"),
    ("function", "package", "the program is new"),
    ("function", "bin", "the program is new"),
    ("function", "profile", "the program is new"),
    ("function", "features", "the program is new"),
    ("function", "artifact", "the program is new"),
    (
        "function",
        "environment",
        "values may be secrets: names of tables are recognized, others stay for a person to write",
    ),
    ("table", "seed", "a file that Terraform does not have"),
    ("function", "tables", "what a role may do stands in its policies"),
    ("function", "allow", "what a role may do stands in its policies"),
    ("function", "tags", "each tag is a line of its own (`tags`)"),
    ("function", "queues", "what a role may do stands in its policies"),
    ("function", "source", "mappings are resources of their own (`sources`)"),
    ("function", "asynchronous", "an invoke configuration is a resource of its own, which stays as it is"),
    ("function", "role_arn", "a role is made for every function that is taken over"),
    ("queue", "dead_letter", "the other queue has an ARN in Terraform and an id here (`dead_letter`)"),
    ("queue", "protected", "SQS has no such mark"),
    ("queue", "tags", "each tag is a line of its own (`tags`)"),
    ("external", "queue", "what others manage stays with Terraform"),
    ("api", "routes", "methods and integrations tell them together (`methods`)"),
    ("api", "openapi", "a file that Terraform does not have"),
    ("api", "auth", "all methods tell it together (`methods`)"),
    ("api", "cors", "the answers to preflights are methods of their own, named where they end"),
    ("api", "tags", "each tag is a line of its own (`tags`)"),
    ("schedule", "function", "the target tells it (`graph`)"),
    ("function", "managed_policies", "parts of the role; taken over as its policies have them"),
    ("schedule", "tags", "each tag is a line of its own (`tags`)"),
    ("external", "table", "what others manage stays with Terraform"),
    ("external", "function", "what others manage stays with Terraform"),
    ("external", "secret", "what others manage stays with Terraform"),
];

/// Collects the paths of keys; those of a table with a fixed set of keys one by one.
fn paths(keys: &[KeyDefinition], above: &str, out: &mut BTreeSet<String>) {
    for key in keys {
        let path = if above.is_empty() { key.name.to_owned() } else { format!("{above}.{}", key.name) };
        match key.shape {
            ValueShape::Table(keys) => paths(keys, &path, out),
            _ => drop(out.insert(path)),
        }
    }
}

#[test]
fn every_key_of_every_section_is_mapped_or_excused() {
    let definitions = crate::kinds::sections().into_iter();
    for section in definitions.map(|section| section.name) {
        let mapped = KINDS.iter().filter(|kind| kind.section == Some(section));
        let mapped: BTreeSet<&str> = mapped.flat_map(|kind| kind.attributes).map(|attribute| attribute.key).collect();
        let excused: BTreeSet<&str> =
            EXCUSED.iter().filter(|(of, ..)| *of == section).map(|(_, key, _)| *key).collect();
        assert_eq!(mapped.intersection(&excused).collect::<Vec<_>>(), [&""; 0], "mapped and excused in [{section}]");
        let mut all = BTreeSet::new();
        paths(sections::section(section).unwrap().keys, "", &mut all);
        let covers = |key: &str, names: &BTreeSet<&str>| {
            names.iter().any(|name| key == *name || key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
        };
        let lost: Vec<_> = all.iter().filter(|key| !covers(key, &mapped) && !covers(key, &excused)).collect();
        assert!(lost.is_empty(), "[{section}] has keys that no attribute is mapped to: {lost:?}");
        for name in mapped.iter().chain(&excused) {
            assert!(sections::key(section, name).is_some(), "[{section}] has no key {name}");
        }
    }
}

/// The attributes that version 5.46 of Terraform's AWS provider writes to a state, and those that version 6 adds to them.
#[test]
fn every_attribute_of_the_provider_is_known() {
    let provider: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("../fixtures/provider-attributes.json")).unwrap();
    for kind in KINDS.iter().filter(|kind| kind.section.is_some()) {
        let attributes = &provider[kind.name];
        let known: BTreeSet<&str> = kind.known().collect();
        let attributes: BTreeSet<&str> = attributes.iter().map(String::as_str).collect();
        assert_eq!(attributes, known, "{}", kind.name);
    }
}

#[test]
fn defaults_are_those_of_the_description() {
    for (section, key, expected) in [
        ("function", "memory", serde_json::json!(128)),
        ("function", "architecture", "x86_64".into()),
        ("function", "tracing", false.into()),
        ("table", "billing_mode", "PAY_PER_REQUEST".into()),
    ] {
        assert_eq!(sections::default(section, key), Some(expected), "{section}.{key}");
    }
    assert_eq!(sections::default("api", "throttle.rate"), None);
}
