//! The module tree of a crate: which file holds which module, and which names each module has.

use crate::syntax;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use syn::{Item, Visibility};

/// Holds one crate: its files and the modules that `lib.rs` reaches outside of tests.
pub struct SourceCrate {
    /// The name in messages: the folder from the root of the repository.
    pub name: String,
    /// Every file below the folder, in the order of the paths; those of tests and of programs too.
    pub files: Vec<SourceFile>,
    /// The modules; the first is the root.
    pub modules: Vec<SourceModule>,
}

/// Holds one file of source code.
pub struct SourceFile {
    /// The path below the crate's folder, with `/`.
    pub path: String,
    pub text: String,
    pub syntax: syn::File,
    /// The module whose body the file is; none for what `lib.rs` does not reach outside of tests.
    pub module: Option<usize>,
}

impl SourceFile {
    fn parse(path: String, text: String) -> Self {
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path, text, syntax, module: None }
    }
}

/// Holds one module: a file, or a `mod name { … }` within one.
#[derive(Default)]
pub struct SourceModule {
    pub parent: Option<usize>,
    pub file: usize,
    pub children: BTreeMap<String, usize>,
    /// The names that items of the module define.
    pub defined: BTreeSet<String>,
    /// The names that `use` brings in.
    pub imports: Vec<UseLeaf>,
}

/// Describes one name that a `use` item brings in, or one `*`.
#[derive(Clone)]
pub struct UseLeaf {
    pub path: Vec<String>,
    /// The name in the module; none for `*`.
    pub name: Option<String>,
    /// Whether the name is handed on: `pub use`, `pub(crate) use`.
    pub exported: bool,
}

impl SourceCrate {
    /// Reads the crate in `folder`, a path from the root of the repository. Panics if a file cannot be read or parsed.
    pub fn read(folder: &str) -> Self {
        let inside = |path: String| path[folder.len() + 1..].to_owned();
        Self::from_texts(folder, read_texts(folder).into_iter().map(|(path, text)| (inside(path), text)).collect())
    }

    /// Builds the module tree from the texts of files by their paths, `lib.rs` first.
    pub fn from_texts(name: &str, texts: BTreeMap<String, String>) -> Self {
        let files = texts.into_iter().map(|(path, text)| SourceFile::parse(path, text)).collect();
        let mut built = Self { name: name.to_owned(), files, modules: Vec::new() };
        let root = built.file_index("lib.rs").unwrap_or_else(|| panic!("{name} has no lib.rs"));
        built.add_file_module(root, None, "");
        built
    }

    /// Returns the files that `lib.rs` reaches outside of tests.
    pub fn program_files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.module.is_some())
    }

    fn file_index(&self, path: &str) -> Option<usize> {
        self.files.iter().position(|file| file.path == path)
    }

    /// Adds the module that a file is, whose own modules stand below `folder` (empty, or with a `/` at its end).
    fn add_file_module(&mut self, file: usize, parent: Option<usize>, folder: &str) -> usize {
        let items = self.files[file].syntax.items.clone();
        let module = self.add_module(&items, file, parent, folder);
        self.files[file].module = Some(module);
        module
    }

    fn add_module(&mut self, items: &[Item], file: usize, parent: Option<usize>, folder: &str) -> usize {
        let module = self.modules.len();
        self.modules.push(SourceModule { parent, file, ..SourceModule::default() });
        for item in items.iter().filter(|item| !syntax::is_for_tests(syntax::attributes(item))) {
            match item {
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    let below = format!("{folder}{name}/");
                    let child = if let Some((_, items)) = &inner.content {
                        self.add_module(items, file, Some(module), &below)
                    } else {
                        let paths = [format!("{folder}{name}.rs"), format!("{below}mod.rs")];
                        let found = paths.iter().find_map(|path| self.file_index(path));
                        let found = found.unwrap_or_else(|| panic!("{}: none of {paths:?}", self.name));
                        self.add_file_module(found, Some(module), &below)
                    };
                    self.modules[module].children.insert(name, child);
                }
                Item::Use(import) => self.modules[module].imports.extend(use_leaves(import)),
                _ => self.modules[module].defined.extend(syntax::defined_name(item)),
            }
        }
        module
    }
}

/// Returns every name and every `*` of a `use` item.
pub fn use_leaves(item: &syn::ItemUse) -> Vec<UseLeaf> {
    let mut leaves = Vec::new();
    let exported = !matches!(item.vis, Visibility::Inherited);
    collect_leaves(&item.tree, &mut Vec::new(), exported, &mut leaves);
    if item.leading_colon.is_some() {
        leaves.clear();
    }
    leaves
}

fn collect_leaves(tree: &syn::UseTree, path: &mut Vec<String>, exported: bool, leaves: &mut Vec<UseLeaf>) {
    let mut leaf = |last: Option<&syn::Ident>, name: Option<&syn::Ident>| {
        let mut path = path.clone();
        path.extend(last.filter(|last| *last != "self").map(ToString::to_string));
        let name =
            name.map(|name| if name == "self" { path.last().cloned().unwrap_or_default() } else { name.to_string() });
        leaves.push(UseLeaf { path, name, exported });
    };
    match tree {
        syn::UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            collect_leaves(&inner.tree, path, exported, leaves);
            path.pop();
        }
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                collect_leaves(tree, path, exported, leaves);
            }
        }
        syn::UseTree::Name(name) => leaf(Some(&name.ident), Some(&name.ident)),
        syn::UseTree::Rename(rename) => leaf(Some(&rename.ident), Some(&rename.rename)),
        syn::UseTree::Glob(_) => leaf(None, None),
    }
}

/// Reads and parses every file of source code below `folder`.
pub fn read_files(folder: &str) -> Vec<SourceFile> {
    read_texts(folder).into_iter().map(|(path, text)| SourceFile::parse(path, text)).collect()
}

/// Returns the root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in a folder of the repository")
}

/// Reads the text of every file of source code below `folder`, by its path from the root of the repository.
pub fn read_texts(folder: &str) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(repository()).unwrap().to_str().unwrap().to_owned();
                texts.insert(inside, fs::read_to_string(&path).unwrap());
            }
        }
    }
    texts
}
