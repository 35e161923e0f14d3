//! What a reference in an environment variable stands for, such as `${table.orders.name}`.

use super::block::FunctionBlock;
use crate::kinds::{DesiredScope, ScheduleBlock, TableBlock};
use crate::stack::{BlockReference, Stack};

/// Returns the value that `${section.id.attribute}` stands for; nothing for what has no such attribute.
pub fn value_of(reference: &BlockReference, stack: &Stack, scope: &DesiredScope<'_>) -> Option<String> {
    let id = reference.id.as_deref();
    match (reference.section.as_str(), reference.attribute.as_str()) {
        ("stack", "region") => Some(scope.arn.region.clone()),
        ("stack", "account") => Some(scope.arn.account.clone()),
        ("table", "arn") => Some(scope.arn.table(&stack.name_of::<TableBlock>(id?))),
        ("table", _) => Some(stack.name_of::<TableBlock>(id?)),
        ("function", "arn") => Some(scope.arn.function(&stack.name_of::<FunctionBlock>(id?))),
        ("function", _) => Some(stack.name_of::<FunctionBlock>(id?)),
        ("schedule", _) => Some(stack.name_of::<ScheduleBlock>(id?)),
        _ => None,
    }
}
