//! What a function may do with a table or a queue: values of `[function.X.tables]` and `[function.X.queues]`.

use super::rules::{ACTIONS, INDEX_ACTIONS, QUEUE_ACTIONS};
use crate::stack::{DefaultValue, TextRule, ValueShape, toml_block, toml_words};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a function may do with a table. Actions are without the prefix `dynamodb:`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum TableAccess {
    /// `"read"`, `"write"`, `"read_write"`: a usual set of actions.
    Level(TableAccessLevel),
    /// `["GetItem", "Query"]`: exactly these on the table, and those that read indexes on all of its indexes too.
    Actions(Vec<String>),
    /// `{ actions = ["UpdateItem"], index.by_status = ["Query"] }`: exactly these on the table, and exactly these on indexes.
    Precise(PreciseTableAccess),
}

/// Writes it in words: `read`, or the actions.
impl fmt::Display for TableAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableAccess::Level(level) => f.write_str(&level.word().replace('_', " and ")),
            TableAccess::Actions(actions) => f.write_str(&actions.join(", ")),
            TableAccess::Precise(precise) => {
                let actions: BTreeSet<_> = precise.actions.iter().chain(precise.index.values().flatten()).collect();
                f.write_str(&actions.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

toml_words! {
    /// A usual set of DynamoDB actions. None of them has Scan.
    pub enum TableAccessLevel {
        /// GetItem, BatchGetItem, Query.
        Read = "read",
        /// PutItem, UpdateItem, DeleteItem, BatchWriteItem.
        Write = "write",
        /// GetItem, PutItem, UpdateItem, DeleteItem, Query.
        ReadWrite = "read_write",
    }
}

const INDEX: TextRule = TextRule::any_named("the name of an index", (3, 255), "the name of an index of the table");

toml_block! {
    /// Actions on a table and on its indexes apart.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct PreciseTableAccess {
        /// DynamoDB actions on the table itself.
        pub actions: Vec<String> =
            ValueShape::List { of: &ValueShape::OneOf(ACTIONS), length: (1, ACTIONS.len()) }.or(DefaultValue::EmptyList),
        /// DynamoDB actions on an index, by its name.
        pub index: BTreeMap<String, Vec<String>> = ValueShape::Map {
            placeholder: "NAME",
            key: INDEX,
            of: &ValueShape::List { of: &ValueShape::OneOf(INDEX_ACTIONS), length: (1, INDEX_ACTIONS.len()) },
            length: (1, usize::MAX),
        }
        .or(DefaultValue::EmptyTable),
    }
}

/// The forms of [`TableAccess`].
pub const ACCESS: ValueShape = ValueShape::Either(&[
    ValueShape::OneOf(TableAccessLevel::ALL),
    ValueShape::List { of: &ValueShape::OneOf(ACTIONS), length: (1, ACTIONS.len()) },
    ValueShape::Table(PreciseTableAccess::KEYS),
]);

/// What a function may do with a queue. Actions are without the prefix `sqs:`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum QueueAccess {
    /// `"send"`, `"receive"`, `"send_receive"`: a usual set of actions.
    Level(QueueAccessLevel),
    /// `["SendMessage"]`: exactly these.
    Actions(Vec<String>),
}

toml_words! {
    /// A usual set of SQS actions. None of them has PurgeQueue.
    pub enum QueueAccessLevel {
        /// GetQueueUrl, SendMessage.
        Send = "send",
        /// ChangeMessageVisibility, DeleteMessage, GetQueueAttributes, GetQueueUrl, ReceiveMessage.
        Receive = "receive",
        /// Both.
        SendReceive = "send_receive",
    }
}

impl QueueAccess {
    /// Returns the actions that are allowed.
    pub fn actions(&self) -> Vec<&str> {
        const SEND: &[&str] = &["GetQueueUrl", "SendMessage"];
        const RECEIVE: &[&str] =
            &["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage"];
        let mut actions = match self {
            Self::Level(QueueAccessLevel::Send) => SEND.to_vec(),
            Self::Level(QueueAccessLevel::Receive) => RECEIVE.to_vec(),
            Self::Level(QueueAccessLevel::SendReceive) => [SEND, RECEIVE].concat(),
            Self::Actions(actions) => actions.iter().map(String::as_str).collect(),
        };
        actions.sort_unstable();
        actions.dedup();
        actions
    }
}

/// The forms of [`QueueAccess`].
pub const QUEUE_ACCESS: ValueShape = ValueShape::Either(&[
    ValueShape::OneOf(QueueAccessLevel::ALL),
    ValueShape::List { of: &ValueShape::OneOf(QUEUE_ACTIONS), length: (1, QUEUE_ACTIONS.len()) },
]);
