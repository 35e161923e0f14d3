//! The form of imports: flat, one `use` a module, all in one block at the top, re-exports in a block of their own.

use crate::source::SourceFile;
use crate::syntax;
use proc_macro2::Span;
use std::collections::HashSet;
use syn::spanned::Spanned;
use syn::{Item, UseTree, Visibility};

/// Returns what is wrong with the form of a file's imports and of the lines above them.
pub fn import_mistakes(file: &SourceFile) -> Vec<String> {
    let mut mistakes = Vec::new();
    if let Some((line, _)) = file.text.lines().enumerate().find(|(_, line)| !line.starts_with("//!"))
        && line > 0
        && file.text.lines().nth(line).is_some_and(|line| !line.is_empty())
    {
        mistakes.push(format!("{}:{}: no blank line after the module's documentation", file.path, line + 1));
    }
    check_items(&file.path, &file.syntax.items, &mut mistakes);
    mistakes
}

fn check_items(path: &str, items: &[Item], mistakes: &mut Vec<String>) {
    let for_users = items.iter().filter(|item| !syntax::is_for_tests(syntax::attributes(item)));
    let uses: Vec<_> =
        for_users.filter_map(|item| if let Item::Use(item) = item { Some(item) } else { None }).collect();
    let mut say = |at: Span, words: &str| mistakes.push(format!("{path}:{}: {words}", at.start().line));
    for item in uses.iter().filter(|item| is_nested(&item.tree)) {
        say(item.span(), "braces of a `use` hold names alone");
    }
    for exported in [false, true] {
        let of_kind = uses.iter().filter(|item| exported != matches!(item.vis, Visibility::Inherited));
        let block: Vec<_> = of_kind.collect();
        let mut modules = HashSet::new();
        for item in &block {
            let visibility =
                if let Visibility::Restricted(limit) = &item.vis { Some(limit.path.clone()) } else { None };
            let module = module_path(&item.tree);
            if !module.is_empty() && !modules.insert((module, visibility, &item.attrs)) {
                say(item.span(), "this module has a `use` already");
            }
        }
        for pair in block.windows(2) {
            if pair[1].span().start().line > pair[0].span().end().line + 1 {
                say(pair[1].span(), "all `use` stand in one block");
            }
        }
    }
    // The modules of tests too: they are read like the others.
    for item in items {
        if let Item::Mod(inner) = item
            && let Some((_, items)) = &inner.content
        {
            check_items(path, items, mistakes);
        }
    }
}

/// Returns the names before the braces, or before the last name.
fn module_path(tree: &UseTree) -> Vec<String> {
    let mut path = Vec::new();
    let mut tree = tree;
    while let UseTree::Path(inner) = tree {
        path.push(inner.ident.to_string());
        tree = &inner.tree;
    }
    path
}

/// Tells whether a `use` has a path or braces within its braces.
fn is_nested(tree: &UseTree) -> bool {
    match tree {
        UseTree::Path(inner) => is_nested(&inner.tree),
        UseTree::Group(group) => group.items.iter().any(|item| matches!(item, UseTree::Path(_) | UseTree::Group(_))),
        _ => false,
    }
}
