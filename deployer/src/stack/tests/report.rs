//! What the user sees: forty mistakes in one file, and the shipped description, which has none.

use super::super::{DocumentDrift, load};
use super::{check, check_stage, sections};
use std::path::Path;

const MISTAKES: &str = include_str!("mistakes.toml");

#[test]
fn forty_mistakes_are_shown_at_once() {
    let Err(invalid) = check(MISTAKES) else { panic!("accepted") };
    insta::assert_snapshot!("forty_mistakes", invalid.render(false, 110));
}

#[test]
fn mistakes_have_their_places_as_json() {
    let Err(invalid) = check("name = \"é\"\n[function.api]\nmemry = 1\npackage = \"p\"") else { panic!("accepted") };
    insta::assert_json_snapshot!(invalid.to_json(), @r#"
        [
          {
            "column": 8,
            "file": "deployer.toml",
            "help": "allowed: lowercase letters, digits and '-', starting with a letter; 1 to 32 characters",
            "key": "name",
            "line": 1,
            "message": "\"é\" is not a stack name: 'é' is not allowed",
            "value": "\"é\""
          },
          {
            "column": 1,
            "file": "deployer.toml",
            "help": "did you mean `memory`? allowed here: name, description, package, bin, profile, features, artifact, architecture, memory, timeout, ephemeral_storage, environment, tracing, reserved_concurrency, log_retention_days, tables, queues, allow, source, asynchronous, managed_policies, role_arn, tags",
            "key": "function.api.memry",
            "line": 3,
            "message": "unknown key `memry`",
            "value": "memry"
          }
        ]
    "#);
    insta::assert_snapshot!(invalid, @r#"
        deployer.toml:1:8: "é" is not a stack name: 'é' is not allowed; allowed: lowercase letters, digits and '-', starting with a letter; 1 to 32 characters
        deployer.toml:3:1: unknown key `memry`; did you mean `memory`? allowed here: name, description, package, bin, profile, features, artifact, architecture, memory, timeout, ephemeral_storage, environment, tracing, reserved_concurrency, log_retention_days, tables, queues, allow, source, asynchronous, managed_policies, role_arn, tags
        2 mistakes in deployer.toml; nothing was contacted
    "#);
}

#[test]
fn syntax_errors_look_like_other_mistakes() {
    let shown = |text: &str| check(text).map_err(|invalid| invalid.render(false, 100)).err().unwrap_or_default();
    insta::assert_snapshot!(shown("name = \"shop\"\n[function.api]\nmemory = 256MB\ntimout = 3\npackage = \"p\"\n"), @r"
          × `256MB` is not a number
           ╭─[deployer.toml:3:10]
         3 │ memory = 256MB
           ·          ──┬──
           ·            ╰── syntax error
           ╰────
          help: write 256: the unit is fixed, and the reference of the key names it; a text needs quotes

          × unknown key `timout`
           ╭─[deployer.toml:4:1]
         4 │ timout = 3
           · ───┬──
           ·    ╰── not known here
           ╰────
          help: did you mean `timeout`? allowed here: name, description, package, bin, profile, features,
                artifact, architecture, memory, timeout, ephemeral_storage, environment, tracing,
                reserved_concurrency, log_retention_days, tables, queues, allow, source, asynchronous,
                managed_policies, role_arn, tags

        error: 2 mistakes in deployer.toml; nothing was contacted
    ");
    insta::assert_snapshot!(shown("name = \"shop\"\nname = \"shop\"\n[api\n"), @r#"
          × duplicate key `name`
           ╭─[deployer.toml:2:1]
         2 │ name = "shop"
           · ──┬─
           ·   ╰── is given before, in line 1
           ╰────
          help: a key or a table header stands once in a file: keep one of them

          × not valid TOML: unclosed table, expected `]`
           ╭─[deployer.toml:3:4]
         3 │ [api
           ·    ┬
           ·    ╰── syntax error
           ╰────
          help: https://toml.io shows the syntax on one page; strings need quotes

        error: 2 mistakes in deployer.toml; nothing was contacted
    "#);
    insta::assert_snapshot!(shown("name = shop\n[table.orders\npartition_key = 'x'\n[tabel]\n"), @r#"
          × the text `shop` has no quotes
           ╭─[deployer.toml:1:8]
         1 │ name = shop
           ·        ──┬─
           ·          ╰── syntax error
           ╰────
          help: write "shop"

          × not valid TOML: unclosed table, expected `]`
           ╭─[deployer.toml:2:13]
         2 │ [table.orders
           ·             ┬
           ·             ╰── syntax error
           ╰────
          help: https://toml.io shows the syntax on one page; strings need quotes

          × unknown key `tabel`
           ╭─[deployer.toml:4:2]
         4 │ [tabel]
           ·  ──┬──
           ·    ╰── not known here
           ╰────
          help: did you mean `table`? allowed here: name, region, account, permissions_boundary,
                default_stage, production, tags, ignore_tags, table, queue, function, api, schedule,
                external, stage

        error: 3 mistakes in deployer.toml; nothing was contacted
    "#);
    insta::assert_snapshot!(shown("name = \"shop\"\nname = \"shop\"\nregion = 1\n"), @r#"
          × duplicate key `name`
           ╭─[deployer.toml:2:1]
         2 │ name = "shop"
           · ──┬─
           ·   ╰── is given before, in line 1
           ╰────
          help: a key or a table header stands once in a file: keep one of them

          × expected a string for `region`, found the integer 1
           ╭─[deployer.toml:3:10]
         3 │ region = 1
           ·          ┬
           ·          ╰── expected a string
           ╰────
          help: allowed: a region such as ap-south-1 or us-gov-west-1; 1 to 24 characters

        error: 2 mistakes in deployer.toml; nothing was contacted
    "#);
    insta::assert_snapshot!(shown("name = \"a\u{1b}[31m\"\n"), @r#"
          × not valid TOML: invalid basic string, expected non-double-quote visible characters, `\`
           ╭─[deployer.toml:1:10]
         1 │ name = "a [31m"
           ·          ┬
           ·          ╰── syntax error
           ╰────
          help: https://toml.io shows the syntax on one page; strings need quotes

        error: 1 mistake in deployer.toml; nothing was contacted
    "#);
}

#[test]
fn a_very_long_line_is_shown_in_part() {
    let Err(invalid) = check(&format!("name = \"{}\"\nx = 1", "a".repeat(100_000))) else { panic!("accepted") };
    assert!(invalid.render(false, 100).len() < 5_000);
}

#[test]
fn colour_is_used_only_when_asked_for() {
    let Err(invalid) = check("nam = 1") else { panic!("accepted") };
    assert!(invalid.render(true, 80).contains('\u{1b}'));
    assert!(!invalid.render(false, 80).contains('\u{1b}'));
}

#[test]
fn the_shipped_description_is_correct() -> Result<(), super::InvalidStack> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/orders.toml");
    let prod = load(&path, None, &sections(), DocumentDrift::Refused)?;
    assert_eq!((prod.name.as_str(), prod.stage.as_str()), ("orders", "prod"));
    assert!(prod.warnings.is_empty(), "{:?}", prod.warnings);
    assert_eq!(load(&path, Some("dev"), &sections(), DocumentDrift::Refused)?.stage, "dev");
    Ok(())
}

#[test]
fn mistakes_outside_the_text_are_shown_too() {
    let shown = |text: &str, stage| {
        check_stage(text, stage).map_err(|invalid| invalid.render(false, 100)).err().unwrap_or_default()
    };
    insta::assert_snapshot!(shown("", None), @r"
          × `name` is missing
           ╭─[deployer.toml:1:1]
           ╰────
          help: Name of the stack: the prefix of physical names and the value of the tag `deployer:stack`.
                Allowed: lowercase letters, digits and '-', starting with a letter; 1 to 32 characters

        error: 1 mistake in deployer.toml; nothing was contacted
    ");
    insta::assert_snapshot!(shown("name = \"shop\"\n[stage.prod]\n", Some("prd")), @r"
          × unknown stage `prd`
          help: did you mean `prod`? declared stages: prod

        error: 1 mistake in deployer.toml; nothing was contacted
    ");
    insta::assert_snapshot!(shown("name = \"shop\"\nfunction.\"\\u001b[31m\".package = \"p\"\n", None), @r#"
          × "\u{1b}[31m" is not an id: it starts with '\u{1b}', not with a letter
           ╭─[deployer.toml:2:10]
         2 │ function."\u001b[31m".package = "p"
           ·          ──────┬─────
           ·                ╰── it starts with '\u{1b}', not with a letter
           ╰────
          help: allowed: letters, digits, '-' and '_', starting with a letter; 1 to 64 characters

        error: 1 mistake in deployer.toml; nothing was contacted
    "#);
    insta::assert_snapshot!(shown("x = [\r\n\t1,\r\n\r\n", None), @r"
          × unknown key `x`
           ╭─[deployer.toml:1:1]
         1 │ x = [
           · ┬
           · ╰── not known here
           ╰────
          help: allowed here: name, region, account, permissions_boundary, default_stage, production,
                tags, ignore_tags, table, queue, function, api, schedule, external, stage

          × not valid TOML: unclosed array, expected `]`
           ╭─[deployer.toml:2:3]
         2 │     1,
           ·      ┬
           ·      ╰── syntax error
           ╰────
          help: https://toml.io shows the syntax on one page; strings need quotes

        error: 2 mistakes in deployer.toml; nothing was contacted
    ");
    let long = format!("name = \"shop\"\nx = {{ a = \"{}\", y = 1, z = \"{}\" }}\n", "a".repeat(200), "b".repeat(1000));
    insta::assert_snapshot!(shown(&long.replace("x =", "tags ="), None), @r#"
          × expected a string for `y`, found the integer 1
           ╭─[deployer.toml:2:222]
         2 │ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", y = 1, z = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
           ·                                                                                 ┬
           ·                                                                                 ╰── expected a string
           ╰────
          help: write `y = "1"`

          × "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"… is not a tag value that API
          │ Gateway accepts: it has 1000 characters
           ╭─[deployer.toml:2:229]
         2 │ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", y = 1, z = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
           ·                                                                                 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┬───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
           ·                                                                                                                                                                                                         ╰── it has 1000 characters
           ╰────
          help: allowed: letters A to Z and a to z, digits and _ . : / = + -; at most 256 characters

        error: 2 mistakes in deployer.toml; nothing was contacted
    "#);
}

/// Whatever is wrong beside it or with it, what looks like a secret is printed in no form of the mistakes: logs of a build server are
/// seen by more people than the file.
#[test]
fn what_looks_like_a_secret_is_not_printed() {
    for variable in [
        "\"DB-PASSWORD\" = \"hunter2\"",
        "DB_PASSWORD = [\"hunter2\"]",
        "DB_PASSWORD = [\"a\", [\"hunter2\"]]",
        "DB_PASSWORD = \"hunter2\\u0000\"",
        "DB_PASSWORD = \"${hunter2}\"",
        "DB_PASSWORD = \"hunter2\" ; x",
        "DB_PASSWORD = hunter2",
        "DB_PASSWORD = \"hunter2\"\nDB_PASSWORD = \"hunter2\"",
        "API_TOKEN = 40417",
        "API_TOKEN = 1999-12-31",
        "DB = \"postgres://app:hunter2@db/\\u0000\"",
    ] {
        for header in ["[function.api.environment]", "[stage.prod.function.api.environment]"] {
            let invalid = check(&format!(
                "name = \"shop\"\n[function.api]\npackage = \"p\"\n[stage.prod]\n{header}\n{variable}\n"
            ))
            .expect_err("it is a mistake");
            let forms = [invalid.render(false, 100), invalid.to_json().to_string(), invalid.to_string()];
            for form in forms {
                let leak = ["hunter2", "40417", "1999-12-31"].iter().find(|secret| form.contains(**secret));
                assert!(leak.is_none(), "{variable}\n{form}");
            }
        }
    }
}
