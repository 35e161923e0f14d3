//! The picture as an SVG image: columns from left to right, each resource to the right of all that call or need it.
//!
//! The layout is made here because the crate that does it, layout-rs 0.1, panics over some graphs of this kind.

use super::super::text;
use super::drawing::{StackPicture, colors};
use std::fmt::Write;

/// Width of a character of a box, roughly.
const CHARACTER: usize = 8;
/// Height of a box.
const HEIGHT: usize = 48;
/// Room around everything, and between two boxes of a column.
const GAP: usize = 24;
/// Width of a character of a label, roughly.
const SMALL_CHARACTER: usize = 6;
/// Least room between two columns.
const LEAST_ROOM: usize = 80;

/// Where a box is.
#[derive(Debug, Clone, Copy, Default)]
struct PlacedBox {
    column: usize,
    x: usize,
    y: usize,
    width: usize,
}

/// Renders an image.
pub fn svg(picture: &StackPicture) -> String {
    let boxes = placed(picture);
    let width = boxes.iter().map(|it| it.x + it.width).max().unwrap_or_default() + GAP;
    let height = boxes.iter().map(|it| it.y + HEIGHT).max().unwrap_or_default() + GAP;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\" fill=\"#1f2328\">\n<title>The stack</title>\n\
         <defs><marker id=\"end\" markerWidth=\"8\" markerHeight=\"8\" refX=\"8\" refY=\"4\" orient=\"auto\">\
         <path d=\"M0 0 8 4 0 8z\" fill=\"#57606a\" /></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\" />\n"
    );
    for (from, to, edge) in picture.numbered() {
        let (from, to) = (boxes[from], boxes[to]);
        // Arrows lead from the right side of a box to the left side of another; one that leads back goes the other way round.
        let is_forward = from.column < to.column;
        let x1 = if is_forward { from.x + from.width } else { from.x };
        let x2 = if is_forward { to.x } else { to.x + to.width };
        let (y1, y2, middle) = (from.y + HEIGHT / 2, to.y + HEIGHT / 2, x1.midpoint(x2));
        let label = edge.short_label();
        let dotted = if label.is_empty() { " stroke-dasharray=\"2 4\"" } else { "" };
        let _ = writeln!(
            out,
            "<path d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#57606a\"{dotted} marker-end=\"url(#end)\" />"
        );
        if !label.is_empty() {
            let y = y1.midpoint(y2).saturating_sub(4);
            let label = text::xml_escaped(&label);
            let _ = writeln!(
                out,
                "<text x=\"{middle}\" y=\"{y}\" font-size=\"11\" text-anchor=\"middle\" stroke=\"#ffffff\" stroke-width=\"4\" paint-order=\"stroke\">{label}</text>"
            );
        }
    }
    for (node, at) in picture.nodes.iter().zip(&boxes) {
        let (fill, border) = colors(node.tone);
        let [id, name] = node.lines().map(|line| text::xml_escaped(&line));
        let PlacedBox { x, y, width, .. } = at;
        let (middle, first, second) = (x + width / 2, y + 20, y + 38);
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"{fill}\" stroke=\"{border}\" />\n\
             <text x=\"{middle}\" y=\"{first}\" font-size=\"14\" font-weight=\"600\" text-anchor=\"middle\">{id}</text>\n\
             <text x=\"{middle}\" y=\"{second}\" font-size=\"12\" text-anchor=\"middle\">{name}</text>"
        );
    }
    out.push_str("</svg>\n");
    out
}

/// Gives each box a column, the one after the last of those that lead to it, and a place in it near those.
fn placed(picture: &StackPicture) -> Vec<PlacedBox> {
    let arrows: Vec<_> = picture.numbered().map(|(from, to, edge)| (from, to, edge.short_label())).collect();
    let mut boxes: Vec<PlacedBox> = picture
        .nodes
        .iter()
        .map(|node| {
            let columns = node.lines().iter().map(|line| text::width(line)).max().unwrap_or_default();
            PlacedBox { width: columns * CHARACTER + GAP, ..PlacedBox::default() }
        })
        .collect();
    // A circle ends with the number of rounds.
    for _ in 0..boxes.len() {
        for (from, to, _) in arrows.iter().filter(|(from, to, _)| from != to) {
            boxes[*to].column = boxes[*to].column.max(boxes[*from].column + 1).min(picture.nodes.len());
        }
    }
    let mut x = GAP;
    for column in 0..=boxes.iter().map(|it| it.column).max().unwrap_or_default() {
        let mut here: Vec<usize> = (0..boxes.len()).filter(|at| boxes[*at].column == column).collect();
        // The middle of what leads to it, which stands in earlier columns and has its place.
        here.sort_by_key(|at| {
            let before: Vec<_> =
                arrows.iter().filter(|(_, to, _)| to == at).map(|(from, _, _)| boxes[*from].y).collect();
            before.iter().sum::<usize>().checked_div(before.len()).unwrap_or_default()
        });
        let mut widest = 0;
        for (row, at) in here.iter().enumerate() {
            (boxes[*at].x, boxes[*at].y) = (x, GAP + row * (HEIGHT + GAP));
            widest = widest.max(boxes[*at].width);
        }
        let labels = arrows.iter().filter(|(from, _, _)| here.contains(from)).map(|(_, _, label)| text::width(label));
        x += widest + LEAST_ROOM.max(labels.max().unwrap_or_default() * SMALL_CHARACTER + 2 * GAP);
    }
    boxes
}
