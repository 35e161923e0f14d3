//! Reading a table.

use super::block::{TableBlock, TableEncryption};
use super::named::{STREAM, STREAM_VIEW};
use super::restore;
use super::restore::{TableRestore, TableState};
use super::spec::{IndexSpec, TableSpec, include_text, key_text};
use crate::aws::tags::ResourceTags;
use crate::aws::{ErrorClass, op};
use crate::kinds::{
    DeletionGuard, ObserveDetail, ObservedResource, PendingTransition, StepContext, StepError, StepResult,
    TransitionPhase,
};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, KeySchemaElement, KeyType, Projection, ProjectionType, TableDescription, TableStatus,
    TimeToLiveStatus,
};
use std::collections::BTreeMap;

/// Reads the table `cx` is about.
pub async fn observe(
    cx: &StepContext<'_>,
    look: ObserveDetail,
    restore: Option<&TableRestore>,
) -> StepResult<Option<ObservedResource<TableSpec, TableState>>> {
    let db = &cx.clients().dynamodb;
    let (answer, hold) =
        futures::join!(cx.find(&op::DESCRIBE_TABLE, || db.describe_table().table_name(cx.name()).send()), async {
            match look {
                ObserveDetail::Whole | ObserveDetail::Outputs | ObserveDetail::Presence => Ok(None),
                ObserveDetail::Identity => items(cx).await,
            }
        });
    let Some(table) = answer?.and_then(|answer| answer.table) else { return Ok(None) };
    let mut observed = ObservedResource {
        spec: describe(cx, &table),
        state: TableState { restored_from: restore::source(&table).map(str::to_owned) },
        settling: settling(&table),
        owner: crate::aws::tags::ResourceOwner::Nobody,
        outputs: BTreeMap::new(),
        hold: None,
        changed_at: None,
    };
    let arn = table.table_arn().unwrap_or_default().to_owned();
    observed.outputs.insert("name".to_owned(), cx.name().to_owned());
    observed.outputs.insert("arn".to_owned(), arn.clone());
    observed.outputs.extend(stream(&table).map(|stream| (STREAM.to_owned(), stream.to_owned())));
    observed.outputs.extend(observed.spec.stream.clone().map(|view| (STREAM_VIEW.to_owned(), view)));
    if matches!(table.table_status(), Some(TableStatus::Creating | TableStatus::Deleting)) {
        // Nothing more can be read or changed now, but whose it is: CreateTable took the tags. A run that was cut short is gone on
        // from by that.
        observed.spec.tags = match tags(cx, &arn).await {
            Err(StepError::Aws(error)) if error.is_not_found() => ResourceTags::new(),
            // DynamoDB's words for a table that is gone, when asked for its tags.
            Err(StepError::Aws(error)) if observed.is_leaving() && error.class == ErrorClass::Denied => {
                ResourceTags::new()
            }
            tags => tags?,
        };
        observed.owner = restore::owner(restore, &table, cx.session.owner(&observed.spec.tags));
        return Ok(Some(observed));
    }
    let (tags, ttl, pitr) = futures::join!(tags(cx, &arn), time_to_live(cx, look), point_in_time_recovery(cx, look));
    // The table may go between two of these reads.
    let (Some(ttl), Some(pitr)) = (ttl?, pitr?) else { return Ok(None) };
    observed.spec.tags = tags?;
    observed.spec.ttl_attribute = ttl;
    observed.spec.point_in_time_recovery = pitr;
    observed.owner = restore::owner(restore, &table, cx.session.owner(&observed.spec.tags));
    observed.hold =
        if observed.spec.deletion_protection { Some(DeletionGuard::Protected(protected(cx))) } else { hold? };
    Ok(Some(observed))
}

/// Returns the ARN of a table's stream, where it is on.
pub(super) fn stream(table: &TableDescription) -> Option<&str> {
    let is_on = table.stream_specification().is_some_and(|stream| stream.stream_enabled());
    table.latest_stream_arn().filter(|_| is_on)
}

/// Explains why a protected table stays, and the way out: a line in the description, and a run that shows it.
fn protected(cx: &StepContext<'_>) -> String {
    let id = &cx.place.id.name;
    match cx.session.stack.get::<TableBlock>(id) {
        Some(_) => {
            format!("it is protected; to delete it: `protected = false` in [table.{id}], `deployer up`, then again")
        }
        None => format!(
            "it is protected; to delete it: describe it again as [table.{id}] with `protected = false`, `deployer up`, then remove the block"
        ),
    }
}

/// Tells whether the table holds anything. One item is read at most; `ItemCount` lags six hours behind (DescribeTable).
pub(super) async fn items(cx: &StepContext<'_>) -> StepResult<Option<DeletionGuard>> {
    let db = &cx.clients().dynamodb;
    let scan = cx.call(&op::SCAN, || db.scan().table_name(cx.name()).limit(1).consistent_read(true).send()).await;
    match scan {
        Ok(page) if page.count() > 0 => Ok(Some(DeletionGuard::Data)),
        Ok(_) => Ok(None),
        // Absent, or not yet or no longer active: there is nothing to lose in it.
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn tags(cx: &StepContext<'_>, arn: &str) -> StepResult<ResourceTags> {
    let db = &cx.clients().dynamodb;
    let pages = cx.pages(
        &op::LIST_TAGS_OF_RESOURCE,
        |token| db.list_tags_of_resource().resource_arn(arn).set_next_token(token).send(),
        |page| page.next_token.clone(),
    );
    let tags = pages.items(|page| page.tags.unwrap_or_default()).await?;
    Ok(cx.session.managed(tags.into_iter().map(|tag| (tag.key, tag.value))))
}

/// Reads the attribute, if any; nothing at all where the table is gone.
async fn time_to_live(cx: &StepContext<'_>, look: ObserveDetail) -> StepResult<Option<Option<String>>> {
    if look != ObserveDetail::Whole {
        return Ok(Some(None));
    }
    let db = &cx.clients().dynamodb;
    let answer =
        cx.find(&op::DESCRIBE_TIME_TO_LIVE, || db.describe_time_to_live().table_name(cx.name()).send()).await?;
    let Some(answer) = answer else { return Ok(None) };
    let on = answer.time_to_live_description.filter(|ttl| {
        matches!(ttl.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
    });
    Ok(Some(on.and_then(|ttl| ttl.attribute_name)))
}

/// Tells whether it is on; nothing where the table is gone.
async fn point_in_time_recovery(cx: &StepContext<'_>, look: ObserveDetail) -> StepResult<Option<bool>> {
    if look != ObserveDetail::Whole {
        return Ok(Some(false));
    }
    let db = &cx.clients().dynamodb;
    let answer = cx
        .find(&op::DESCRIBE_CONTINUOUS_BACKUPS, || db.describe_continuous_backups().table_name(cx.name()).send())
        .await?;
    let Some(answer) = answer else { return Ok(None) };
    let status = answer
        .continuous_backups_description
        .and_then(|d| d.point_in_time_recovery_description)
        .and_then(|d| d.point_in_time_recovery_status);
    Ok(Some(status.is_some_and(|status| status.as_str() == "ENABLED")))
}

fn settling(table: &TableDescription) -> Option<PendingTransition> {
    let status = table.table_status().map_or("UNKNOWN", TableStatus::as_str);
    let phase = match status {
        "CREATING" => TransitionPhase::Coming,
        "DELETING" => TransitionPhase::Leaving,
        _ => TransitionPhase::Changing,
    };
    if status == "CREATING" && table.restore_summary().is_some_and(|restore| restore.restore_in_progress()) {
        return Some(PendingTransition { phase, reason: "the items of the backup (the table is CREATING)".to_owned() });
    }
    if status != "ACTIVE" {
        return Some(PendingTransition { phase, reason: format!("the table to become ACTIVE (it is {status})") });
    }
    let index = table
        .global_secondary_indexes()
        .iter()
        .find(|index| index.index_status().is_some_and(|s| s.as_str() != "ACTIVE"))?;
    let status = index.index_status().map_or("UNKNOWN", |s| s.as_str());
    let doing = if index.backfilling() == Some(true) { "backfilling" } else { status };
    let name = index.index_name().unwrap_or_default();
    let reason = match status {
        "DELETING" => format!("index {name} to be gone (it is DELETING)"),
        _ => format!("index {name} to become ACTIVE (it is {doing})"),
    };
    // Whatever an index does, the table stays.
    Some(PendingTransition { phase: TransitionPhase::Changing, reason })
}

fn describe(cx: &StepContext<'_>, table: &TableDescription) -> TableSpec {
    let attributes = table.attribute_definitions();
    let (partition_key, sort_key) = keys(table.key_schema(), attributes);
    // A table that was never switched to on-demand has no billing summary.
    let billing_mode =
        table.billing_mode_summary().and_then(|b| b.billing_mode()).map_or("PROVISIONED", |m| m.as_str()).to_owned();
    let provisioned = billing_mode == "PROVISIONED";
    let units = |n: Option<i64>| n.filter(|_| provisioned);
    let throughput = table.provisioned_throughput();
    TableSpec {
        partition_key,
        sort_key,
        read_capacity: units(throughput.and_then(|t| t.read_capacity_units())),
        write_capacity: units(throughput.and_then(|t| t.write_capacity_units())),
        billing_mode,
        index: table
            .global_secondary_indexes()
            .iter()
            .filter(|index| index.index_status().is_none_or(|s| s.as_str() != "DELETING"))
            .map(|index| {
                let (partition_key, sort_key) = keys(index.key_schema(), attributes);
                let throughput = index.provisioned_throughput();
                let spec = IndexSpec {
                    partition_key,
                    sort_key,
                    projection: projection(index.projection(), [table.key_schema(), index.key_schema()]),
                    read_capacity: units(throughput.and_then(|t| t.read_capacity_units())),
                    write_capacity: units(throughput.and_then(|t| t.write_capacity_units())),
                };
                (index.index_name().unwrap_or_default().to_owned(), spec)
            })
            .collect(),
        local_index: table
            .local_secondary_indexes()
            .iter()
            .map(|index| {
                let (partition_key, sort_key) = keys(index.key_schema(), attributes);
                (
                    index.index_name().unwrap_or_default().to_owned(),
                    IndexSpec {
                        partition_key,
                        sort_key,
                        projection: projection(index.projection(), [table.key_schema(), index.key_schema()]),
                        ..IndexSpec::default()
                    },
                )
            })
            .collect(),
        ttl_attribute: None,
        point_in_time_recovery: false,
        encryption: encryption(cx, table),
        deletion_protection: table.deletion_protection_enabled().unwrap_or(false),
        table_class: table
            .table_class_summary()
            .and_then(|c| c.table_class())
            .map_or("STANDARD", |c| c.as_str())
            .to_owned(),
        stream: table
            .stream_specification()
            .filter(|stream| stream.stream_enabled())
            .and_then(|stream| stream.stream_view_type())
            .map(|view| view.as_str().to_owned()),
        tags: ResourceTags::new(),
    }
}

/// AWS tells a key's ARN also for its own `aws/dynamodb` key, and only the stack knows whether that one was asked for: any other key is
/// shown as what it is, so that no customer's key is taken for AWS's.
fn encryption(cx: &StepContext<'_>, table: &TableDescription) -> String {
    let Some(sse) = table
        .sse_description()
        .filter(|sse| sse.status().is_some_and(|s| matches!(s.as_str(), "ENABLED" | "ENABLING" | "UPDATING")))
    else {
        return "AWS_OWNED".to_owned();
    };
    let wanted = cx.session.stack.get::<TableBlock>(&cx.place.id.name).and_then(|block| block.encryption);
    match (wanted, sse.kms_master_key_arn()) {
        (Some(TableEncryption::AwsManaged), _) | (_, None) => "AWS_MANAGED".to_owned(),
        (_, Some(arn)) => arn.to_owned(),
    }
}

pub(super) fn keys(schema: &[KeySchemaElement], attributes: &[AttributeDefinition]) -> (String, Option<String>) {
    let text = |wanted: KeyType| {
        let element = schema.iter().find(|e| *e.key_type() == wanted)?;
        let kind = attributes
            .iter()
            .find(|a| a.attribute_name() == element.attribute_name())
            .map_or("S", |a| a.attribute_type().as_str());
        Some(key_text(element.attribute_name(), kind))
    };
    (text(KeyType::Hash).unwrap_or_default(), text(KeyType::Range))
}

/// Returns what an index has beside its keys and the table's, which AWS takes in the list and which are in every index anyway.
fn projection(projection: Option<&Projection>, keys: [&[KeySchemaElement]; 2]) -> String {
    match projection.and_then(|p| p.projection_type().map(|t| (p, t))) {
        Some((p, ProjectionType::Include)) => {
            let is_key =
                |name: &&String| keys.iter().any(|keys| keys.iter().any(|key| key.attribute_name() == name.as_str()));
            let names: Vec<_> = p.non_key_attributes().iter().filter(|name| !is_key(name)).cloned().collect();
            if names.is_empty() { "KEYS_ONLY".to_owned() } else { include_text(names) }
        }
        Some((_, kind)) => kind.as_str().to_owned(),
        None => "ALL".to_owned(),
    }
}

/// Returns the name in a table's ARN; `None` for an index, a stream or another service.
pub fn name_of(arn: &str) -> Option<String> {
    let name = arn.strip_prefix("arn:")?.split_once(":dynamodb:")?.1.split_once(":table/")?.1;
    (!name.contains('/')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::{GlobalSecondaryIndexDescription, IndexStatus};

    #[test]
    fn an_index_that_goes_takes_no_table_with_it() {
        let phase = |table: &TableStatus, index: &IndexStatus| {
            let index =
                GlobalSecondaryIndexDescription::builder().index_name("by-day").index_status(index.clone()).build();
            let table = TableDescription::builder().table_status(table.clone()).global_secondary_indexes(index).build();
            settling(&table).map(|settling| settling.phase)
        };
        for (table, index, expected) in [
            (TableStatus::Creating, IndexStatus::Creating, Some(TransitionPhase::Coming)),
            (TableStatus::Updating, IndexStatus::Active, Some(TransitionPhase::Changing)),
            (TableStatus::Active, IndexStatus::Creating, Some(TransitionPhase::Changing)),
            (TableStatus::Active, IndexStatus::Deleting, Some(TransitionPhase::Changing)),
            (TableStatus::Deleting, IndexStatus::Deleting, Some(TransitionPhase::Leaving)),
            (TableStatus::Active, IndexStatus::Active, None),
        ] {
            assert_eq!(phase(&table, &index), expected, "{table} {index}");
        }
    }

    /// AWS takes keys among the attributes of an index, which has them anyway.
    #[test]
    fn keys_in_a_projection_say_nothing() {
        let key = |name: &str| {
            KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build().expect("both are given")
        };
        let (of_table, of_index) = ([key("id")], [key("day")]);
        let told = |kind: ProjectionType, names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let described = Projection::builder().projection_type(kind).set_non_key_attributes(Some(names)).build();
            projection(Some(&described), [&of_table, &of_index])
        };
        for (names, expected) in
            [(&["b", "a"][..], "a,b"), (&["id", "b", "a", "day"], "a,b"), (&["day", "id"], "KEYS_ONLY")]
        {
            assert_eq!(told(ProjectionType::Include, names), expected, "{names:?}");
        }
        assert_eq!(told(ProjectionType::All, &[]), "ALL");
        assert_eq!(projection(None, [&of_table, &of_index]), "ALL");
    }

    #[test]
    fn only_tables_have_a_table_name() {
        for (arn, name) in [
            ("arn:aws:dynamodb:ap-south-1:123456789012:table/Orders", Some("Orders")),
            ("arn:aws:dynamodb:ap-south-1:123456789012:table/Orders/index/x", None),
            ("arn:aws:lambda:ap-south-1:123456789012:function:f", None),
            ("nonsense", None),
        ] {
            assert_eq!(name_of(arn).as_deref(), name);
        }
    }
}
