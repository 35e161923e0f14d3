//! Tags that exist and that adopting would take away.

use super::resource::{TerraformResource, is_open};
use super::sections;
use crate::stack::ValueShape;
use std::collections::BTreeMap;

/// Returns the tags that a block of a section can have, and a remark on each that it cannot have. Those of the provider are
/// among them where the file tells them. Tags of AWS and of the deployer are left out.
pub fn tags(resource: &TerraformResource, section: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut tags, mut remarks) = (BTreeMap::new(), Vec::new());
    for (key, value) in told(resource) {
        if key.starts_with("aws:") || key.starts_with("deployer:") {
            continue;
        }
        match refusal(section, key, value) {
            None => drop(tags.insert(key.to_owned(), value.to_owned())),
            Some(why) => remarks.push(format!("its tag {key} has no place in the description: {why}; it is removed")),
        }
    }
    (tags, remarks)
}

fn told(resource: &TerraformResource) -> impl Iterator<Item = (&str, &str)> {
    let all = ["tags_all", "tags"].into_iter().find_map(|name| resource.attributes.get(name)?.as_object());
    all.into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .filter(|(_, text)| !is_open(text))
}

/// Returns why the description of a section takes no such tag.
fn refusal(section: &str, name: &str, value: &str) -> Option<String> {
    let ValueShape::Map { key, of: ValueShape::Text(rule), .. } = &sections::key(section, "tags")?.shape else {
        return None;
    };
    key.refuses(name).or_else(|| rule.refuses(value))
}
