//! From a place in the file back to the key that is written there: `stage.dev.function.api.memory`.

use super::node::{TextSpan, TomlNode, TomlTable, TomlValue};
use std::cmp::Reverse;

/// Returns the key written at each of the places, which are in ascending order. Empty where there is none.
///
/// One sweep over file and places together: places of keys and values are nested or apart, never crossing.
pub(super) fn keys_at(root: &TomlTable, places: &[TextSpan]) -> Vec<String> {
    let mut index = PathIndex { names: Vec::new(), items: Vec::new() };
    index.entries(root, None);
    index.items.sort_by_key(|(span, name)| (span.start, Reverse(span.end), *name));

    let mut keys = Vec::with_capacity(places.len());
    let mut open: Vec<(TextSpan, usize)> = Vec::new();
    let mut items = index.items.iter().peekable();
    for place in places {
        while let Some((span, name)) = items.next_if(|(span, _)| span.start <= place.start) {
            while open.pop_if(|(outer, _)| outer.end <= span.start && outer.end < span.end).is_some() {}
            open.push((*span, *name));
        }
        while open.pop_if(|(span, _)| span.end < place.start.max(place.end)).is_some() {}
        keys.push(open.last().map_or_else(String::new, |(_, name)| index.path(*name)));
    }
    keys
}

/// Keys of a tree, each with its parent, and the places that belong to them.
struct PathIndex<'a> {
    names: Vec<(&'a str, Option<usize>)>,
    items: Vec<(TextSpan, usize)>,
}

impl<'a> PathIndex<'a> {
    fn entries(&mut self, entries: &'a TomlTable, parent: Option<usize>) {
        for (key, entry) in entries.iter() {
            let name = self.names.len();
            self.names.push((key, parent));
            self.items.push((entry.key, name));
            self.node(&entry.node, name);
        }
    }

    fn node(&mut self, node: &'a TomlNode, name: usize) {
        self.items.push((node.span, name));
        match &node.value {
            TomlValue::Table(entries) => self.entries(entries, Some(name)),
            TomlValue::List(nodes) => nodes.iter().for_each(|node| self.node(node, name)),
            _ => {}
        }
    }

    fn path(&self, name: usize) -> String {
        let mut parts = Vec::new();
        let mut at = Some(name);
        while let Some((part, parent)) = at.and_then(|name| self.names.get(name)) {
            parts.push(written(part));
            at = *parent;
        }
        parts.reverse();
        parts.join(".")
    }
}

/// Returns a key as it is written in TOML: in quotes unless it is bare.
pub(super) fn written(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { key.to_owned() } else { format!("{key:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_key_of_a_place() {
        let text = "name = 1\n[table.orders]\na.b = 2\nc = { d = [3, { e = 4 }] }\n[api.routes]\n\"GET /x\" = 5\n";
        let root = super::super::syntax::parse(text).root;
        for (written, key) in [
            ("name", "name"),
            ("1", "name"),
            ("orders", "table.orders"),
            ("table", "table"),
            ("2", "table.orders.a.b"),
            ("3", "table.orders.c.d"),
            ("4", "table.orders.c.d.e"),
            ("routes", "api.routes"),
            ("\"GET /x\"", "api.routes.\"GET /x\""),
            ("5", "api.routes.\"GET /x\""),
        ] {
            let start = text.find(written).unwrap_or_default();
            let place = TextSpan { start, end: start + written.len() };
            assert_eq!(keys_at(&root, &[place]), [key], "{written}");
        }
    }
}
