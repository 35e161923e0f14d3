//! The JSON types of inputs, as DynamoDB's model has them: a value of another type is refused before anything else is looked at.

use crate::wire::{ServiceError, ServiceResult};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The namespace of DynamoDB's model.
const MODEL: &str = "com.amazonaws.dynamodb.v20120810";
const NOT_EXPECTED: &str = "Start of structure or map found where not expected";
const FLAGS: [&str; 4] = ["true", "false", "yes", "no"];
/// What AWS says where a list or a map has a type parameter of its own: its decoder stumbles over it.
const CAST: &str = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class \
                    (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of \
                    loader 'bootstrap')";

/// What JSON type a member has.
#[derive(Clone, Copy, Debug)]
enum JsonShape {
    Text,
    Flag,
    Integer,
    Long,
    /// Bytes in base64.
    Blob,
    List(&'static JsonShape),
    Map(&'static JsonShape),
    Structure(&'static StructureShape),
}

/// A structure of the model: its name, and the members that matter here.
#[derive(Debug)]
struct StructureShape {
    name: &'static str,
    members: ShapeMembers,
}

/// Members by name.
type ShapeMembers = &'static [(&'static str, JsonShape)];

/// Where a value stands, which decides about some words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValuePlace {
    /// In a structure.
    Member,
    /// In a list or a map.
    Element,
}

/// Checks the types of an input's members; those that the model has not are ignored, as AWS ignores them.
///
/// # Errors
/// `SerializationException` in AWS's words for the first value of another type.
pub(super) fn check(operation: &str, input: &Value) -> ServiceResult<()> {
    let members = input.as_object().into_iter().flatten();
    for (name, value) in members {
        if let Some(shape) = member(operation, name) {
            mismatch(shape, value, ValuePlace::Member)
                .map_or(Ok(()), |words| Err(ServiceError::new(400, "SerializationException", words)))?;
        }
    }
    Ok(())
}

/// Tells whether DynamoDB's model has a member of this name.
pub(super) fn has_member(operation: &str, name: &str) -> bool {
    member(operation, name).is_some() || NOT_MODELLED.contains(&name)
}

fn member(operation: &str, name: &str) -> Option<JsonShape> {
    match (operation, name) {
        ("BatchWriteItem", "RequestItems") => Some(JsonShape::Map(&WRITE_REQUESTS)),
        (_, "RequestItems") => Some(JsonShape::Map(&KEYS_AND_ATTRIBUTES)),
        ("TransactGetItems", "TransactItems") => Some(JsonShape::List(&TRANSACT_GET)),
        (_, "TransactItems") => Some(JsonShape::List(&TRANSACT_WRITE)),
        _ => INPUTS.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape),
    }
}

/// Returns what AWS says of a value that has not its type.
fn mismatch(shape: JsonShape, value: &Value, place: ValuePlace) -> Option<String> {
    if value.is_null() {
        return None;
    }
    match shape {
        JsonShape::Text if value.is_string() => None,
        JsonShape::Flag if value.is_boolean() => None,
        JsonShape::Integer | JsonShape::Long if value.is_number() => None,
        // AWS reads some texts as flags.
        JsonShape::Flag if value.as_str().is_some_and(|text| FLAGS.contains(&text)) => None,
        JsonShape::Flag if value.is_string() => Some("Unexpected token received from parser".to_owned()),
        JsonShape::Text | JsonShape::Flag | JsonShape::Integer | JsonShape::Long => Some(no_scalar(shape, value)),
        JsonShape::Blob => no_blob(value),
        JsonShape::List(of) => match value {
            Value::Array(items) => items.iter().find_map(|item| mismatch(*of, item, ValuePlace::Element)),
            Value::Object(_) => Some(NOT_EXPECTED.to_owned()),
            _ => Some(if place == ValuePlace::Element { CAST } else { "Unexpected field type" }.to_owned()),
        },
        JsonShape::Map(of) => match value {
            Value::Object(items) => items.values().find_map(|item| mismatch(*of, item, ValuePlace::Element)),
            Value::Array(_) => Some(format!("Unrecognized collection type {}", class(shape))),
            _ => Some(if place == ValuePlace::Element { CAST } else { "Unexpected field type" }.to_owned()),
        },
        JsonShape::Structure(structure) => match value {
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                let (_, shape) = structure.members.iter().find(|(known, _)| known == name)?;
                mismatch(*shape, value, ValuePlace::Member)
            }),
            Value::Array(_) => Some(format!("Unrecognized collection type class {}", class(shape))),
            _ if place == ValuePlace::Element => Some("Unexpected value type in payload".to_owned()),
            _ => Some("Unexpected field type".to_owned()),
        },
    }
}

fn no_scalar(shape: JsonShape, value: &Value) -> String {
    let class = class(shape);
    let kind = match value {
        Value::Array(_) => return format!("Unrecognized collection type class {class}"),
        Value::Object(_) => return NOT_EXPECTED.to_owned(),
        Value::String(_) => "STRING_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(false) | Value::Null => "FALSE_VALUE",
    };
    format!("{kind} cannot be converted to {}", class.rsplit('.').next().unwrap_or_default())
}

fn no_blob(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.len() % 4 != 0 => {
            Some(format!("Base64 encoded length is expected a multiple of 4 bytes but found: {}", text.len()))
        }
        // AWS's own spelling.
        Value::String(text) => {
            STANDARD.decode(text).is_err().then(|| "Invalid last non-pad Base64 character dectected".to_owned())
        }
        Value::Array(_) => Some("Unrecognized collection type class java.nio.ByteBuffer".to_owned()),
        Value::Object(_) => Some(NOT_EXPECTED.to_owned()),
        _ => Some("only base-64-encoded strings are convertible to bytes".to_owned()),
    }
}

/// Returns the class that AWS's decoder has for a shape.
fn class(shape: JsonShape) -> String {
    match shape {
        JsonShape::Text => "java.lang.String".to_owned(),
        JsonShape::Flag => "java.lang.Boolean".to_owned(),
        JsonShape::Integer => "java.lang.Integer".to_owned(),
        JsonShape::Long => "java.lang.Long".to_owned(),
        JsonShape::Blob => "java.nio.ByteBuffer".to_owned(),
        JsonShape::List(of) => format!("java.util.List<{}>", class(*of)),
        JsonShape::Map(of) => format!("java.util.Map<java.lang.String, {}>", class(*of)),
        JsonShape::Structure(structure) => format!("{MODEL}.{}", structure.name),
    }
}

/// The value of an attribute, which holds values itself.
static ATTRIBUTE_VALUE: StructureShape = StructureShape {
    name: "AttributeValue",
    members: &[
        ("S", TEXT),
        ("N", TEXT),
        ("B", JsonShape::Blob),
        ("BOOL", JsonShape::Flag),
        ("NULL", JsonShape::Flag),
        ("SS", TEXTS),
        ("NS", TEXTS),
        ("BS", JsonShape::List(&JsonShape::Blob)),
        ("L", JsonShape::List(&JsonShape::Structure(&ATTRIBUTE_VALUE))),
        ("M", JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))),
    ],
};

const TEXT: JsonShape = JsonShape::Text;
const TEXTS: JsonShape = JsonShape::List(&TEXT);
const NAMES: JsonShape = JsonShape::Map(&TEXT);

/// Writes a structure with its members.
macro_rules! structure {
    ($name:literal: $($member:literal $shape:expr),+ $(,)?) => {
        JsonShape::Structure(&StructureShape { name: $name, members: &[$(($member, $shape)),+] })
    };
}

static EXPECTED: JsonShape = structure!("ExpectedAttributeValue":
    "Value" JsonShape::Structure(&ATTRIBUTE_VALUE), "Exists" JsonShape::Flag, "ComparisonOperator" TEXT, "AttributeValueList" JsonShape::List(&JsonShape::Structure(&ATTRIBUTE_VALUE)));
static UPDATE: JsonShape =
    structure!("AttributeValueUpdate": "Value" JsonShape::Structure(&ATTRIBUTE_VALUE), "Action" TEXT);
static CONDITION: JsonShape = structure!("Condition": "ComparisonOperator" TEXT, "AttributeValueList" JsonShape::List(&JsonShape::Structure(&ATTRIBUTE_VALUE)));
static KEYS_AND_ATTRIBUTES: JsonShape = structure!("KeysAndAttributes":
    "Keys" JsonShape::List(&JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))), "AttributesToGet" TEXTS, "ConsistentRead" JsonShape::Flag,
    "ProjectionExpression" TEXT, "ExpressionAttributeNames" NAMES);
static WRITE_REQUEST: JsonShape = structure!("WriteRequest":
    "PutRequest" structure!("PutRequest": "Item" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))), "DeleteRequest" structure!("DeleteRequest": "Key" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))));
static WRITE_REQUESTS: JsonShape = JsonShape::List(&WRITE_REQUEST);

static TRANSACT_GET: JsonShape = structure!("TransactGetItem": "Get" structure!("Get":
    "Key" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "TableName" TEXT, "ProjectionExpression" TEXT, "ExpressionAttributeNames" NAMES));
static TRANSACT_WRITE: JsonShape = structure!("TransactWriteItem":
    "ConditionCheck" structure!("ConditionCheck":
        "Key" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "TableName" TEXT, "ConditionExpression" TEXT, "ExpressionAttributeNames" NAMES,
        "ExpressionAttributeValues" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "ReturnValuesOnConditionCheckFailure" TEXT),
    "Put" structure!("Put":
        "Item" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "TableName" TEXT, "ConditionExpression" TEXT, "ExpressionAttributeNames" NAMES,
        "ExpressionAttributeValues" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "ReturnValuesOnConditionCheckFailure" TEXT),
    "Delete" structure!("Delete":
        "Key" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "TableName" TEXT, "ConditionExpression" TEXT, "ExpressionAttributeNames" NAMES,
        "ExpressionAttributeValues" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "ReturnValuesOnConditionCheckFailure" TEXT),
    "Update" structure!("Update":
        "Key" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)), "UpdateExpression" TEXT, "TableName" TEXT, "ConditionExpression" TEXT,
        "ExpressionAttributeNames" NAMES, "ExpressionAttributeValues" JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE)),
        "ReturnValuesOnConditionCheckFailure" TEXT));

const THROUGHPUT: JsonShape = structure!("ProvisionedThroughput":
    "ReadCapacityUnits" JsonShape::Long, "WriteCapacityUnits" JsonShape::Long);
const PROJECTION: JsonShape = structure!("Projection": "ProjectionType" TEXT, "NonKeyAttributes" TEXTS);
const KEY_SCHEMA: JsonShape = JsonShape::List(&structure!("KeySchemaElement": "AttributeName" TEXT, "KeyType" TEXT));
const LOCAL_INDEX: JsonShape = structure!("LocalSecondaryIndex":
    "IndexName" TEXT, "KeySchema" KEY_SCHEMA, "Projection" PROJECTION);
const GLOBAL_INDEX: JsonShape = structure!("GlobalSecondaryIndex":
    "IndexName" TEXT, "KeySchema" KEY_SCHEMA, "Projection" PROJECTION, "ProvisionedThroughput" THROUGHPUT);
const INDEX_UPDATE: JsonShape = structure!("GlobalSecondaryIndexUpdate":
    "Update" structure!("UpdateGlobalSecondaryIndexAction": "IndexName" TEXT, "ProvisionedThroughput" THROUGHPUT),
    "Create" structure!("CreateGlobalSecondaryIndexAction":
        "IndexName" TEXT, "KeySchema" KEY_SCHEMA, "Projection" PROJECTION, "ProvisionedThroughput" THROUGHPUT),
    "Delete" structure!("DeleteGlobalSecondaryIndexAction": "IndexName" TEXT));

/// The members of all inputs: a name stands for one type, whatever the operation, but for what [`member`] tells apart.
static INPUTS: ShapeMembers = &[
    (
        "AttributeDefinitions",
        JsonShape::List(&structure!("AttributeDefinition": "AttributeName" TEXT, "AttributeType" TEXT)),
    ),
    ("AttributeUpdates", JsonShape::Map(&UPDATE)),
    ("AttributesToGet", TEXTS),
    ("BackupArn", TEXT),
    ("BackupName", TEXT),
    ("BackupType", TEXT),
    ("BillingMode", TEXT),
    ("BillingModeOverride", TEXT),
    ("ClientRequestToken", TEXT),
    ("ConditionExpression", TEXT),
    ("ConditionalOperator", TEXT),
    ("ConsistentRead", JsonShape::Flag),
    ("DeletionProtectionEnabled", JsonShape::Flag),
    ("ExclusiveStartBackupArn", TEXT),
    ("ExclusiveStartKey", JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))),
    ("ExclusiveStartTableName", TEXT),
    ("Expected", JsonShape::Map(&EXPECTED)),
    ("ExpressionAttributeNames", NAMES),
    ("ExpressionAttributeValues", JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))),
    ("FilterExpression", TEXT),
    ("GlobalSecondaryIndexUpdates", JsonShape::List(&INDEX_UPDATE)),
    ("GlobalSecondaryIndexes", JsonShape::List(&GLOBAL_INDEX)),
    ("IndexName", TEXT),
    ("Item", JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))),
    ("Key", JsonShape::Map(&JsonShape::Structure(&ATTRIBUTE_VALUE))),
    ("KeyConditionExpression", TEXT),
    ("KeyConditions", JsonShape::Map(&CONDITION)),
    ("KeySchema", KEY_SCHEMA),
    ("Limit", JsonShape::Integer),
    ("LocalSecondaryIndexes", JsonShape::List(&LOCAL_INDEX)),
    ("NextToken", TEXT),
    (
        "PointInTimeRecoverySpecification",
        structure!("PointInTimeRecoverySpecification":
            "PointInTimeRecoveryEnabled" JsonShape::Flag, "RecoveryPeriodInDays" JsonShape::Integer),
    ),
    ("ProjectionExpression", TEXT),
    ("ProvisionedThroughput", THROUGHPUT),
    ("ProvisionedThroughputOverride", THROUGHPUT),
    ("QueryFilter", JsonShape::Map(&CONDITION)),
    ("ResourceArn", TEXT),
    ("ReturnConsumedCapacity", TEXT),
    ("ReturnItemCollectionMetrics", TEXT),
    ("ReturnValues", TEXT),
    ("ReturnValuesOnConditionCheckFailure", TEXT),
    (
        "SSESpecification",
        structure!("SSESpecification": "Enabled" JsonShape::Flag, "SSEType" TEXT, "KMSMasterKeyId" TEXT),
    ),
    ("ScanFilter", JsonShape::Map(&CONDITION)),
    ("ScanIndexForward", JsonShape::Flag),
    ("Segment", JsonShape::Integer),
    ("Select", TEXT),
    ("StreamSpecification", structure!("StreamSpecification": "StreamEnabled" JsonShape::Flag, "StreamViewType" TEXT)),
    ("TableClass", TEXT),
    ("TableName", TEXT),
    ("TagKeys", TEXTS),
    ("Tags", JsonShape::List(&structure!("Tag": "Key" TEXT, "Value" TEXT))),
    ("TargetTableName", TEXT),
    ("TimeToLiveSpecification", structure!("TimeToLiveSpecification": "Enabled" JsonShape::Flag, "AttributeName" TEXT)),
    ("TotalSegments", JsonShape::Integer),
    ("UpdateExpression", TEXT),
];

/// Members of the operations that are modelled, of which nothing here knows more than the name.
const NOT_MODELLED: [&str; 18] = [
    "GlobalSecondaryIndexOverride",
    "GlobalTableSettingsReplicationMode",
    "GlobalTableSourceArn",
    "GlobalTableWitnessUpdates",
    "LocalSecondaryIndexOverride",
    "MultiRegionConsistency",
    "OnDemandThroughput",
    "OnDemandThroughputOverride",
    "Parameters",
    "ReplicaUpdates",
    "ResourcePolicy",
    "SSESpecificationOverride",
    "Statement",
    "Statements",
    "TimeRangeLowerBound",
    "TimeRangeUpperBound",
    "TransactStatements",
    "WarmThroughput",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_of_another_type() {
        let write = |request: Value| ("BatchWriteItem", json!({"RequestItems": {"t": request}}));
        let item = |value: Value| ("PutItem", json!({"Item": {"a": value}}));
        for ((operation, input), expected) in [
            (("GetItem", json!({"TableName": 23})), "NUMBER_VALUE cannot be converted to String"),
            (("GetItem", json!({"TableName": 34.56})), "DECIMAL_VALUE cannot be converted to String"),
            (("GetItem", json!({"TableName": true})), "TRUE_VALUE cannot be converted to String"),
            (("GetItem", json!({"TableName": []})), "Unrecognized collection type class java.lang.String"),
            (("GetItem", json!({"TableName": {}})), NOT_EXPECTED),
            (("GetItem", json!({"ConsistentRead": "23"})), "Unexpected token received from parser"),
            (("Query", json!({"Limit": "23"})), "STRING_VALUE cannot be converted to Integer"),
            (("Query", json!({"KeyConditions": "23"})), "Unexpected field type"),
            (
                ("Query", json!({"KeyConditions": []})),
                "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.Condition>",
            ),
            (("Query", json!({"KeyConditions": {"a": 1}})), "Unexpected value type in payload"),
            (
                ("CreateTable", json!({"ProvisionedThroughput": []})),
                "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput",
            ),
            (("CreateTable", json!({"ProvisionedThroughput": 1})), "Unexpected field type"),
            (
                ("CreateTable", json!({"ProvisionedThroughput": {"ReadCapacityUnits": false}})),
                "FALSE_VALUE cannot be converted to Long",
            ),
            (write(json!("23")), CAST),
            (write(json!([{"PutRequest": 1}])), "Unexpected field type"),
            (("BatchGetItem", json!({"RequestItems": {"t": {"Keys": [1]}}})), CAST),
            (item(json!({"B": 1})), "only base-64-encoded strings are convertible to bytes"),
            (item(json!({"B": "23456"})), "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
            (item(json!({"B": "+/+="})), "Invalid last non-pad Base64 character dectected"),
            (item(json!({"M": {"a": {"L": [{"NS": [1]}]}}})), "NUMBER_VALUE cannot be converted to String"),
        ] {
            let refused = check(operation, &input).expect_err("it has another type");
            assert_eq!(
                (refused.code.as_str(), refused.message.as_str()),
                ("SerializationException", expected),
                "{input}"
            );
        }
    }

    #[test]
    fn what_has_its_type_and_what_the_model_has_not() {
        for (operation, input) in [
            ("PutItem", json!({"TableName": "t", "Item": {"a": {"S": "x"}, "b": {"B": "AP8="}}, "Expected": null})),
            ("GetItem", json!({"TableName": "t", "Whatever": [1, {"a": true}], "Key": {"a": {"NULL": "no"}}})),
            ("Scan", json!([])),
        ] {
            check(operation, &input).unwrap();
        }
        assert!(has_member("CreateTable", "ResourcePolicy") && !has_member("CreateTable", "Whatever"));
    }
}
