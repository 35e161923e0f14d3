//! What runs a function beside requests and schedules: `[[function.X.source]]`.

use crate::stack::{DefaultValue, TextRule, TextStep, ValueShape, toml_block, toml_words};
use serde::Deserialize;

/// Most sources of one function; more than this is a mistake.
const MOST: usize = 20;

/// Most patterns of one source ("Lambda event filtering", with its quota raised).
const MOST_PATTERNS: usize = 10;

const QUEUE: TextRule = TextRule::any_named("the id of a queue", (1, 64), "the id of a queue in this file");
const TABLE: TextRule = TextRule::any_named("the id of a table", (1, 64), "the id of a table in this file");

/// A pattern of events ("Lambda event filtering").
const PATTERN: TextRule = TextRule::new(
    "a filter pattern",
    (2, 4096),
    "a JSON object such as `{ \"body\": { \"kind\": [\"created\"] } }`",
    &[TextStep::Test { test: is_pattern, pattern: None }],
);

fn is_pattern(text: &str) -> Result<(), String> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(pattern) if pattern.is_object() => Ok(()),
        Ok(_) => Err("it is no JSON object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

toml_words! {
    /// Where the reading of a stream begins.
    pub enum StreamStart {
        /// With the oldest record that is there.
        TrimHorizon = "trim_horizon",
        /// With what comes after the source was made.
        Latest = "latest",
    }
}

impl StreamStart {
    /// Returns Lambda's word.
    pub fn position(self) -> String {
        self.word().to_uppercase()
    }
}

toml_block! {
    /// A queue, or the stream of a table, that runs a function.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct SourceBlock {
        /// Queue whose messages the function gets; this or `table`.
        pub queue: Option<String> = ValueShape::Text(QUEUE).optional().aws("CreateEventSourceMapping EventSourceArn"),
        /// Table whose changes the function gets; it needs a `stream`.
        pub table: Option<String> = ValueShape::Text(TABLE).optional().aws("CreateEventSourceMapping EventSourceArn"),
        /// Most messages or records of one run; a FIFO queue gives 10 at most.
        pub batch_size: Option<u32> = ValueShape::integer(1, 10_000, "")
            .derived("10 of a queue, 100 of a table")
            .aws("CreateEventSourceMapping BatchSize"),
        /// How long a batch is gathered; more than 10 messages of a queue take at least a second.
        pub window: u32 = ValueShape::integer(0, 300, "seconds")
            .or(DefaultValue::Integer(0))
            .aws("CreateEventSourceMapping MaximumBatchingWindowInSeconds"),
        /// Patterns, as JSON, of which one has to fit; what fits none is dropped without a run.
        pub filter: Vec<String> = ValueShape::List { of: &ValueShape::Text(PATTERN), length: (0, MOST_PATTERNS) }
            .or(DefaultValue::EmptyList)
            .aws("CreateEventSourceMapping FilterCriteria"),
        /// The function's answer names what it could not handle (`batchItemFailures`), and only that comes again.
        pub partial_failures: bool = ValueShape::Boolean
            .or(DefaultValue::Boolean(false))
            .aws("CreateEventSourceMapping FunctionResponseTypes"),
        /// Most runs at once; of a queue.
        pub max_concurrency: Option<u32> =
            ValueShape::integer(2, 1000, "").optional().aws("CreateEventSourceMapping ScalingConfig"),
        /// Where reading begins, fixed when the source is made; of a table.
        pub start: Option<StreamStart> = ValueShape::OneOf(StreamStart::ALL)
            .derived("`\"trim_horizon\"`: nothing is left out")
            .aws("CreateEventSourceMapping StartingPosition"),
        /// How often a batch that failed is tried again; of a table.
        pub retries: Option<u32> = ValueShape::integer(0, 10_000, "times")
            .derived("until the records are gone, after 24 hours")
            .aws("CreateEventSourceMapping MaximumRetryAttempts"),
        /// Age from which records are given up; of a table.
        pub max_age: Option<u32> = ValueShape::integer(60, 604_800, "seconds")
            .derived("until the records are gone, after 24 hours")
            .aws("CreateEventSourceMapping MaximumRecordAgeInSeconds"),
        /// A batch that failed is split in two, to find the record that fails; of a table.
        pub bisect: Option<bool> = ValueShape::Boolean
            .derived("false")
            .aws("CreateEventSourceMapping BisectBatchOnFunctionError"),
        /// Queue that is told of records that are given up; of a table. A queue has `dead_letter` instead.
        pub on_failure: Option<String> =
            ValueShape::Text(QUEUE).optional().aws("CreateEventSourceMapping DestinationConfig"),
        /// Whether it runs the function.
        pub enabled: bool =
            ValueShape::Boolean.or(DefaultValue::Boolean(true)).aws("CreateEventSourceMapping Enabled"),
    }
}

/// The shape of `source`.
pub const SOURCE: ValueShape = ValueShape::List { of: &ValueShape::Table(SourceBlock::KEYS), length: (0, MOST) };
