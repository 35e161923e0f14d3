//! Rules of `[table.X]` that one value alone cannot break.

use super::choice::BillingMode;
use super::key::{IMPLIED_TYPE, KeyType};
use crate::stack::{
    CheckContext, MistakeReport, StackMistake, TextSpan, TomlNode, TomlTable, TomlValue, WrittenBlock, quoted,
};
use std::collections::BTreeMap;

/// Checks all tables of a description.
pub(super) fn check(context: &CheckContext<'_>, report: &mut MistakeReport) {
    for table in context.blocks("table") {
        check_capacity(&table, report);
        check_keys(&table, report);
        check_projections(&table, report);
        check_local_indexes(&table, report);
    }
}

const CAPACITIES: [&str; 2] = ["read_capacity", "write_capacity"];

/// Checks that a table has capacities exactly where they are paid for.
fn check_capacity(table: &WrittenBlock<'_>, report: &mut MistakeReport) {
    const PAY_PER_REQUEST: &str = BillingMode::PayPerRequest.word();
    const PROVISIONED: &str = BillingMode::Provisioned.word();
    let mode = table.text_or_default("billing_mode");
    for key in CAPACITIES {
        match mode {
            Some(PROVISIONED) if table.entries.get(key).is_none() => {
                let message = format!("`{}` is PROVISIONED and has no `{key}`", table.id);
                let mistake = StackMistake::at(table.place("billing_mode"), message).missing(key);
                report.error(mistake.label(format!("needs `{key}`")).help("add it: 1 to 40000 units"));
            }
            Some(PAY_PER_REQUEST) => {
                let indexes = indexes(table, "index").map(|index| index.entries);
                for entry in std::iter::once(table.entries).chain(indexes).filter_map(|entries| entries.get(key)) {
                    let message = format!("`{key}` has no meaning with PAY_PER_REQUEST");
                    let help = "remove it, or set `billing_mode = \"PROVISIONED\"` on the table";
                    report.error(StackMistake::at(entry.key, message).label("only with PROVISIONED").help(help));
                }
            }
            _ => {}
        }
    }
}

/// A secondary index as written.
struct WrittenIndex<'a> {
    name: &'a str,
    key: TextSpan,
    entries: &'a TomlTable,
}

fn indexes<'a>(table: &WrittenBlock<'a>, section: &str) -> impl Iterator<Item = WrittenIndex<'a>> {
    let written = table.entries.table(section).into_iter().flat_map(TomlTable::iter);
    written.filter_map(|(name, entry)| Some(WrittenIndex { name, key: entry.key, entries: entry.node.table()? }))
}

/// A key attribute as written: its name, its type, and where.
#[derive(Clone, Copy)]
struct WrittenKey<'a> {
    name: &'a str,
    kind: &'a str,
    at: TextSpan,
}

fn key<'a>(entries: &'a TomlTable, field: &str) -> Option<WrittenKey<'a>> {
    let node = &entries.get(field)?.node;
    match &node.value {
        TomlValue::Text(name) => Some(WrittenKey { name, kind: IMPLIED_TYPE.word(), at: node.span }),
        TomlValue::Table(full) => {
            let (name, at) = full.text("name")?;
            Some(WrittenKey { name, kind: full.text("type").map_or(IMPLIED_TYPE.word(), |(kind, _)| kind), at })
        }
        _ => None,
    }
}

/// Checks that an attribute has one type wherever it is a key, that the two keys of a table or index differ, and that none
/// is the expiry time.
fn check_keys(table: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    let keyed = indexes(table, "index").chain(indexes(table, "local_index")).map(|index| index.entries);
    for entries in std::iter::once(table.entries).chain(keyed) {
        let [partition, sort] = ["partition_key", "sort_key"].map(|field| key(entries, field));
        if let Some((partition, sort)) = partition.zip(sort)
            && partition.name == sort.name
        {
            let message = format!("{} is both the partition key and the sort key", quoted(sort.name));
            report
                .error(StackMistake::at(sort.at, message).label("is the partition key").help("use another attribute"));
        }
        for key in [partition, sort].into_iter().flatten() {
            if !KeyType::ALL.contains(&key.kind) {
                continue;
            }
            let first = kinds.entry(key.name).or_insert(key.kind);
            if *first != key.kind {
                let message =
                    format!("key attribute {} has the type {first} and the type {}", quoted(key.name), key.kind);
                let help = "an attribute has one type in the table and all its indexes";
                report.error(StackMistake::at(key.at, message).label(format!("{first} before")).help(help));
            }
        }
    }
    let own = ["partition_key", "sort_key"].into_iter().filter_map(|field| key(table.entries, field));
    if let Some((ttl, at)) = table.entries.text("ttl_attribute")
        && own.into_iter().any(|key| key.name == ttl)
    {
        let message = format!("`ttl_attribute` {} is a key of the table", quoted(ttl));
        let help = "use an attribute of its own, a number with the expiry time in epoch seconds";
        report.error(StackMistake::at(at, message).label("is a key").help(help));
    }
}

/// Most projected attributes of all indexes of a table together; one that two indexes have counts twice.
const MOST_PROJECTED: usize = 100;

/// Checks that projections name no keys, and not too many attributes.
fn check_projections(table: &WrittenBlock<'_>, report: &mut MistakeReport) {
    let mut total = 0;
    for index in indexes(table, "index").chain(indexes(table, "local_index")) {
        let keys = [table.entries, index.entries];
        let keys = keys.iter().flat_map(|entries| ["partition_key", "sort_key"].map(|field| key(entries, field)));
        let keys: Vec<_> = keys.flatten().map(|key| key.name).collect();
        for (name, at) in index.entries.list("projection").unwrap_or_default().iter().filter_map(TomlNode::text) {
            total += 1;
            if keys.contains(&name) {
                let message = format!("{} is a key and in every projection anyway", quoted(name));
                report.error(StackMistake::at(at, message).label("is a key").help("remove it from the list"));
            }
            if total == MOST_PROJECTED + 1 {
                let message = format!("the indexes of `{}` project more than {MOST_PROJECTED} attributes", table.id);
                let help = "AWS counts every list, an attribute in two of them twice; project \"ALL\" in one of them";
                report.error(StackMistake::at(at, message).label(format!("number {total}")).help(help));
            }
        }
    }
}

/// Checks that local indexes have a table, a name and a key that they can have.
fn check_local_indexes(table: &WrittenBlock<'_>, report: &mut MistakeReport) {
    for index in indexes(table, "local_index") {
        if table.entries.get("sort_key").is_none() {
            let message = format!("local index {} on a table without `sort_key`", quoted(index.name));
            let help = "AWS allows local indexes only beside a sort key of the table; use `index` for a global one";
            report.error(StackMistake::at(index.key, message).label("the table has no sort key").help(help));
        }
        if indexes(table, "index").any(|global| global.name == index.name) {
            let message = format!("two indexes of `{}` are called {}", table.id, quoted(index.name));
            report.error(StackMistake::at(index.key, message).label("also a global index").help("rename one of them"));
        }
        if let Some((own, partition)) = key(index.entries, "sort_key").zip(key(table.entries, "partition_key"))
            && own.name == partition.name
        {
            let message = format!("{} is both the partition key and the sort key", quoted(own.name));
            let help = "a local index has the table's partition key: use another attribute";
            report.error(StackMistake::at(own.at, message).label("is the partition key").help(help));
        }
    }
}
