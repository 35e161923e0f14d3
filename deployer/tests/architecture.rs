//! The shape of the program, checked: dependencies point one way, files stay small.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the bottom up. A module may use itself and what stands before it.
const ORDER: &[&str] = &["error", "aws", "stack", "artifact", "kinds", "import", "engine", "ui", "local", "cli"];
/// Lines of the longest file.
const LONGEST: usize = 600;

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn all() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    for dir in ["src", "local/src", "../function/src", "../tests/src"] {
        sources(&root.join(dir), &mut out);
    }
    out
}

/// The first segments of paths that start with `crate::`, those in `use crate::{…}` too.
fn used(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut start) = (0, 0);
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        out.push(&group[start..i]);
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        out.push(&group[start..i]);
                        start = i + 1;
                    }
                    _ => {}
                }
            }
        } else {
            out.push(rest);
        }
    }
    out.into_iter()
        .map(|path| path.trim().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default())
        .collect()
}

/// Test modules may look up: they need real kinds to test a mechanism with.
fn is_test(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == "tests") || path.file_name().is_some_and(|name| name == "tests.rs")
}

#[test]
fn dependencies_point_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    for path in files.iter().filter(|path| !is_test(path)) {
        let inside = path.strip_prefix(&src).unwrap();
        let module = inside.iter().next().unwrap().to_string_lossy();
        let module = module.trim_end_matches(".rs");
        let Some(rank) = ORDER.iter().position(|name| *name == module) else { continue };
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for name in used(&code) {
            if ORDER.iter().position(|known| *known == name).is_some_and(|other| other > rank) {
                wrong.push(format!("{} uses crate::{name}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "the order is {ORDER:?}:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_place_in_the_order() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules: Vec<_> = lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(modules.iter().all(|module| ORDER.contains(module)), "{modules:?}");
    assert_eq!(modules.len(), ORDER.len());
}

#[test]
fn files_stay_small() {
    let long: Vec<_> = all()
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}

#[test]
fn nothing_is_left_undone_or_unsafe() {
    for path in all() {
        let text = fs::read_to_string(&path).unwrap();
        for word in ["todo!(", "unimplemented!(", "unsafe {", "dbg!("] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}
