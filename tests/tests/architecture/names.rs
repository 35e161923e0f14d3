//! The names of types: each once in its crate, most of two words and more.

use crate::source::SourceCrate;
use crate::syntax;
use std::collections::BTreeMap;
use syn::visit::{self, Visit};

/// Holds the names of a crate's types outside of tests, each with the files that define it.
#[derive(Default)]
pub struct TypeNames(BTreeMap<String, Vec<String>>);

impl TypeNames {
    /// Collects the names of a crate.
    pub fn of(krate: &SourceCrate) -> Self {
        let mut names = Self::default();
        for file in krate.program_files() {
            let mut collector = NameCollector { path: &file.path, names: &mut names };
            collector.visit_file(&file.syntax);
        }
        names
    }

    /// Returns how many types are defined.
    pub fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Returns the names of one word, once for each type.
    pub fn of_one_word(&self) -> Vec<&str> {
        let single = self.0.iter().filter(|(name, _)| is_one_word(name));
        single.flat_map(|(name, files)| files.iter().map(|_| name.as_str())).collect()
    }

    /// Returns the names that more than one type has, with the files that define them.
    pub fn shared(&self) -> Vec<(&str, &[String])> {
        let shared = self.0.iter().filter(|(_, files)| files.len() > 1);
        shared.map(|(name, files)| (name.as_str(), files.as_slice())).collect()
    }
}

/// Tells whether a name is one word: a capital after a lowercase letter begins the next word.
pub fn is_one_word(name: &str) -> bool {
    !name.as_bytes().windows(2).any(|pair| !pair[0].is_ascii_uppercase() && pair[1].is_ascii_uppercase())
}

struct NameCollector<'a> {
    path: &'a str,
    names: &'a mut TypeNames,
}

impl<'ast> Visit<'ast> for NameCollector<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if syntax::is_for_tests(syntax::attributes(item)) {
            return;
        }
        if let Some(name) = syntax::type_name(item) {
            self.names.0.entry(name).or_default().push(self.path.to_owned());
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        if !syntax::is_for_tests(syntax::impl_attributes(item)) {
            visit::visit_impl_item(self, item);
        }
    }
}
