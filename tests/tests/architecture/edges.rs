//! Which file uses which: an edge is a `use`, a path in the code or a re-export, to the file that defines the thing.

use crate::resolve::PathTarget;
use crate::source::{SourceCrate, UseLeaf, use_leaves};
use crate::syntax;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// The edges of a crate: for a file and a file that it uses, the paths in the source that say so.
pub type FileEdges = BTreeMap<(usize, usize), BTreeSet<String>>;

/// Finds the edges of a crate outside of tests.
pub fn find_edges(krate: &SourceCrate) -> FileEdges {
    let mut edges = FileEdges::new();
    for (file, source) in krate.files.iter().enumerate() {
        let Some(module) = source.module else { continue };
        let mut collector = EdgeCollector { krate, file, module, scopes: Vec::new(), edges: &mut edges };
        collector.visit_file(&source.syntax);
    }
    edges
}

/// Writes the paths of one edge, without those that begin with a name that another of them imports.
pub fn show_paths(paths: &BTreeSet<String>) -> String {
    let first = |path: &str| path.split("::").next().map(|name| format!("::{name}")).unwrap_or_default();
    let is_imported = |path: &&String| paths.iter().any(|other| other.ends_with(&first(path)));
    paths.iter().filter(|path| !is_imported(path)).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Walks through one file and collects its edges.
struct EdgeCollector<'a> {
    krate: &'a SourceCrate,
    file: usize,
    /// The module that the walk is in.
    module: usize,
    /// What `use` brings into the blocks around, the innermost last.
    scopes: Vec<Vec<UseLeaf>>,
    edges: &'a mut FileEdges,
}

impl EdgeCollector<'_> {
    fn add(&mut self, to: usize, path: &[String]) {
        if to != self.file {
            self.edges.entry((self.file, to)).or_default().insert(path.join("::"));
        }
    }

    /// Adds the edges of a path in the code.
    fn add_path(&mut self, path: &[String]) {
        let imported = self.scopes.iter().rev().flatten().find(|leaf| leaf.name.as_ref() == path.first());
        let full: Vec<_> = match imported {
            Some(leaf) => leaf.path.iter().chain(&path[1..]).cloned().collect(),
            None => path.to_vec(),
        };
        for target in self.krate.resolve(self.module, &full) {
            if let PathTarget::Item(file) = target {
                self.add(file, path);
            }
        }
    }

    /// Adds the edges of one name of a `use`. A module that is imported makes no edge by itself: the paths through it do.
    fn add_leaf(&mut self, leaf: &UseLeaf) {
        for target in self.krate.resolve(self.module, &leaf.path) {
            match target {
                PathTarget::Item(file) => self.add(file, &leaf.path),
                PathTarget::Module(module) if leaf.name.is_none() && leaf.exported => {
                    for file in self.krate.exported_files(module) {
                        self.add(file, &leaf.path);
                    }
                }
                PathTarget::Module(_) => {}
            }
        }
    }

    /// Adds the edges of the paths in tokens that the compiler alone understands: what macros are given.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => colons += 1,
                TokenTree::Ident(name) if colons == 2 => {
                    path.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.add_path(&path);
                    path.clear();
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => path.push(name.to_string()),
                        TokenTree::Group(group) => self.add_tokens(group.stream()),
                        TokenTree::Literal(text) => self.add_quoted(&text.to_string()),
                        TokenTree::Punct(_) => {}
                    }
                }
            }
        }
        self.add_path(&path);
    }

    /// Adds the edges of a path in quotes, as in `#[serde(default = "crate::kinds::once")]`.
    fn add_quoted(&mut self, literal: &str) {
        let text = literal.trim_matches('"');
        if text.contains("::")
            && let Ok(path) = syn::parse_str::<syn::Path>(text)
        {
            self.visit_path(&path);
        }
    }
}

impl<'ast> Visit<'ast> for EdgeCollector<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !syntax::is_for_tests(syntax::attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        if !syntax::is_for_tests(syntax::impl_attributes(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        if !syntax::is_for_tests(syntax::statement_attributes(statement)) {
            visit::visit_stmt(self, statement);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !syntax::is_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() {
            let outer = self.module;
            self.module = self.krate.modules[outer].children[&item.ident.to_string()];
            visit::visit_item_mod(self, item);
            self.module = outer;
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for leaf in use_leaves(item) {
            self.add_leaf(&leaf);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let imports = block.stmts.iter().filter_map(|statement| match statement {
            syn::Stmt::Item(syn::Item::Use(import)) => Some(use_leaves(import)),
            _ => None,
        });
        self.scopes.push(imports.flatten().collect());
        visit::visit_block(self, block);
        self.scopes.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.add_path(&names);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}
