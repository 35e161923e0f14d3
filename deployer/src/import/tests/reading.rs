//! What is read of states and configurations.

use super::{SHIPPED, TABLE, compared, configuration, configuration_of, former_of, read};
use crate::import::compare::TakeoverOutcome;
use crate::import::{ReadOptions, describe, locate, state};
use serde_json::json;
use std::fs;
use std::path::Path;

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
    assert!(
        describe(&former_of("{\"version\": 4}"), "x")
            .unwrap_err()
            .message
            .contains("no table, no function and no queue")
    );
}

/// Where nothing is found, the next step is told.
#[test]
fn nothing_to_describe() {
    let module = "module \"x\" {\n  source = \"terraform-aws-modules/lambda/aws\"\n}\n";
    let topic = "resource \"aws_sns_topic\" \"t\" {\n  name = \"t\"\n}\n";
    for (source, hint) in [
        (configuration_of(&[("main.tf", module)]), "terraform state pull"),
        (configuration_of(&[("main.tf", topic)]), "where `terraform apply` is run"),
        (former_of("{\"version\": 4}"), "terraform workspace list"),
    ] {
        let error = describe(&source, "x").unwrap_err();
        assert!(error.hints.iter().any(|text| text.contains(hint)), "{hint}: {error:?}");
    }
}

/// A stack may be queues alone.
#[test]
fn queues_alone_are_described() {
    let queue = "resource \"aws_sqs_queue\" \"jobs\" {\n  name = \"jobs-live\"\n}\n";
    let text = describe(&configuration_of(&[("main.tf", queue)]), "x").unwrap();
    assert!(text.contains("[queue.jobs]\nname = \"jobs-live\""), "{text}");
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

/// A heredoc is what Terraform makes of it: as it stands, or without the indent that its lines share.
#[test]
fn heredocs() {
    let policy = |marker: &str, indent: &str| {
        let line = |text: &str| format!("{indent}{text}\n");
        let arn = "${aws_dynamodb_table.orders.arn}";
        let lines = [
            line("{"),
            line("  \"Statement\": [{"),
            "\n".to_owned(),
            line(&format!("    \"Effect\": \"Allow\", \"Action\": \"sns:Publish\", \"Resource\": [\"{arn}/a\",")),
            line(&format!("    \"{arn}/b\"")),
            line("    ]"),
            line("  }]"),
            line("}"),
        ];
        let role = "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n}\n";
        format!(
            "{TABLE}{role}resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.r.id\n  policy = {marker}EOT\n{}{indent}EOT\n}}\n",
            lines.concat()
        )
    };
    for (marker, indent) in [("<<", ""), ("<<", "    "), ("<<-", ""), ("<<-", "    "), ("<<-", "\t")] {
        let source = configuration_of(&[("main.tf", &policy(marker, indent))]);
        let policy = source.resources.iter().find(|resource| resource.kind == "aws_iam_role_policy").unwrap();
        let text = policy.raw("policy").unwrap();
        let json: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(json["Statement"][0]["Action"], "sns:Publish");
        let margin = if marker == "<<" { indent } else { "" };
        assert!(text.starts_with(&format!("{margin}{{\n{margin}  \"Statement\"")), "{marker} {indent:?}: {text}");
        assert!(text.ends_with(&format!("\n{margin}}}\n")), "{marker} {indent:?}: {text}");
    }
}

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
        let source = crate::import::read(dir.path(), &options).unwrap();
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
    let text = describe(&crate::import::read(dir.path(), &options).unwrap(), "x").unwrap();
    assert!(text.contains("tags.a = \"b\""), "{text}");
    options.variable_files = vec![dir.path().join("nowhere")];
    assert!(crate::import::read(dir.path(), &options).is_err());
}

/// A state that Terraform 0.11 wrote the objects of says what has to be done first.
#[test]
fn objects_of_old_states() {
    let state = "{\"version\":4,\"resources\":[{\"mode\":\"managed\",\"type\":\"aws_dynamodb_table\",\"name\":\"t\",\"instances\":[{\"attributes_flat\":{\"name\":\"Orders\"}}]}]}";
    let comparison = compared(&former_of(state), SHIPPED);
    let outcome = format!("{:?}", comparison.resources[0].outcome);
    assert!(outcome.contains("`terraform refresh`"), "{outcome}");
}

/// Of a key that an object has twice the last one holds.
#[test]
fn repeated_keys() {
    let tags = "tags = {\n    a = \"1\"\n    \"b\" = \"1\"\n    a = \"2\"\n    \"b\" = \"2\"\n    a = \"3\"\n  }";
    let source = configuration(&TABLE.replace("name = \"Orders\"", &format!("name = \"Orders\"\n  {tags}")));
    assert_eq!(source.resources[0].attributes["tags"], json!({"a": "3", "b": "2"}));
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
