//! What runs functions beside requests and schedules.

use super::*;

const FORMER: &str = r#"provider "aws" {
  region = "ap-south-1"
}
resource "aws_dynamodb_table" "orders" {
  name             = "Orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "order_id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "order_id"
    type = "S"
  }
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
resource "aws_sqs_queue" "dead" {
  name = "dead"
}
resource "aws_iam_role" "app" {
  name = "app"
}
resource "aws_lambda_function" "work" {
  function_name = "work"
  role          = aws_iam_role.app.arn
}
resource "aws_lambda_event_source_mapping" "jobs" {
  event_source_arn        = aws_sqs_queue.jobs.arn
  function_name           = aws_lambda_function.work.arn
  batch_size              = 5
  function_response_types = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = 3
  }
  filter_criteria {
    filter {
      pattern = "{\"body\":{\"kind\":[\"created\"]}}"
    }
  }
}
resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn       = aws_dynamodb_table.orders.stream_arn
  function_name          = aws_lambda_function.work.function_name
  starting_position      = "LATEST"
  maximum_retry_attempts = 0
  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.dead.arn
    }
  }
}
"#;

const STACK: &str = r#"name = "shop"
region = "ap-south-1"
[table.orders]
name = "Orders"
partition_key = "order_id"
stream = "NEW_AND_OLD_IMAGES"
[queue.jobs]
name = "jobs"
[queue.dead]
name = "dead"
[function.work]
name = "work"
package = "work"
"#;

const SOURCES: &str = r#"[[function.work.source]]
queue = "jobs"
batch_size = 5
filter = ['{"body":{"kind":["created"]}}']
partial_failures = true
max_concurrency = 3
[[function.work.source]]
table = "orders"
start = "latest"
retries = 0
on_failure = "dead"
"#;

fn outcomes(comparison: &TerraformComparison) -> Vec<String> {
    let mappings = comparison.resources.iter().filter(|row| row.kind == "aws_lambda_event_source_mapping");
    mappings.map(|row| format!("{:?}", row.outcome)).collect()
}

#[test]
fn sources_are_proposed_and_then_adopted() {
    let source = configuration(FORMER);
    let missing = compared(&source, STACK);
    let lines: Vec<_> = missing.settings.iter().map(ToString::to_string).filter(|it| it.contains("source")).collect();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    for part in [
        "queue = \"jobs\"",
        "batch_size = 5",
        "partial_failures = true",
        "max_concurrency = 3",
        "table = \"orders\"",
        "start = \"latest\"",
        "retries = 0",
        "on_failure = \"dead\"",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert_eq!(outcomes(&missing), ["Kept", "Kept"]);

    let there = compared(&source, &format!("{STACK}{SOURCES}"));
    assert!(!there.settings.iter().any(|it| it.to_string().contains("source")), "{:?}", there.settings);
    let adopted: Vec<_> = there.adopted.keys().filter(|place| place.id.kind == "source").collect();
    let names: Vec<_> = adopted.iter().map(|place| format!("{} {}", place.id, place.name)).collect();
    assert_eq!(names, ["source.work.queue.jobs work/queue/jobs", "source.work.table.orders work/table/Orders"]);
    assert!(outcomes(&there).iter().all(|outcome| outcome.starts_with("Adopted")), "{:?}", outcomes(&there));

    // A description of its own says the same.
    let text = describe(&source, "shop").unwrap();
    let described = parse(&text);
    let own = parse(&format!("{STACK}{SOURCES}"));
    let sources = |stack: &Stack| stack.block("function", "work").unwrap()["source"].clone();
    assert_eq!(sources(&described), sources(&own), "{text}");
}

#[test]
fn what_a_source_cannot_say_is_told() {
    for (from, to, why) in [
        ("batch_size              = 5", "batch_size = var.size", "its batch_size is not known from the file"),
        (
            "batch_size              = 5",
            "parallelization_factor = 2",
            "a description cannot say `parallelization_factor`",
        ),
        ("aws_sqs_queue.jobs.arn", "aws_kinesis_stream.k.arn", "what it reads is no queue and no table of this file"),
    ] {
        let comparison = compared(&configuration(&FORMER.replacen(from, to, 1)), STACK);
        let row =
            comparison.resources.iter().find(|row| row.address == "aws_lambda_event_source_mapping.jobs").unwrap();
        assert!(row.remarks.iter().any(|remark| remark.contains(why)), "{why}: {:?}", row.remarks);
    }
}
