//! The order of a crate's modules, as the documentation of its `lib.rs` states it.

use crate::edges::{FileEdges, show_paths};
use crate::source::SourceCrate;
use std::collections::{BTreeMap, BTreeSet};

/// The words before the order in the documentation of `lib.rs`; it ends with a full stop.
const STATEMENT: &str = "The modules depend on each other one way: ";

/// Reads the layers from the bottom up: `a → b, c → d` are three. Panics if `lib.rs` does not state them.
pub fn stated_layers(krate: &SourceCrate) -> Vec<Vec<String>> {
    let text = &krate.files.iter().find(|file| file.path == "lib.rs").expect("a crate has a lib.rs").text;
    let lines: Vec<_> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let text = lines.join(" ");
    let (_, order) = text.split_once(STATEMENT).unwrap_or_else(|| panic!("{}/lib.rs: no \"{STATEMENT}\"", krate.name));
    let (order, _) = order.split_once('.').expect("the order ends with a full stop");
    order
        .split('→')
        .map(|layer| layer.split(',').map(|name| name.trim_matches([' ', '`', '[', ']']).to_owned()).collect())
        .collect()
}

/// Returns the modules of `lib.rs` that the layers do not name, and the names in the layers that are no modules.
pub fn misplaced_modules(krate: &SourceCrate, layers: &[Vec<String>]) -> Vec<String> {
    let stated: BTreeSet<_> = layers.iter().flatten().collect();
    let real: BTreeSet<_> = krate.modules[0].children.keys().collect();
    stated.symmetric_difference(&real).map(|name| (*name).clone()).collect()
}

/// Returns each pair of modules where one uses another that does not stand below it, with the edges of files.
pub fn arrows_up(
    krate: &SourceCrate,
    edges: &FileEdges,
    layers: &[Vec<String>],
) -> BTreeMap<(String, String), Vec<String>> {
    let layer = |name: &str| layers.iter().position(|layer| layer.iter().any(|known| known == name));
    let mut arrows: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for ((from, to), paths) in edges {
        let (from, to) = (&krate.files[*from].path, &krate.files[*to].path);
        let (user, used) = (top_module(from), top_module(to));
        if user != used && user != "lib" && layer(user) <= layer(used) {
            let line = format!("{from} -> {to}: {}", show_paths(paths));
            arrows.entry((user.to_owned(), used.to_owned())).or_default().push(line);
        }
    }
    arrows
}

/// Returns the module right below the root that a file belongs to; `lib` for the root itself.
fn top_module(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}
