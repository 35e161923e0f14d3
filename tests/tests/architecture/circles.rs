//! Circles of imports: files of which each uses each other, directly or through others.

use crate::edges::{FileEdges, show_paths};
use crate::source::SourceCrate;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Returns the strongly connected components of two files and more, the largest first.
pub fn find_circles(edges: &FileEdges) -> Vec<BTreeSet<usize>> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut previous: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in edges.keys() {
        next.entry(*from).or_default().push(*to);
        previous.entry(*to).or_default().push(*from);
    }
    let mut circles: Vec<BTreeSet<usize>> = Vec::new();
    for file in next.keys() {
        if circles.iter().any(|circle| circle.contains(file)) {
            continue;
        }
        let circle: BTreeSet<_> = reachable(*file, &next).intersection(&reachable(*file, &previous)).copied().collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

/// Returns a file and every file that can be reached from it.
fn reachable(from: usize, next: &BTreeMap<usize, Vec<usize>>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        open.extend(next.get(&file).into_iter().flatten().filter(|file| seen.insert(**file)));
    }
    seen
}

/// Writes a circle for people: its files, and under each the edges that stay within the circle.
pub fn show_circle(krate: &SourceCrate, edges: &FileEdges, circle: &BTreeSet<usize>) -> String {
    let mut text = format!("{}: {} files in one circle\n", krate.name, circle.len());
    for file in circle {
        let _ = writeln!(text, "  {}", krate.files[*file].path);
        for ((_, to), paths) in edges.iter().filter(|((from, to), _)| from == file && circle.contains(to)) {
            let _ = writeln!(text, "    -> {}: {}", krate.files[*to].path, show_paths(paths));
        }
    }
    text
}
