//! Queues and what runs a function: made, left alone, changed and taken away, looked at with boto3.

use crate::world::World;
use serde_json::{Value, json};

const SHOP: &str = r#"name = "shop"
region = "ap-south-1"

[queue.dlq]

[queue.jobs]
visibility_timeout = 60
dead_letter = { queue = "dlq", receives = 3 }

[queue.ordered]
fifo = true
content_based_deduplication = true

[table.orders]
partition_key = "id"
stream = "NEW_AND_OLD_IMAGES"

[function.work]
artifact = "code"
queues = { dlq = "send" }

[function.work.environment]
DEAD = "${queue.dlq.url}"

[[function.work.source]]
queue = "jobs"
batch_size = 5
partial_failures = true
filter = ['{"body": {"kind": ["invoice"]}}']

[[function.work.source]]
table = "orders"
retries = 3
on_failure = "dlq"
"#;

const WITHOUT_SOURCES: &str =
    "name = \"shop\"\nregion = \"ap-south-1\"\n[queue.jobs]\n[function.work]\nartifact = \"code\"\n";

fn url(world: &World, queue: &str) -> String {
    let found = world.account.call("sqs", "get_queue_url", json!({"QueueName": queue}));
    found["QueueUrl"].as_str().expect("it is a text").to_owned()
}

fn attributes(world: &World, queue: &str) -> Value {
    let asked = json!({"QueueUrl": url(world, queue), "AttributeNames": ["All"]});
    world.account.call("sqs", "get_queue_attributes", asked)["Attributes"].clone()
}

fn mappings(world: &World) -> Vec<Value> {
    let found = world.account.call("lambda", "list_event_source_mappings", json!({"FunctionName": "shop-dev-work"}));
    let mut found = found["EventSourceMappings"].as_array().cloned().unwrap_or_default();
    found.sort_by_key(|mapping| mapping["EventSourceArn"].to_string());
    found
}

#[test]
fn queues_and_sources_live_with_their_stack() {
    let world = World::up(SHOP);
    let jobs = attributes(&world, "shop-dev-jobs");
    assert_eq!(jobs["VisibilityTimeout"], "60");
    let redrive: Value = serde_json::from_str(jobs["RedrivePolicy"].as_str().expect("it has one")).expect("it is JSON");
    assert!(redrive["deadLetterTargetArn"].as_str().expect("an ARN").ends_with(":shop-dev-dlq"), "{redrive}");
    assert_eq!(attributes(&world, "shop-dev-ordered.fifo")["ContentBasedDeduplication"], "true");
    let [of_table, of_queue] = &mappings(&world)[..] else { panic!("two sources: {:#?}", mappings(&world)) };
    assert_eq!([&of_queue["BatchSize"], &of_table["BatchSize"]], [5, 100]);
    assert_eq!(of_queue["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(of_queue["FilterCriteria"]["Filters"][0]["Pattern"], r#"{"body":{"kind":["invoice"]}}"#);
    assert_eq!([&of_table["StartingPosition"], &of_table["MaximumRetryAttempts"]], [&json!("TRIM_HORIZON"), &json!(3)]);
    let asked = json!({"FunctionName": "shop-dev-work"});
    let dead =
        world.account.call("lambda", "get_function_configuration", asked)["Environment"]["Variables"]["DEAD"].clone();
    assert!(dead.as_str().expect("a URL").ends_with("/shop-dev-dlq"), "{dead}");
    world.plans_nothing();

    world.project.edit("batch_size = 5\n", "batch_size = 7\n");
    world.project.edit("visibility_timeout = 60\n", "visibility_timeout = 90\n");
    world.run(&["up"]).ok();
    assert_eq!(mappings(&world)[1]["BatchSize"], 7);
    assert_eq!(attributes(&world, "shop-dev-jobs")["VisibilityTimeout"], "90");
    world.plans_nothing();
}

#[test]
fn messages_are_kept_unless_their_queue_is_named() {
    let world = World::up(WITHOUT_SOURCES);
    world.run(&["queue", "send", "jobs", "{\"kind\": \"invoice\"}"]).ok();
    let peeked = world.run(&["queue", "peek", "jobs"]).ok();
    assert!(peeked.stdout.contains("invoice"), "{}", *peeked);
    let down = world.run(&["down"]).ok();
    assert!(
        down.stderr.contains("it holds messages") && down.stderr.contains("--delete-data shop-dev-jobs"),
        "{}",
        *down
    );
    assert_eq!(attributes(&world, "shop-dev-jobs")["ApproximateNumberOfMessages"], "1");
    world.run(&["down", "--delete-data", "queue.jobs"]).ok();
    assert!(world.account.try_call("sqs", "get_queue_url", json!({"QueueName": "shop-dev-jobs"})).is_err());
}

/// A look counts as a receipt: where that moves messages, it is refused.
#[test]
fn a_look_that_would_move_messages_is_refused() {
    let world = World::up(
        "name = \"shop\"\nregion = \"ap-south-1\"\n[queue.dlq]\n[queue.jobs]\ndead_letter = { queue = \"dlq\", receives = 1 }\n",
    );
    world.run(&["queue", "send", "jobs", "hello"]).ok();
    world.run(&["queue", "peek", "jobs"]).fails("counts as a receipt");
    let counted = world.run(&["queue", "peek", "jobs", "--count"]).ok();
    assert!(counted.stdout.contains("hello"), "{}", *counted);
}

#[test]
fn a_source_goes_with_its_line_and_before_its_function() {
    let world = World::up(SHOP);
    world.project.edit("[[function.work.source]]\ntable = \"orders\"\nretries = 3\non_failure = \"dlq\"\n", "");
    world.run(&["down"]).ok();
    assert_eq!(mappings(&world), Vec::<Value>::new());
    for queue in ["shop-dev-jobs", "shop-dev-dlq", "shop-dev-ordered.fifo"] {
        assert!(world.account.try_call("sqs", "get_queue_url", json!({"QueueName": queue})).is_err(), "{queue}");
    }
}
