//! What becomes of calls that nobody waits for: `[function.X] asynchronous`.

use crate::stack::{TextRule, ValueShape, toml_block};
use serde::Deserialize;

const QUEUE: TextRule = TextRule::any_named("the id of a queue", (1, 64), "the id of a queue in this file");

toml_block! {
    /// How often a call that nobody waits for is tried, and who is told when it is given up.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct AsynchronousRule {
        /// How often it is tried again after the function failed.
        pub retries: Option<u32> = ValueShape::integer(0, 2, "times")
            .derived("2")
            .aws("PutFunctionEventInvokeConfig MaximumRetryAttempts"),
        /// Age from which it is not tried again.
        pub max_age: Option<u32> = ValueShape::integer(60, 21_600, "seconds")
            .derived("21600, six hours")
            .aws("PutFunctionEventInvokeConfig MaximumEventAgeInSeconds"),
        /// Queue that is told of each call that is given up: its event, and why. The role may send to it.
        pub on_failure: Option<String> =
            ValueShape::Text(QUEUE).optional().aws("PutFunctionEventInvokeConfig DestinationConfig"),
    }
}
