//! The shape of the program, read from its syntax: who uses whom, what things are called, how files look.
//!
//! `cargo test -p tests --test architecture -- --nocapture listing` prints every circle of files, every arrow between
//! modules that points up, and the documentation that does not begin with a verb.

mod circles;
mod docs;
mod edges;
mod fixture;
mod imports;
mod names;
mod order;
mod papers;
mod resolve;
mod source;
mod syntax;

use circles::{find_circles, show_circle};
use docs::FunctionDocs;
use edges::find_edges;
use imports::import_mistakes;
use names::TypeNames;
use source::SourceCrate;
use std::fs;

/// Says what one crate is held to.
struct CrateLimits {
    folder: &'static str,
    /// Files in the largest circle.
    circle: usize,
    /// Pairs of modules of which the lower one uses the upper one.
    arrows_up: usize,
    /// One-word names in a hundred type names.
    one_word_names: usize,
    /// Type names that two types have.
    shared_names: usize,
    /// First lines that begin with a verb, in a hundred documented functions.
    verb_first_docs: usize,
}

/// Limits go down only, and the share of documentation that begins with a verb goes up only.
const LIMITS: [CrateLimits; 3] = [
    CrateLimits {
        folder: "deployer/src",
        circle: 3,
        arrows_up: 0,
        one_word_names: 10,
        shared_names: 0,
        verb_first_docs: 92,
    },
    CrateLimits {
        folder: "deployer/local/src",
        circle: 3,
        arrows_up: 0,
        one_word_names: 10,
        shared_names: 0,
        verb_first_docs: 97,
    },
    CrateLimits {
        folder: "function/src",
        circle: 1,
        arrows_up: 0,
        one_word_names: 10,
        shared_names: 0,
        verb_first_docs: 95,
    },
];
/// Every file is shorter; CONTRIBUTING says the same.
const LONGEST_FILE: usize = 500;
/// Whose files are held to the length and the form of imports.
const FOLDERS: [&str; 7] = [
    "deployer/src",
    "deployer/local/src",
    "deployer/local/tests",
    "function/src",
    "function/tests",
    "tests/src",
    "tests/tests",
];

fn crates() -> impl Iterator<Item = (CrateLimits, SourceCrate)> {
    LIMITS.into_iter().map(|limits| {
        let krate = SourceCrate::read(limits.folder);
        (limits, krate)
    })
}

#[test]
fn circles_of_files_stay_small() {
    for (limits, krate) in crates() {
        let edges = find_edges(&krate);
        let circles = find_circles(&edges);
        let large = circles.iter().filter(|circle| circle.len() > limits.circle);
        let large: Vec<_> = large.map(|circle| show_circle(&krate, &edges, circle)).collect();
        assert!(large.is_empty(), "no circle has more than {} files:\n{}", limits.circle, large.join("\n"));
    }
}

#[test]
fn modules_depend_on_each_other_one_way() {
    for (limits, krate) in crates() {
        let layers = order::stated_layers(&krate);
        assert_eq!(
            order::misplaced_modules(&krate, &layers),
            [""; 0],
            "{}: the modules and the stated order",
            krate.name
        );
        let arrows = order::arrows_up(&krate, &find_edges(&krate), &layers);
        assert!(
            arrows.len() <= limits.arrows_up,
            "{}: the order is {layers:?}; {} pairs of modules break it:\n{arrows:#?}",
            krate.name,
            arrows.len()
        );
    }
}

#[test]
fn type_names_can_be_searched_for() {
    for (limits, krate) in crates() {
        let names = TypeNames::of(&krate);
        let single = names.of_one_word();
        let percent = 100 * single.len() / names.count().max(1);
        assert!(
            percent < limits.one_word_names,
            "{}: {percent} % of the type names are one word: {single:?}",
            krate.name
        );
        let shared = names.shared();
        assert!(shared.len() <= limits.shared_names, "{}: two types of one name: {shared:#?}", krate.name);
    }
}

#[test]
fn documentation_begins_with_a_verb() {
    for (limits, krate) in crates() {
        let docs = FunctionDocs::of(&krate);
        let percent = docs.percent();
        assert!(
            percent >= limits.verb_first_docs,
            "{}: {percent} % begin with a verb in the third person; these do not:\n{}",
            krate.name,
            docs.other.join("\n")
        );
    }
}

#[test]
fn imports_have_one_form() {
    let mistakes: Vec<_> = FOLDERS
        .into_iter()
        .flat_map(|folder| source::read_files(folder).iter().flat_map(import_mistakes).collect::<Vec<_>>())
        .collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn files_stay_short() {
    let files = FOLDERS.into_iter().flat_map(source::read_texts);
    let long = files.filter(|(_, text)| text.lines().count() >= LONGEST_FILE).map(|(path, _)| path);
    assert_eq!(long.collect::<Vec<_>>(), [""; 0], "files of {LONGEST_FILE} lines and more");
    let contributing = fs::read_to_string(source::repository().join("CONTRIBUTING.md")).unwrap();
    assert!(contributing.contains(&format!("under {LONGEST_FILE} lines")), "CONTRIBUTING says another number");
}

#[test]
fn papers_name_what_is_there() {
    let missing: Vec<_> = papers::PAPERS.into_iter().flat_map(papers::missing_paths).collect();
    assert!(missing.is_empty(), "files and folders that are not there:\n{}", missing.join("\n"));
    let architecture = fs::read_to_string(source::repository().join("deployer/ARCHITECTURE.md")).unwrap();
    let recipe = papers::part(&architecture, "To add a kind");
    assert_eq!(papers::unnamed_methods(recipe), [""; 0], "methods of a kind that the recipe for one does not name");
}

/// Prints what the tests above measure.
#[test]
fn listing() {
    for (_, krate) in crates() {
        let edges = find_edges(&krate);
        assert!(!edges.is_empty(), "{}: no file uses another", krate.name);
        for circle in find_circles(&edges) {
            println!("{}", show_circle(&krate, &edges, &circle));
        }
        for ((from, to), lines) in order::arrows_up(&krate, &edges, &order::stated_layers(&krate)) {
            println!("{}: {from} uses {to}:\n  {}", krate.name, lines.join("\n  "));
        }
        let (names, docs) = (TypeNames::of(&krate), FunctionDocs::of(&krate));
        println!("{}: one-word names, of {}: {:?}", krate.name, names.count(), names.of_one_word());
        println!("{}: names that two types have: {:#?}", krate.name, names.shared());
        println!("{}: {} % of documentation begins with a verb; what does not:", krate.name, docs.percent());
        println!("{}", docs.other.join("\n"));
    }
}
