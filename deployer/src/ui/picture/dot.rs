//! The picture in the language of Graphviz.

use super::drawing::{StackPicture, colors};
use std::fmt::Write;

/// Renders a digraph.
pub fn dot(picture: &StackPicture) -> String {
    let mut out =
        "digraph stack {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n  \
                   edge [fontname=\"sans-serif\", fontsize=10];\n"
            .to_owned();
    for (number, node) in picture.nodes.iter().enumerate() {
        let [id, name] = node.lines().map(|line| quoted(&line));
        let (fill, border) = colors(node.tone);
        let _ = writeln!(out, "  n{number} [label=\"{id}\\n{name}\", fillcolor=\"{fill}\", color=\"{border}\"];");
    }
    for (from, to, edge) in picture.numbered() {
        let label = quoted(&edge.short_label());
        let style = if label.is_empty() { "style=dotted".to_owned() } else { format!("label=\"{label}\"") };
        let _ = writeln!(out, "  n{from} -> n{to} [{style}];");
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
