//! DynamoDB: an embedded engine does tables, items and indexes; what it lacks is added around it.
//!
//! Every region has a database file of its own. Operations on items go straight to the engine and touch neither the
//! document nor its lock.

mod backup;
mod capacity;
mod carry_out;
mod encryption;
mod engine;
mod expiry;
mod input;
mod permissions;
mod recovery;
mod region_arn;
mod table;

pub use expiry::ExpirySweeper;

use super::declaration::Service;
use super::operation::OperationHandler::{self, Async, Blocking};
use super::operation::ServiceOperation;
use super::permission::on_anything;
use crate::wire::aws_json::JsonVersion;
use crate::wire::{ErrorCodes, ServiceSpec, WireProtocol};
use carry_out::{control, item};

/// Carries an operation on items out: the engine reads the body itself, straight into its own types.
const ITEM: OperationHandler = Async(|cx, call| Box::pin(item(cx, call)));

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "dynamodb",
        action_prefix: "dynamodb",
        protocol: WireProtocol::Json(JsonVersion::V1_0),
        rate: None,
        errors: ErrorCodes { internal: "InternalServerError", ..ErrorCodes::JSON },
    },
    operations: &[
        ServiceOperation::read("GetItem", permissions::on_table, ITEM).blob().data_plane(),
        ServiceOperation::write("PutItem", permissions::on_table, ITEM).blob().data_plane(),
        ServiceOperation::write("UpdateItem", permissions::on_table, ITEM).blob().data_plane(),
        ServiceOperation::write("DeleteItem", permissions::on_table, ITEM).blob().data_plane(),
        ServiceOperation::read("Query", permissions::on_index, ITEM).blob().data_plane(),
        ServiceOperation::read("Scan", permissions::on_index, ITEM).blob().data_plane(),
        ServiceOperation::read("BatchGetItem", permissions::on_tables, ITEM).blob().data_plane(),
        ServiceOperation::write("BatchWriteItem", permissions::on_tables, ITEM).blob().data_plane(),
        ServiceOperation::read("TransactGetItems", permissions::transaction, ITEM).blob().data_plane(),
        ServiceOperation::write("TransactWriteItems", permissions::transaction, ITEM).blob().data_plane(),
        ServiceOperation::write("ExecuteStatement", permissions::statement, ITEM).blob().data_plane(),
        ServiceOperation::write("BatchExecuteStatement", permissions::statement_batch, ITEM).blob().data_plane(),
        ServiceOperation::write("ExecuteTransaction", permissions::statement_transaction, ITEM).blob().data_plane(),
        ServiceOperation::write(
            "CreateTable",
            permissions::create_table,
            Blocking(|cx, call| control(cx, call, table::create_table)),
        ),
        ServiceOperation::read(
            "DescribeTable",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, table::describe_table)),
        ),
        ServiceOperation::write(
            "UpdateTable",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, table::update_table)),
        ),
        ServiceOperation::write(
            "DeleteTable",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, table::delete_table)),
        ),
        ServiceOperation::read("ListTables", on_anything, Blocking(|cx, call| control(cx, call, table::list_tables))),
        ServiceOperation::write(
            "TagResource",
            permissions::tag_resource,
            Blocking(|cx, call| control(cx, call, table::tags)),
        )
        .shared_rate("tags", 5.0, 5.0),
        ServiceOperation::write(
            "UntagResource",
            permissions::on_resource,
            Blocking(|cx, call| control(cx, call, table::tags)),
        )
        .shared_rate("tags", 5.0, 5.0),
        ServiceOperation::read(
            "ListTagsOfResource",
            permissions::on_resource,
            Blocking(|cx, call| control(cx, call, table::tags)),
        )
        .rate(10.0, 10.0),
        ServiceOperation::write(
            "UpdateTimeToLive",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, expiry::update_time_to_live)),
        ),
        ServiceOperation::read(
            "DescribeTimeToLive",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, expiry::describe_time_to_live)),
        ),
        ServiceOperation::write(
            "UpdateContinuousBackups",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, recovery::update_continuous_backups)),
        ),
        ServiceOperation::read(
            "DescribeContinuousBackups",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, recovery::describe_continuous_backups)),
        ),
        ServiceOperation::write(
            "CreateBackup",
            permissions::on_table,
            Blocking(|cx, call| control(cx, call, backup::create_backup)),
        ),
        ServiceOperation::read(
            "DescribeBackup",
            permissions::on_backup,
            Blocking(|cx, call| control(cx, call, backup::describe_backup)),
        ),
        ServiceOperation::read(
            "ListBackups",
            on_anything,
            Blocking(|cx, call| control(cx, call, backup::list_backups)),
        ),
        ServiceOperation::write(
            "DeleteBackup",
            permissions::on_backup,
            Blocking(|cx, call| control(cx, call, backup::delete_backup)),
        ),
        ServiceOperation::write(
            "RestoreTableFromBackup",
            permissions::restore_table,
            Blocking(|cx, call| control(cx, call, backup::restore_table_from_backup)),
        ),
    ],
    tagged: Some(table::tagged),
};
