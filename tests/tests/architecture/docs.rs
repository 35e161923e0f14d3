//! The documentation of functions: its first line begins with a verb in the third person ("Returns …").

use crate::source::SourceCrate;
use crate::syntax;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Lit, Meta};

/// Holds the first lines of documentation of the functions of a crate, outside of tests.
pub struct FunctionDocs {
    pub verb_first: Vec<String>,
    pub other: Vec<String>,
}

impl FunctionDocs {
    /// Collects the documentation of a crate.
    pub fn of(krate: &SourceCrate) -> Self {
        let mut docs = Self { verb_first: Vec::new(), other: Vec::new() };
        for file in krate.program_files() {
            let mut collector = DocCollector { path: &file.path, docs: &mut docs };
            collector.visit_file(&file.syntax);
        }
        docs
    }

    /// Returns how many of a hundred first lines begin with a verb.
    pub fn percent(&self) -> usize {
        100 * self.verb_first.len() / (self.verb_first.len() + self.other.len()).max(1)
    }
}

/// Tells whether a sentence begins with a verb in the third person, as far as the form of the words tells it.
pub fn begins_with_verb(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (Some(first), second) = (words.next(), words.next().unwrap_or_default()) else { return false };
    let known = ["Is", "Has", "Does", "Goes", "Passes", "Discards", "Compresses", "Processes", "Guesses", "Presses"];
    let letters = first.chars().all(|letter| letter.is_ascii_alphabetic());
    let third_person = first.ends_with('s') && !["ss", "us", "'s"].iter().any(|end| first.ends_with(end));
    let pronoun = ["This", "Its", "As", "Always", "Sometimes", "Besides", "Whereas", "Yes", "Plus"].contains(&first);
    // "Names of …", "Lines whose …" are nouns.
    let noun = ["of", "whose", "which", "are", "were"].contains(&second);
    known.contains(&first) || letters && third_person && !pronoun && !noun
}

struct DocCollector<'a> {
    path: &'a str,
    docs: &'a mut FunctionDocs,
}

impl DocCollector<'_> {
    fn add(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        let Some(line) = attributes.iter().find_map(doc_line) else { return };
        let list = if begins_with_verb(&line) { &mut self.docs.verb_first } else { &mut self.docs.other };
        list.push(format!("{}: {name}: {line}", self.path));
    }
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(value) = &pair.value else { return None };
    let Lit::Str(text) = &value.lit else { return None };
    pair.path.is_ident("doc").then(|| text.value().trim().to_owned())
}

impl<'ast> Visit<'ast> for DocCollector<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !syntax::is_for_tests(syntax::attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig.ident, &function.attrs);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !syntax::is_for_tests(&function.attrs) {
            self.add(&function.sig.ident, &function.attrs);
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        self.add(&function.sig.ident, &function.attrs);
        visit::visit_trait_item_fn(self, function);
    }
}
