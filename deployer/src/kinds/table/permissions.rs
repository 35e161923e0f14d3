//! What whoever deploys a stack must be allowed to do with its tables.

use super::block::TableBlock;
use super::named::NAME;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::kinds::{DependentPermission, external};
use crate::stack::Stack;

/// What AWS does with the table in the name of whoever restores it, beside operations that are sent anyway ("Actions, resources, and
/// condition keys for Amazon DynamoDB", dependent actions of RestoreTableFromBackup).
const RESTORES_WITH: &[&str] =
    &["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"];

fn tables(stack: &Stack, arn: &ArnScope) -> Vec<String> {
    stack.named::<TableBlock>().iter().map(|table| arn.table(&table.name)).collect()
}

/// Returns the tables of others, which are only looked at.
fn of_others(stack: &Stack, arn: &ArnScope) -> impl Iterator<Item = String> {
    external::names(stack, NAME).into_iter().map(|name| arn.table(&name))
}

/// Returns what an operation is about.
pub fn of(op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
    let tables = || tables(stack, arn).into_iter();
    match (op.service, op.name) {
        // It cannot be restricted to resources.
        ("dynamodb", "ListBackups") => tables().next().map(|_| "*".to_owned()).into_iter().collect(),
        ("dynamodb", "DescribeBackup") => tables().map(|table| format!("{table}/backup/*")).collect(),
        ("dynamodb", "RestoreTableFromBackup") => {
            tables().flat_map(|table| [format!("{table}/backup/*"), table]).collect()
        }
        ("dynamodb", "DescribeTable" | "ListTagsOfResource") => tables().chain(of_others(stack, arn)).collect(),
        ("dynamodb", _) => tables().collect(),
        _ => Vec::new(),
    }
}

/// Returns what AWS does in the name of whoever restores a table.
pub fn dependent(stack: &Stack, arn: &ArnScope) -> Vec<DependentPermission> {
    let restore = |resources| DependentPermission { actions: RESTORES_WITH, resources, condition: None };
    Some(tables(stack, arn)).filter(|tables| !tables.is_empty()).map(restore).into_iter().collect()
}
