//! The picture in Mermaid's language, which GitHub and GitLab draw.

use super::drawing::{StackPicture, colors};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Renders a flowchart.
pub fn mermaid(picture: &StackPicture) -> String {
    let mut out = "flowchart LR\n".to_owned();
    for (number, node) in picture.nodes.iter().enumerate() {
        let [id, name] = node.lines().map(|line| quoted(&line));
        let class = node.state.replace(' ', "-");
        let _ = writeln!(out, "  n{number}[\"{id}<br/>{name}\"]:::{class}");
    }
    for (from, to, edge) in picture.numbered() {
        let label = quoted(&edge.short_label());
        let arrow = if label.is_empty() { "-.->".to_owned() } else { format!("-->|\"{label}\"|") };
        let _ = writeln!(out, "  n{from} {arrow} n{to}");
    }
    let classes: BTreeSet<_> =
        picture.nodes.iter().map(|node| (node.state.replace(' ', "-"), colors(node.tone))).collect();
    for (class, (fill, border)) in classes {
        let _ = writeln!(out, "  classDef {class} fill:{fill},stroke:{border},color:#1f2328");
    }
    out
}

/// Renders the flowchart for a comment, folded away under a title.
pub fn mermaid_block(title: &str, picture: &StackPicture) -> String {
    format!("\n<details><summary>{title}</summary>\n\n```mermaid\n{}```\n\n</details>\n", mermaid(picture))
}

/// Writes what means something to Mermaid, to HTML or to Markdown as a number, which Mermaid shows as the character.
fn quoted(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            c if c.is_alphanumeric() || " -_./:,()+…→".contains(c) => out.push(c),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
        out
    })
}
