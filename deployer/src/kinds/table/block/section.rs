//! What `[table.X]` may hold. Limits are DynamoDB's, from its API model.

use super::{TableBlock, check};
use crate::stack::{IntegerRange, KeyDefinition, SectionDefinition, TAGS, TextRule, ValueShape, characters, fits};

/// `[table.X]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: "table",
    many: true,
    shape: ValueShape::Table(TABLE),
    physical_name: NAME,
    files: &[],
    attributes: &["name", "arn"],
    check: check::check,
    fits: fits::<TableBlock>,
};

const NAME: TextRule = TextRule::rule("a table name", (3, 255), "letters, digits, '-', '_' and '.'", name);

pub(super) const INDEX_NAME: TextRule =
    TextRule::rule("an index name", (3, 255), "letters, digits, '-', '_' and '.'", name);

fn name(text: &str) -> Result<(), String> {
    characters(text, |c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

const ATTRIBUTE: TextRule =
    TextRule::rule("an attribute name", (1, 255), "any characters, 255 bytes at most", |text| match text.len() {
        ..=255 => Ok(()),
        bytes => Err(format!("it has {bytes} bytes")),
    });

/// `"order_id"` or `{ name = "order_id", type = "S" }`.
const KEY: ValueShape = ValueShape::Either(&[
    ValueShape::Text(ATTRIBUTE),
    ValueShape::Table(&[
        KeyDefinition::required("name", ValueShape::Text(ATTRIBUTE), "Attribute name."),
        KeyDefinition::default(
            "type",
            "S",
            ValueShape::OneOf(&["S", "N", "B"]),
            "Attribute type: string, number or binary.",
        ),
    ]),
]);

/// DynamoDB's default quota for one table.
const CAPACITY: ValueShape = ValueShape::Integer(IntegerRange { min: 1, max: 40_000, unit: "units" });

const PROJECTION: ValueShape = ValueShape::Either(&[
    ValueShape::OneOf(&["ALL", "KEYS_ONLY"]),
    ValueShape::List { of: &ValueShape::Text(ATTRIBUTE), length: (1, 20) },
]);

/// A key that is not there yet can be used right away, an alias would read as a change on every run.
const ENCRYPTION: TextRule = TextRule::rule(
    "an encryption setting",
    (1, 2048),
    "AWS_OWNED, AWS_MANAGED or the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)",
    |text| match text {
        "AWS_OWNED" | "AWS_MANAGED" => Ok(()),
        _ if text.contains(":alias/") => Err("it is the ARN of an alias: use the one of the key".to_owned()),
        _ if is_key_arn(text) => Ok(()),
        _ if text.starts_with("arn:") => Err("it is not the ARN of a KMS key".to_owned()),
        _ => Err("it is neither of the two words nor an ARN".to_owned()),
    },
);

fn is_key_arn(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let ["arn", partition, "kms", region, account, resource] = parts[..] else {
        return false;
    };
    let dashed = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    partition.starts_with("aws")
        && dashed(partition)
        && dashed(region)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource.strip_prefix("key/").is_some_and(dashed)
}

const TABLE: &[KeyDefinition] = &[
    KeyDefinition::default("name", "{stack}-{stage}-{id}", ValueShape::Text(NAME), "Name of the table."),
    KeyDefinition::required("partition_key", KEY, "Partition key; its type is a string unless given."),
    KeyDefinition::optional("sort_key", KEY, "Sort key."),
    KeyDefinition::default(
        "billing_mode",
        "PAY_PER_REQUEST",
        ValueShape::OneOf(&["PAY_PER_REQUEST", "PROVISIONED"]),
        "Pay for each request or for reserved capacity.",
    ),
    KeyDefinition::optional("read_capacity", CAPACITY, "Read capacity; with PROVISIONED only, and needed there."),
    KeyDefinition::optional("write_capacity", CAPACITY, "Write capacity; with PROVISIONED only, and needed there."),
    KeyDefinition::optional(
        "index",
        ValueShape::Map {
            key: INDEX_NAME,
            of: &ValueShape::Table(&[
                KeyDefinition::required("partition_key", KEY, "Partition key of the index."),
                KeyDefinition::optional("sort_key", KEY, "Sort key of the index."),
                KeyDefinition::default("projection", "ALL", PROJECTION, "What is copied into the index."),
                KeyDefinition::optional("read_capacity", CAPACITY, "Read capacity; the table's when absent."),
                KeyDefinition::optional("write_capacity", CAPACITY, "Write capacity; the table's when absent."),
            ]),
            length: (0, 20),
        },
        "Global secondary indexes by name.",
    ),
    KeyDefinition::optional(
        "local_index",
        ValueShape::Map {
            key: INDEX_NAME,
            of: &ValueShape::Table(&[
                KeyDefinition::required("sort_key", KEY, "Sort key of the index."),
                KeyDefinition::default("projection", "ALL", PROJECTION, "What is copied into the index."),
            ]),
            length: (0, 5),
        },
        "Local secondary indexes by name; AWS fixes them when the table is created.",
    ),
    KeyDefinition::optional(
        "ttl_attribute",
        ValueShape::Text(ATTRIBUTE),
        "Attribute that holds the time, in epoch seconds, after which DynamoDB removes the item.",
    ),
    KeyDefinition::default(
        "point_in_time_recovery",
        "false",
        ValueShape::Boolean,
        "Continuous backups of the last 35 days.",
    ),
    KeyDefinition::default("encryption", "AWS_OWNED", ValueShape::Text(ENCRYPTION), "Key that encrypts the table."),
    KeyDefinition::default(
        "protected",
        "false",
        ValueShape::Boolean,
        "The table is not deleted, whatever is asked for: AWS's deletion protection, which stays when the block is removed.",
    ),
    KeyDefinition::default("deletion_protection", "false", ValueShape::Boolean, "AWS's name for `protected`."),
    KeyDefinition::default(
        "table_class",
        "STANDARD",
        ValueShape::OneOf(&["STANDARD", "STANDARD_INFREQUENT_ACCESS"]),
        "Storage class.",
    ),
    KeyDefinition::optional(
        "stream",
        ValueShape::OneOf(&["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]),
        "What the records of the table's stream carry; no stream when absent.",
    ),
    KeyDefinition::optional("tags", TAGS, "Tags of the table, beside the stack's."),
];
