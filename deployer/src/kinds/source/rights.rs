//! What a function may do because of what runs it: Lambda reads its sources as the function's role, and tells a queue of what is given up.

use super::spec::streams;
use crate::aws::arn::ArnScope;
use crate::error::{Error, Result};
use crate::kinds::{FunctionBlock, QueueBlock, TableBlock, external, queue, table};
use crate::stack::Stack;
use serde_json::{Value, json};

/// "Using Lambda with Amazon SQS", execution role permissions.
const ON_QUEUES: &[&str] = &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
/// "Using AWS Lambda with Amazon DynamoDB", execution role permissions.
const ON_STREAMS: &[&str] =
    &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];

/// Returns the statements of a function's role for its sources and for calls that are given up.
///
/// # Errors
/// `internal` for what is not declared.
pub fn statements(stack: &Stack, block: &FunctionBlock, arn: &ArnScope) -> Result<Vec<Value>> {
    let mut statements = Vec::new();
    let allow = |statements: &mut Vec<Value>, sid: String, actions: &[&str], resource: String| {
        statements.push(json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": [resource]}));
    };
    let key_of = |id: &str| match stack.get::<QueueBlock>(id).and_then(|queue| queue.encryption) {
        Some(queue::QueueEncryption::Kms(key)) => Some(key),
        _ => None,
    };
    // Lambda sends as the role to the queue that is told of what is given up.
    let tell = |statements: &mut Vec<Value>, sid: String, id: &str| -> Result<()> {
        let key_sid = format!("{sid}Key");
        allow(statements, sid, &["sqs:SendMessage"], arn.queue(&queue::name_of(stack, id)?));
        if let Some(key) = key_of(id) {
            allow(statements, key_sid, &["kms:Decrypt", "kms:GenerateDataKey"], key);
        }
        Ok(())
    };
    for (number, source) in block.source.iter().enumerate() {
        if let Some(id) = &source.queue {
            allow(&mut statements, format!("Source{number}"), ON_QUEUES, arn.queue(&queue::name_of(stack, id)?));
            if let Some(key) = key_of(id) {
                allow(&mut statements, format!("Source{number}Key"), &["kms:Decrypt"], key);
            }
        }
        if let Some(id) = &source.table {
            let own = stack.block(table::NAME, id).map(|_| stack.name_of::<TableBlock>(id));
            let name = own.or_else(|| external::name_of(stack, table::NAME, id));
            let name = name.ok_or_else(|| Error::internal(format!("table {id} is not declared")))?;
            allow(&mut statements, format!("Source{number}"), ON_STREAMS, streams(arn, &name));
        }
        if let Some(id) = &source.on_failure {
            tell(&mut statements, format!("Source{number}Failed"), id)?;
        }
    }
    if let Some(id) = block.asynchronous.as_ref().and_then(|rule| rule.on()?.on_failure.as_ref()) {
        tell(&mut statements, "AsynchronousFailed".to_owned(), id)?;
    }
    Ok(statements)
}
