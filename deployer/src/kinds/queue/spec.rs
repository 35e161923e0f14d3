//! A queue as it is compared.

use super::block::{DeadLetterRule, QueueBlock, QueueEncryption};
use super::named::name_of;
use crate::aws::arn::ArnScope;
use crate::aws::tags::ResourceTags;
use crate::error::Result;
use crate::kinds::table::OffOr;
use crate::stack::Stack;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Managed fields of a queue. What is `None` where it is desired is left as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueSpec {
    /// Whether it is a FIFO queue.
    pub fifo: bool,
    /// Whether equal bodies are one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_based_deduplication: Option<bool>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility_timeout: Option<u32>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<u32>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<u32>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_wait: Option<u32>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_message_size: Option<u32>,
    /// SQS_MANAGED, AWS_MANAGED or a key's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
    /// `queue`, an ARN, and `receives`; empty where there is no dead-letter queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<BTreeMap<String, Value>>,
    /// Whether it carries the mark of what is not deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected: Option<bool>,
    /// Tags, but for that mark.
    pub tags: ResourceTags,
}

/// Attributes of a queue as SQS writes them: text all of them.
pub type QueueAttributes = BTreeMap<String, String>;

impl QueueSpec {
    /// Returns what a block asks for.
    ///
    /// # Errors
    /// `internal` where a queue is not declared.
    pub fn of(block: &QueueBlock, stack: &Stack, arn: &ArnScope, tags: ResourceTags) -> Result<Self> {
        let dead_letter = match &block.dead_letter {
            None => None,
            Some(OffOr::Off(_)) => Some(BTreeMap::new()),
            Some(OffOr::On(DeadLetterRule { queue, receives })) => {
                Some(dead_letter(&arn.queue(&name_of(stack, queue)?), *receives))
            }
        };
        Ok(Self {
            fifo: block.fifo,
            content_based_deduplication: block.content_based_deduplication,
            visibility_timeout: block.visibility_timeout,
            retention: block.retention,
            delay: block.delay,
            receive_wait: block.receive_wait,
            max_message_size: block.max_message_size,
            encryption: block.encryption.as_ref().map(|key| key.text().to_owned()),
            dead_letter,
            protected: block.protected,
            tags,
        })
    }

    /// Reads a queue's attributes.
    pub fn read(attributes: &QueueAttributes) -> Self {
        let text = |name: &str| attributes.get(name).map(String::as_str);
        let number = |name: &str| text(name)?.parse().ok();
        let is_on = |name: &str| text(name) == Some("true");
        let redrive = text("RedrivePolicy").and_then(|policy| serde_json::from_str::<Value>(policy).ok());
        let redrive = redrive.and_then(|policy| {
            // SQS takes and gives the number as a text too.
            let count = &policy["maxReceiveCount"];
            let receives = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
            Some(dead_letter(policy["deadLetterTargetArn"].as_str()?, u32::try_from(receives).ok()?))
        });
        Self {
            fifo: is_on("FifoQueue"),
            content_based_deduplication: Some(is_on("ContentBasedDeduplication")),
            visibility_timeout: number("VisibilityTimeout"),
            retention: number("MessageRetentionPeriod"),
            delay: number("DelaySeconds"),
            receive_wait: number("ReceiveMessageWaitTimeSeconds"),
            max_message_size: number("MaximumMessageSize"),
            encryption: Some(
                QueueEncryption::of(text("KmsMasterKeyId"), is_on("SqsManagedSseEnabled")).text().to_owned(),
            ),
            dead_letter: Some(redrive.unwrap_or_default()),
            protected: None,
            tags: ResourceTags::new(),
        }
    }

    /// Writes what SQS can change of a queue as its attributes; only the fields that `sends` tells. `anew` is for a queue that is made.
    pub fn attributes(&self, anew: bool, sends: impl Fn(&str) -> bool) -> QueueAttributes {
        let mut out = QueueAttributes::new();
        let mut put = |name: &str, value: String| {
            out.insert(name.to_owned(), value);
        };
        for (field, name, value) in [
            ("visibility_timeout", "VisibilityTimeout", self.visibility_timeout),
            ("retention", "MessageRetentionPeriod", self.retention),
            ("delay", "DelaySeconds", self.delay),
            ("receive_wait", "ReceiveMessageWaitTimeSeconds", self.receive_wait),
            ("max_message_size", "MaximumMessageSize", self.max_message_size),
        ] {
            if let Some(value) = value.filter(|_| sends(field)) {
                put(name, value.to_string());
            }
        }
        if let Some(is_on) = self.content_based_deduplication.filter(|_| sends("content_based_deduplication")) {
            put("ContentBasedDeduplication", is_on.to_string());
        }
        if let Some(key) = self.encryption.clone().filter(|_| sends("encryption")) {
            match QueueEncryption::from(key) {
                QueueEncryption::AwsManaged => put("KmsMasterKeyId", QueueEncryption::ACCOUNT_KEY.to_owned()),
                QueueEncryption::Kms(key) => put("KmsMasterKeyId", key),
                QueueEncryption::SqsManaged | QueueEncryption::Nobody => {
                    put("SqsManagedSseEnabled", "true".to_owned());
                    // A queue has one sort of encryption at a time: the key goes in the same call.
                    if !anew {
                        put("KmsMasterKeyId", String::new());
                    }
                }
            }
        }
        if let Some(rule) = self.dead_letter.as_ref().filter(|rule| sends("dead_letter") && !(anew && rule.is_empty()))
        {
            let policy = json!({"deadLetterTargetArn": rule.get("queue"), "maxReceiveCount": rule.get("receives")});
            put("RedrivePolicy", if rule.is_empty() { String::new() } else { policy.to_string() });
        }
        if anew && self.fifo {
            put("FifoQueue", "true".to_owned());
        }
        out
    }
}

fn dead_letter(queue: &str, receives: u32) -> BTreeMap<String, Value> {
    BTreeMap::from([("queue".to_owned(), queue.into()), ("receives".to_owned(), receives.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(list: &[(&str, &str)]) -> QueueAttributes {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:x:1:dlq","maxReceiveCount":5}"#;
        for sent in [
            attributes(&[("VisibilityTimeout", "60"), ("RedrivePolicy", policy), ("SqsManagedSseEnabled", "true")]),
            attributes(&[("FifoQueue", "true"), ("KmsMasterKeyId", "alias/aws/sqs"), ("DelaySeconds", "0")]),
            attributes(&[("KmsMasterKeyId", "arn:aws:kms:x:1:key/a"), ("MaximumMessageSize", "1024")]),
        ] {
            let fields = QueueSpec::read(&sent).attributes(true, |field| field != "content_based_deduplication");
            assert_eq!(fields, sent);
        }
    }

    #[test]
    fn a_count_is_read_as_text_too() {
        let read = QueueSpec::read(&attributes(&[(
            "RedrivePolicy",
            r#"{"deadLetterTargetArn":"arn:q","maxReceiveCount":"7"}"#,
        )]));
        assert_eq!(read.dead_letter, Some(dead_letter("arn:q", 7)));
        assert_eq!(QueueSpec::read(&QueueAttributes::new()).dead_letter, Some(BTreeMap::new()));
    }

    #[test]
    fn a_key_and_the_services_own_encryption_exclude_each_other() {
        let spec = QueueSpec { encryption: Some("SQS_MANAGED".to_owned()), ..QueueSpec::default() };
        let sent = |anew| spec.attributes(anew, |_| true);
        assert_eq!(sent(true), attributes(&[("SqsManagedSseEnabled", "true")]));
        assert_eq!(sent(false), attributes(&[("KmsMasterKeyId", ""), ("SqsManagedSseEnabled", "true")]));
    }

    #[test]
    fn nothing_is_sent_of_what_is_not_described() {
        assert_eq!(QueueSpec::default().attributes(true, |_| true), QueueAttributes::new());
        let none = QueueSpec { dead_letter: Some(BTreeMap::new()), ..QueueSpec::default() };
        assert_eq!(none.attributes(true, |_| true), QueueAttributes::new());
        assert_eq!(none.attributes(false, |_| true), attributes(&[("RedrivePolicy", "")]));
    }
}
