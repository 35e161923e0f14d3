//! Tables, what the engine lacks, and the clock.

use crate::wire::{Wire, error, request};
use serde_json::{Value, json};

fn table(name: &str) -> Value {
    json!({
        "TableName": name,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "status", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-status",
            "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

async fn item(wire: &Wire, table: &str, id: &str) -> Value {
    let get = json!({"TableName": table, "Key": {"id": {"S": id}}, "ConsistentRead": true});
    wire.dynamodb("GetItem", get).await.ok()["Item"].clone()
}

#[tokio::test]
async fn arns_name_the_region_that_was_called() {
    let wire = Wire::start().await;
    let mut input = table("orders");
    input["Tags"] = json!([{"Key": "a", "Value": "b"}]);
    input["DeletionProtectionEnabled"] = json!(true);
    input["SSESpecification"] = json!({"Enabled": true});
    let created = wire.dynamodb("CreateTable", input.clone()).await.ok();
    assert_eq!(created["TableDescription"]["TableStatus"], "CREATING");
    assert_eq!(created["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
    assert_eq!(wire.dynamodb("CreateTable", input).await.error(), error(400, "ResourceInUseException"));
    let found = wire.dynamodb("DescribeTable", json!({"TableName": "orders"})).await.ok()["Table"].clone();
    assert_eq!(found["GlobalSecondaryIndexes"][0]["IndexStatus"], "ACTIVE");
    let arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders";
    assert_eq!((&found["TableArn"], &found["TableStatus"]), (&json!(arn), &json!("ACTIVE")));
    assert_eq!(found["GlobalSecondaryIndexes"][0]["IndexArn"], format!("{arn}/index/by-status"));
    assert_eq!(found["SSEDescription"]["Status"], "ENABLED");
    let by_arn = wire.dynamodb("DescribeTable", json!({"TableName": arn})).await.ok();
    assert_eq!(by_arn["Table"], found);
    let tags = wire.dynamodb("ListTagsOfResource", json!({"ResourceArn": arn})).await.ok();
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "b"}]));
    let missing = wire.dynamodb("ListTagsOfResource", json!({"ResourceArn": format!("{arn}-2")})).await;
    assert!(!missing.message().contains("dynoxide"), "{missing:?}");
    let elsewhere = wire.json_in("us-east-1", "dynamodb", "ListTables", json!({})).await.ok();
    assert_eq!(elsewhere["TableNames"], json!([]));
    let protected = wire.dynamodb("DeleteTable", json!({"TableName": "orders"})).await;
    assert_eq!(protected.error(), error(400, "ValidationException"));
    let unknown = wire
        .dynamodb(
            "UpdateTable",
            json!({"TableName": "orders", "ReplicaUpdates": [{"Create": {"RegionName": "us-east-1"}}]}),
        )
        .await;
    assert_eq!(unknown.error(), error(501, "NotImplementedException"));
}

#[tokio::test]
async fn failed_conditions_say_why() {
    let wire = Wire::start().await;
    wire.dynamodb("CreateTable", table("orders")).await.ok();
    let put = json!({
        "TableName": "orders",
        "Item": {"id": {"S": "1"}, "status": {"S": "open"}},
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    wire.dynamodb("PutItem", put.clone()).await.ok();
    let again = wire.dynamodb("PutItem", put.clone()).await;
    assert_eq!(again.error(), error(400, "ConditionalCheckFailedException"));
    assert_eq!(again.json()["Item"]["status"], json!({"S": "open"}));
    let transaction = json!({"TransactItems": [{"Put": put}]});
    let cancelled = wire.dynamodb("TransactWriteItems", transaction).await;
    assert_eq!(cancelled.error(), error(400, "TransactionCanceledException"));
    assert_eq!(cancelled.json()["CancellationReasons"][0]["Code"], "ConditionalCheckFailed");
    for broken in [json!({"TableName": 5}), json!({"TableName": "orders", "Key": {"id": "1"}})] {
        assert_eq!(wire.dynamodb("GetItem", broken).await.status, 400);
    }
}

#[tokio::test]
async fn indexes_come_and_go_one_at_a_time() {
    let wire = Wire::start().await;
    let input = table("orders");
    wire.dynamodb("CreateTable", input.clone()).await.ok();
    let create = json!({"Create": input["GlobalSecondaryIndexes"][0]});
    let delete = json!({"Delete": {"IndexName": "by-status"}});
    let update = |updates: Value| json!({"TableName": "orders", "AttributeDefinitions": input["AttributeDefinitions"], "GlobalSecondaryIndexUpdates": updates});
    let both = wire.dynamodb("UpdateTable", update(json!([delete, create]))).await;
    assert_eq!(both.error(), error(400, "LimitExceededException"));
    wire.dynamodb("UpdateTable", update(json!([delete]))).await.ok();
    wire.dynamodb("UpdateTable", update(json!([create]))).await.ok();
    let dear = wire.dynamodb("UpdateTable", json!({"TableName": "orders", "BillingMode": "PROVISIONED"})).await;
    assert_eq!(dear.error(), error(400, "ValidationException"), "without throughput");
}

#[tokio::test]
async fn backups_hold_the_items() {
    let wire = Wire::start().await;
    wire.dynamodb("CreateTable", table("orders")).await.ok();
    for id in ["1", "2"] {
        let put =
            json!({"TableName": "orders", "Item": {"id": {"S": id}, "status": {"S": "open"}, "raw": {"B": "AAE="}}});
        wire.dynamodb("PutItem", put).await.ok();
    }
    let backup = json!({"TableName": "orders", "BackupName": "before"});
    let made = wire.dynamodb("CreateBackup", backup).await.ok()["BackupDetails"].clone();
    assert_eq!(made["BackupStatus"], "AVAILABLE");
    let restore = json!({"TargetTableName": "copy", "BackupArn": made["BackupArn"]});
    wire.dynamodb("DeleteTable", json!({"TableName": "orders"})).await.ok();
    let begun = wire.dynamodb("RestoreTableFromBackup", restore.clone()).await.ok()["TableDescription"].clone();
    assert_eq!(begun["RestoreSummary"]["RestoreInProgress"], true);
    let restored = wire.dynamodb("DescribeTable", json!({"TableName": "copy"})).await.ok()["Table"].clone();
    assert_eq!(restored["RestoreSummary"]["SourceBackupArn"], made["BackupArn"], "it is told for good");
    assert_eq!(restored["RestoreSummary"]["RestoreInProgress"], false);
    assert_eq!(item(&wire, "copy", "2").await["raw"], json!({"B": "AAE="}));
    let query = json!({
        "TableName": "copy",
        "IndexName": "by-status",
        "KeyConditionExpression": "#s = :open",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": {":open": {"S": "open"}},
    });
    assert_eq!(wire.dynamodb("Query", query).await.ok()["Count"], 2);
    let again = wire.dynamodb("RestoreTableFromBackup", restore.clone()).await;
    assert_eq!(again.error(), error(400, "TableAlreadyExistsException"));
    let named = json!({"BackupArn": made["BackupArn"]});
    let described = wire.dynamodb("DescribeBackup", named.clone()).await.ok();
    assert_eq!(described["BackupDescription"]["SourceTableDetails"]["ItemCount"], 2);
    wire.dynamodb("DeleteBackup", named.clone()).await.ok();
    assert_eq!(wire.dynamodb("DescribeBackup", named).await.error(), error(400, "BackupNotFoundException"));
    assert_eq!(wire.dynamodb("RestoreTableFromBackup", restore).await.error(), error(400, "BackupNotFoundException"));
}

#[tokio::test]
async fn a_deleted_table_with_recovery_leaves_a_system_backup() {
    let wire = Wire::start().await;
    wire.dynamodb("CreateTable", table("orders")).await.ok();
    let named = json!({"TableName": "orders"});
    let status = async || {
        let found = wire.dynamodb("DescribeContinuousBackups", named.clone()).await.ok();
        found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"].clone()
    };
    assert_eq!(status().await, "DISABLED");
    let enable =
        json!({"TableName": "orders", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}});
    wire.dynamodb("UpdateContinuousBackups", enable).await.ok();
    assert_eq!(status().await, "ENABLED");
    wire.dynamodb("DeleteTable", named.clone()).await.ok();
    let missing = wire.dynamodb("DescribeContinuousBackups", named.clone()).await;
    assert_eq!(missing.error(), error(400, "TableNotFoundException"));
    let backups = wire.dynamodb("ListBackups", named.clone()).await.ok()["BackupSummaries"].clone();
    assert_eq!((&backups[0]["BackupType"], &backups[1]), (&json!("SYSTEM"), &Value::Null));
    let delete = wire.dynamodb("DeleteBackup", json!({"BackupArn": backups[0]["BackupArn"]})).await;
    assert_eq!(delete.error(), error(400, "ValidationException"));
    wire.dynamodb("CreateTable", table("orders")).await.ok();
    assert_eq!(status().await, "DISABLED", "a new table begins without");
}

#[tokio::test]
async fn items_expire_by_the_clock_of_the_cloud() {
    let wire = Wire::start().await;
    wire.dynamodb("CreateTable", table("orders")).await.ok();
    let ttl = |enabled: bool| json!({"TableName": "orders", "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": enabled}});
    wire.dynamodb("UpdateTimeToLive", ttl(true)).await.ok();
    let again = wire.dynamodb("UpdateTimeToLive", ttl(true)).await;
    assert_eq!(again.message(), "TimeToLive is already enabled");
    let now = wire.cloud.clock().now().unix_timestamp();
    for (id, expires) in [
        ("soon", json!({"N": (now + 3600).to_string()})),
        ("late", json!({"N": (now + 90_000).to_string()})),
        ("text", json!({"S": "1"})),
    ] {
        let put = json!({"TableName": "orders", "Item": {"id": {"S": id}, "expires": expires}});
        wire.dynamodb("PutItem", put).await.ok();
    }
    wire.advance(7200);
    while !item(&wire, "orders", "soon").await.is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(!item(&wire, "orders", "late").await.is_null());
    assert!(!item(&wire, "orders", "text").await.is_null());
}

#[tokio::test]
async fn items_are_reached_by_the_arn_of_their_table() {
    let wire = Wire::start().await;
    wire.dynamodb("CreateTable", table("orders")).await.ok();
    let arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders";
    let (key, item) = (json!({"id": {"S": "1"}}), json!({"id": {"S": "1"}, "status": {"S": "open"}}));
    wire.dynamodb("PutItem", json!({"TableName": arn, "Item": item})).await.ok();
    let update = json!({
        "TableName": arn,
        "Key": key,
        "UpdateExpression": "SET n = :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    });
    wire.dynamodb("UpdateItem", update).await.ok();
    let found = json!([{"id": {"S": "1"}, "n": {"N": "1"}, "status": {"S": "open"}}]);
    let got = wire.dynamodb("GetItem", json!({"TableName": arn, "Key": key})).await.ok();
    assert_eq!(json!([got["Item"]]), found);
    let query = json!({
        "TableName": arn,
        "IndexName": "by-status",
        "KeyConditionExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": {":s": {"S": "open"}},
    });
    assert_eq!(wire.dynamodb("Query", query).await.ok()["Items"], found);
    assert_eq!(wire.dynamodb("Scan", json!({"TableName": arn})).await.ok()["Items"], found);
    let batch = wire.dynamodb("BatchGetItem", json!({"RequestItems": {arn: {"Keys": [key]}}})).await.ok();
    assert_eq!(batch["Responses"][arn], found);
    let get = json!({"TransactItems": [{"Get": {"TableName": arn, "Key": key}}]});
    assert_eq!(wire.dynamodb("TransactGetItems", get).await.ok()["Responses"][0]["Item"], found[0]);
    let check = json!({"TableName": arn, "Key": key, "ConditionExpression": "attribute_exists(n)"});
    wire.dynamodb("TransactWriteItems", json!({"TransactItems": [{"ConditionCheck": check}]})).await.ok();
    let write = json!({"RequestItems": {arn: [{"DeleteRequest": {"Key": key}}]}});
    wire.dynamodb("BatchWriteItem", write).await.ok();
    wire.dynamodb("DeleteItem", json!({"TableName": arn, "Key": key})).await.ok();
    assert_eq!(item_count(&wire, "orders").await, 0);
    let elsewhere = json!({"TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/orders", "Key": key});
    assert_eq!(wire.dynamodb("GetItem", elsewhere).await.error(), error(400, "AccessDeniedException"));
}

async fn item_count(wire: &Wire, table: &str) -> u64 {
    let scan = json!({"TableName": table, "Select": "COUNT"});
    wire.dynamodb("Scan", scan).await.ok()["Count"].as_u64().unwrap()
}

#[tokio::test]
async fn an_update_that_only_removes_makes_no_item() {
    let wire = Wire::start().await;
    wire.dynamodb("CreateTable", table("orders")).await.ok();
    let update = |more: Value| {
        let mut update = json!({"TableName": "orders", "Key": {"id": {"S": "1"}}, "ReturnValues": "ALL_NEW"});
        update.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        update
    };
    let set = json!({":s": {"SS": ["a"]}});
    for removal in [
        json!({"UpdateExpression": "REMOVE a, b.c"}),
        json!({"UpdateExpression": "delete a :s", "ExpressionAttributeValues": set}),
        json!({"UpdateExpression": "REMOVE a", "ConditionExpression": "attribute_not_exists(id) OR a = b"}),
        json!({"AttributeUpdates": {"a": {"Action": "DELETE"}}}),
    ] {
        assert_eq!(wire.dynamodb("UpdateItem", update(removal.clone())).await.ok(), json!({}), "{removal}");
        assert_eq!(item_count(&wire, "orders").await, 0, "{removal}");
    }
    let failing = update(json!({
        "UpdateExpression": "REMOVE #a",
        "ConditionExpression": "#b = :b",
        "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
        "ExpressionAttributeValues": {":b": {"S": "b"}},
    }));
    let refused = wire.dynamodb("UpdateItem", failing.clone()).await;
    assert_eq!(refused.error(), error(400, "ConditionalCheckFailedException"));
    for broken in ["REMOVE id", "REMOVE a,", "REMOVE a, a", "REMOVE :v"] {
        let refused = wire.dynamodb("UpdateItem", update(json!({"UpdateExpression": broken}))).await;
        assert_eq!(refused.error(), error(400, "ValidationException"), "{broken}");
    }
    let step = json!({"TableName": "orders", "Key": {"id": {"S": "1"}}, "UpdateExpression": "REMOVE a"});
    wire.dynamodb("TransactWriteItems", json!({"TransactItems": [{"Update": step}]})).await.ok();
    assert_eq!(item_count(&wire, "orders").await, 0);
    // What makes an item still does.
    wire.dynamodb("UpdateItem", update(json!({}))).await.ok();
    let there = update(json!({"UpdateExpression": "REMOVE a"}));
    assert_eq!(wire.dynamodb("UpdateItem", there).await.ok()["Attributes"], json!({"id": {"S": "1"}}));
    assert_eq!(item_count(&wire, "orders").await, 1);
}

/// A value of another JSON type is refused before anything else, in the words of AWS's decoder.
#[tokio::test]
async fn values_of_another_type_cannot_be_read() {
    let wire = Wire::start().await;
    for (operation, input, words) in [
        (
            "GetItem",
            json!({"TableName": "t", "Key": []}),
            "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>",
        ),
        ("PutItem", json!({"TableName": "t", "Item": {"id": {"S": 1}}}), "NUMBER_VALUE cannot be converted to String"),
        ("CreateTable", json!({"KeySchema": "id"}), "Unexpected field type"),
        ("ListTables", json!({"Limit": true}), "TRUE_VALUE cannot be converted to Integer"),
    ] {
        let refused = wire.dynamodb(operation, input).await;
        let expected = json!({"__type": "com.amazon.coral.service#SerializationException", "Message": words});
        assert_eq!((refused.status, refused.json()), (400, expected), "{operation}");
    }
}

/// DynamoDB ignores members that its model has not; what it has and this cloud has not is refused.
#[tokio::test]
async fn members_that_dynamodb_does_not_know() {
    let wire = Wire::start().await;
    let mut input = table("orders");
    input["Whatever"] = json!({"a": [1]});
    wire.dynamodb("CreateTable", input.clone()).await.ok();
    wire.dynamodb("ListTables", json!({"Whatever": "x"})).await.ok();
    wire.dynamodb("PutItem", json!({"TableName": "orders", "Item": {"id": {"S": "a"}}, "Whatever": 1})).await.ok();
    input["ResourcePolicy"] = json!("{}");
    input["TableName"] = json!("others");
    assert_eq!(wire.dynamodb("CreateTable", input).await.status, 501);
}

#[tokio::test]
async fn answers_have_a_checksum() {
    let wire = Wire::start().await;
    let mut checksum = flate2::Crc::new();
    let reply = wire.dynamodb("ListTables", json!({})).await;
    checksum.update(reply.body.as_bytes());
    assert_eq!(reply.headers["x-amz-crc32"], checksum.sum().to_string());
}

#[tokio::test]
async fn a_call_without_a_signature_is_told_so_by_dynamodb() {
    let wire = Wire::start().await;
    let headers = [("X-Amz-Target", "DynamoDB_20120810.ListTables"), ("Content-Type", "application/x-amz-json-1.0")];
    let reply = wire.send(request("POST", "/", "localhost", &headers, b"{}")).await.unwrap();
    let expected = json!({
        "__type": "com.amazon.coral.service#MissingAuthenticationTokenException",
        "message": "Request is missing Authentication Token",
    });
    assert_eq!((reply.status, reply.json()), (400, expected));
}
