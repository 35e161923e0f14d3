//! Blocks below `[api]`: limits of requests, and cross-origin access.

use super::rules::{BROWSER_METHODS, HEADER, ORIGIN};
use crate::stack::{DefaultValue, ValueShape, toml_block};
use serde::Deserialize;

const RATE: ValueShape = ValueShape::Number { min: 0.0 };
const REQUESTS: ValueShape = ValueShape::integer(0, i32::MAX as i128, "requests");

toml_block! {
    /// Limits of the API key.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    pub struct UsagePlanBlock {
        /// Steady requests per second of the key; with `burst`.
        pub rate: Option<f64> = RATE.optional().aws("CreateUsagePlan throttle"),
        /// Most requests of the key at once; with `rate`.
        pub burst: Option<u32> = REQUESTS.optional().aws("CreateUsagePlan throttle"),
        /// Requests of the key in a day, a week or a month.
        pub quota: Option<QuotaBlock> =
            ValueShape::Table(QuotaBlock::KEYS).optional().aws("CreateUsagePlan quota"),
    }
}

toml_block! {
    /// Requests in a period.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct QuotaBlock {
        /// Most requests of the key in a period.
        pub limit: u32 =
            ValueShape::integer(1, i32::MAX as i128, "requests").required().aws("CreateUsagePlan quota.limit"),
        /// The period.
        pub period: String =
            ValueShape::OneOf(&["DAY", "WEEK", "MONTH"]).required().aws("CreateUsagePlan quota.period"),
    }
}

toml_block! {
    /// Request limits of the stage.
    #[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
    pub struct ThrottleBlock {
        /// Steady requests per second.
        pub rate: f64 = RATE.required().aws("UpdateStage /*/*/throttling/rateLimit"),
        /// Most requests at once.
        pub burst: u32 = REQUESTS.required().aws("UpdateStage /*/*/throttling/burstLimit"),
    }
}

toml_block! {
    /// Cross-origin resource sharing.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct CorsBlock {
        /// Origins of the pages that may call, or `["*"]` for any.
        pub allow_origins: Vec<String> =
            ValueShape::List { of: &ValueShape::Text(ORIGIN), length: (1, 64) }.required(),
        /// Methods; those of the path's routes when absent. With one origin only.
        pub allow_methods: Vec<String> =
            ValueShape::List { of: &ValueShape::OneOf(BROWSER_METHODS), length: (1, BROWSER_METHODS.len()) }
                .or(DefaultValue::EmptyList),
        /// Request headers that a page may send; the order API's and those of `auth` when there are none. With one origin only.
        pub allow_headers: Vec<String> =
            ValueShape::List { of: &ValueShape::Text(HEADER), length: (0, 64) }.or(DefaultValue::EmptyList),
        /// Seconds that a browser may remember the answer. With one origin only.
        pub max_age: Option<u32> = ValueShape::integer(0, 86_400, "seconds").optional(),
    }
}
