//! The tests of the reader itself: made-up crates, of which it is known who uses whom.

use crate::circles::find_circles;
use crate::docs::begins_with_verb;
use crate::edges::find_edges;
use crate::imports::import_mistakes;
use crate::names::{TypeNames, is_one_word};
use crate::order;
use crate::source::SourceCrate;
use std::collections::BTreeMap;

fn made_up(files: &[(&str, &str)]) -> SourceCrate {
    let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    SourceCrate::from_texts("made-up", texts.collect::<BTreeMap<_, _>>())
}

/// Returns the edges as "from -> to", in the order of the paths.
fn edges_of(files: &[(&str, &str)]) -> Vec<String> {
    let krate = made_up(files);
    let edges = find_edges(&krate);
    edges.keys().map(|(from, to)| format!("{} -> {}", krate.files[*from].path, krate.files[*to].path)).collect()
}

/// Returns the circles as lists of paths.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let krate = made_up(files);
    let circles = find_circles(&find_edges(&krate));
    circles.iter().map(|circle| circle.iter().map(|file| krate.files[*file].path.clone()).collect()).collect()
}

#[test]
fn a_mod_line_is_no_edge() {
    assert_eq!(edges_of(&[("lib.rs", "mod a;"), ("a.rs", "mod b; pub fn f() {}"), ("a/b.rs", "")]), [""; 0]);
}

#[test]
fn a_re_export_leads_to_the_file_that_defines() {
    let files = [
        ("lib.rs", "mod a; mod user;"),
        ("a/mod.rs", "mod thing; pub use thing::Thing;"),
        ("a/thing.rs", "pub struct Thing; impl Thing { pub fn new() -> Self { crate::user::help() } }"),
        ("user.rs", "use crate::a::Thing; pub fn help() -> Thing { Thing }"),
    ];
    assert_eq!(edges_of(&files), ["a/mod.rs -> a/thing.rs", "a/thing.rs -> user.rs", "user.rs -> a/thing.rs"]);
    assert_eq!(circles_of(&files), [["a/thing.rs", "user.rs"]]);
}

#[test]
fn a_glob_leads_to_the_files_of_the_names_that_are_used() {
    let files = [
        ("lib.rs", "mod a; mod user;"),
        ("a/mod.rs", "mod one; mod two; pub use one::*; pub use two::*;"),
        ("a/one.rs", "pub struct One;"),
        ("a/two.rs", "use crate::user::VALUE; pub struct Two([u8; VALUE]);"),
        ("user.rs", "use crate::a::*; pub const VALUE: usize = 1; fn f(_: Two) {}"),
    ];
    assert_eq!(
        edges_of(&files),
        ["a/mod.rs -> a/one.rs", "a/mod.rs -> a/two.rs", "a/two.rs -> user.rs", "user.rs -> a/two.rs"]
    );
    assert_eq!(circles_of(&files), [["a/two.rs", "user.rs"]]);
}

#[test]
fn super_chains_are_followed() {
    let files = [
        ("lib.rs", "mod a; mod other;"),
        ("a/mod.rs", "mod b;"),
        ("a/b/mod.rs", "mod c;"),
        ("a/b/c.rs", "pub fn f() { super::super::super::other::g() } pub use super::super::super::other::Kept;"),
        ("other.rs", "pub struct Kept; pub fn g() { crate::a::b::c::f() }"),
    ];
    assert_eq!(edges_of(&files), ["a/b/c.rs -> other.rs", "other.rs -> a/b/c.rs"]);
    assert_eq!(circles_of(&files), [["a/b/c.rs", "other.rs"]]);
}

#[test]
fn a_path_through_an_imported_module_is_an_edge_to_what_it_names() {
    let files = [
        ("lib.rs", "mod a; mod user;"),
        ("a/mod.rs", "pub mod deep; pub use deep::kept as renamed; pub fn near() {}"),
        ("a/deep.rs", "pub fn kept() {}"),
        ("user.rs", "use crate::a; fn f() { a::renamed() }"),
    ];
    assert_eq!(edges_of(&files), ["a/mod.rs -> a/deep.rs", "user.rs -> a/deep.rs"]);
    let named_alone = [("lib.rs", "mod a; mod user;"), ("a.rs", ""), ("user.rs", "use crate::a;")];
    assert_eq!(edges_of(&named_alone), [""; 0]);
}

#[test]
fn a_use_in_a_block_counts_and_names_paths() {
    let files = [
        ("lib.rs", "mod a; mod b; mod user;"),
        ("a.rs", "pub fn f() {}"),
        ("b.rs", "pub struct B;"),
        ("user.rs", "fn g() { use crate::a; use crate::b::B; a::f(); drop(B) }"),
    ];
    assert_eq!(edges_of(&files), ["user.rs -> a.rs", "user.rs -> b.rs"]);
}

#[test]
fn macros_and_attributes_hold_paths_too() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod user;"),
        ("a.rs", "pub fn f() -> u8 { 1 }"),
        ("b.rs", "pub fn default() -> u8 { 1 }"),
        ("c.rs", "make! { pub const MADE: u8 = 1; }"),
        (
            "user.rs",
            r#"struct S { #[serde(default = "crate::b::default")] field: u8 }
               fn g() { println!("{}", vec![(crate::a::f(), crate::c::MADE)][0].0) }"#,
        ),
    ];
    assert_eq!(edges_of(&files), ["user.rs -> a.rs", "user.rs -> b.rs", "user.rs -> c.rs"]);
}

#[test]
fn a_module_within_a_file_belongs_to_the_file() {
    let files = [
        ("lib.rs", "mod a; mod user;"),
        ("a.rs", "pub mod inner { pub struct Held; pub fn f() -> super::super::user::Got { todo() } }"),
        ("user.rs", "pub struct Got; use crate::a::inner::Held; fn f(_: Held) {}"),
    ];
    assert_eq!(edges_of(&files), ["a.rs -> user.rs", "user.rs -> a.rs"]);
}

#[test]
fn what_is_for_tests_does_not_count() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        (
            "a.rs",
            "#[cfg(test)] use crate::b::B;
             #[cfg(test)] mod tests;
             #[cfg(all(test, unix))] mod inner { use crate::b::B; }
             #[cfg(any(test, fuzzing))] pub fn g() { crate::b::f() }
             impl A { #[cfg(test)] fn h() { crate::b::f() } }
             fn i() { #[cfg(test)] let b = crate::b::f(); }
             #[test] fn j() { crate::b::f() }
             // The text after the first item for tests still counts.
             #[cfg(not(test))] use crate::c::C;
             pub struct A;",
        ),
        ("a/tests.rs", "use crate::b::B;"),
        ("b.rs", "use crate::a::A; pub struct B; pub fn f() {}"),
        ("c.rs", "pub struct C;"),
    ];
    assert_eq!(edges_of(&files), ["a.rs -> c.rs", "b.rs -> a.rs"]);
    assert_eq!(circles_of(&files), [[""; 0]; 0]);
}

#[test]
fn names_of_other_crates_are_no_edges() {
    let files = [
        ("lib.rs", "mod http; mod time; mod user;"),
        ("http.rs", "pub struct Request;"),
        ("time.rs", "use ::time::Duration; pub struct Request;"),
        ("user.rs", "use http::Request; use std::fmt; use self::fmt::Display; fn f(time: u8) -> u8 { time }"),
    ];
    assert_eq!(edges_of(&files), [""; 0]);
}

#[test]
fn imports_that_name_each_other_end() {
    let files = [
        ("lib.rs", "mod a; mod b; mod user;"),
        ("a.rs", "pub use crate::b::*; pub struct A;"),
        ("b.rs", "pub use crate::a::*;"),
        ("user.rs", "use crate::b::A; use crate::b::missing;"),
    ];
    assert_eq!(edges_of(&files), ["b.rs -> a.rs", "user.rs -> a.rs", "user.rs -> b.rs"]);
}

#[test]
fn a_long_way_round_is_a_circle() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "pub fn f() { crate::b::f() }"),
        ("b.rs", "pub fn f() { crate::c::f() }"),
        ("c.rs", "pub fn f() { crate::a::f(); crate::d::f() }"),
        ("d.rs", "pub fn f() {}"),
    ];
    assert_eq!(circles_of(&files), [["a.rs", "b.rs", "c.rs"]]);
}

#[test]
fn an_arrow_up_is_seen() {
    let root =
        "//! The modules depend on each other one way: low, beside\n//! → [`high`].\n\nmod low; mod beside; mod high;";
    let krate = made_up(&[
        ("lib.rs", root),
        ("low.rs", "use crate::high::inner::High;"),
        ("beside.rs", "use crate::low::Low;"),
        ("high/mod.rs", "pub mod inner; use crate::low::Low;"),
        ("high/inner.rs", "pub struct High;"),
    ]);
    let layers = order::stated_layers(&krate);
    assert_eq!(layers, [vec!["low", "beside"], vec!["high"]]);
    let arrows = order::arrows_up(&krate, &find_edges(&krate), &layers);
    let arrows: Vec<_> = arrows.keys().map(|(from, to)| format!("{from} uses {to}")).collect();
    assert_eq!(arrows, ["beside uses low", "low uses high"]);
    assert_eq!(order::misplaced_modules(&krate, &layers), [""; 0]);
    assert_eq!(order::misplaced_modules(&krate, &layers[..1]), ["high"]);
    assert_eq!(order::misplaced_modules(&krate, &[layers, vec![vec!["gone".to_owned()]]].concat()), ["gone"]);
}

#[test]
fn a_capital_after_a_small_letter_begins_a_word() {
    for name in ["Spec", "API", "HTTP", "Op"] {
        assert!(is_one_word(name), "{name}");
    }
    for name in ["TableSpec", "RestApi", "ApiKey", "Sha256Hash"] {
        assert!(!is_one_word(name), "{name}");
    }
}

#[test]
fn two_types_of_one_name_are_seen() {
    let krate = made_up(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct Spec; pub type TableSpec = Spec; #[cfg(test)] mod tests { struct Spec; }"),
        ("b.rs", "fn f() { enum Spec {} } #[cfg(test)] struct TableSpec;"),
    ]);
    let names = TypeNames::of(&krate);
    assert_eq!((names.count(), names.of_one_word()), (3, vec!["Spec", "Spec"]));
    assert_eq!(names.shared(), [("Spec", ["a.rs".to_owned(), "b.rs".to_owned()].as_slice())]);
}

#[test]
fn every_mistake_of_imports_is_seen() {
    let good = "//! Words.\n\nuse a::b::C;\nuse a::b::d;\n";
    let text = |text: &str| {
        let krate = made_up(&[("lib.rs", text)]);
        import_mistakes(&krate.files[0])
    };
    assert_eq!(
        text("//! Words.\n\nuse a::b;\nuse a::b::{self, C};\n\npub use a::b::D;\npub(crate) use a::b::E;\n"),
        [""; 0]
    );
    assert_eq!(text(good), ["lib.rs:4: this module has a `use` already"]);
    assert_eq!(text("//! Words.\nuse a::b;\n"), ["lib.rs:2: no blank line after the module's documentation"]);
    assert_eq!(text("use a::{b, c::D};\n"), ["lib.rs:1: braces of a `use` hold names alone"]);
    assert_eq!(text("use a::b;\n\nuse c::d;\n"), ["lib.rs:3: all `use` stand in one block"]);
    assert_eq!(text("mod m {\n    use a::{b::{c}};\n}\n"), ["lib.rs:2: braces of a `use` hold names alone"]);
}

#[test]
fn verbs_are_told_from_other_words() {
    for line in ["Returns the name.", "Is there one?", "Names each module.", "Passes it on", "Waits for the end"] {
        assert!(begins_with_verb(line), "{line}");
    }
    for line in [
        "The name.",
        "Return the name.",
        "This is one.",
        "Names of modules.",
        "Its name.",
        "`a` as it is",
        "Access to it",
    ] {
        assert!(!begins_with_verb(line), "{line}");
    }
}
