//! Both forms of Terraform's files against the stack that ships, as people and programs see it.

use super::compare::{TakeoverOutcome, TerraformComparison, compare};
use super::setting::DescriptionSetting;
use super::source::TerraformSource;
use super::{ReadOptions, describe, edit, locate, state};
use crate::kinds::diff::FieldChange;
use crate::kinds::{KINDS, ResourceId, ResourceRef};
use crate::stack;
use crate::stack::{Stack, StackSource};
use crate::ui::TerminalLook;
use crate::ui::import::ImportPage;
use serde_json::json;
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
    let sections: Vec<_> = KINDS.iter().filter_map(|kind| kind.section()).collect();
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

/// A file that is something else gets one error that says what it is, and where.
#[test]
fn files_that_are_no_state() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("terraform.tfstate");
    let state = |resources: &str| format!("{{\"version\": 4, \"resources\": {resources}}}");
    for (content, words) in [
        (&b""[..], "is empty"),
        (b"\n\t ", "is empty"),
        (b"\x7fELF\xff\xfe", "is not text"),
        (b"PK\x03\x04", "is not a state of Terraform: expected value"),
        (b"{\"version\": 4,\n \"resources\": [", "is not a state of Terraform: EOF while parsing"),
        (b"{\"version\": 3, \"modules\": []}", "is a state of version 3; version 4 is understood"),
        (b"{\"version\": 5}", "is a state of version 5"),
        (b"{\"version\": 3, \"backend\": {\"type\": \"s3\"}}", "where the settings of a remote state are kept"),
        (b"{\"format_version\": \"1.0\"}", "terraform show -json"),
        (b"{\"encrypted_data\": \"x\", \"serial\": 1}", "encrypted state of OpenTofu"),
        (b"{}", "has no `version`"),
        (b"[]", "is not a state of Terraform"),
        (b"{\"version\": \"4\"}", "has no `version`"),
        (state("[{\"mode\": \"managed\"}]").as_bytes(), "missing field `type`"),
        (state("{}").as_bytes(), "invalid type: map"),
        (state(&format!("{}{}", "[".repeat(5000), "]".repeat(5000))).as_bytes(), "is not a state of Terraform"),
    ] {
        fs::write(&path, content).unwrap();
        for given in [path.as_path(), dir.path()] {
            let error = read(given).unwrap_err();
            assert!(error.message.contains(words), "{words:?} is not in {error:?}");
            assert!(!error.hints.is_empty(), "{error:?}");
        }
    }
    fs::write(&path, "{\"version\": 4,\n\n  oops}").unwrap();
    assert!(read(&path).unwrap_err().get("at").is_some_and(|at| at.ends_with("terraform.tfstate:3:3")));
    fs::write(&path, "\u{feff}{\"version\": 4}").unwrap();
    assert!(read(&path).unwrap().resources.is_empty(), "a mark before the text is no mistake");
    fs::write(&path, state("null")).unwrap();
    assert!(read(&path).is_err());
    assert!(read(&dir.path().join("nowhere")).unwrap_err().message.contains("cannot read"));
    assert!(describe(&former_of("{\"version\": 4}"), "x").unwrap_err().message.contains("no table and no function"));
}

fn former_of(text: &str) -> TerraformSource {
    state::parse(Path::new("terraform.tfstate"), text).unwrap()
}

/// Which state is meant in a directory with workspaces.
#[test]
fn workspaces() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, label: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let resource =
            format!("{{\"mode\":\"managed\",\"type\":\"aws_sqs_queue\",\"name\":\"{label}\",\"instances\":[{{}}]}}");
        fs::write(path, format!("{{\"version\":4,\"resources\":[{resource}]}}")).unwrap();
    };
    let label = || read(dir.path()).map(|former| former.resources[0].label.clone());
    write("terraform.tfstate.d/prod/terraform.tfstate", "prod");
    write("terraform.tfstate.d/dev/terraform.tfstate", "dev");
    let error = label().unwrap_err();
    assert!(error.message.contains("none of the workspace `default`") && error.hints[0].contains("dev"), "{error:?}");
    fs::create_dir(dir.path().join(".terraform")).unwrap();
    for (selected, expected) in [("prod\n", Some("prod")), ("dev", Some("dev")), ("gone", None), ("../../etc", None)] {
        fs::write(dir.path().join(".terraform/environment"), selected).unwrap();
        assert_eq!(label().ok().as_deref(), expected, "{selected}");
    }
    write("terraform.tfstate", "default");
    fs::write(dir.path().join(".terraform/environment"), "default").unwrap();
    assert_eq!(label().as_deref(), Ok("default"));
}

/// A configuration that is broken, endless or hostile ends in one error or one remark, and soon.
#[test]
fn configurations_that_cannot_be_worked_out() {
    let dir = tempfile::tempdir().unwrap();
    let with = |text: &str| {
        fs::write(dir.path().join("main.tf"), text).unwrap();
        read(dir.path())
    };
    let error = with("resource \"a\" \"b\" {\n  name = \n}\n").unwrap_err();
    assert!(error.get("at").is_some_and(|at| at.contains("main.tf:2")), "{error:?}");
    assert!(with(&format!("x = {}1{}", "(".repeat(2000), ")".repeat(2000))).is_err());
    let doubling: String =
        (1..60).map(|n| format!("  l{n} = \"${{local.l{}}}${{local.l{}}}\"\n", n - 1, n - 1)).collect();
    let comparing: String = (1..60).map(|n| format!("  l{n} = local.l{} == local.l{}\n", n - 1, n - 1)).collect();
    for (locals, words) in [
        ("  a = local.b\n  b = local.a\n  l59 = local.a\n".to_owned(), "leads back to itself"),
        (format!("  l0 = \"x\"\n{doubling}"), "it is longer than"),
        (format!("  l0 = true\n{comparing}"), "too intricate"),
        ("  l59 = upper(\"x\")\n".to_owned(), "the function `upper` makes it"),
        ("  l59 = [for x in [1] : x]\n".to_owned(), "a `for` expression makes it"),
        ("  l59 = data.aws_region.here.name\n".to_owned(), "is looked up on AWS"),
        ("  l59 = module.x.name\n".to_owned(), "an output of module.x"),
        ("  l59 = \"${terraform.workspace}-orders\"\n".to_owned(), "the workspace is known to Terraform alone"),
        ("  l59 = var.nowhere\n".to_owned(), "variable `nowhere` is not declared"),
        ("  l59 = var.secret\n".to_owned(), "marked as sensitive"),
        ("  l59 = random_id.x.hex\n".to_owned(), "random_id.x is not declared"),
    ] {
        let text = format!(
            "variable \"secret\" {{\n  default = \"hunter2\"\n  sensitive = true\n}}\nlocals {{\n{locals}}}\nresource \"aws_dynamodb_table\" \"t\" {{\n  name = local.l59\n}}\n"
        );
        let former = with(&text).unwrap();
        let why = former.resources[0].name("name").unwrap_err();
        assert!(why.contains(words) && why.contains("main.tf:"), "{words:?}: {why}");
        assert!(!why.contains("hunter2"));
    }
    let former = with("resource \"aws_sqs_queue\" \"q\" {\n  count = 1000000000\n}\n").unwrap();
    assert_eq!(former.resources.len(), 1);
    fs::write(dir.path().join("main.tf"), "module \"self\" {\n  source = \"./\"\n}\n").unwrap();
    assert!(read(dir.path()).unwrap().remarks.iter().any(|remark| remark.contains("more than 8 deep")));
}

/// What cannot be adopted without harm is refused, with a way out.
#[test]
fn refusals() {
    let state = fs::read_to_string(fixture("former.tfstate")).unwrap();
    for (from, to, words) in [
        (
            "\"hash_key\": \"order_id\",\n            \"id\": \"Orders\"",
            "\"hash_key\": \"placed\",\n            \"id\": \"Orders\"",
            "keys cannot be changed",
        ),
        ("\"package_type\": \"Zip\"", "\"package_type\": \"Image\"", "is a container image"),
        ("\"vpc_config\": []", "\"vpc_config\": [{\"subnet_ids\": [\"subnet-1\"]}]", "is in a VPC"),
        (
            "\"name\": \"order-lambda-role\",",
            "\"name\": \"order-handler\",",
            "has the name that the new role of function.api needs",
        ),
        ("\"authorization\": \"NONE\"", "\"authorization\": \"COGNITO_USER_POOLS\"", "would change who gets in"),
        ("\"EDGE\"", "\"PRIVATE\"", "has the endpoint type PRIVATE"),
    ] {
        assert!(state.contains(from), "{from}");
        let former = former_of(&state.replace(from, to));
        let refusals = compare(&former, &parse(SHIPPED)).refusals;
        let found = refusals.iter().find(|error| error.message.contains(words));
        assert!(found.is_some_and(|error| !error.hints.is_empty()), "{words}: {refusals:?}");
    }
    // Guarded alike is no refusal but a line.
    let former = former_of(&state.replace("\"authorization\": \"NONE\"", "\"authorization\": \"AWS_IAM\""));
    let comparison = compare(&former, &parse(SHIPPED));
    assert!(comparison.refusals.is_empty(), "{:?}", comparison.refusals);
    assert!(comparison.settings.iter().any(|setting| setting.to_string() == "api.auth = \"iam\""));
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

/// An API whose methods are not in the file is not opened by a description that says nothing of guards.
#[test]
fn hidden_methods_are_not_opened() {
    let state = fs::read_to_string(fixture("former.tfstate")).unwrap();
    let unknown = "resource \"aws_api_gateway_rest_api\" \"a\" {\n  name = \"orders-prod-api\"\n}\nresource \"aws_api_gateway_method\" \"m\" {\n  for_each = var.routes\n}\n";
    for source in [
        former_of(&state.replace("\"binary_media_types\": []", "\"binary_media_types\": [], \"body\": \"{}\"")),
        configuration(unknown),
    ] {
        let refusals = compare(&source, &parse(SHIPPED)).refusals;
        assert!(refusals.iter().any(|error| error.message.contains("would let anybody in")), "{refusals:?}");
        let guarded = SHIPPED.replace("auth = \"none\"", "auth = \"iam\"");
        let refusals = compare(&source, &parse(&guarded)).refusals;
        assert!(!refusals.iter().any(|error| error.message.contains("would let anybody in")), "{refusals:?}");
    }
}

/// A permission of what stays is no leftover: without it the HTTP API or the rule could not call the function any more.
#[test]
fn permissions_of_what_stays_are_kept() {
    let common = r#"
resource "aws_lambda_function" "api" {
  function_name = "order-handler"
  role          = "arn:aws:iam::123456789012:role/r"
}
resource "aws_api_gateway_rest_api" "orders" {
  name = "order-api"
}
resource "aws_apigatewayv2_api" "http" {
  name = "http"
}
resource "aws_cloudwatch_event_rule" "uploads" {
  name          = "uploads"
  event_pattern = "{}"
}
"#;
    for (principal, source, is_replaced) in [
        ("apigateway", "source_arn = \"${aws_api_gateway_rest_api.orders.execution_arn}/*/*\"", true),
        ("apigateway", "source_arn = \"${aws_apigatewayv2_api.http.execution_arn}/*/*\"", false),
        ("apigateway", "source_arn = var.nowhere", false),
        ("apigateway", "", false),
        ("events", "source_arn = aws_cloudwatch_event_rule.uploads.arn", false),
        ("events", "", false),
    ] {
        let permission = format!(
            "resource \"aws_lambda_permission\" \"p\" {{\n  statement_id = \"Allow\"\n  function_name = aws_lambda_function.api.function_name\n  principal = \"{principal}.amazonaws.com\"\n  {source}\n}}\n"
        );
        let comparison = compared(&configuration(&format!("{common}{permission}")), SHIPPED);
        let row = comparison.resources.iter().find(|row| row.kind == "aws_lambda_permission").unwrap();
        assert_eq!(
            matches!(row.outcome, TakeoverOutcome::Replaced { .. }),
            is_replaced,
            "{principal} {source}: {row:?}"
        );
        let removes = comparison.leftovers.iter().any(|command| command.contains("remove-permission"));
        assert_eq!(removes, is_replaced, "{principal} {source}");
        assert!(!row.remarks.is_empty(), "{row:?}");
        let forgets = comparison.forget.iter().any(|command| command.contains("aws_lambda_permission"));
        assert_eq!(forgets, is_replaced, "{principal} {source}");
    }
}

/// An adoption takes no protection away that nobody gave up.
#[test]
fn protection_is_not_lost() {
    let loss = |kind: &'static str, path: &str, was: serde_json::Value, want: serde_json::Value, lines: &str| {
        let stack = parse(
            &SHIPPED
                .replace("[stage.prod]\n", &format!("[stage.prod]\n{lines}"))
                .replace("table.orders.point_in_time_recovery = true", ""),
        );
        let place = ResourceRef { id: ResourceId::new(kind, "orders"), name: "Orders".to_owned() };
        super::loss(&place, &FieldChange { path: path.to_owned(), was, want }, &stack)
    };
    for (kind, path, was, want, hint) in [
        ("table", "point_in_time_recovery", json!(true), json!(false), "`point_in_time_recovery = true`"),
        ("table", "deletion_protection", json!(true), json!(false), "`protected = true`"),
        ("table", "stream", json!("NEW_IMAGE"), json!(null), "`stream = \"NEW_IMAGE\"`"),
        ("table", "encryption", json!("AWS_MANAGED"), json!("AWS_OWNED"), "`encryption = \"AWS_MANAGED\"`"),
        ("table", "index.by-customer", json!({}), json!(null), "[table.orders.index.by-customer]"),
        ("log_group", "retention_days", json!(null), json!(30), "`log_retention_days = 0`"),
        ("rest_api", "routes.GET /orders", json!("arn:x (authorization AWS_IAM)"), json!("arn:x"), "[api] auth"),
    ] {
        let error = loss(kind, path, was.clone(), want.clone(), "");
        assert!(error.is_some_and(|error| error.hints[0].contains(hint)), "{path}");
        assert!(loss(kind, path, want, was, "").is_none(), "{path} the other way");
    }
    let off = (json!(true), json!(false));
    for line in ["table.orders.protected = false\n", "table.orders.deletion_protection = false\n"] {
        assert!(loss("table", "deletion_protection", off.0.clone(), off.1.clone(), line).is_none(), "{line}");
    }
    // Routes that end or that stay guarded are told elsewhere.
    let guarded = json!("arn:x (authorization AWS_IAM)");
    for want in [json!(null), json!("arn:y (authorization AWS_IAM)")] {
        assert!(loss("rest_api", "routes.GET /orders", guarded.clone(), want, "").is_none());
    }
}

const TABLE: &str = "resource \"aws_dynamodb_table\" \"orders\" {\n  name = \"Orders\"\n  billing_mode = \"PAY_PER_REQUEST\"\n  hash_key = \"order_id\"\n  attribute {\n    name = \"order_id\"\n    type = \"S\"\n  }\n}\n";

/// Terraform takes empty files for empty modules.
#[test]
fn empty_files_are_empty_modules() {
    let source = configuration_of(&[("main.tf", TABLE), ("variables.tf", ""), ("a.auto.tfvars", "\n")]);
    assert_eq!(source.resources.len(), 1);
}

/// A module that cannot be read is a remark: the rest is there.
#[test]
fn a_missing_module_is_a_remark() {
    let call = |dir: &str| format!("{TABLE}module \"x\" {{\n  source = \"{dir}\"\n}}\n");
    for dir in ["./nowhere", "./main.tf", "./broken"] {
        let source = configuration_of(&[("main.tf", &call(dir)), ("broken/main.tf", "resource {")]);
        assert_eq!(source.resources.len(), 1, "{dir}");
        let told = source.remarks.iter().any(|remark| remark.contains("module.x is not looked into (main.tf:"));
        assert!(told, "{dir}: {:?}", source.remarks);
    }
}

/// A table whose keys or capacities are not known is left out, and the description is valid all the same.
#[test]
fn what_cannot_be_described_is_left_out() {
    for (from, to, why) in [
        ("hash_key = \"order_id\"", "hash_key = var.key", "its hash_key is not known from the file"),
        (
            "\"PAY_PER_REQUEST\"",
            "\"PROVISIONED\"\n  read_capacity = var.units\n  write_capacity = 5",
            "its read_capacity is not known",
        ),
        (
            "  attribute {\n    name = \"order_id\"\n    type = \"S\"\n  }\n",
            "  dynamic \"attribute\" {\n    for_each = local.x\n    content {\n    }\n  }\n",
            "its attribute is not known",
        ),
    ] {
        let text = TABLE.replace(from, to);
        assert_ne!(text, TABLE);
        let description = describe(&configuration(&text), "x").unwrap();
        assert!(description.contains(&format!("# aws_dynamodb_table.orders is not described: {why}")), "{description}");
        assert_eq!(parse(&description).all::<crate::kinds::TableBlock>().len(), 0);
    }
    let unknown_mode = describe(&configuration(&TABLE.replace("\"PAY_PER_REQUEST\"", "var.mode")), "x").unwrap();
    assert!(unknown_mode.contains("# billing_mode = …"), "{unknown_mode}");
    assert_eq!(parse(&unknown_mode).all::<crate::kinds::TableBlock>().len(), 1);
    let unnamed = describe(&configuration(&TABLE.replace("\"Orders\"", "upper(var.x)")), "x").unwrap_err();
    assert!(unnamed.message.contains("names of the tables and functions"), "{unnamed:?}");
}

/// A resource is where its provider, or its own `region`, says; what is elsewhere is neither described nor adopted for another.
#[test]
fn regions_of_providers() {
    let providers = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\nprovider \"aws\" {\n  alias = \"us\"\n  region = \"us-east-1\"\n}\n";
    let other = TABLE
        .replace("\"orders\"", "\"orders_us\"")
        .replace("name = \"Orders\"", "name = \"Orders\"\n  provider = aws.us");
    let both = configuration(&format!("{providers}{TABLE}{other}"));
    let text = describe(&both, "x").unwrap();
    assert!(
        text.contains("region = \"eu-west-1\"") && text.contains("# aws_dynamodb_table.orders_us is not described"),
        "{text}"
    );
    let comparison = compared(&both, &text);
    let rows: Vec<_> = comparison.resources.iter().map(|row| &row.outcome).collect();
    assert!(matches!(rows[..], [TakeoverOutcome::Adopted { .. }, TakeoverOutcome::Unmatched]), "{rows:?}");

    let module = "module \"us\" {\n  source = \"./m\"\n  providers = {\n    aws = aws.us\n  }\n}\n";
    let attribute = TABLE.replace("name = \"Orders\"", "name = \"Orders\"\n  region = \"us-east-1\"");
    for source in [
        configuration(&format!("{providers}{other}")),
        configuration(&format!("{providers}{attribute}")),
        configuration_of(&[("main.tf", &format!("{providers}{module}")), ("m/main.tf", TABLE)]),
    ] {
        let text = describe(&source, "x").unwrap();
        assert!(text.contains("region = \"us-east-1\""), "{text}");
    }
}

/// Tags come from the resource and from its provider; what is not known of them is named.
#[test]
fn tags_of_providers() {
    let provider = |tags: &str| format!("provider \"aws\" {{\n  default_tags {{\n    tags = {tags}\n  }}\n}}\n");
    let tagged = |tags: &str| TABLE.replace("name = \"Orders\"", &format!("name = \"Orders\"\n  tags = {tags}"));
    let table = tagged("{ Name = \"Orders table\", Owner = \"team@shop.example\", cost = \"1\" }");
    let text =
        describe(&configuration(&format!("{}{table}", provider("{ cost = \"42\", team = \"shop\" }"))), "x").unwrap();
    for line in [
        "tags.Name = \"Orders table\"",
        "tags.Owner = \"team@shop.example\"",
        "tags.cost = \"1\"",
        "tags.team = \"shop\"",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for text in
        [tagged("merge({}, { a = \"b\" })").replace("merge", "mystery"), format!("{}{TABLE}", provider("var.tags"))]
    {
        let comparison = compared(&configuration(&text), SHIPPED);
        let remarks = &comparison.resources[0].remarks;
        assert!(remarks.iter().any(|remark| remark.contains("its tags are not all known")), "{remarks:?}");
    }
}

/// A function with a role, and policies for it.
fn with_role(more: &str) -> String {
    format!(
        "{TABLE}resource \"aws_iam_role\" \"app\" {{\n  name = \"app\"\n}}\nresource \"aws_lambda_function\" \"api\" {{\n  function_name = \"order-handler\"\n  role = aws_iam_role.app.arn\n}}\n{more}"
    )
}

/// What a policy allows is taken over as far as a description can say it, and named otherwise.
#[test]
fn rights_of_roles() {
    let policy = |statement: &str| {
        with_role(&format!(
            "resource \"aws_iam_role_policy\" \"p\" {{\n  name = \"p\"\n  role = aws_iam_role.app.id\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", {statement} }}] }})\n}}\n"
        ))
    };
    for (statement, line, remark) in [
        (
            "Action = [\"dynamodb:GetItem\", \"dynamodb:Scan\"], Resource = aws_dynamodb_table.orders.arn",
            "tables.orders = [\"GetItem\", \"Scan\"]",
            None,
        ),
        (
            "Action = \"dynamodb:Query\", Resource = \"${aws_dynamodb_table.orders.arn}/index/*\"",
            "tables.orders = [\"Query\"]",
            None,
        ),
        ("Action = [\"ses:SendEmail\", \"logs:PutLogEvents\"], Resource = \"*\"", "", Some("may not ses:SendEmail,")),
        ("Action = \"dynamodb:*\", Resource = \"*\"", "# tables.orders = \"read_write\"", Some("may not dynamodb:*")),
        (
            "Action = var.actions, Resource = \"*\"",
            "# tables.orders = \"read_write\"",
            Some("is not known from the file"),
        ),
    ] {
        let source = configuration(&policy(statement));
        let text = describe(&source, "x").unwrap();
        let told = text.lines().find(|line| line.contains("tables.orders")).unwrap_or_default();
        assert!(told.starts_with(line) && told.is_empty() == line.is_empty(), "{statement}\n{text}");
        let comparison = compared(&source, &text);
        let row = comparison.resources.iter().find(|row| row.kind == "aws_iam_role_policy").unwrap();
        match remark {
            Some(words) => assert!(row.remarks.iter().any(|remark| remark.contains(words)), "{statement}: {row:?}"),
            None => assert_eq!(row.remarks, [""; 0], "{statement}"),
        }
    }
    let managed = with_role(
        "resource \"aws_iam_role_policy_attachment\" \"p\" {\n  role = aws_iam_role.app.name\n  policy_arn = \"arn:aws:iam::aws:policy/AmazonS3FullAccess\"\n}\n",
    );
    let comparison = compared(&configuration(&managed), SHIPPED);
    assert!(comparison.resources[3].remarks[0].contains("AmazonS3FullAccess"), "{:?}", comparison.resources[3]);
}

/// Commands that clear up are complete, and only for what nothing else uses.
#[test]
fn clearing_up() {
    let own = with_role(
        "resource \"aws_iam_policy\" \"p\" {\n  name = \"app-table\"\n  policy = \"{}\"\n}\nresource \"aws_iam_role_policy_attachment\" \"p\" {\n  role = aws_iam_role.app.name\n  policy_arn = aws_iam_policy.p.arn\n}\nresource \"aws_iam_role_policy\" \"q\" {\n  role = aws_iam_role.app.id\n  policy = \"{}\"\n}\n",
    );
    let commands = compared(&configuration(&own), SHIPPED).leftovers.join("\n");
    assert_eq!(
        commands,
        "for policy in $(aws iam list-role-policies --role-name app --query PolicyNames --output text); do aws iam delete-role-policy --role-name app --policy-name \"$policy\"; done\n\
         for policy in $(aws iam list-attached-role-policies --role-name app --query 'AttachedPolicies[].PolicyArn' --output text); do aws iam detach-role-policy --role-name app --policy-arn \"$policy\"; done\n\
         aws iam delete-role --role-name app\n\
         aws iam delete-policy --policy-arn \"$(aws iam list-policies --scope Local --query \"Policies[?PolicyName=='app-table'].Arn\" --output text)\""
    );
    let shared = format!(
        "{own}resource \"aws_scheduler_schedule\" \"s\" {{\n  target {{\n    role_arn = aws_iam_role.app.arn\n  }}\n}}\n"
    );
    let comparison = compared(&configuration(&shared), SHIPPED);
    assert_eq!(comparison.leftovers, [""; 0]);
    assert!(!comparison.forget.iter().any(|command| command.contains("aws_iam")), "{:?}", comparison.forget);
    let role = comparison.resources.iter().find(|row| row.kind == "aws_iam_role").unwrap();
    assert!(role.remarks[0].contains("uses it too"), "{role:?}");
}

/// A variable has the type that it is declared with, whatever its value is written as.
#[test]
fn declared_types() {
    for (declared, default, condition, instances) in [
        ("bool", "\"true\"", "var.x", 1),
        ("string", "1", "var.x == \"1\"", 1),
        ("number", "\"2\"", "var.x == 2", 1),
        ("string", "1", "var.x == \"2\"", 0),
    ] {
        let count = TABLE.replace("name = \"Orders\"", &format!("name = \"Orders\"\n  count = {condition} ? 1 : 0"));
        let source =
            configuration(&format!("variable \"x\" {{\n  type = {declared}\n  default = {default}\n}}\n{count}"));
        let known = source.resources.iter().filter(|resource| resource.unknown.is_empty()).count();
        assert_eq!(known, instances, "{declared} {default} {condition}: {:?}", source.resources);
    }
}

/// OpenTofu's own files are read, and take the place of Terraform's of the same name.
#[test]
fn tofu_files() {
    let source = configuration_of(&[("main.tofu", TABLE), ("main.tf", "resource \"aws_sqs_queue\" \"q\" {\n}\n")]);
    assert_eq!((source.resources.len(), source.tool.command()), (1, "tofu"));
    assert!(source.remarks.iter().any(|remark| remark.starts_with("main.tf is not read")), "{:?}", source.remarks);
    assert_eq!(configuration_of(&[("main.tofu", TABLE)]).resources[0].label, "orders");
}

/// Variables and workspace can be told as on Terraform's command line; what is told last holds.
#[test]
fn variables_and_workspace_from_outside() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let variables =
        "variable \"name\" {\n  type = string\n}\nvariable \"tags\" {\n  type = map(string)\n  default = {}\n}\n";
    write(
        "main.tf",
        &format!(
            "{variables}{}",
            TABLE.replace("\"Orders\"", "\"${var.name}-${terraform.workspace}\"\n  tags = var.tags")
        ),
    );
    write("prod.vars", "name = \"file\"\n");
    let named = |options: ReadOptions| {
        let source = super::read(dir.path(), &options).unwrap();
        source.resources[0].name("name").map(str::to_owned)
    };
    let why = named(ReadOptions::default()).unwrap_err();
    assert!(why.contains("`--var name=VALUE` tells it"), "{why}");
    let mut options = ReadOptions { variable_files: vec![dir.path().join("prod.vars")], ..ReadOptions::default() };
    assert!(named(options.clone()).unwrap_err().contains("`--workspace NAME` tells it"));
    options.workspace = Some("prod".to_owned());
    assert_eq!(named(options.clone()).as_deref(), Ok("file-prod"));
    options.variables = vec![("name".to_owned(), "7".to_owned()), ("tags".to_owned(), "{ a = \"b\" }".to_owned())];
    assert_eq!(named(options.clone()).as_deref(), Ok("7-prod"));
    let text = describe(&super::read(dir.path(), &options).unwrap(), "x").unwrap();
    assert!(text.contains("tags.a = \"b\""), "{text}");
    options.variable_files = vec![dir.path().join("nowhere")];
    assert!(super::read(dir.path(), &options).is_err());
}

/// A state of thousands of instances is a matter of seconds.
#[test]
fn many_instances_of_one_resource() {
    let instance = |n: usize| {
        json!({"index_key": n, "attributes": {
            "id": format!("table-{n}"), "name": format!("table-{n}"), "arn": format!("arn:aws:dynamodb:eu-west-1:123456789012:table/table-{n}"),
            "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "attribute": [{"name": "id", "type": "S"}],
        }})
    };
    let instances: Vec<_> = (0..20_000).map(instance).collect();
    let state = json!({"version": 4, "resources": [
        {"mode": "managed", "type": "aws_dynamodb_table", "name": "t", "instances": instances}]});
    let source = former_of(&state.to_string());
    let begun = std::time::Instant::now();
    let text = describe(&source, "x").unwrap();
    assert!(text.contains("[table.t-20000]"));
    let small = parse(&text[..text.match_indices("\n[").nth(200).unwrap().0]);
    let comparison = compare(&source, &small);
    assert_eq!(comparison.adopted.len(), 200);
    let took = begun.elapsed();
    assert!(took < std::time::Duration::from_secs(30), "{took:?}");
}

/// What ends with the adoption is called so.
#[test]
fn parts_that_a_description_cannot_say_end() {
    let api = "resource \"aws_api_gateway_rest_api\" \"a\" {\n  name = \"order-api\"\n}\n";
    for kind in ["request_validator", "model", "authorizer", "gateway_response", "rest_api_policy"] {
        let part = format!(
            "resource \"aws_api_gateway_{kind}\" \"p\" {{\n  rest_api_id = aws_api_gateway_rest_api.a.id\n}}\n"
        );
        let comparison = compared(&configuration(&format!("{api}{part}")), SHIPPED);
        assert!(matches!(comparison.resources[1].outcome, TakeoverOutcome::Ends { .. }), "{kind}");
    }
}

/// A state that Terraform 0.11 wrote the objects of says what has to be done first.
#[test]
fn objects_of_old_states() {
    let state = "{\"version\":4,\"resources\":[{\"mode\":\"managed\",\"type\":\"aws_dynamodb_table\",\"name\":\"t\",\"instances\":[{\"attributes_flat\":{\"name\":\"Orders\"}}]}]}";
    let comparison = compared(&former_of(state), SHIPPED);
    let outcome = format!("{:?}", comparison.resources[0].outcome);
    assert!(outcome.contains("`terraform refresh`"), "{outcome}");
}

/// Keys in a projection, which AWS takes, are no mistake and no difference.
#[test]
fn keys_in_projections() {
    let index = |more: &str| {
        format!(
            "  global_secondary_index {{\n    name = \"by-title\"\n    hash_key = \"title\"\n    projection_type = \"INCLUDE\"\n    non_key_attributes = [\"order_id\"{more}]\n  }}\n  attribute {{\n    name = \"title\"\n    type = \"S\"\n  }}\n"
        )
    };
    for (more, projection) in [("", "\"KEYS_ONLY\""), (", \"price\"", "[\"price\"]")] {
        let source = configuration(&TABLE.replace("  attribute {", &format!("{}  attribute {{", index(more))));
        let text = describe(&source, "x").unwrap();
        assert!(text.contains(&format!("projection = {projection}")), "{text}");
        assert!(compared(&source, &text).resources[0].remarks.is_empty());
    }
}

/// Of a key that an object has twice the last one holds.
#[test]
fn repeated_keys() {
    let tags = "tags = {\n    a = \"1\"\n    \"b\" = \"1\"\n    a = \"2\"\n    \"b\" = \"2\"\n    a = \"3\"\n  }";
    let source = configuration(&TABLE.replace("name = \"Orders\"", &format!("name = \"Orders\"\n  {tags}")));
    assert_eq!(source.resources[0].attributes["tags"], json!({"a": "3", "b": "2"}));
}

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

/// A function that only happens to be alone is not taken for another one.
#[test]
fn nothing_is_paired_by_chance() {
    let state = fs::read_to_string(fixture("former.tfstate")).unwrap();
    let stranger = state
        .replace("order-expiry", "thumbnails-nightly")
        .replace("\"rule\": \"thumbnails-nightly\"", "\"rule\": \"other\"");
    let comparison = compare(&former_of(&stranger.replace("order-expirer", "thumbnailer")), &parse(SHIPPED));
    let row =
        |name: &str| comparison.resources.iter().find(|row| row.name.as_deref() == Some(name)).map(|row| &row.outcome);
    assert_eq!(row("thumbnailer"), Some(&TakeoverOutcome::Unmatched));
    assert_eq!(row("thumbnails-nightly"), Some(&TakeoverOutcome::Unmatched));
}

proptest::proptest! {
    /// Whatever a file holds, there is an answer.
    #[test]
    fn nothing_panics(text: String) {
        let path = Path::new("terraform.tfstate");
        let _ = state::parse(path, &text);
        let _ = state::parse(path, &format!("{{\"version\":4,\"resources\":[{{\"mode\":\"managed\",\"type\":\"aws_dynamodb_table\",\"name\":\"t\",\"instances\":[{{\"attributes\":{{\"name\":{text:?}}}}}]}}]}}"));
        let _ = locate(&text, "prod", Vec::new());
    }
}
