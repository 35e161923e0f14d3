//! Nothing that a file may contain makes the checks panic or run away.

use super::super::{DocumentDrift, StackSource, TomlTable, load, overlay, parse, syntax};
use super::{SMALL, check, check_stage, messages, sections};
use proptest::prelude::*;

/// What a description is made of, so that random texts get past the parser.
fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "name",
        "table",
        "orders",
        "[table.orders]\n",
        "[function.api]\n",
        "[api]\n",
        "[api.routes]\n",
        "[stage.dev]\n",
        "[stage.dev.table.orders]\n",
        "[[table]]\n",
        " = ",
        "\"",
        "'",
        "\"\"\"",
        "\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        ".",
        "#",
        "$",
        "${",
        "${table.orders.name}",
        "memory",
        "128",
        "-1",
        "1e999",
        "nan",
        "inf",
        "1979-05-27",
        "true",
        "partition_key = \"id\"\n",
        "name = \"x\"\n",
        "index.by.partition_key = \"a\"\n",
        "billing_mode = \"PROVISIONED\"\n",
        "\"GET /x\" = \"api\"\n",
        "tables.orders = [\"Scan\"]\n",
        "environment.A = \"${\"\n",
        "tags = { \"a b\" = \"\" }\n",
        "ignore_tags = [\"*\"]\n",
        "\u{feff}",
        "\u{202e}",
        "é",
        "\r\n",
        "\t",
        "\u{0}",
        "default_stage = \"dev\"\n",
        "package = \"function\"\n",
        "9223372036854775808",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..40).prop_map(|words| words.concat())
}

/// Every form of a refusal can be made.
fn exercise(text: &str) {
    if let Err(invalid) = check(text) {
        let _ = (invalid.render(true, 80), invalid.render(false, 0), invalid.to_json(), invalid.to_string());
        assert!(!invalid.diagnostics().is_empty());
        for diagnostic in invalid.diagnostics() {
            if let Some(span) = diagnostic.span {
                assert!(span.start <= span.end && span.end <= text.len(), "{span:?} {diagnostic}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_accepted_or_refused(text in any::<String>()) {
        exercise(&text);
    }

    #[test]
    fn anything_like_a_description_is_accepted_or_refused(text in fragment()) {
        exercise(&text);
        exercise(&format!("{SMALL}{text}"));
    }

    #[test]
    fn any_stage_is_accepted_or_refused(stage in any::<String>()) {
        let _ = check_stage(SMALL, Some(&stage)).map_err(|invalid| invalid.render(false, 80));
    }

    #[test]
    fn any_bytes_are_accepted_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), &bytes)?;
        if let Err(invalid) = load(file.path(), None, &sections(), DocumentDrift::Refused) {
            let _ = (invalid.render(true, 80), invalid.to_json());
        }
    }

    /// Nothing laid over a tree, a tree over nothing, and a tree over itself: each is the tree, places included.
    #[test]
    fn merging_keeps_what_is_not_replaced(text in fragment()) {
        let tree = syntax::parse(&text).root;
        let nothing = TomlTable::default();
        for (base, over) in [(&tree, &nothing), (&nothing, &tree), (&tree, &tree)] {
            // As text, for `nan` is not equal to itself.
            prop_assert_eq!(format!("{:?}", overlay::merge(base.clone(), over)), format!("{tree:?}"));
        }
    }

    /// An empty overlay changes nothing, and a stage that repeats the base is the base.
    #[test]
    fn a_stage_that_says_nothing_new_is_the_base(memory in 128..10_240, retention in prop::sample::select(vec![1, 7, 30])) {
        let function = format!("function.api.memory = {memory}\nfunction.api.log_retention_days = {retention}\n");
        let base = format!("name = \"shop\"\nfunction.api.package = \"function\"\n{function}");
        let plain = check_stage(&base, Some("dev"));
        for overlay in [String::new(), function] {
            let staged = check_stage(&format!("{base}[stage.dev]\n{overlay}"), Some("dev"));
            prop_assert_eq!(format!("{:?}", plain.as_ref().map(|s| &s.blocks)), format!("{:?}", staged.as_ref().map(|s| &s.blocks)));
        }
    }
}

#[test]
fn deep_and_long_files_are_refused_in_little_time() {
    let deep_header = format!("[{}]\n", ["a"; 200_000].join("."));
    let deep_key = format!("{} = 1\n", ["a"; 200_000].join("."));
    let deep_list = format!("a = {}\n", "[".repeat(200_000));
    let one_bad_line = format!("a = [{}\n", "= ".repeat(100_000));
    let wide = format!("{SMALL}{}", (0..40_000).map(|n| format!("[k{n}]\n")).collect::<String>());
    let one_line = format!("a = {{ {} }}\n", (0..40_000).map(|n| format!("k{n} = 1, ")).collect::<String>());
    let routes =
        format!("{SMALL}{}", (0..20_000).map(|n| format!("\"GET /a/{{p{n}}}\" = \"f{n}\"\n")).collect::<String>());
    let stages = format!("{SMALL}{}", (0..20_000).map(|n| format!("[stage.s{n}]\n")).collect::<String>());
    for text in [deep_header, deep_key, deep_list, one_bad_line, wide, one_line, routes, stages] {
        exercise(&text);
    }
}

#[test]
fn files_that_are_no_text_are_refused() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("deployer.toml");
    let refused = |bytes: &[u8]| -> Result<String, std::io::Error> {
        std::fs::write(&path, bytes)?;
        Ok(messages(load(&path, None, &sections(), DocumentDrift::Refused))
            .replace(&path.display().to_string(), "FILE"))
    };
    insta::assert_snapshot!(refused(b"")?, @r"1:1 name: `name` is missing");
    insta::assert_snapshot!(refused(b"name = \"shop\"\nregion = \"\xff\"")?, @r"2:11 : the file is not UTF-8 text");
    insta::assert_snapshot!(refused(&vec![b'#'; 1024 * 1024 + 1])?, @r"-:- : FILE is larger than 1 MiB, the most that a stack description may have");
    std::fs::remove_file(&path)?;
    let gone = messages(load(&path, None, &sections(), DocumentDrift::Refused));
    insta::assert_snapshot!(gone.replace(&path.display().to_string(), "FILE"), @r"-:- : cannot read FILE: No such file or directory (os error 2)");
    insta::assert_snapshot!(messages(load(directory.path(), None, &sections(), DocumentDrift::Refused)).replace(&directory.path().display().to_string(), "FILE"), @r"-:- : FILE is a directory");
    Ok(())
}

#[test]
fn a_mark_at_the_start_of_the_file_counts_for_no_column() {
    let source = StackSource { path: "deployer.toml".into(), text: format!("\u{feff}nam = 1\n{SMALL}") };
    insta::assert_snapshot!(messages(parse(source, None, &sections(), DocumentDrift::Refused, &|_| Ok(String::new()))), @r"1:1 nam: unknown key `nam`");
}
