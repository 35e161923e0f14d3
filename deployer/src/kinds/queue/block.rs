//! `[queue.X]` as written in the stack description.

mod check;
mod rules;

pub use rules::{FIFO_END, NAME, QueueEncryption};

use crate::aws::arn::ArnScope;
use crate::kinds::table::OffOr;
use crate::stack::{
    BlockAttribute, DefaultValue, SectionDefinition, TAGS, TextRule, TypedBlock, ValueShape, fits, toml_block,
};
use rules::ENCRYPTION;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[queue.X]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: QueueBlock::SECTION,
    many: true,
    about: QueueBlock::ABOUT,
    notes: "A function may use a queue when its `queues` says so, and is run by it when it has a `[[function.ID.source]]`. References are \
`${queue.ID.name}`, `${queue.ID.arn}` and `${queue.ID.url}`. SQS cannot turn a queue into a FIFO queue or back.",
    keys: QueueBlock::KEYS,
    physical_name: NAME,
    files: &[],
    attributes: ATTRIBUTES,
    check: check::check,
    fits: fits::<QueueBlock>,
};

/// What a reference to a queue may ask for.
pub const ATTRIBUTES: &[BlockAttribute] =
    &[BlockAttribute::Name, BlockAttribute::Arn(ArnScope::queue), BlockAttribute::Url(ArnScope::queue_url)];

impl TypedBlock for QueueBlock {
    const SECTION: &'static str = "queue";

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

toml_block! {
    /// An SQS queue.
    #[derive(Debug, Clone, Deserialize)]
    pub struct QueueBlock {
        /// Name of the queue; that of a FIFO queue ends with `.fifo`.
        pub name: Option<String> = ValueShape::Text(NAME)
            .derived("`{stack}-{stage}-{id}`, with `.fifo` behind it where `fifo` says so")
            .aws("CreateQueue QueueName"),
        /// First in, first out: in order for each message group, and each message once; fixed when the queue is made.
        pub fifo: bool = ValueShape::Boolean
            .or(DefaultValue::Boolean(false))
            .name_end(FIFO_END)
            .aws("CreateQueue FifoQueue"),
        /// A message with the same body as another within five minutes is that one again; of a FIFO queue.
        pub content_based_deduplication: Option<bool> = ValueShape::Boolean
            .derived("as it is; off in a new queue")
            .aws("CreateQueue ContentBasedDeduplication"),
        /// How long a message that was received is hidden from others.
        pub visibility_timeout: Option<u32> = ValueShape::integer(0, 43_200, "seconds")
            .derived("as it is; 30 in a new queue")
            .aws("CreateQueue VisibilityTimeout"),
        /// How long a message is kept.
        pub retention: Option<u32> = ValueShape::integer(60, 1_209_600, "seconds")
            .derived("as it is; 345600, four days, in a new queue")
            .aws("CreateQueue MessageRetentionPeriod"),
        /// How long a new message is held back.
        pub delay: Option<u32> = ValueShape::integer(0, 900, "seconds")
            .derived("as it is; 0 in a new queue")
            .aws("CreateQueue DelaySeconds"),
        /// How long whoever asks for messages waits for one, where they do not say it themselves.
        pub receive_wait: Option<u32> = ValueShape::integer(0, 20, "seconds")
            .derived("as it is; 0 in a new queue")
            .aws("CreateQueue ReceiveMessageWaitTimeSeconds"),
        /// Size of the largest message.
        pub max_message_size: Option<u32> = ValueShape::integer(1024, 1_048_576, "bytes")
            .derived("as it is; the most in a new queue")
            .aws("CreateQueue MaximumMessageSize"),
        /// Key that encrypts messages.
        pub encryption: Option<QueueEncryption> = ValueShape::Text(ENCRYPTION)
            .derived("as it is; a new queue has `\"SQS_MANAGED\"`")
            .aws("CreateQueue SqsManagedSseEnabled, CreateQueue KmsMasterKeyId"),
        /// Queue that takes the messages which were received so often and never deleted; `false` for none.
        pub dead_letter: Option<OffOr<DeadLetterRule>> =
            ValueShape::Either(&[ValueShape::Table(DeadLetterRule::KEYS), ValueShape::Off])
                .derived("as it is; none for a new queue")
                .aws("CreateQueue RedrivePolicy"),
        /// The queue is not deleted, whatever is asked for. SQS has no such mark: a tag is one, which stays when the block is removed.
        pub protected: Option<bool> = ValueShape::Boolean.derived("as it is; off in a new queue").aws("TagQueue Tags"),
        /// Tags of the queue, beside the stack's.
        pub tags: BTreeMap<String, String> = TAGS.or(DefaultValue::EmptyTable).aws("TagQueue Tags"),
    }
}

toml_block! {
    /// When a message goes to the dead-letter queue.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct DeadLetterRule {
        /// Queue that takes it.
        pub queue: String =
            ValueShape::Text(TextRule::any_named("the id of a queue", (1, 64), "the id of a queue in this file")).required(),
        /// How often it may be received before.
        pub receives: u32 = ValueShape::integer(1, 1000, "times").required(),
    }
}
