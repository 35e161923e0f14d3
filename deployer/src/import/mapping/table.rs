//! Tables.

use super::attribute::{AttributeMapping, STAYS, TerraformKind};
use super::read::{flag, switched_on, text};
use crate::import::resource;
use crate::import::resource::TerraformResource;
use serde_json::{Map, Value, json};

/// Maps `aws_dynamodb_table`.
pub const TABLE: TerraformKind = TerraformKind {
    name: "aws_dynamodb_table",
    word: "table",
    named_by: Some("name"),
    section: Some("table"),
    attributes: &[
        AttributeMapping::new(&["name"], "name", |table| text(table, "name")),
        AttributeMapping::judged(&["hash_key", "attribute"], "partition_key", |table| own_key(table, "hash_key")),
        AttributeMapping::judged(&["range_key", "attribute"], "sort_key", |table| own_key(table, "range_key")),
        AttributeMapping::new(&["billing_mode"], "billing_mode", |table| Some(billing_mode(table).into())),
        AttributeMapping::new(&["read_capacity"], "read_capacity", |table| {
            units(table, table.attributes.get("read_capacity"))
        }),
        AttributeMapping::new(&["write_capacity"], "write_capacity", |table| {
            units(table, table.attributes.get("write_capacity"))
        }),
        AttributeMapping::judged(&["global_secondary_index", "attribute"], "index", |table| {
            indexes(table, "global_secondary_index")
        }),
        AttributeMapping::judged(&["local_secondary_index", "attribute"], "local_index", |table| {
            indexes(table, "local_secondary_index")
        }),
        AttributeMapping::new(&["ttl"], "ttl_attribute", |table| {
            Some(resource::text(switched_on(table, "ttl")?, "attribute_name")?.into())
        }),
        AttributeMapping::new(&["point_in_time_recovery"], "point_in_time_recovery", |table| {
            flag(switched_on(table, "point_in_time_recovery").is_some())
        }),
        AttributeMapping::new(&["server_side_encryption"], "encryption", |table| {
            let key = switched_on(table, "server_side_encryption")?;
            Some(resource::text(key, "kms_key_arn").unwrap_or("AWS_MANAGED").into())
        }),
        AttributeMapping::new(&["deletion_protection_enabled"], "protected", |table| {
            flag(table.on("deletion_protection_enabled"))
        }),
        AttributeMapping::new(&["table_class"], "table_class", |table| {
            text(table, "table_class").filter(|class| *class != "STANDARD")
        }),
        AttributeMapping::new(&["stream_view_type", "stream_enabled"], "stream", |table| {
            text(table, "stream_view_type").filter(|_| table.on("stream_enabled"))
        }),
    ],
    unmapped: &[(STAYS, "replica global_table_witness on_demand_throughput warm_throughput")],
    silent: "arn id import_table region restore_date_time restore_source_name restore_source_table_arn \
        restore_to_latest_time stream_arn stream_label tags tags_all timeouts",
};

/// PROVISIONED is the provider's default and AWS's.
fn billing_mode(table: &TerraformResource) -> &str {
    table.text("billing_mode").unwrap_or("PROVISIONED")
}

/// Reads capacity units, which mean nothing with PAY_PER_REQUEST.
fn units(table: &TerraformResource, value: Option<&Value>) -> Option<Value> {
    let provisioned = table.told("billing_mode").is_ok() && billing_mode(table) == "PROVISIONED";
    resource::integer(value?).filter(|units| provisioned && *units > 0).map(Value::from)
}

fn own_key(table: &TerraformResource, name: &str) -> Option<Value> {
    table.text(name).map(|key| typed_key(table, key))
}

/// Returns a key as the description writes it: the name alone when it is a string.
fn typed_key(table: &TerraformResource, name: &str) -> Value {
    let attribute = table.blocks("attribute").find(|block| resource::text(block, "name") == Some(name));
    match attribute.and_then(|block| resource::text(block, "type")) {
        None | Some("S") => json!(name),
        Some(kind) => json!({"name": name, "type": kind}),
    }
}

fn indexes(table: &TerraformResource, block: &str) -> Option<Value> {
    let named = |index: &Map<String, Value>| Some((resource::text(index, "name")?.to_owned(), one_index(table, index)));
    let indexes: Map<_, _> = table.blocks(block).filter_map(named).collect();
    (!indexes.is_empty()).then_some(Value::Object(indexes))
}

fn one_index(table: &TerraformResource, index: &Map<String, Value>) -> Value {
    let key = |attribute, role| index_key(index, attribute, role).map(|name| typed_key(table, name));
    let mut out = Map::new();
    let mut put = |key: &str, value: Option<Value>| value.map(|value| out.insert(key.to_owned(), value));
    put("partition_key", key("hash_key", "HASH"));
    put("sort_key", key("range_key", "RANGE"));
    put("projection", projection(table, index));
    put("read_capacity", units(table, index.get("read_capacity")));
    put("write_capacity", units(table, index.get("write_capacity")));
    Value::Object(out)
}

fn projection(table: &TerraformResource, index: &Map<String, Value>) -> Option<Value> {
    match resource::text(index, "projection_type")? {
        "ALL" => None,
        "INCLUDE" => {
            // Keys are in every index: AWS takes them in the list, a description does not.
            let own = ["hash_key", "range_key"].map(|key| table.text(key));
            let keys = [("hash_key", "HASH"), ("range_key", "RANGE")].map(|(key, role)| index_key(index, key, role));
            let is_key = |name: &String| own.iter().chain(&keys).any(|key| *key == Some(name.as_str()));
            let mut names = resource::texts(index.get("non_key_attributes"));
            names.retain(|name| !is_key(name));
            if names.is_empty() {
                return Some("KEYS_ONLY".into());
            }
            names.sort();
            Some(names.into())
        }
        word => Some(word.into()),
    }
}

/// Returns a key of an index: an attribute, or since version 6.29 of the provider a block `key_schema`.
fn index_key<'a>(index: &'a Map<String, Value>, attribute: &str, role: &str) -> Option<&'a str> {
    resource::text(index, attribute).or_else(|| {
        let mut keys = index.get("key_schema")?.as_array()?.iter().filter_map(Value::as_object);
        resource::text(keys.find(|key| resource::text(key, "key_type") == Some(role))?, "attribute_name")
    })
}
