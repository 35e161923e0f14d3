//! Queues: what refers to them, and what several modules call the same.

use super::{TABLE, compared, configuration, configuration_of};
use crate::import::compare::TakeoverOutcome;
use crate::import::describe;

const PROVIDER: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
const QUEUES: &str = r#"
resource "aws_sqs_queue" "dead" {
  name = "mail-dead"
}
resource "aws_sqs_queue" "mail" {
  name           = "mail"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
}
resource "aws_sqs_queue" "apart" {
  name = "mail-apart"
}
resource "aws_sqs_queue_redrive_policy" "apart" {
  queue_url      = aws_sqs_queue.apart.id
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = "2" })
}
resource "aws_sqs_queue" "beyond" {
  name           = "mail-beyond"
  redrive_policy = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:others", maxReceiveCount = 3 })
}
"#;

/// What was received too often goes where it went, whichever resource says so.
#[test]
fn dead_letter_queues() {
    let source = configuration(&format!("{PROVIDER}{QUEUES}"));
    let text = describe(&source, "mail").unwrap();
    let beyond = "# dead_letter = …   # its dead-letter queue arn:aws:sqs:eu-west-1:123456789012:others is not in the description";
    for (queue, line) in [
        ("mail", "dead_letter = { queue = \"dead\", receives = 4 }"),
        ("apart", "dead_letter = { queue = \"dead\", receives = 2 }"),
        ("beyond", beyond),
    ] {
        let (_, block) = text.split_once(&format!("[queue.{queue}]\n")).unwrap_or_else(|| panic!("{queue}: {text}"));
        let block = block.split("\n[").next().unwrap_or_default();
        assert!(block.contains(line), "{queue}: {text}");
    }
    let comparison = compared(&source, &text);
    assert!(comparison.settings.is_empty() && comparison.refusals.is_empty(), "{:?}", comparison.settings);
    let row = |address: &str| comparison.resources.iter().find(|row| row.address == address).unwrap();
    let part = &row("aws_sqs_queue_redrive_policy.apart").outcome;
    assert!(matches!(part, TakeoverOutcome::Part { id } if id.to_string() == "queue.apart"), "{part:?}");
    assert_eq!(row("aws_sqs_queue.mail").remarks, [""; 0]);
    assert!(row("aws_sqs_queue.beyond").remarks[0].contains("unless `dead_letter` is written, it stays as it is"));

    let without = text.replace("dead_letter = { queue = \"dead\", receives = 4 }\n", "");
    let proposed = compared(&source, &without).settings;
    let proposed: Vec<_> = proposed.iter().map(ToString::to_string).collect();
    assert_eq!(proposed, ["queue.mail.dead_letter = { queue = \"dead\", receives = 4 }"]);
}

/// A function is told of a queue by whatever it was told, and its rights on queues are on those that are described.
#[test]
fn functions_refer_to_queues() {
    let function = r#"
resource "aws_iam_role" "r" {
  name               = "mail-exec"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = [aws_sqs_queue.mail.arn, "arn:aws:sqs:eu-west-1:123456789012:others"] }] })
}
resource "aws_lambda_function" "send" {
  function_name = "mail-send"
  role          = aws_iam_role.r.arn
  handler       = "bootstrap"
  runtime       = "provided.al2023"
  filename      = "f.zip"
  environment {
    variables = { URL = aws_sqs_queue.mail.url, ID = aws_sqs_queue.mail.id, ARN = aws_sqs_queue.dead.arn, NAME = "mail-dead", SECRET = "hunter2" }
  }
}
"#;
    let source = configuration(&format!("{PROVIDER}{QUEUES}{function}"));
    let text = describe(&source, "mail").unwrap();
    for line in [
        "environment.URL = \"${queue.mail.url}\"",
        "environment.ID = \"${queue.mail.url}\"",
        "environment.ARN = \"${queue.dead.arn}\"",
        "environment.NAME = \"${queue.dead.name}\"",
        "# environment.SECRET = \"…\"   # its value is not taken over",
        "resources = [\"${queue.mail.arn}\", \"arn:aws:sqs:eu-west-1:123456789012:others\"]",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}: {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    assert!(compared(&source, &text).settings.is_empty(), "{text}");
}

/// What several modules, or one that is there several times, call the same has the modules in its id.
#[test]
fn modules_tell_apart_what_has_one_label() {
    let module = "variable \"name\" {}\nresource \"aws_sqs_queue\" \"jobs\" {\n  name = var.name\n}\n";
    let main = format!(
        "{PROVIDER}{TABLE}module \"work\" {{\n  for_each = toset([\"eu.west\", \"us\"])\n  source = \"./m\"\n  name = \"jobs-${{each.key}}\"\n}}\n\
         module \"alone\" {{\n  source = \"./m\"\n  name = \"jobs-alone\"\n}}\n"
    );
    let text = describe(&configuration_of(&[("main.tf", &main), ("m/main.tf", module)]), "x").unwrap();
    let headers: Vec<_> = text.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(
        headers,
        ["[table.orders]", "[queue.work-euwest-jobs]", "[queue.work-us-jobs]", "[queue.alone-jobs]"],
        "{text}"
    );
}
