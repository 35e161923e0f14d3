//! DynamoDB: an embedded engine does tables, items and indexes; what it lacks is added around it.
//!
//! Every region has a database file of its own. Operations on items go straight to the engine and touch neither the
//! document nor its lock.

mod backup;
mod capacity;
mod carry_out;
mod consumed;
mod encryption;
mod engine;
mod expiry;
mod expression;
mod index_fill;
mod input;
mod item_key;
mod legacy_query;
mod operand;
mod page_end;
mod permissions;
mod recovery;
mod region_arn;
mod removal;
mod replacement;
mod shape;
mod stack_room;
mod stream;
mod table;
mod table_check;
mod target;

pub use expiry::ExpirySweeper;
pub(crate) use replacement::{ItemPlace, replace_item};
pub(crate) use stream::{last_sequence, records_after, shard_id};

use super::declaration::OperationHandler::{self, Async, Blocking};
use super::declaration::{Service, read, write};
use super::permission::on_anything;
use crate::wire::{ErrorCodes, JsonVersion, ServiceSpec};
use carry_out::{control, item};
use permissions::{
    create_table, on_backup, on_index, on_iterator, on_resource, on_stream, on_table, on_tables, restore_table,
    statement, statement_batch, statement_transaction, tag_resource, transaction,
};

/// Carries an operation on items out: the engine reads the body itself, straight into its own types.
const ITEM: OperationHandler = Async(|cx, call| Box::pin(item(cx, call)));

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        errors: ErrorCodes { internal: "InternalServerError", ..ErrorCodes::JSON },
        ..ServiceSpec::json("dynamodb", JsonVersion::V1_0)
    },
    operations: &[
        read("GetItem", on_table, ITEM).blob().data_plane().about(item_key::about),
        write("PutItem", on_table, ITEM).blob().data_plane().about(item_key::about),
        write("UpdateItem", on_table, ITEM).blob().data_plane().about(item_key::about),
        write("DeleteItem", on_table, ITEM).blob().data_plane().about(item_key::about),
        read("Query", on_index, ITEM).blob().data_plane().about(item_key::about),
        read("Scan", on_index, ITEM).blob().data_plane().about(item_key::about),
        read("BatchGetItem", on_tables, ITEM).blob().data_plane().about(item_key::about),
        write("BatchWriteItem", on_tables, ITEM).blob().data_plane().about(item_key::about),
        read("TransactGetItems", transaction, ITEM).blob().data_plane().about(item_key::about),
        write("TransactWriteItems", transaction, ITEM).blob().data_plane().about(item_key::about),
        write("ExecuteStatement", statement, ITEM).blob().data_plane().about(item_key::about),
        write("BatchExecuteStatement", statement_batch, ITEM).blob().data_plane().about(item_key::about),
        write("ExecuteTransaction", statement_transaction, ITEM).blob().data_plane().about(item_key::about),
        write("CreateTable", create_table, Blocking(|cx, call| control(cx, call, table::create_table))),
        read("DescribeTable", on_table, Blocking(|cx, call| control(cx, call, table::describe_table))),
        write("UpdateTable", on_table, Blocking(|cx, call| control(cx, call, table::update_table))),
        write("DeleteTable", on_table, Blocking(|cx, call| control(cx, call, table::delete_table))),
        read("ListTables", on_anything, Blocking(|cx, call| control(cx, call, table::list_tables))),
        write("TagResource", tag_resource, Blocking(|cx, call| control(cx, call, table::tags)))
            .shared_rate("tags", 5.0, 5.0),
        write("UntagResource", on_resource, Blocking(|cx, call| control(cx, call, table::tags)))
            .shared_rate("tags", 5.0, 5.0),
        read("ListTagsOfResource", on_resource, Blocking(|cx, call| control(cx, call, table::tags))).rate(10.0, 10.0),
        write("UpdateTimeToLive", on_table, Blocking(|cx, call| control(cx, call, expiry::update_time_to_live))),
        read("DescribeTimeToLive", on_table, Blocking(|cx, call| control(cx, call, expiry::describe_time_to_live))),
        write(
            "UpdateContinuousBackups",
            on_table,
            Blocking(|cx, call| control(cx, call, recovery::update_continuous_backups)),
        ),
        read(
            "DescribeContinuousBackups",
            on_table,
            Blocking(|cx, call| control(cx, call, recovery::describe_continuous_backups)),
        ),
        write("CreateBackup", on_table, Blocking(|cx, call| control(cx, call, backup::create_backup))),
        read("DescribeBackup", on_backup, Blocking(|cx, call| control(cx, call, backup::describe_backup))),
        read("ListBackups", on_anything, Blocking(|cx, call| control(cx, call, backup::list_backups))),
        write("DeleteBackup", on_backup, Blocking(|cx, call| control(cx, call, backup::delete_backup))),
        write(
            "RestoreTableFromBackup",
            restore_table,
            Blocking(|cx, call| control(cx, call, backup::restore_table_from_backup)),
        ),
        read("ListStreams", on_anything, Blocking(stream::list_streams)),
        read("DescribeStream", on_stream, Blocking(stream::describe_stream)),
        read("GetShardIterator", on_stream, Blocking(stream::get_shard_iterator)).data_plane(),
        read("GetRecords", on_iterator, Blocking(stream::get_records)).data_plane(),
    ],
    tagged: Some(table::tagged),
};

#[cfg(test)]
mod tests;
