//! DynamoDB Streams.

use crate::wire::{Wire, error};
use serde_json::{Value, json};

impl Wire {
    /// Makes a table with a stream and returns the stream's ARN.
    pub async fn table_with_stream(&self, name: &str) -> String {
        let table = json!({
            "TableName": name,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        });
        let made = self.dynamodb("CreateTable", table).await.ok();
        made["TableDescription"]["LatestStreamArn"].as_str().unwrap().to_owned()
    }

    /// Puts an item with an id and a number.
    pub async fn put_number(&self, table: &str, id: &str, number: u32) {
        let item = json!({"id": {"S": id}, "n": {"N": number.to_string()}});
        self.dynamodb("PutItem", json!({"TableName": table, "Item": item})).await.ok();
    }
}

async fn iterator(wire: &Wire, stream: &str, kind: &str) -> Value {
    let described = wire.dynamodb("DescribeStream", json!({"StreamArn": stream})).await.ok();
    let shard = described["StreamDescription"]["Shards"][0]["ShardId"].clone();
    let input = json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": kind});
    wire.dynamodb("GetShardIterator", input).await.ok()["ShardIterator"].clone()
}

#[tokio::test]
async fn changes_are_read_in_order() {
    let wire = Wire::start().await;
    let stream = wire.table_with_stream("orders").await;
    assert!(stream.starts_with("arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/"), "{stream}");
    let listed = wire.dynamodb("ListStreams", json!({"TableName": "orders"})).await.ok();
    assert_eq!(listed["Streams"][0]["StreamArn"], stream.as_str());
    let described = wire.dynamodb("DescribeStream", json!({"StreamArn": stream})).await.ok();
    let description = &described["StreamDescription"];
    assert_eq!(
        (&description["StreamStatus"], &description["KeySchema"][0]["AttributeName"]),
        (&json!("ENABLED"), &json!("id"))
    );
    let shard = description["Shards"][0]["ShardId"].as_str().unwrap();
    assert!((28..=65).contains(&shard.len()), "{shard}");

    wire.put_number("orders", "a", 1).await;
    let latest = iterator(&wire, &stream, "LATEST").await;
    wire.put_number("orders", "a", 2).await;
    wire.dynamodb("DeleteItem", json!({"TableName": "orders", "Key": {"id": {"S": "a"}}})).await.ok();
    let first = iterator(&wire, &stream, "TRIM_HORIZON").await;
    let read = wire.dynamodb("GetRecords", json!({"ShardIterator": first, "Limit": 2})).await.ok();
    let names = |read: &Value| {
        read["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["eventName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&read), ["INSERT", "MODIFY"]);
    let modified = &read["Records"][1];
    assert_eq!(
        (&modified["dynamodb"]["OldImage"]["n"], &modified["dynamodb"]["NewImage"]["n"]),
        (&json!({"N": "1"}), &json!({"N": "2"}))
    );
    assert_eq!((&modified["awsRegion"], &modified["eventSource"]), (&json!("eu-west-1"), &json!("aws:dynamodb")));
    let rest = wire.dynamodb("GetRecords", json!({"ShardIterator": read["NextShardIterator"]})).await.ok();
    assert_eq!(names(&rest), ["REMOVE"]);
    assert_eq!(names(&wire.dynamodb("GetRecords", json!({"ShardIterator": latest})).await.ok()), ["MODIFY", "REMOVE"]);
    let end = wire.dynamodb("GetRecords", json!({"ShardIterator": rest["NextShardIterator"]})).await.ok();
    assert!(names(&end).is_empty() && end["NextShardIterator"].is_string(), "the shard is open");
}

#[tokio::test]
async fn what_is_no_stream_any_more_is_not_found() {
    let wire = Wire::start().await;
    let stream = wire.table_with_stream("orders").await;
    let first = iterator(&wire, &stream, "TRIM_HORIZON").await;
    wire.advance(901);
    let late = wire.dynamodb("GetRecords", json!({"ShardIterator": first})).await;
    assert_eq!(late.error(), error(400, "ExpiredIteratorException"));
    for other in [format!("{stream}x"), stream.replace("orders", "others")] {
        let reply = wire.dynamodb("DescribeStream", json!({"StreamArn": other})).await;
        assert_eq!(reply.error(), error(400, "ResourceNotFoundException"), "{other}");
    }
    let input =
        json!({"StreamArn": stream, "ShardId": "shardId-00000000000000000001-00000000", "ShardIteratorType": "LATEST"});
    assert_eq!(wire.dynamodb("GetShardIterator", input).await.error(), error(400, "ResourceNotFoundException"));
    for (operation, input) in [
        ("GetRecords", json!({"ShardIterator": "x"})),
        ("GetRecords", json!({"ShardIterator": first, "Limit": 1001})),
        ("ListStreams", json!({"Limit": 0})),
    ] {
        assert_eq!(wire.dynamodb(operation, input).await.error(), error(400, "ValidationException"), "{operation}");
    }
    wire.dynamodb("UpdateTable", json!({"TableName": "orders", "StreamSpecification": {"StreamEnabled": false}}))
        .await
        .ok();
    let gone = wire.dynamodb("DescribeStream", json!({"StreamArn": stream})).await;
    assert_eq!(gone.error(), error(400, "ResourceNotFoundException"));
}

/// A stream has the changes since it was switched on: neither those of an earlier one, nor those of an earlier table of that name.
#[tokio::test]
async fn a_stream_begins_when_it_is_switched_on() {
    let wire = Wire::start().await;
    let mut stream = wire.table_with_stream("orders").await;
    for (step, id) in ["a", "b", "c"].into_iter().enumerate() {
        match step {
            0 => {}
            1 => {
                for switched in [
                    json!({"StreamEnabled": false}),
                    json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}),
                ] {
                    let input = json!({"TableName": "orders", "StreamSpecification": switched});
                    let updated = wire.dynamodb("UpdateTable", input).await.ok();
                    stream = updated["TableDescription"]["LatestStreamArn"].as_str().unwrap_or_default().to_owned();
                }
            }
            _ => {
                wire.dynamodb("DeleteTable", json!({"TableName": "orders"})).await.ok();
                stream = wire.table_with_stream("orders").await;
            }
        }
        wire.put_number("orders", id, 1).await;
        let first = iterator(&wire, &stream, "TRIM_HORIZON").await;
        let read = wire.dynamodb("GetRecords", json!({"ShardIterator": first})).await.ok();
        let records = read["Records"].as_array().unwrap();
        let ids: Vec<_> = records.iter().map(|record| &record["dynamodb"]["Keys"]["id"]["S"]).collect();
        assert_eq!(ids, [id]);
        let described = wire.dynamodb("DescribeStream", json!({"StreamArn": stream})).await.ok();
        let start = &described["StreamDescription"]["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"];
        assert!(start.as_str().unwrap() <= records[0]["dynamodb"]["SequenceNumber"].as_str().unwrap(), "{start}");
    }
}

#[tokio::test]
async fn who_may_not_read_a_stream_is_told_so() {
    let wire = Wire::start().await;
    let stream = wire.table_with_stream("orders").await;
    let first = iterator(&wire, &stream, "TRIM_HORIZON").await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:DescribeStream", "Resource": format!("{}*", stream)}]});
    wire.own("PUT", "/_deployer/callers/test", policy).await;
    wire.dynamodb("DescribeStream", json!({"StreamArn": stream})).await.ok();
    let denied = wire.dynamodb("GetRecords", json!({"ShardIterator": first})).await;
    assert_eq!(denied.error(), error(400, "AccessDeniedException"));
    assert!(denied.message().contains(&stream), "{}", denied.message());
}
