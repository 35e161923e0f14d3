//! From a path in the source to the files that define what it names.

use crate::source::SourceCrate;
use std::collections::BTreeSet;

/// Names what a path of the crate leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathTarget {
    /// A module, by its index.
    Module(usize),
    /// An item, or something within one, by the index of the file that defines the item.
    Item(usize),
}

/// The steps of a resolution so far, so that an import that names itself ends.
type SeenNames = BTreeSet<(usize, String)>;

impl SourceCrate {
    /// Returns what a path that stands in `module` names within the crate: nothing for names of other crates, for
    /// generic parameters and for variables; more than one where a name is a module and a function.
    pub fn resolve(&self, module: usize, path: &[String]) -> BTreeSet<PathTarget> {
        self.resolve_seen(module, path, &mut SeenNames::new())
    }

    /// Returns the files that define what a module hands on with its own names and its exported imports.
    pub fn exported_files(&self, module: usize) -> BTreeSet<usize> {
        let mut files = BTreeSet::new();
        self.collect_exported(module, &mut files, &mut BTreeSet::new());
        files
    }

    fn collect_exported(&self, module: usize, files: &mut BTreeSet<usize>, seen: &mut BTreeSet<usize>) {
        if !seen.insert(module) {
            return;
        }
        if !self.modules[module].defined.is_empty() {
            files.insert(self.modules[module].file);
        }
        for leaf in self.modules[module].imports.iter().filter(|leaf| leaf.exported) {
            for target in self.resolve(module, &leaf.path) {
                match target {
                    PathTarget::Item(file) => _ = files.insert(file),
                    PathTarget::Module(inner) if leaf.name.is_none() => self.collect_exported(inner, files, seen),
                    PathTarget::Module(_) => {}
                }
            }
        }
    }

    fn resolve_seen(&self, module: usize, path: &[String], seen: &mut SeenNames) -> BTreeSet<PathTarget> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        let mut targets = match first.as_str() {
            "crate" => BTreeSet::from([PathTarget::Module(0)]),
            "self" => BTreeSet::from([PathTarget::Module(module)]),
            "super" => self.modules[module].parent.map(PathTarget::Module).into_iter().collect(),
            name => self.look_up(module, name, seen),
        };
        for segment in rest {
            // Only modules and types have something within.
            if targets.iter().any(|target| matches!(target, PathTarget::Module(_))) {
                targets.retain(|target| matches!(target, PathTarget::Module(_)));
            }
            targets = targets.into_iter().flat_map(|target| self.step_into(target, segment, seen)).collect();
        }
        targets
    }

    fn step_into(&self, target: PathTarget, segment: &str, seen: &mut SeenNames) -> BTreeSet<PathTarget> {
        let PathTarget::Module(module) = target else { return BTreeSet::from([target]) };
        match segment {
            "self" => BTreeSet::from([target]),
            "super" => self.modules[module].parent.map(PathTarget::Module).into_iter().collect(),
            name => {
                let found = self.look_up(module, name, seen);
                // What no item of the module defines is made by one of its macros.
                if found.is_empty() { BTreeSet::from([PathTarget::Item(self.modules[module].file)]) } else { found }
            }
        }
    }

    fn look_up(&self, module: usize, name: &str, seen: &mut SeenNames) -> BTreeSet<PathTarget> {
        if !seen.insert((module, name.to_owned())) {
            return BTreeSet::new();
        }
        let here = &self.modules[module];
        let mut found: BTreeSet<_> =
            here.children.get(name).map(|child| PathTarget::Module(*child)).into_iter().collect();
        if here.defined.contains(name) {
            found.insert(PathTarget::Item(here.file));
        }
        for leaf in here.imports.iter().filter(|leaf| leaf.name.as_deref() == Some(name)) {
            found.extend(self.resolve_seen(module, &leaf.path, seen));
        }
        if found.is_empty() {
            for leaf in here.imports.iter().filter(|leaf| leaf.name.is_none()) {
                for target in self.resolve_seen(module, &leaf.path, seen) {
                    if let PathTarget::Module(inner) = target {
                        found.extend(self.look_up(inner, name, seen));
                    }
                }
            }
        }
        seen.remove(&(module, name.to_owned()));
        found
    }
}
