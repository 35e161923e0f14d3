//! What a `kill -9` leaves of queues and of the places in streams.

use crate::durability::serve;
use crate::sources::{ALL, MAPPINGS, handed};
use crate::wire::{REGION, Reply, Wire, request, send};
use deployer_local::Faults;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

const DEAD: &str = "arn:aws:sqs:eu-west-1:000000000000:dead";
/// The longest time for which a message is in flight, in seconds.
const LONGEST_S: u64 = 43_200;

/// A cloud in a process of its own.
struct Program {
    child: Child,
    caller: Caller,
}

/// Calls such a cloud. There is no answer when it is gone.
#[derive(Clone, Copy)]
struct Caller(SocketAddr);

impl Program {
    fn start(dir: &Path) -> Self {
        let (child, addr) = serve(dir);
        Self { child, caller: Caller(addr) }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Caller {
    async fn call(self, service: &str, method: &str, path: &str, target: &str, body: Value) -> Option<Reply> {
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential=k/20260101/{REGION}/{service}/aws4_request, Signature=0");
        let headers = [("Authorization", authorization.as_str()), ("X-Amz-Target", target)];
        send(self.0, request(method, path, "localhost", &headers, body.to_string().as_bytes())).await
    }

    /// A call by the JSON protocol; `None` when nobody answered.
    async fn json(self, service: &str, operation: &str, body: Value) -> Option<Value> {
        Some(self.call(service, "POST", "/", &format!("Service.{operation}"), body).await?.ok())
    }

    async fn sqs(self, operation: &str, queue: &str, mut input: Value) -> Option<Value> {
        input["QueueUrl"] = json!(format!("http://localhost/000000000000/{queue}"));
        self.json("sqs", operation, input).await
    }
}

/// What was asked of queues and what of it was answered, by the bodies of messages.
#[derive(Default)]
struct Told {
    asked: BTreeSet<String>,
    sent: BTreeSet<String>,
    deletion_asked: BTreeSet<String>,
    deleted: BTreeSet<String>,
}

impl Told {
    fn add(&mut self, other: Self) {
        self.asked.extend(other.asked);
        self.sent.extend(other.sent);
        self.deletion_asked.extend(other.deletion_asked);
        self.deleted.extend(other.deleted);
    }

    /// Sends messages of a writer, two of three in a batch, until nobody answers.
    async fn send(&mut self, caller: Caller, queue: &str, writer: &str) -> Option<()> {
        for number in 0.. {
            let bodies: Vec<String> = (0..3).map(|part| format!("{queue}/{writer}/{number}/{part}")).collect();
            self.asked.extend(bodies.iter().cloned());
            caller.sqs("SendMessage", queue, json!({"MessageBody": bodies[0]})).await?;
            self.sent.insert(bodies[0].clone());
            let entries = [json!({"Id": "1", "MessageBody": bodies[1]}), json!({"Id": "2", "MessageBody": bodies[2]})];
            let sent = caller.sqs("SendMessageBatch", queue, json!({"Entries": entries})).await?;
            assert_eq!(sent["Successful"].as_array().unwrap().len(), 2, "{sent}");
            self.sent.extend(bodies[1..].iter().cloned());
        }
        None
    }

    /// Deletes every second message that it receives, until nobody answers.
    async fn delete(&mut self, caller: Caller, queue: &str) -> Option<()> {
        loop {
            let input = json!({"MaxNumberOfMessages": 10, "VisibilityTimeout": LONGEST_S});
            let received = caller.sqs("ReceiveMessage", queue, input).await?;
            for message in received["Messages"].as_array().into_iter().flatten().step_by(2) {
                let body = message["Body"].as_str().unwrap().to_owned();
                self.deletion_asked.insert(body.clone());
                caller.sqs("DeleteMessage", queue, json!({"ReceiptHandle": message["ReceiptHandle"]})).await?;
                self.deleted.insert(body);
            }
        }
    }
}

/// Receives messages that are in flight no more at once, so that they go to the dead-letter queue, until nobody answers.
async fn bury(caller: Caller, queue: &str) -> Option<()> {
    loop {
        let input = json!({"MaxNumberOfMessages": 10, "VisibilityTimeout": 0});
        caller.sqs("ReceiveMessage", queue, input).await?;
    }
}

/// Takes all messages out of a queue.
async fn drain(wire: &Wire, url: &str) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let bodies = wire.bodies(url).await;
        if bodies.is_empty() {
            return all;
        }
        all.extend(bodies);
    }
}

/// Whenever the end comes, each message whose sending was answered is there once: where it was sent, in flight or not, or with the
/// dead letters. One whose deletion was answered does not come back.
#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_lost_doubled_or_back_after_a_kill() {
    let wire = Wire::start().await;
    let dead = wire.queue("dead", json!({})).await;
    let redrive = json!({"deadLetterTargetArn": DEAD, "maxReceiveCount": 1}).to_string();
    let buried = wire.queue("buried", json!({"RedrivePolicy": redrive})).await;
    let kept = wire.queue("kept", json!({})).await;
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;

    let mut all = Told::default();
    for round in 0..6 {
        let program = Program::start(dir.path());
        let caller = program.caller;
        let sending = ["kept", "buried"].map(|queue| {
            tokio::spawn(async move {
                let mut told = Told::default();
                told.send(caller, queue, &round.to_string()).await;
                told
            })
        });
        let deleting = tokio::spawn(async move {
            let mut told = Told::default();
            told.delete(caller, "kept").await;
            told
        });
        let burying = tokio::spawn(bury(caller, "buried"));
        tokio::time::sleep(Duration::from_millis(150 + 37 * round)).await;
        program.kill();
        for told in sending {
            all.add(told.await.unwrap());
        }
        all.add(deleting.await.unwrap());
        burying.await.unwrap();
    }

    let wire = Wire::open(dir, Faults::default()).await;
    wire.advance(LONGEST_S + 60);
    let (from_kept, from_buried) = (drain(&wire, &kept).await, drain(&wire, &buried).await);
    let from_dead = drain(&wire, &dead).await;
    let counts = [from_kept.len(), from_dead.len(), all.deleted.len()];
    assert!(counts.iter().all(|count| *count > 6), "too little was done to tell: {counts:?}");
    let stored: Vec<String> = [from_kept, from_buried, from_dead].concat();
    let once: BTreeSet<String> = stored.iter().cloned().collect();
    assert_eq!(once.len(), stored.len(), "some messages are there twice");
    let due: BTreeSet<String> = all.sent.difference(&all.deletion_asked).cloned().collect();
    assert!(due.is_subset(&once), "lost: {:?}", due.difference(&once).collect::<Vec<_>>());
    assert!(once.is_subset(&all.asked), "from nowhere: {:?}", once.difference(&all.asked).collect::<Vec<_>>());
    assert!(once.is_disjoint(&all.deleted), "back: {:?}", once.intersection(&all.deleted).collect::<Vec<_>>());
}

/// Waits until the last record that the function was handed is that of an item.
async fn until_handed(caller: Caller, item: u32) {
    let name = format!("INSERT {item}");
    for _ in 0..1_000 {
        let found = caller.json("logs", "FilterLogEvents", json!({"logGroupName": "/aws/lambda/f"})).await.unwrap();
        if handed(&found).last() == Some(&name) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{name} does not come");
}

/// Work on a stream goes on where it was: no record is left out, and at most the one that was in work at the end comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_read_on_after_a_kill() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let stream = wire.table_with_stream("orders").await;
    let from_the_start =
        json!({"FunctionName": "f", "EventSourceArn": stream, "StartingPosition": "TRIM_HORIZON", "BatchSize": 1});
    let mapping = format!("{MAPPINGS}/{}", wire.feed(from_the_start).await);
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;

    let put = async |caller: Caller, item: u32| {
        let input = json!({"TableName": "orders", "Item": {"id": {"S": item.to_string()}}});
        caller.json("dynamodb", "PutItem", input).await.unwrap();
    };
    let enable = async |caller: Caller, enabled: bool| {
        caller.call("lambda", "PUT", &mapping, "", json!({"Enabled": enabled})).await.unwrap().ok();
    };
    let (mut item, rounds) = (0, 3);
    for _ in 0..rounds {
        // Killed when the function is done.
        let program = Program::start(dir.path());
        for _ in 0..2 {
            put(program.caller, item).await;
            until_handed(program.caller, item).await;
            item += 1;
        }
        program.kill();
        // Killed when there is a record that nobody was handed.
        let program = Program::start(dir.path());
        put(program.caller, item).await;
        until_handed(program.caller, item).await;
        enable(program.caller, false).await;
        item += 1;
        put(program.caller, item).await;
        program.kill();
        let program = Program::start(dir.path());
        enable(program.caller, true).await;
        until_handed(program.caller, item).await;
        item += 1;
        program.kill();
    }

    let wire = Wire::open(dir, Faults::default()).await;
    let found = wire.json("logs", "FilterLogEvents", json!({"logGroupName": "/aws/lambda/f"})).await.ok();
    let records = handed(&found);
    let items: Vec<u32> =
        records.iter().map(|record| record.strip_prefix("INSERT ").unwrap().parse().unwrap()).collect();
    assert_eq!((items.first(), items.last()), (Some(&0), Some(&(item - 1))), "{items:?}");
    assert!(items.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0] + 1), "{items:?}");
    let again = items.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(again <= 3 * rounds, "{again} times again: {items:?}");
}
