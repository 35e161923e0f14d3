//! Tables: keys must agree, everything that is set stays as it is.

use super::super::resource::TerraformResource;
use super::super::{DescriptionSetting, resource};
use super::pair::ResourcePair;
use super::{RequiredEdits, tags};
use crate::aws::tags::ResourceTags;
use crate::kinds::{IndexSpec, TableBlock, TableSpec, include_text, key_parts, key_text};
use crate::stack::Stack;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use toml_edit::{Array, InlineTable};

/// A table of Terraform's in the form in which tables are compared.
pub fn spec_of(former: &TerraformResource) -> TableSpec {
    let kinds: BTreeMap<&str, &str> = former
        .blocks("attribute")
        .into_iter()
        .filter_map(|block| Some((resource::text(block, "name")?, resource::text(block, "type")?)))
        .collect();
    let key = |name: &str| key_text(name, kinds.get(name).copied().unwrap_or("S"));
    let billing_mode = former.text("billing_mode").unwrap_or("PROVISIONED").to_owned();
    let provisioned = billing_mode == "PROVISIONED";
    let units = |value: Option<&Value>| value.and_then(resource::integer).filter(|units| provisioned && *units > 0);
    let index = |block: &Map<String, Value>, local: bool| {
        let name = resource::text(block, "name")?.to_owned();
        let partition = if local { former.text("hash_key") } else { index_key(block, "hash_key", "HASH") };
        let index = IndexSpec {
            partition_key: key(partition?),
            sort_key: index_key(block, "range_key", "RANGE").map(key),
            projection: match resource::text(block, "projection_type") {
                Some("INCLUDE") => include_text(resource::texts(block.get("non_key_attributes"))),
                Some(word) => word.to_owned(),
                None => "ALL".to_owned(),
            },
            read_capacity: units(block.get("read_capacity")).filter(|_| !local),
            write_capacity: units(block.get("write_capacity")).filter(|_| !local),
        };
        Some((name, index))
    };
    let switched = |block: &str| former.block(block).filter(|b| b.get("enabled").is_some_and(resource::on));
    TableSpec {
        partition_key: former.text("hash_key").map(key).unwrap_or_default(),
        sort_key: former.text("range_key").map(key),
        read_capacity: units(former.attributes.get("read_capacity")),
        write_capacity: units(former.attributes.get("write_capacity")),
        billing_mode,
        index: former.blocks("global_secondary_index").into_iter().filter_map(|b| index(b, false)).collect(),
        local_index: former.blocks("local_secondary_index").into_iter().filter_map(|b| index(b, true)).collect(),
        ttl_attribute: switched("ttl").and_then(|ttl| resource::text(ttl, "attribute_name")).map(str::to_owned),
        point_in_time_recovery: switched("point_in_time_recovery").is_some(),
        encryption: match switched("server_side_encryption") {
            Some(block) => resource::text(block, "kms_key_arn").unwrap_or("AWS_MANAGED").to_owned(),
            None => "AWS_OWNED".to_owned(),
        },
        deletion_protection: former.on("deletion_protection_enabled"),
        table_class: former.text("table_class").unwrap_or("STANDARD").to_owned(),
        stream: former.text("stream_view_type").filter(|_| former.on("stream_enabled")).map(str::to_owned),
        tags: ResourceTags::new(),
    }
}

/// A key of an index: an attribute, or since version 6.29 of the provider a block `key_schema`.
fn index_key<'a>(block: &'a Map<String, Value>, attribute: &str, role: &str) -> Option<&'a str> {
    resource::text(block, attribute).or_else(|| {
        let keys = block.get("key_schema")?.as_array()?.iter().filter_map(Value::as_object);
        let mut keys = keys.filter(|key| resource::text(key, "key_type") == Some(role));
        resource::text(keys.next()?, "attribute_name")
    })
}

/// Whether both have the same keys, as far as they are known.
pub fn same_keys(block: &TableBlock, former: &TerraformResource) -> bool {
    let (described, former) = (TableSpec::of(block, ResourceTags::new()), spec_of(former));
    (described.partition_key, described.sort_key) == (former.partition_key, former.sort_key)
}

/// What the description needs for a table.
pub fn demands(pair: &ResourcePair<'_, TableBlock>, stack: &Stack) -> RequiredEdits {
    let mut out = RequiredEdits::default();
    let id = pair.id.as_str();
    let (want, have) = (TableSpec::of(&pair.block, ResourceTags::new()), spec_of(pair.former));
    let address = &pair.former.address;
    let keys_known = !["hash_key", "range_key", "attribute", "attribute.name", "attribute.type"]
        .iter()
        .any(|name| pair.former.unknown.contains_key(*name));
    if keys_known && !same_keys(&pair.block, pair.former) {
        let keys = |spec: &TableSpec| {
            let keys = std::iter::once(spec.partition_key.as_str()).chain(spec.sort_key.as_deref());
            keys.collect::<Vec<_>>().join(" and ")
        };
        out.refuse(
            address,
            format!(
                "table {} has the key {}, the description of table.{id} has {}: keys cannot be changed",
                pair.former_name,
                keys(&have),
                keys(&want)
            ),
            "Nothing was changed. Describe the keys that the table has, or describe it under an id of its own.",
        );
        return out;
    }
    let line = |key: &str, value: toml_edit::Value| DescriptionSetting::new(["table", id, key], value);
    if pair.name != pair.former_name {
        out.settings.push(line("name", pair.former_name.into()));
    }
    if !pair.former.unknown.contains_key("billing_mode") {
        if want.billing_mode != have.billing_mode {
            out.settings.push(line("billing_mode", have.billing_mode.as_str().into()));
        }
        for (key, want, have, written) in [
            ("read_capacity", want.read_capacity, have.read_capacity, pair.block.read_capacity),
            ("write_capacity", want.write_capacity, have.write_capacity, pair.block.write_capacity),
        ] {
            match have {
                Some(units) if want != have => out.settings.push(line(key, units.into())),
                // A capacity is not allowed beside PAY_PER_REQUEST.
                None if written.is_some() => out.settings.push(DescriptionSetting::remove(["table", id, key])),
                _ => {}
            }
        }
    }
    for (key, want, have) in [
        ("ttl_attribute", want.ttl_attribute.as_deref(), have.ttl_attribute.as_deref()),
        ("stream", want.stream.as_deref(), have.stream.as_deref()),
        ("encryption", Some(want.encryption.as_str()), Some(have.encryption.as_str()).filter(|e| *e != "AWS_OWNED")),
        ("table_class", Some(want.table_class.as_str()), Some(have.table_class.as_str()).filter(|c| *c != "STANDARD")),
    ] {
        if let Some(have) = have.filter(|have| want != Some(*have)) {
            out.settings.push(line(key, have.into()));
        }
    }
    for (key, want, have) in [
        ("point_in_time_recovery", want.point_in_time_recovery, have.point_in_time_recovery),
        ("deletion_protection", want.deletion_protection, have.deletion_protection),
    ] {
        if have && !want {
            out.settings.push(line(key, true.into()));
        }
    }
    for (kind, want, have) in
        [("index", &want.index, &have.index), ("local_index", &want.local_index, &have.local_index)]
    {
        for (name, index) in have {
            match want.get(name) {
                None => {
                    let path = ["table", id, kind, name];
                    out.settings.push(DescriptionSetting::new(path, index_value(index, kind == "local_index")));
                }
                Some(described) if !described.same_shape(index) => out.remarks.push(format!(
                    "its index {name} has other keys or attributes than described: it is deleted and built anew; no item is lost, but what uses it waits"
                )),
                Some(_) => {}
            }
        }
    }
    for (attribute, why) in &pair.former.unknown {
        if attribute.starts_with("global_secondary_index") || attribute.starts_with("local_secondary_index") {
            out.remarks.push(format!("its indexes are not known from the file: {why}"));
        }
    }
    tags::demand(pair.former, stack, &pair.block.tags, &["table", id], &mut out);
    out
}

/// An index as the description writes it.
pub fn index_value(index: &IndexSpec, local: bool) -> InlineTable {
    let mut out = InlineTable::new();
    if !local {
        out.insert("partition_key", key_value(&index.partition_key));
    }
    if let Some(sort) = &index.sort_key {
        out.insert("sort_key", key_value(sort));
    }
    match index.projection.as_str() {
        "ALL" => {}
        "KEYS_ONLY" => drop(out.insert("projection", "KEYS_ONLY".into())),
        names => drop(out.insert("projection", names.split(',').collect::<Array>().into())),
    }
    for (key, units) in [("read_capacity", index.read_capacity), ("write_capacity", index.write_capacity)] {
        if let Some(units) = units {
            out.insert(key, units.into());
        }
    }
    out
}

/// A key as the description writes it: the name alone when it is a string.
pub fn key_value(key: &str) -> toml_edit::Value {
    match key_parts(key) {
        (name, "S") => name.into(),
        (name, kind) => [("name", name), ("type", kind)].into_iter().collect::<InlineTable>().into(),
    }
}
