//! The picture as text.

use super::super::look::{TerminalLook, TextTone};
use super::super::plan::PlanLine;
use super::super::text;
use super::drawing::StackPicture;

/// Renders the arrows for people: a line for each resource, and below it a line for each one that it uses.
pub fn render(picture: &StackPicture, look: &TerminalLook) -> String {
    let mut out = String::new();
    for node in &picture.nodes {
        let id = text::clean(&node.id.to_string()).into_owned();
        let name = text::clean(&node.name);
        // How it is stands last and is not cut.
        let room = look.columns().saturating_sub(text::width(&id) + text::width(node.state) + 4);
        let name = match look.width {
            Some(_) if room < 4 => String::new(),
            Some(_) => format!("  {}", text::shorten(&name, room)),
            None => format!("  {name}"),
        };
        out.push_str(&format!("{}{name}  {}\n", look.paint(TextTone::Strong, id), look.paint(node.tone, node.state)));
        for edge in picture.edges.iter().filter(|edge| edge.from == node.id) {
            let how = if edge.label.is_empty() { "needs".to_owned() } else { text::clean(&edge.label).into_owned() };
            let line = format!("→ {}  {}", text::clean(&edge.to.to_string()), look.paint(TextTone::Dim, how));
            for row in PlanLine::plain(2, line).fitted(look) {
                out.push_str(&row);
                out.push('\n');
            }
        }
    }
    out
}
