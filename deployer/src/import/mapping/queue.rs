//! Queues.

use super::attribute::{AttributeMapping, STAYS, TerraformKind};
use super::read::{flag, text};
use crate::import::resource::TerraformResource;
use serde_json::Value;

/// Maps `aws_sqs_queue`.
pub const QUEUE: TerraformKind = TerraformKind {
    name: "aws_sqs_queue",
    word: "queue",
    named_by: Some("name"),
    section: Some("queue"),
    attributes: &[
        AttributeMapping::new(&["name"], "name", |queue| text(queue, "name")),
        AttributeMapping::new(&["fifo_queue"], "fifo", |queue| flag(queue.on("fifo_queue"))),
        AttributeMapping::new(&["content_based_deduplication"], "content_based_deduplication", |queue| {
            flag(queue.on("content_based_deduplication"))
        }),
        AttributeMapping::new(&["visibility_timeout_seconds"], "visibility_timeout", |queue| {
            unusual(queue, "visibility_timeout_seconds", &[30])
        }),
        AttributeMapping::new(&["message_retention_seconds"], "retention", |queue| {
            unusual(queue, "message_retention_seconds", &[345_600])
        }),
        AttributeMapping::new(&["delay_seconds"], "delay", |queue| unusual(queue, "delay_seconds", &[0])),
        AttributeMapping::new(&["receive_wait_time_seconds"], "receive_wait", |queue| {
            unusual(queue, "receive_wait_time_seconds", &[0])
        }),
        // The most was 256 kB until 2025.
        AttributeMapping::new(&["max_message_size"], "max_message_size", |queue| {
            unusual(queue, "max_message_size", &[262_144, 1_048_576])
        }),
        AttributeMapping::new(&["kms_master_key_id"], "encryption", |queue| match queue.text("kms_master_key_id")? {
            "" => None,
            "alias/aws/sqs" => Some("AWS_MANAGED".into()),
            key => key.starts_with("arn:").then(|| key.into()),
        }),
    ],
    unmapped: &[(
        STAYS,
        "deduplication_scope fifo_throughput_limit kms_data_key_reuse_period_seconds=300 policy redrive_allow_policy",
    )],
    silent: "arn id name_prefix redrive_policy region sqs_managed_sse_enabled tags tags_all timeouts url",
};

/// Reads a number that is none of those that SQS has by itself.
fn unusual(queue: &TerraformResource, name: &str, usual: &[i64]) -> Option<Value> {
    queue.integer(name).filter(|number| !usual.contains(number)).map(Value::from)
}
