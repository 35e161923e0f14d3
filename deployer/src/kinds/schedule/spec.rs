//! A rule as it is compared.

use super::block::ScheduleBlock;
use crate::aws::arn::ArnScope;
use crate::aws::tags::ResourceTags;
use crate::kinds::FunctionBlock;
use crate::stack::Stack;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Id of the rule's only target.
const TARGET: &str = "function";

/// Managed fields of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduleSpec {
    /// When it fires.
    pub expression: String,
    /// Whether it fires.
    pub enabled: bool,
    /// Text shown in the console.
    pub description: String,
    /// What it runs, by target id. There is one; others are removed.
    pub targets: BTreeMap<String, ScheduleTarget>,
    /// Tags.
    pub tags: ResourceTags,
}

/// A target of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduleTarget {
    /// ARN of the function.
    pub function: String,
    /// JSON that it gets instead of EventBridge's own event.
    pub input: Option<String>,
}

impl ScheduleSpec {
    /// Returns what a block asks for.
    pub fn of(block: &ScheduleBlock, stack: &Stack, arn: &ArnScope, tags: ResourceTags) -> Self {
        let function = arn.function(&stack.name_of::<FunctionBlock>(&block.function));
        Self {
            expression: block.expression.clone(),
            enabled: block.enabled,
            description: block.description.clone().unwrap_or_default(),
            targets: BTreeMap::from([(TARGET.to_owned(), ScheduleTarget { function, input: block.input.clone() })]),
            tags,
        }
    }
}
