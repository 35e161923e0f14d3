//! What a reference in an environment variable or a right stands for, such as `${table.orders.name}`.

use super::block::FunctionBlock;
use crate::aws::arn::ArnScope;
use crate::kinds::{ScheduleBlock, TableBlock};
use crate::stack::{BlockReference, Stack};

/// Returns the value that `${section.id.attribute}` stands for; nothing for what has no such attribute.
pub fn value_of(reference: &BlockReference, stack: &Stack, arn: &ArnScope) -> Option<String> {
    let id = reference.id.as_deref();
    match (reference.section.as_str(), reference.attribute.as_str()) {
        ("stack", "region") => Some(arn.region.clone()),
        ("stack", "account") => Some(arn.account.clone()),
        ("table", "arn") => Some(arn.table(&stack.name_of::<TableBlock>(id?))),
        ("table", _) => Some(stack.name_of::<TableBlock>(id?)),
        ("function", "arn") => Some(arn.function(&stack.name_of::<FunctionBlock>(id?))),
        ("function", _) => Some(stack.name_of::<FunctionBlock>(id?)),
        ("schedule", _) => Some(stack.name_of::<ScheduleBlock>(id?)),
        _ => None,
    }
}
