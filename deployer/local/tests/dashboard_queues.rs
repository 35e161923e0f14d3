//! Queues on the dashboard: what is seen of them without a receipt, what can be done with them, and whom they run.

mod lab;

use lab::REGION;
use lab::cloud::{Started, start};
use lab::http::{query, send, target};
use lab::pages::{done, look, refused, submit};
use serde_json::{Value, json};
use std::time::Duration;

fn sqs(started: &Started, operation: &str, input: &Value) -> Value {
    target(started.addr, "sqs", &format!("AmazonSQS.{operation}"), input)
}

fn create(started: &Started, name: &str, attributes: &Value) -> String {
    let made = sqs(started, "CreateQueue", &json!({ "QueueName": name, "Attributes": attributes }));
    made["QueueUrl"].as_str().unwrap().to_owned()
}

/// Makes a queue whose messages go to another one after a receipt; a received one is back at once.
fn create_with_dead_letters(started: &Started) -> (String, String) {
    let dead = create(started, "dead", &json!({}));
    let policy =
        json!({ "deadLetterTargetArn": format!("arn:aws:sqs:{REGION}:000000000000:dead"), "maxReceiveCount": 1 });
    let jobs = create(started, "jobs", &json!({ "RedrivePolicy": policy.to_string(), "VisibilityTimeout": "0" }));
    (jobs, dead)
}

fn receive(started: &Started, url: &str) -> Vec<Value> {
    let input = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"] });
    sqs(started, "ReceiveMessage", &input)["Messages"].as_array().cloned().unwrap_or_default()
}

fn page_of(name: &str) -> String {
    format!("/_dashboard/queues/{REGION}/{name}")
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_seen_without_a_receipt() {
    let started = start().await;
    let (jobs, _) = create_with_dead_letters(&started);
    let hostile = "<script>document.title='owned'</script>\u{202e}";
    let long = "y".repeat(1_000);
    for body in [hostile, &long] {
        let attributes = json!({ "note": { "DataType": "String", "StringValue": "<i>" } });
        sqs(
            &started,
            "SendMessage",
            &json!({ "QueueUrl": jobs, "MessageBody": body, "MessageAttributes": attributes }),
        );
    }
    sqs(&started, "SendMessage", &json!({ "QueueUrl": jobs, "MessageBody": "later", "DelaySeconds": 60 }));
    // One receipt would be one too many: with the next one they go to the dead letters.
    let mut page = String::new();
    for _ in 0..5 {
        page = look(&started, &page_of("jobs"));
    }
    assert!(page.contains("2 available, 0 in flight, 1 delayed"), "{page}");
    assert!(page.contains("&lt;script&gt;document.title") && !page.contains("<script>d"), "{page}");
    assert!(page.contains("delayed until") && page.contains("0×"), "{page}");
    assert!(page.contains(&format!("{}…", "y".repeat(300))) && !page.contains(&long), "{page}");
    assert!(page.contains(&format!("href=\"{}\"", page_of("dead"))), "where its dead letters go: {page}");
    assert!(
        look(&started, &page_of("dead")).contains(&format!("href=\"{}\"", page_of("jobs"))),
        "where they come from"
    );
    let links: Vec<_> = page.split(&format!("{}/", page_of("jobs"))).skip(1).collect();
    let second = links[1].split('"').next().unwrap();
    let whole = look(&started, &format!("{}/{second}", page_of("jobs")));
    assert!(whole.contains(&long) && whole.contains("note") && whole.contains("&lt;i&gt;"), "{whole}");

    let received = receive(&started, &jobs);
    let counts = received.iter().map(|message| message["Attributes"]["ApproximateReceiveCount"].clone());
    assert_eq!(counts.collect::<Vec<_>>(), ["1", "1"], "nothing was received by looking");
    assert_eq!(receive(&started, &jobs).len(), 0, "a receipt too many");
    let dead = look(&started, &page_of("dead"));
    assert!(dead.contains("2 available") && dead.contains("1×"), "{dead}");
    let overview = look(&started, "/");
    assert!(overview.contains("2 available") && overview.contains("0 available, 0 in flight, 1 delayed"), "{overview}");
    // What is on its way is seen as well.
    sqs(&started, "ReceiveMessage", &json!({ "QueueUrl": "http://x/000000000000/dead", "VisibilityTimeout": 600 }));
    assert!(look(&started, &page_of("dead")).contains("in flight until"));
    for gone in ["999", "0", "x", "-1"] {
        let path = format!("{}/{gone}", page_of("dead"));
        assert_eq!(send(started.addr, "GET", &path, &[("accept", "text/html")], b"").status, 404, "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_paged() {
    let started = start().await;
    let url = create(&started, "many", &json!({}));
    create(&started, "other", &json!({}));
    for tens in 0..12 {
        let entries: Vec<_> = (0..10)
            .map(|one| json!({ "Id": one.to_string(), "MessageBody": format!("m{}", tens * 10 + one) }))
            .collect();
        sqs(&started, "SendMessageBatch", &json!({ "QueueUrl": url, "Entries": entries }));
    }
    let (mut path, mut seen) = (page_of("many"), Vec::new());
    loop {
        let page = look(&started, &path);
        seen.extend(page.split("<bdi>m").skip(1).filter_map(|rest| rest.split('<').next()?.parse::<u32>().ok()));
        let Some((before, _)) = page.split_once("\">Further messages") else { break };
        path = before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&");
    }
    assert_eq!(seen, (0..120).collect::<Vec<_>>());
    assert!(look(&started, &page_of("other")).contains("None."));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_sent_moved_back_and_thrown_away_from_pages() {
    let started = start().await;
    let (jobs, dead) = create_with_dead_letters(&started);
    done(&started, &page_of("jobs"), &[("do", "send"), ("body", "{\"a\": 1}")]);
    done(&started, &page_of("jobs"), &[("do", "send"), ("body", "later"), ("delay", "60")]);
    assert!(
        refused(&started, &page_of("jobs"), &[("do", "send"), ("body", "x"), ("delay", "soon")])
            .contains("whole number")
    );
    assert!(
        refused(&started, &page_of("jobs"), &[("do", "send"), ("body", "x"), ("delay", "901")])
            .contains("DelaySeconds")
    );
    assert!(refused(&started, &page_of("jobs"), &[("do", "send"), ("body", "")]).contains("MessageBody"));
    let bodies = |url: &str| -> Vec<String> {
        receive(&started, url).iter().map(|message| message["Body"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(bodies(&jobs), ["{\"a\": 1}"]);
    assert_eq!(bodies(&jobs), [""; 0], "it is a dead letter now");
    assert!(done(&started, &page_of("dead"), &[("do", "redrive")]).contains("1 of 1 messages were moved"));
    assert_eq!(bodies(&jobs), ["{\"a\": 1}"]);
    assert_eq!(bodies(&jobs), [""; 0]);
    assert!(done(&started, &page_of("jobs"), &[("do", "fetch")]).contains("1 of 1 messages were moved"));
    assert_eq!(bodies(&jobs), ["{\"a\": 1}"]);
    assert!(refused(&started, &page_of("jobs"), &[("do", "redrive")]).contains("Dead Letter Queue"));
    assert!(refused(&started, &page_of("dead"), &[("do", "fetch")]).contains("go nowhere"));

    // What nobody knows the source of stays where it is, and the page says so.
    sqs(&started, "SendMessage", &json!({ "QueueUrl": dead, "MessageBody": "by hand" }));
    assert!(refused(&started, &page_of("dead"), &[("do", "redrive")]).contains("CouldNotDetermineMessageSource"));
    assert_eq!(bodies(&dead), ["by hand"]);
    done(&started, &page_of("dead"), &[("do", "purge")]);
    assert!(look(&started, &page_of("dead")).contains("0 available, 0 in flight, 0 delayed"));
    assert!(refused(&started, &page_of("dead"), &[("do", "purge")]).contains("PurgeQueueInProgress"));
    assert_eq!(submit(&started, &page_of("none"), &[("do", "purge")]).status, 404);

    create(&started, "ordered.fifo", &json!({ "FifoQueue": "true" }));
    let ordered = page_of("ordered.fifo");
    assert!(
        refused(&started, &ordered, &[("do", "send"), ("body", "x"), ("group", "g")])
            .contains("MessageDeduplicationId")
    );
    for _ in 0..2 {
        done(&started, &ordered, &[("do", "send"), ("body", "x"), ("group", "g"), ("deduplication", "1")]);
    }
    let page = look(&started, &ordered);
    assert!(page.contains("1 available") && page.contains("group <bdi>g</bdi>"), "the second is the same: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_a_function_stands_beside_it_and_can_be_switched() {
    let started = start().await;
    started.create_function();
    let allow =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }] });
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "PutRolePolicy"), ("Version", "2010-05-08"), ("RoleName", "probe")])
        .extend_pairs([("PolicyName", "queues"), ("PolicyDocument", &allow.to_string())])
        .finish();
    query(started.addr, "iam", &form);
    let jobs = create(&started, "jobs", &json!({}));
    let input = json!({
        "FunctionName": "probe", "EventSourceArn": format!("arn:aws:sqs:{REGION}:000000000000:jobs"),
        "BatchSize": 3, "FilterCriteria": { "Filters": [{ "Pattern": "{\"body\": {\"<b>\": [1]}}" }] },
    });
    let mapping = lab::http::rest(started.addr, "lambda", "POST", "/2015-03-31/event-source-mappings", &input);
    let uuid = mapping["UUID"].as_str().unwrap();
    let function = format!("/_dashboard/functions/{REGION}/probe");
    let page = look(&started, &function);
    assert!(page.contains(&page_of("jobs")) && page.contains("up to 3 at once"), "{page}");
    assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"), "{page}");
    assert!(look(&started, &page_of("jobs")).contains(&format!("href=\"{function}\"")));
    assert!(look(&started, "/").contains("runs for"));

    let switch =
        |enabled: &str| [("do", "source".to_owned()), ("source", uuid.to_owned()), ("enabled", enabled.to_owned())];
    let submitted = |enabled: &str| {
        let fields = switch(enabled);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        done(&started, &function, &fields)
    };
    submitted("false");
    let page = until(&started, &function, "Disabled").await;
    assert!(page.contains("Switch on"), "{page}");
    sqs(&started, "SendMessage", &json!({ "QueueUrl": jobs, "MessageBody": "{\"<b>\": 1}" }));
    assert!(look(&started, &page_of("jobs")).contains("1 available"), "nobody takes it");
    submitted("true");
    until(&started, &page_of("jobs"), "0 available, 0 in flight").await;
    assert!(started.lines().iter().any(|line| line.contains("got {\"<b>\": 1}")), "{:?}", started.lines());
    assert!(
        refused(&started, &function, &[("do", "source"), ("source", uuid), ("enabled", "maybe")])
            .contains("true or false")
    );
    assert!(
        refused(&started, &function, &[("do", "source"), ("source", "none"), ("enabled", "true")])
            .contains("ResourceNotFound")
    );
}

/// Returns a page as soon as it contains a text.
async fn until(started: &Started, path: &str, text: &str) -> String {
    for _ in 0..1_000 {
        let page = look(started, path);
        if page.contains(text) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{path} never says {text}: {}", look(started, path));
}
