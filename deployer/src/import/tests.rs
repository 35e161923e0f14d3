//! Both forms of Terraform's files against the stack that ships, as people and programs see it.

mod queues;
mod reading;
mod sources;
mod tables;
mod takeover;

use super::compare::{TerraformComparison, compare};
use super::setting::DescriptionSetting;
use super::source::TerraformSource;
use super::{ReadOptions, describe, edit, locate, state};
use crate::kinds::sections;
use crate::stack;
use crate::stack::{Stack, StackSource};
use crate::ui::TerminalLook;
use crate::ui::import::ImportPage;
use std::fs;
use std::path::{Path, PathBuf};

const SHIPPED: &str = include_str!("../../../config/orders.toml");

fn read(path: &Path) -> crate::error::Result<TerraformSource> {
    super::read(path, &ReadOptions::default())
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/import/fixtures").join(name)
}

fn parse(text: &str) -> Stack {
    let sections = sections();
    let source = StackSource { path: "deployer.toml".into(), text: text.to_owned() };
    stack::parse(source, None, &sections, stack::DocumentDrift::Remarked, &|_| {
        Ok(include_str!("../../../function/openapi.json").to_owned())
    })
    .unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// Reads a fixture without the path of this machine.
fn former(name: &str) -> TerraformSource {
    let former = read(&fixture(name)).unwrap_or_else(|error| panic!("{error:?}"));
    TerraformSource { path: name.into(), ..former }
}

fn compared(former: &TerraformSource, text: &str) -> TerraformComparison {
    let stack = parse(text);
    let mut comparison = compare(former, &stack);
    comparison.settings = locate(text, &stack.stage, comparison.settings).unwrap();
    comparison
}

fn page(former: &TerraformSource, text: &str, proposed: Option<&str>) -> String {
    let comparison = compared(former, text);
    let description = Path::new("config/orders.toml");
    let page = ImportPage { source: former, comparison: &comparison, description, proposed, written: &[] };
    assert!(!page.json().to_string().contains("hunter2"));
    format!("{}\n--- afterwards\n{}", page.render(&TerminalLook::PLAIN), page.farewell(&TerminalLook::PLAIN))
}

#[test]
fn a_state() {
    insta::assert_snapshot!(page(&former("former.tfstate"), SHIPPED, None));
}

#[test]
fn a_configuration() {
    insta::assert_snapshot!(page(&former("configuration"), SHIPPED, None));
    let file = read(&fixture("configuration/main.tf")).unwrap();
    assert_eq!(file.resources, former("configuration").resources, "a file stands for its directory");
}

/// After the lines are written nothing is missing, comments are still there, and nothing else has changed.
#[test]
fn what_is_written_is_what_was_missing() {
    for name in ["former.tfstate", "configuration"] {
        let former = former(name);
        let missing = compared(&former, SHIPPED).settings;
        assert!(!missing.is_empty());
        let text = edit(SHIPPED, &missing).unwrap();
        let after = compared(&former, &text);
        assert!(after.settings.is_empty(), "{:?}\n{text}", after.settings);
        let kept = SHIPPED.lines().filter(|line| !text.lines().any(|other| other == *line)).collect::<Vec<_>>();
        assert_eq!(kept, [""; 0], "{text}");
    }
    let text = edit(SHIPPED, &compared(&former("former.tfstate"), SHIPPED).settings).unwrap();
    let stage = text.split("# --- Stages").nth(1).unwrap_or_default();
    insta::assert_snapshot!(stage);
}

/// A description that is written anew is valid, and nothing is missing in it.
#[test]
fn a_whole_new_description() {
    for name in ["former.tfstate", "configuration", "complete"] {
        let former = former(name);
        let text = describe(&former, "Order System").unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        let after = compared(&former, &text);
        assert!(after.refusals.is_empty(), "{:?}\n{text}", after.refusals);
        assert_eq!(after.settings.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0], "{text}");
        insta::assert_snapshot!(format!("described_{name}"), text);
    }
}

/// Settings go where they hold: at the top where there is one stage, else into the stage; what is in place keeps its comment.
#[test]
fn lines_find_their_place() {
    for (why, text, setting, expected) in [
        (
            "a new key of a section",
            "[table.orders]\nname = \"A\" # ours\n\n[api]\n",
            DescriptionSetting::new(&["table", "orders", "billing_mode"], "PROVISIONED"),
            "[table.orders]\nname = \"A\" # ours\nbilling_mode = \"PROVISIONED\"\n\n[api]\n",
        ),
        (
            "a key that is there keeps its comment",
            "[table.orders]\nname = \"A\" # ours\n",
            DescriptionSetting::new(&["table", "orders", "name"], "B"),
            "[table.orders]\nname = \"B\" # ours\n",
        ),
        (
            "a key deeper down",
            "[table.orders]\nname = \"A\"\n\n[api]\n",
            DescriptionSetting::new(&["table", "orders", "tags", "a b"], "c"),
            "[table.orders]\nname = \"A\"\ntags.\"a b\" = \"c\"\n\n[api]\n",
        ),
        (
            "an inline table",
            "table = { orders = { name = \"A\" } }\n",
            DescriptionSetting::new(&["table", "orders", "name"], "B"),
            "table = { orders = { name = \"B\" } }\n",
        ),
        (
            "one stage of several",
            "[table.orders]\nname = \"A\"\n[stage.prod]\n[stage.dev]\n",
            DescriptionSetting::new(&["table", "orders", "name"], "B"),
            "[table.orders]\nname = \"A\"\n[stage.prod]\ntable.orders.name = \"B\"\n[stage.dev]\n",
        ),
        (
            "the only stage, which says it already",
            "[table.orders]\nname = \"A\"\n[stage.prod.table.orders]\nname = \"C\"\n",
            DescriptionSetting::new(&["table", "orders", "name"], "B"),
            "[table.orders]\nname = \"A\"\n[stage.prod.table.orders]\nname = \"B\"\n",
        ),
        (
            "what has to go",
            "[table.orders]\nread_capacity = 5\nname = \"A\"\n",
            DescriptionSetting::remove(&["table", "orders", "read_capacity"]),
            "[table.orders]\nname = \"A\"\n",
        ),
    ] {
        let located = locate(text, "prod", vec![setting]).unwrap();
        assert_eq!(edit(text, &located).unwrap(), expected, "{why}");
    }
    let beside = "[table.orders.index.a]\npartition_key = \"x\"\n";
    let index = toml_edit::InlineTable::from_iter([("partition_key", "y")]);
    let both = edit(beside, &[DescriptionSetting::new(&["table", "orders", "index", "b"], index)]).unwrap();
    let value: toml::Table = both.parse().unwrap_or_else(|error| panic!("{error}\n{both}"));
    assert_eq!(value["table"]["orders"]["index"].as_table().unwrap().len(), 2, "{both}");
    assert!(edit("table = 1\n", &[DescriptionSetting::new(&["table", "orders", "name"], "B")]).is_err());
}

fn former_of(text: &str) -> TerraformSource {
    state::parse(Path::new("terraform.tfstate"), text).unwrap()
}

/// What Terraform sets is written into a new description, proposed for one that exists, or named.
#[test]
fn no_attribute_is_lost() {
    let described = r#"
name = "shop"
region = "eu-central-1"
default_stage = "prod"
[table.orders]
name = "shop-orders"
partition_key = "pk"
[function.api]
name = "shop-api"
package = "function"
"#;
    let source = former("attributes");
    let text = describe(&source, "shop").unwrap();
    insta::assert_snapshot!("described_attributes", text);
    let comparison = compared(&source, described);
    let settings: Vec<_> = comparison.settings.iter().map(ToString::to_string).collect();
    let remarks: Vec<_> = comparison.resources.iter().flat_map(|row| &row.remarks).collect();
    for (key, value) in [
        ("description", "\"Answers the shop\""),
        ("architecture", "\"arm64\""),
        ("memory", "1024"),
        ("timeout", "3"),
        ("ephemeral_storage", "2048"),
        ("tracing", "true"),
        ("reserved_concurrency", "7"),
    ] {
        let line = format!("{key} = {value}");
        // 3 seconds are the provider's own, which the file leaves out.
        assert!(text.contains(&line), "{line}\n{text}");
        assert!(settings.contains(&format!("function.api.{line}")), "{line}\n{settings:#?}");
    }
    for words in [
        "`dead_letter_config` has no place in the description: it stays as it is, but the new role may not send to it",
        "`logging_config` has no place in the description: it stays as it is",
        "`some_new_thing` is not known here",
        "its point_in_time_recovery is not known from the file: variable `safe` has no default",
        "its server_side_encryption is not known from the file: `${aws_kms_key.orders.arn}` is known to AWS alone",
    ] {
        assert!(remarks.iter().any(|remark| remark.contains(words)), "{words}\n{remarks:#?}");
    }
    for key in ["point_in_time_recovery", "encryption"] {
        assert!(!settings.iter().any(|setting| setting.contains(key)), "{settings:#?}");
        assert!(text.contains(&format!("# {key} = …   # not known from the file")), "{text}");
    }
    assert_eq!(compared(&source, &text).settings.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
}

const TABLE: &str = "resource \"aws_dynamodb_table\" \"orders\" {\n  name = \"Orders\"\n  billing_mode = \"PAY_PER_REQUEST\"\n  hash_key = \"order_id\"\n  attribute {\n    name = \"order_id\"\n    type = \"S\"\n  }\n}\n";

/// Reads a configuration of one file.
fn configuration(text: &str) -> TerraformSource {
    configuration_of(&[("main.tf", text)])
}

fn configuration_of(files: &[(&str, &str)]) -> TerraformSource {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    read(dir.path()).unwrap_or_else(|error| panic!("{error:?}"))
}
