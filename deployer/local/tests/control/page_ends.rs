//! Where pages of items end. The sizes and the answers are those of dynalite's tests, which were written against DynamoDB
//! (<https://github.com/architect/dynalite>, `test/query.js`).

use crate::wire::Wire;
use serde_json::{Value, json};

/// Ten characters, as the partition keys of those tests have.
const PARTITION: &str = "aaaaaaaaaa";

async fn table(wire: &Wire) {
    let keys = ["a", "b"];
    let create = json!({
        "TableName": "pages",
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
        "AttributeDefinitions": keys.map(|key| json!({"AttributeName": key, "AttributeType": "S"})),
        "BillingMode": "PAY_PER_REQUEST",
    });
    let created = wire.dynamodb("CreateTable", create).await.ok();
    assert!(created["TableDescription"].get("GlobalSecondaryIndexes").is_none(), "there are none: {created}");
}

/// Puts one item for each length, with an attribute of that name and length.
async fn put(wire: &Wire, attribute: &str, lengths: &[usize]) {
    let items = lengths.iter().enumerate().map(|(at, length)| {
        let item =
            json!({"a": {"S": PARTITION}, "b": {"S": format!("{at:02}")}, attribute: {"S": "e".repeat(*length)}});
        json!({"PutRequest": {"Item": item}})
    });
    let written = wire.dynamodb("BatchWriteItem", json!({"RequestItems": {"pages": Vec::from_iter(items)}})).await.ok();
    assert_eq!(written["UnprocessedItems"], json!({}));
}

fn query(more: &Value) -> Value {
    let mut query = json!({
        "TableName": "pages",
        "KeyConditionExpression": "#a = :a",
        "ExpressionAttributeNames": {"#a": "a"},
        "ExpressionAttributeValues": {":a": {"S": PARTITION}},
    });
    for (name, value) in more.as_object().expect("members") {
        match query[name].as_object_mut() {
            Some(members) => members.extend(value.as_object().expect("members").clone()),
            None => query[name] = value.clone(),
        }
    }
    query
}

#[tokio::test]
async fn a_page_ends_behind_the_item_that_makes_it_a_megabyte() {
    let long_name = "e".repeat(255);
    let [under, over, with_last, without_last] =
        [vec![41_645; 25], vec![41_645; 25], vec![43_372; 25], vec![43_372; 25]];
    let changed = |mut lengths: Vec<usize>, changes: &[(usize, usize)]| {
        changes.iter().for_each(|(at, length)| lengths[*at] = *length);
        lengths
    };
    for (name, lengths, count, last, units) in [
        (long_name.as_str(), under, 25, None, 128.0),
        ("e", changed(over, &[(24, 41_646)]), 25, Some("24"), 127.5),
        (&long_name, changed(with_last, &[(23, 43_387), (24, 44_999)]), 25, Some("24"), 133.5),
        ("e", changed(without_last, &[(23, 43_388), (24, 44_999)]), 24, Some("23"), 127.5),
    ] {
        let wire = Wire::start().await;
        table(&wire).await;
        put(&wire, name, &lengths).await;
        let last = last.map_or(Value::Null, |last| json!({"a": {"S": PARTITION}, "b": {"S": last}}));
        let filter = json!({
            "FilterExpression": "attribute_not_exists(#none)",
            "ExpressionAttributeNames": {"#none": "none"},
            "ProjectionExpression": "b",
        });
        for (shown, more) in [(count, json!({})), (0, json!({"Select": "COUNT"})), (count, filter)] {
            let mut more = more;
            more["ReturnConsumedCapacity"] = json!("TOTAL");
            let page = wire.dynamodb("Query", query(&more)).await.ok();
            assert_eq!((&page["Count"], &page["ScannedCount"]), (&json!(count), &json!(count)), "{lengths:?}");
            assert_eq!(page["Items"].as_array().map_or(0, Vec::len), shown, "{lengths:?}");
            assert_eq!(page["LastEvaluatedKey"], last, "{lengths:?}");
            assert_eq!(page["ConsumedCapacity"], json!({"TableName": "pages", "CapacityUnits": units}), "{lengths:?}");
        }
        let scan = wire.dynamodb("Scan", json!({"TableName": "pages"})).await.ok();
        assert_eq!((&scan["Count"], &scan["LastEvaluatedKey"]), (&json!(count), &last), "{lengths:?}");
        assert_eq!(scan["ConsumedCapacity"], Value::Null);
        // A limit ends it earlier, and never later.
        for (limit, count, goes_on) in [(3, 3, true), (30, count, !last.is_null())] {
            let page = wire.dynamodb("Query", query(&json!({"Limit": limit}))).await.ok();
            assert_eq!((&page["Count"], page["LastEvaluatedKey"].is_object()), (&json!(count), goes_on), "{lengths:?}");
        }
    }
}

#[tokio::test]
async fn pages_have_every_item_once() {
    let wire = Wire::start().await;
    table(&wire).await;
    put(&wire, "e", &(0..25).map(|n| 100_000 + 9_973 * n).collect::<Vec<_>>()).await;
    for more in [json!({}), json!({"ScanIndexForward": false}), json!({"ProjectionExpression": "b"})] {
        let (mut found, mut more) = (Vec::new(), more);
        loop {
            let page = wire.dynamodb("Query", query(&more)).await.ok();
            let items = page["Items"].as_array().expect("items");
            found.extend(items.iter().map(|item| item["b"]["S"].as_str().expect("a key").to_owned()));
            match &page["LastEvaluatedKey"] {
                Value::Null => break,
                last => more["ExclusiveStartKey"] = last.clone(),
            }
        }
        let pages_forward = more["ScanIndexForward"] != false;
        if !pages_forward {
            found.reverse();
        }
        assert_eq!(found, (0..25).map(|n| format!("{n:02}")).collect::<Vec<_>>());
    }
}
