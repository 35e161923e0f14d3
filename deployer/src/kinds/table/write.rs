//! Changing a table. AWS takes one logical change per UpdateTable and one index change at a time, so every pass sends the first
//! change that is left and the engine looks again.

use super::backup;
use super::restore::TableState;
use super::spec::{IndexSpec, TableSpec, key_parts};
use crate::aws::{ErrorClass, op};
use crate::error::Error;
use crate::kinds::diff::{SpecDiff, touches};
use crate::kinds::tag_sync::{RequestTag, RequestTags};
use crate::kinds::{ObservedResource, StepContext, StepError, StepResult, WriteProgress, tag_sync};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction,
    GlobalSecondaryIndex, GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, LocalSecondaryIndex,
    PointInTimeRecoverySpecification, Projection, ProjectionType, ProvisionedThroughput, ScalarAttributeType,
    SseSpecification, SseType, StreamSpecification, StreamViewType, TableClass, Tag, TimeToLiveSpecification,
    UpdateGlobalSecondaryIndexAction,
};

/// Creates the table with all that CreateTable takes; time to live and point-in-time recovery follow when it is ACTIVE.
pub async fn create(cx: &StepContext<'_>, desired: &TableSpec) -> StepResult<WriteProgress> {
    let db = &cx.clients().dynamodb;
    let mut request = db
        .create_table()
        .table_name(cx.name())
        .set_attribute_definitions(Some(attributes(desired)?))
        .set_key_schema(Some(schema(&desired.partition_key, desired.sort_key.as_deref())?))
        .billing_mode(BillingMode::from(desired.billing_mode.as_str()))
        .set_provisioned_throughput(throughput(desired.read_capacity, desired.write_capacity)?)
        .deletion_protection_enabled(desired.deletion_protection)
        .table_class(TableClass::from(desired.table_class.as_str()))
        .set_sse_specification(encryption(&desired.encryption))
        .set_stream_specification(desired.stream.as_deref().map(stream).transpose()?)
        .set_tags(Some(RequestTags::from_tags(&desired.tags)?));
    for (name, index) in &desired.index {
        request = request.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(name)
                .set_key_schema(Some(schema(&index.partition_key, index.sort_key.as_deref())?))
                .projection(projection(&index.projection))
                .set_provisioned_throughput(throughput(index.read_capacity, index.write_capacity)?)
                .build()?,
        );
    }
    for (name, index) in &desired.local_index {
        request = request.local_secondary_indexes(
            LocalSecondaryIndex::builder()
                .index_name(name)
                .set_key_schema(Some(schema(&index.partition_key, index.sort_key.as_deref())?))
                .projection(projection(&index.projection))
                .build()?,
        );
    }
    cx.call(&op::CREATE_TABLE, || request.clone().send()).await?;
    cx.publish("name", cx.name());
    cx.publish("arn", cx.session.arn()?.table(cx.name()));
    cx.exists();
    Ok(WriteProgress::Settling)
}

/// Sends what can be sent at once: one UpdateTable, time to live, point-in-time recovery, tags.
pub async fn update(
    cx: &StepContext<'_>,
    desired: &TableSpec,
    observed: &ObservedResource<TableSpec, TableState>,
    diff: &SpecDiff,
) -> StepResult<WriteProgress> {
    let arn = observed.outputs.get("arn").map(String::as_str).unwrap_or_default();
    let table = next_table_change(cx, desired, &observed.spec, diff)?;
    let changes_table = table.is_some();
    let send_table = async {
        match table {
            Some(request) => cx.call(&op::UPDATE_TABLE, || request.clone().send()).await.map(|_| ()),
            None => Ok(()),
        }
    };
    let (table, ttl, pitr, tags) = futures::join!(
        send_table,
        time_to_live(cx, desired, &observed.spec, diff),
        point_in_time_recovery(cx, desired, diff),
        retag(cx, desired, &observed.spec, arn)
    );
    table?;
    let ttl = ttl?;
    pitr?;
    tags?;
    Ok(if changes_table { WriteProgress::Settling } else { ttl })
}

/// Returns, pure but for the builder, the first UpdateTable that brings the live table nearer to the wanted one.
fn next_table_change(
    cx: &StepContext<'_>,
    desired: &TableSpec,
    observed: &TableSpec,
    diff: &SpecDiff,
) -> StepResult<Option<UpdateTableFluentBuilder>> {
    let request = cx.clients().dynamodb.update_table().table_name(cx.name());
    if touches(diff, "billing_mode") || touches(diff, "read_capacity") || touches(diff, "write_capacity") {
        let mut request = request
            .billing_mode(BillingMode::from(desired.billing_mode.as_str()))
            .set_provisioned_throughput(throughput(desired.read_capacity, desired.write_capacity)?);
        if desired.billing_mode == "PROVISIONED" {
            // Every live index needs its own units in the same call.
            for (name, index) in &observed.index {
                let source = desired.index.get(name);
                let units = throughput(
                    source.and_then(|i| i.read_capacity).or(index.read_capacity).or(desired.read_capacity),
                    source.and_then(|i| i.write_capacity).or(index.write_capacity).or(desired.write_capacity),
                )?;
                let unchanged = source.is_some_and(|s| {
                    (s.read_capacity, s.write_capacity) == (index.read_capacity, index.write_capacity)
                });
                if let Some(units) = units.filter(|_| !unchanged) {
                    request = request.global_secondary_index_updates(index_units(name, units)?);
                }
            }
        }
        return Ok(Some(request));
    }
    if touches(diff, "stream") {
        // A view cannot be changed while the stream is on: off first, on in the next pass.
        let off = observed.stream.is_some();
        let stream = if off {
            StreamSpecification::builder().stream_enabled(false).build()?
        } else {
            stream(desired.stream.as_deref().unwrap_or_default())?
        };
        return Ok(Some(request.stream_specification(stream)));
    }
    if touches(diff, "encryption") {
        let sse = encryption(&desired.encryption).unwrap_or_else(|| SseSpecification::builder().enabled(false).build());
        return Ok(Some(request.sse_specification(sse)));
    }
    if touches(diff, "table_class") {
        return Ok(Some(request.table_class(TableClass::from(desired.table_class.as_str()))));
    }
    if touches(diff, "deletion_protection") {
        return Ok(Some(request.deletion_protection_enabled(desired.deletion_protection)));
    }
    if let Some((name, _)) =
        observed.index.iter().find(|(name, index)| !desired.index.get(*name).is_some_and(|w| w.same_shape(index)))
    {
        let drop = DeleteGlobalSecondaryIndexAction::builder().index_name(name).build()?;
        return Ok(Some(
            request.global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().delete(drop).build()),
        ));
    }
    if let Some((name, index)) = desired.index.iter().find(|(name, _)| !observed.index.contains_key(*name)) {
        let add = CreateGlobalSecondaryIndexAction::builder()
            .index_name(name)
            .set_key_schema(Some(schema(&index.partition_key, index.sort_key.as_deref())?))
            .projection(projection(&index.projection))
            .set_provisioned_throughput(throughput(index.read_capacity, index.write_capacity)?)
            .build()?;
        // Only attributes that some key uses may be defined: those of the live indexes and of the new one.
        let after = TableSpec {
            index: observed
                .index
                .iter()
                .map(|(n, i)| (n.clone(), i.clone()))
                .chain([(name.clone(), index.clone())])
                .collect(),
            ..observed.clone()
        };
        return Ok(Some(
            request
                .set_attribute_definitions(Some(attributes(&after)?))
                .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(add).build()),
        ));
    }
    let units_differ = |name: &String, w: &IndexSpec| {
        observed
            .index
            .get(name)
            .is_some_and(|l| (l.read_capacity, l.write_capacity) != (w.read_capacity, w.write_capacity))
    };
    if let Some((name, index)) = desired.index.iter().find(|(name, w)| units_differ(name, w))
        && let Some(units) = throughput(index.read_capacity, index.write_capacity)?
    {
        return Ok(Some(request.global_secondary_index_updates(index_units(name, units)?)));
    }
    Ok(None)
}

fn index_units(name: &str, units: ProvisionedThroughput) -> Result<GlobalSecondaryIndexUpdate, BuildError> {
    let update = UpdateGlobalSecondaryIndexAction::builder().index_name(name).provisioned_throughput(units).build()?;
    Ok(GlobalSecondaryIndexUpdate::builder().update(update).build())
}

/// Switches time to live. Another attribute means off first and on later: AWS allows one switch an hour (UpdateTimeToLive).
async fn time_to_live(
    cx: &StepContext<'_>,
    desired: &TableSpec,
    observed: &TableSpec,
    diff: &SpecDiff,
) -> StepResult<WriteProgress> {
    if !touches(diff, "ttl_attribute") {
        return Ok(WriteProgress::Done);
    }
    let (attribute, enabled) = match (&observed.ttl_attribute, &desired.ttl_attribute) {
        (Some(old), _) => (old, false),
        (None, Some(new)) => (new, true),
        (None, None) => return Ok(WriteProgress::Done),
    };
    let db = &cx.clients().dynamodb;
    let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(enabled).build()?;
    let sent = cx
        .call(&op::UPDATE_TIME_TO_LIVE, || {
            db.update_time_to_live().table_name(cx.name()).time_to_live_specification(specification.clone()).send()
        })
        .await;
    match sent {
        Ok(_) if !enabled && desired.ttl_attribute.is_some() => Ok(WriteProgress::Settling),
        Ok(_) => Ok(WriteProgress::Done),
        Err(error) if error.class == ErrorClass::Unchanged => Ok(WriteProgress::Done),
        Err(error) => Err(error.into()),
    }
}

async fn point_in_time_recovery(cx: &StepContext<'_>, desired: &TableSpec, diff: &SpecDiff) -> StepResult<()> {
    if !touches(diff, "point_in_time_recovery") {
        return Ok(());
    }
    let db = &cx.clients().dynamodb;
    let specification = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(desired.point_in_time_recovery)
        .build()?;
    cx.call(&op::UPDATE_CONTINUOUS_BACKUPS, || {
        db.update_continuous_backups()
            .table_name(cx.name())
            .point_in_time_recovery_specification(specification.clone())
            .send()
    })
    .await?;
    Ok(())
}

async fn retag(cx: &StepContext<'_>, desired: &TableSpec, observed: &TableSpec, arn: &str) -> StepResult<()> {
    let db = &cx.clients().dynamodb;
    tag_sync::sync(
        &desired.tags,
        &observed.tags,
        async |tags: Vec<Tag>| {
            let send = || db.tag_resource().resource_arn(arn).set_tags(Some(tags.clone())).send();
            cx.call(&op::DYNAMODB_TAG, send).await.map(drop)
        },
        async |keys| {
            let send = || db.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
            cx.call(&op::DYNAMODB_UNTAG, send).await.map(drop)
        },
    )
    .await
}

/// Deletes the table, after a backup when it holds items.
pub async fn delete(
    cx: &StepContext<'_>,
    observed: &ObservedResource<TableSpec, TableState>,
) -> StepResult<WriteProgress> {
    let db = &cx.clients().dynamodb;
    if observed.is_leaving() {
        return Ok(WriteProgress::Settling);
    }
    // Looked at again: an order may have come in since the plan was shown. Its functions are gone by now.
    if super::read::items(cx).await?.is_some() {
        if !cx.may_lose_data {
            return Err(Error::refused(format!(
                "table {} was not deleted: it holds items since a moment ago",
                cx.name()
            ))
            .hint(format!("Look at the items. To delete them with the table: `--delete-data {}`.", cx.name()))
            .into());
        }
        back_up(cx).await?;
    }
    match cx.call(&op::DELETE_TABLE, || db.delete_table().table_name(cx.name()).send()).await {
        Ok(_) => Ok(WriteProgress::Settling),
        Err(error) if error.is_not_found() => Ok(WriteProgress::Done),
        Err(error) => Err(error.into()),
    }
}

async fn back_up(cx: &StepContext<'_>) -> StepResult<()> {
    let backup = backup::create(cx).await.map_err(|failure| {
        let denied = matches!(&failure, StepError::Aws(error) if error.class == ErrorClass::Denied);
        let error = Error::from(failure).hint("The table still holds its items: nothing was deleted.");
        if denied { error.hint("A table with items is backed up before it is deleted.") } else { error }
    })?;
    let (table, id) = (cx.name(), &cx.place.id.name);
    cx.note(format!("table {table} was backed up; to bring it back: `deployer restore {id} --from {}`", backup.arn));
    Ok(())
}

fn attributes(spec: &TableSpec) -> Result<Vec<AttributeDefinition>, BuildError> {
    let definition = |(name, kind)| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::from(kind)).build()
    };
    spec.attributes().into_iter().map(definition).collect()
}

fn schema(partition: &str, sort: Option<&str>) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |text: &str, kind: KeyType| {
        KeySchemaElement::builder().attribute_name(key_parts(text).0).key_type(kind).build()
    };
    std::iter::once(element(partition, KeyType::Hash)).chain(sort.map(|s| element(s, KeyType::Range))).collect()
}

fn throughput(read: Option<i64>, write: Option<i64>) -> Result<Option<ProvisionedThroughput>, BuildError> {
    let units =
        |(read, write)| ProvisionedThroughput::builder().read_capacity_units(read).write_capacity_units(write).build();
    read.zip(write).map(units).transpose()
}

fn projection(text: &str) -> Projection {
    match text {
        "ALL" | "KEYS_ONLY" => Projection::builder().projection_type(ProjectionType::from(text)).build(),
        names => Projection::builder()
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(names.split(',').map(str::to_owned).collect()))
            .build(),
    }
}

fn stream(view: &str) -> Result<StreamSpecification, BuildError> {
    StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::from(view)).build()
}

/// Returns the setting of a key; `None` for AWS's own key, the default.
fn encryption(text: &str) -> Option<SseSpecification> {
    match text {
        "AWS_OWNED" => None,
        "AWS_MANAGED" => Some(SseSpecification::builder().enabled(true).sse_type(SseType::Kms).build()),
        arn => Some(SseSpecification::builder().enabled(true).sse_type(SseType::Kms).kms_master_key_id(arn).build()),
    }
}

impl RequestTag for Tag {
    fn from_tag(key: &str, value: &str) -> Result<Self, BuildError> {
        Self::builder().key(key).value(value).build()
    }
}
