//! The picture as text.

use super::super::look::{TerminalLook, TextTone};
use super::super::text;
use super::drawing::StackPicture;

/// Renders the arrows for people: a line for each resource, and below it a line for each one that it uses.
pub fn render(picture: &StackPicture, look: &TerminalLook) -> String {
    let mut out = String::new();
    for node in &picture.nodes {
        let id = text::clean(&node.id.to_string()).into_owned();
        let line = format!(
            "{}  {}  {}",
            look.paint(TextTone::Strong, id),
            text::clean(&node.name),
            look.paint(node.tone, node.state)
        );
        out.push_str(&look.fit(&line));
        out.push('\n');
        for edge in picture.edges.iter().filter(|edge| edge.from == node.id) {
            let how = if edge.label.is_empty() { "needs".to_owned() } else { text::clean(&edge.label).into_owned() };
            let line = format!("  → {}  {}", text::clean(&edge.to.to_string()), look.paint(TextTone::Dim, how));
            out.push_str(&look.fit(&line));
            out.push('\n');
        }
    }
    out
}
