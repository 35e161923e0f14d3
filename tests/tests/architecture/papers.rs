//! What the papers for contributors say of the source: the files that they name, and the contract that a kind fulfils.

use crate::FOLDERS;
use crate::source::{read_texts, repository};
use regex_lite::{Regex, escape};
use std::collections::BTreeSet;
use std::fs;
use syn::{Item, TraitItem};

/// The papers that speak of the source, and not of a user's project.
pub const PAPERS: [&str; 2] = ["CONTRIBUTING.md", "deployer/ARCHITECTURE.md"];

/// Returns what stands in backquotes in a text, outside of blocks of code.
fn quoted(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        if !is_code {
            lines.extend(line.split('`').skip(1).step_by(2));
        }
    }
    lines
}

/// Returns the paths that a name with `{a,b}` stands for.
fn expanded(name: &str) -> Vec<String> {
    let Some((before, rest)) = name.split_once('{') else { return vec![name.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![name.to_owned()] };
    choices.split(',').flat_map(|choice| expanded(&format!("{before}{choice}{after}"))).collect()
}

/// Returns the names of files and folders in a paper that nothing in the tree has. `<name>` stands for any name; a path may begin anywhere.
pub fn missing_paths(paper: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join(paper)).unwrap();
    let is_path = Regex::new(r"^[\w.<>{},/-]+(\.(rs|md|toml|json|yml)|\w/)$").unwrap();
    let tree: BTreeSet<String> =
        FOLDERS.iter().chain(&["deployer/fuzz"]).flat_map(|folder| read_texts(folder).into_keys()).collect();
    let is_there = |path: &str| {
        if repository().join(path).exists() {
            return true;
        }
        let wanted = escape(path).replace("<name>", "[^/]+");
        let end = if path.ends_with('/') { "" } else { "$" };
        let wanted = Regex::new(&format!("(^|/){wanted}{end}")).unwrap();
        tree.iter().any(|file| wanted.is_match(file))
    };
    let named = quoted(&text).into_iter().filter(|name| is_path.is_match(name)).flat_map(expanded);
    // What builds and tests leave behind is not in the tree.
    let named = named.filter(|path| !path.starts_with("target/"));
    named.filter(|path| !is_there(path)).map(|path| format!("{paper}: {path}")).collect()
}

/// Returns the methods of the contract of kinds that the recipe for a new kind does not name. What the definition holds is named as that.
pub fn unnamed_methods(recipe: &str) -> Vec<String> {
    let contract =
        syn::parse_file(&fs::read_to_string(repository().join("deployer/src/kinds/kind.rs")).unwrap()).unwrap();
    let traits = contract.items.into_iter().filter_map(|item| match item {
        Item::Trait(item) => Some(item.items),
        _ => None,
    });
    let methods = traits.flatten().filter_map(|item| match item {
        TraitItem::Fn(method) => Some(method.sig.ident.to_string()),
        _ => None,
    });
    let of_definition = ["definition", "section", "name"];
    let methods = methods.filter(|method| !of_definition.contains(&method.as_str()));
    let named = quoted(recipe);
    methods.filter(|method| !named.contains(&method.as_str())).collect()
}

/// Returns the part of a paper below a heading of the second level.
pub fn part<'a>(text: &'a str, heading: &str) -> &'a str {
    let from = text.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("there is no part {heading:?}"));
    let rest = &text[from + 1..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}
