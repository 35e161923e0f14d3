//! CloudWatch Logs: groups, streams, events.

mod lab;

use lab::Lab;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const GROUP: &str = "/aws/lambda/orders";

async fn with_group() -> Lab {
    let lab = Lab::new();
    lab.logs("CreateLogGroup", json!({ "logGroupName": GROUP, "tags": { "a": "1" } })).await.unwrap();
    lab
}

/// Puts messages into a stream, one millisecond apart.
async fn put(lab: &Lab, stream: &str, first_ms: i64, messages: &[&str]) {
    let created = lab.logs("CreateLogStream", json!({ "logGroupName": GROUP, "logStreamName": stream })).await;
    if let Err(fault) = created {
        assert_eq!(fault.code, "ResourceAlreadyExistsException");
    }
    let events: Vec<Value> =
        (first_ms..).zip(messages).map(|(at, message)| json!({ "timestamp": at, "message": message })).collect();
    let input = json!({ "logGroupName": GROUP, "logStreamName": stream, "logEvents": events });
    let answer = lab.logs("PutLogEvents", input).await.unwrap();
    assert_eq!(answer.get("rejectedLogEventsInfo"), None);
}

async fn filter(lab: &Lab, mut input: Value) -> Vec<String> {
    input["logGroupName"] = json!(GROUP);
    messages(&lab.logs("FilterLogEvents", input).await.unwrap())
}

fn messages(answer: &Value) -> Vec<String> {
    let events = answer["events"].as_array().unwrap();
    events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn errors_are_those_of_aws() {
    let lab = with_group().await;
    let none = json!({ "logGroupName": "none" });
    let stream = json!({ "logGroupName": GROUP, "logStreamName": "none" });
    let no_stream_group = json!({ "logGroupName": "none", "logStreamName": "s" });
    let events =
        json!({ "logGroupName": GROUP, "logStreamName": "none", "logEvents": [{ "timestamp": 1, "message": "m" }] });
    let mut shown = Vec::new();
    for (operation, input) in [
        ("CreateLogGroup", json!({ "logGroupName": GROUP })),
        ("CreateLogGroup", json!({ "logGroupName": "a b" })),
        ("CreateLogGroup", json!({ "logGroupName": "" })),
        ("CreateLogGroup", json!({ "logGroupName": "g", "kmsKeyId": "k" })),
        ("CreateLogGroup", json!({ "logGroupName": "g", "logGroupClass": "DELIVERY" })),
        ("CreateLogGroup", json!({ "logGroupName": 5 })),
        ("DeleteLogGroup", none.clone()),
        ("PutRetentionPolicy", json!({ "logGroupName": "none", "retentionInDays": 7 })),
        ("PutRetentionPolicy", json!({ "logGroupName": GROUP, "retentionInDays": 2 })),
        ("DeleteRetentionPolicy", none.clone()),
        ("DescribeLogStreams", none.clone()),
        ("DescribeLogStreams", json!({ "logGroupName": GROUP, "limit": 51 })),
        ("CreateLogStream", no_stream_group.clone()),
        ("CreateLogStream", json!({ "logGroupName": GROUP, "logStreamName": "a:b" })),
        ("DeleteLogStream", stream.clone()),
        ("GetLogEvents", stream.clone()),
        ("GetLogEvents", no_stream_group),
        ("PutLogEvents", events),
        ("FilterLogEvents", none),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "logStreamNames": ["none"] })),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "filterPattern": "[a, b]" })),
        ("FilterLogEvents", json!({ "logGroupName": GROUP, "nextToken": "x" })),
        ("FilterLogEvents", json!({})),
        ("ListTagsForResource", json!({ "resourceArn": "arn:aws:logs:ap-south-1:000000000000:log-group:none" })),
        ("ListTagsForResource", json!({ "resourceArn": "arn:aws:s3:::b" })),
    ] {
        let fault = lab.logs(operation, input).await.unwrap_err();
        shown.push(format!("{operation}: {} {}: {}", fault.status, fault.code, fault.message));
    }
    insta::assert_snapshot!("errors", shown.join("\n"));
}

#[tokio::test]
async fn groups_are_listed_in_pages_and_tagged() {
    let lab = with_group().await;
    for index in 0..7 {
        lab.logs("CreateLogGroup", json!({ "logGroupName": format!("/app/{index}") })).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = lab.logs("DescribeLogGroups", json!({ "limit": 3, "nextToken": token })).await.unwrap();
        let groups = page["logGroups"].as_array().unwrap();
        seen.extend(groups.iter().map(|group| group["logGroupName"].as_str().unwrap().to_owned()));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let expected: Vec<String> = (0..7).map(|index| format!("/app/{index}")).chain([GROUP.to_owned()]).collect();
    assert_eq!(seen, expected);
    let found = lab.logs("DescribeLogGroups", json!({ "logGroupNamePrefix": "/aws/" })).await.unwrap();
    assert_eq!(found["logGroups"].as_array().unwrap().len(), 1);
    let arn = found["logGroups"][0]["logGroupArn"].clone();
    assert_eq!(found["logGroups"][0]["arn"], format!("{}:*", arn.as_str().unwrap()));
    lab.logs("TagResource", json!({ "resourceArn": arn, "tags": { "b": "2" } })).await.unwrap();
    lab.logs("UntagResource", json!({ "resourceArn": arn, "tagKeys": ["a"] })).await.unwrap();
    let tags = lab.logs("ListTagsForResource", json!({ "resourceArn": arn })).await.unwrap();
    assert_eq!(tags, json!({ "tags": { "b": "2" } }));
}

#[tokio::test]
async fn filters_over_streams_in_the_order_of_time() {
    let lab = with_group().await;
    let now = lab.clock.now_ms();
    put(&lab, "b", now - 100, &["b0 INFO", "b1 ERROR"]).await;
    put(&lab, "a", now - 101, &["a0 INFO", "a1 {\"x\":1}", "a2 ERROR"]).await;
    put(&lab, "c", now - 500, &["{\"status\":500}"]).await;
    assert_eq!(
        filter(&lab, json!({})).await,
        ["{\"status\":500}", "a0 INFO", "b0 INFO", "a1 {\"x\":1}", "b1 ERROR", "a2 ERROR"]
    );
    assert_eq!(filter(&lab, json!({ "filterPattern": "ERROR -b1" })).await, ["a2 ERROR"]);
    assert_eq!(filter(&lab, json!({ "filterPattern": "{ $.status >= 500 }" })).await, ["{\"status\":500}"]);
    assert_eq!(filter(&lab, json!({ "logStreamNames": ["b"] })).await, ["b0 INFO", "b1 ERROR"]);
    assert_eq!(filter(&lab, json!({ "logStreamNamePrefix": "c" })).await, ["{\"status\":500}"]);
    let window = json!({ "startTime": now - 100, "endTime": now - 100 });
    assert_eq!(filter(&lab, window).await, ["b0 INFO", "a1 {\"x\":1}"]);
}

#[tokio::test]
async fn pages_lose_and_repeat_nothing() {
    let lab = with_group().await;
    let now = lab.clock.now_ms();
    // Many events of the same millisecond, in two streams.
    for index in 0..25 {
        let (even, odd) = (format!("e{index}"), format!("o{index}"));
        put(&lab, "even", now - 50, &[&even]).await;
        put(&lab, "odd", now - 50, &[&odd]).await;
    }
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let input = json!({ "logGroupName": GROUP, "limit": 7, "nextToken": token });
        let page = lab.logs("FilterLogEvents", input).await.unwrap();
        seen.extend(messages(&page));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
        // What arrives meanwhile with a later time is seen at the end.
        if seen.len() == 14 {
            put(&lab, "odd", now - 40, &["late"]).await;
        }
    }
    assert_eq!(seen.len(), 51);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 51);
    assert_eq!(seen.last().unwrap(), "late");
}

/// A pattern that nothing matches must not make one call read everything.
#[tokio::test]
async fn a_call_ends_after_so_many_events_that_do_not_match() {
    let lab = with_group().await;
    let first_ms = lab.clock.now_ms();
    for batch in 0..11 {
        let messages = ["other"; 10_000];
        let messages = if batch == 10 { &["other", "wanted"][..] } else { &messages };
        put(&lab, "s", first_ms + batch * 10_000, messages).await;
    }
    let filter = json!({ "logGroupName": GROUP, "filterPattern": "wanted" });
    let answer = lab.logs("FilterLogEvents", filter.clone()).await.unwrap();
    assert_eq!(messages(&answer), [""; 0]);
    let mut next = filter;
    next["nextToken"] = answer["nextToken"].clone();
    let answer = lab.logs("FilterLogEvents", next).await.unwrap();
    assert_eq!((messages(&answer), answer.get("nextToken")), (vec!["wanted".to_owned()], None));
}

#[tokio::test]
async fn reads_a_stream_in_both_directions() {
    let lab = with_group().await;
    let now = lab.clock.now_ms();
    let all: Vec<String> = (0..10).map(|index| format!("m{index}")).collect();
    let borrowed: Vec<&str> = all.iter().map(String::as_str).collect();
    put(&lab, "s", now - 100, &borrowed).await;
    let get = async |more: Value| {
        let mut input = json!({ "logGroupName": GROUP, "logStreamName": "s", "limit": 4 });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        lab.logs("GetLogEvents", input).await.unwrap()
    };
    let page = get(json!({})).await;
    assert_eq!(messages(&page), ["m6", "m7", "m8", "m9"], "the latest first");
    let older = get(json!({ "nextToken": page["nextBackwardToken"] })).await;
    assert_eq!(messages(&older), ["m2", "m3", "m4", "m5"]);
    let oldest = get(json!({ "nextToken": older["nextBackwardToken"] })).await;
    assert_eq!(messages(&oldest), ["m0", "m1"]);
    let end = get(json!({ "nextToken": oldest["nextBackwardToken"] })).await;
    assert_eq!((messages(&end).len(), &end["nextBackwardToken"]), (0, &oldest["nextBackwardToken"]));
    let newer = get(json!({ "nextToken": older["nextForwardToken"] })).await;
    assert_eq!(messages(&newer), ["m6", "m7", "m8", "m9"]);
    let end = get(json!({ "nextToken": newer["nextForwardToken"] })).await;
    assert_eq!((messages(&end).len(), &end["nextForwardToken"]), (0, &newer["nextForwardToken"]));
    put(&lab, "s", now - 10, &["new"]).await;
    assert_eq!(messages(&get(json!({ "nextToken": end["nextForwardToken"] })).await), ["new"]);
    let head = get(json!({ "startFromHead": true, "startTime": now - 98, "endTime": now - 96 })).await;
    assert_eq!(messages(&head), ["m2", "m3"], "the end is exclusive");
}

#[tokio::test]
async fn streams_are_ordered_by_name_or_by_their_last_event() {
    let lab = with_group().await;
    let now = lab.clock.now_ms();
    for (stream, at) in [("b", 30), ("c", 20), ("a", 10), ("d", 20)] {
        put(&lab, stream, now - at, &["m"]).await;
    }
    let list = async |input: Value| {
        let (mut input, mut seen) = (input, Vec::new());
        input["logGroupName"] = json!(GROUP);
        loop {
            let page = lab.logs("DescribeLogStreams", input.clone()).await.unwrap();
            let streams = page["logStreams"].as_array().unwrap();
            seen.extend(streams.iter().map(|stream| stream["logStreamName"].as_str().unwrap().to_owned()));
            input["nextToken"] = page["nextToken"].clone();
            if input["nextToken"].is_null() {
                return seen.join("");
            }
        }
    };
    assert_eq!(list(json!({})).await, "abcd");
    assert_eq!(list(json!({ "descending": true, "limit": 1 })).await, "dcba");
    assert_eq!(list(json!({ "orderBy": "LastEventTime", "limit": 1 })).await, "bcda");
    assert_eq!(list(json!({ "orderBy": "LastEventTime", "descending": true, "limit": 2 })).await, "adcb");
    assert_eq!(list(json!({ "logStreamNamePrefix": "c" })).await, "c");
}

#[tokio::test]
async fn batches_are_checked() {
    let lab = with_group().await;
    let now = lab.clock.now_ms();
    put(&lab, "s", now, &["m"]).await;
    let events = |ages_ms: &[i64]| -> Vec<Value> {
        ages_ms.iter().map(|age| json!({ "timestamp": now - age, "message": "m" })).collect()
    };
    let put = async |events: Vec<Value>| {
        lab.logs("PutLogEvents", json!({ "logGroupName": GROUP, "logStreamName": "s", "logEvents": events })).await
    };
    for wrong in [
        events(&[]),
        events(&[1, 2]),
        events(&[86_400_001, 0]),
        vec![json!({ "timestamp": now, "message": "" })],
        vec![json!({ "timestamp": -1, "message": "m" })],
        vec![json!({ "timestamp": now, "message": "x".repeat(1_048_576) })],
    ] {
        assert_eq!(put(wrong).await.unwrap_err().code, "InvalidParameterException");
    }
    let day = 86_400_000;
    let answer = put(events(&[15 * day, 15 * day, 14 * day + 1_000])).await.unwrap();
    assert_eq!(answer["rejectedLogEventsInfo"], json!({ "tooOldLogEventEndIndex": 3 }));
    let answer = put(events(&[0, -7_000_000, -7_300_000, -7_300_001])).await.unwrap();
    assert_eq!(answer["rejectedLogEventsInfo"], json!({ "tooNewLogEventStartIndex": 2 }));
    assert_eq!(filter(&lab, json!({})).await.len(), 3);
}

#[tokio::test]
async fn retention_deletes_on_the_clock() {
    let lab = with_group().await;
    lab.logs("PutRetentionPolicy", json!({ "logGroupName": GROUP, "retentionInDays": 3 })).await.unwrap();
    put(&lab, "s", lab.clock.now_ms(), &["old"]).await;
    lab.clock.advance(2 * DAY).unwrap();
    put(&lab, "s", lab.clock.now_ms(), &["young"]).await;
    assert_eq!(filter(&lab, json!({})).await, ["old", "young"]);
    lab.clock.advance(DAY).unwrap();
    assert_eq!(filter(&lab, json!({})).await, ["young"]);
    // Not only hidden: without a policy it does not come back.
    lab.until("the deletion", async |lab| {
        lab.logs("DescribeLogStreams", json!({ "logGroupName": GROUP })).await.unwrap()["logStreams"][0]
            ["firstEventTimestamp"]
            .as_i64()
            .is_some_and(|first| first > lab.clock.now_ms() - 2 * 86_400_000)
    })
    .await;
    lab.logs("DeleteRetentionPolicy", json!({ "logGroupName": GROUP })).await.unwrap();
    assert_eq!(filter(&lab, json!({})).await, ["young"]);
}

#[tokio::test]
async fn a_group_made_again_is_empty_and_everything_survives_a_restart() {
    let lab = with_group().await;
    put(&lab, "s", lab.clock.now_ms(), &["first"]).await;
    lab.logs("DeleteLogGroup", json!({ "logGroupName": GROUP })).await.unwrap();
    lab.logs("CreateLogGroup", json!({ "logGroupName": GROUP })).await.unwrap();
    assert_eq!(filter(&lab, json!({})).await, Vec::<String>::new());
    put(&lab, "s", lab.clock.now_ms(), &["second"]).await;
    let lab = Lab::open(lab.close().await);
    assert_eq!(filter(&lab, json!({})).await, ["second"]);
    let group = lab.logs("DescribeLogGroups", json!({})).await.unwrap()["logGroups"][0].clone();
    assert_eq!(group["storedBytes"], "second".len() + 26);
}
