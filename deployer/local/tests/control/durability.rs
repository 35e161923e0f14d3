//! What survives: a restart, a `kill -9`, and a directory that is not ours.

use crate::wire::{Wire, error, request, send, zip};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deployer_local::{Faults, Options, StartError, start};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The example `serve`, which `cargo test` has built.
pub fn serve(dir: &Path) -> (Child, SocketAddr) {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples/serve");
    let mut child = Command::new(path).arg("0").arg(dir).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim().strip_prefix("http://").unwrap().parse().unwrap();
    (child, addr)
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, addr) = serve(dir.path());
    let call = |service: &str, path: &str, target: &str, body: Value| {
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential=k/20260101/eu-west-1/{service}/aws4_request, Signature=0");
        let headers = [("Authorization", authorization.as_str()), ("X-Amz-Target", target)];
        request("POST", path, "localhost", &headers, body.to_string().as_bytes())
    };
    let table = json!({
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let put = json!({"TableName": "orders", "Item": {"id": {"S": "1"}}});
    let message = json!({"QueueUrl": "http://localhost/000000000000/q", "MessageBody": "kept"});
    for request in [
        call("apigateway", "/restapis", "", json!({"name": "x"})),
        call("logs", "/", "Logs.CreateLogGroup", json!({"logGroupName": "/g"})),
        call("dynamodb", "/", "DynamoDB.CreateTable", table),
        call("dynamodb", "/", "DynamoDB.PutItem", put),
        call("sqs", "/", "AmazonSQS.CreateQueue", json!({"QueueName": "q"})),
        call("sqs", "/", "AmazonSQS.SendMessage", message),
    ] {
        let reply = send(addr, request).await.unwrap();
        assert!(reply.status < 300, "{reply:?}");
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let wire = Wire::open(dir, Faults::default()).await;
    let apis = wire.gateway("GET", "/restapis", Value::Null).await.ok();
    assert_eq!(apis["item"][0]["name"], "x");
    let groups = wire.json("logs", "DescribeLogGroups", json!({})).await.ok();
    assert_eq!(groups["logGroups"][0]["logGroupName"], "/g");
    let item = wire.dynamodb("GetItem", json!({"TableName": "orders", "Key": {"id": {"S": "1"}}})).await.ok();
    assert_eq!(item["Item"], json!({"id": {"S": "1"}}));
    assert_eq!(wire.bodies("http://localhost/000000000000/q").await, ["kept"]);
}

/// Whenever the end comes, what was answered is there, and nothing that was not asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_amid_writes_loses_nothing_that_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let (mut asked, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..6 {
        let (mut child, addr) = serve(dir.path());
        let writers = (0..4).map(|writer| {
            tokio::spawn(async move {
                let (mut asked, mut answered) = (Vec::new(), Vec::new());
                for number in 0.. {
                    let name = format!("/{round}/{writer}/{number}");
                    asked.push(name.clone());
                    let headers = [("X-Amz-Target", "Logs.CreateLogGroup"), ("Authorization", LOGS_SIGNATURE)];
                    let body = json!({"logGroupName": name}).to_string();
                    match send(addr, request("POST", "/", "localhost", &headers, body.as_bytes())).await {
                        Some(reply) if reply.status == 200 => answered.push(name),
                        _ => break,
                    }
                }
                (asked, answered)
            })
        });
        let writers: Vec<_> = writers.collect();
        tokio::time::sleep(Duration::from_millis(40 + 37 * round)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for writer in writers {
            let (of_asked, of_answered) = writer.await.unwrap();
            asked.extend(of_asked);
            answered.extend(of_answered);
        }
    }
    let wire = Wire::open(dir, Faults::default()).await;
    let (mut stored, mut input) = (BTreeSet::new(), json!({}));
    loop {
        let page = wire.json("logs", "DescribeLogGroups", input).await.ok();
        let groups = page["logGroups"].as_array().unwrap().iter();
        stored.extend(groups.map(|group| group["logGroupName"].as_str().unwrap().to_owned()));
        if page["nextToken"].is_null() {
            break;
        }
        input = json!({"nextToken": page["nextToken"]});
    }
    assert!(answered.is_subset(&stored), "lost: {:?}", answered.difference(&stored).collect::<Vec<_>>());
    assert!(stored.is_subset(&asked), "{:?}", stored.difference(&asked).collect::<Vec<_>>());
    assert!(answered.len() > 6, "{}", answered.len());
}

const LOGS_SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=k/20260101/eu-west-1/logs/aws4_request, Signature=0";

#[tokio::test]
async fn one_cloud_per_directory() {
    let wire = Wire::start().await;
    let options =
        Options { dir: wire.dir.path().to_owned(), listen: "127.0.0.1:0".parse().unwrap(), faults: Faults::default() };
    let Err(second) = start(options).await else { panic!("two clouds in one directory") };
    assert!(second.to_string().ends_with("is in use by another embedded cloud: stop it, or choose another directory"));
}

#[tokio::test]
async fn a_document_that_is_not_ours_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cloud.json");
    for text in [
        "",
        "[]",
        "{}",
        r#"{"version":2,"iam":{"roles":{}},"regions":{}}"#,
        r#"{"version":1,"iam":{"roles":{}},"regions":{},"x":1}"#,
    ] {
        std::fs::write(&path, text).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let options = Options { dir: dir.path().to_owned(), listen, faults: Faults::default() };
        let Err(StartError::Store(refused)) = start(options).await else { panic!("{text:?} was taken") };
        assert!(refused.to_string().contains("is not a document of this embedded cloud"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    fn check(dir: &Path) {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o077;
            assert_eq!(mode, 0, "{}", entry.path().display());
            if entry.path().is_dir() {
                check(&entry.path());
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let parent = dir.path().join("new");
    let options =
        Options { dir: parent.join("cloud"), listen: "127.0.0.1:0".parse().unwrap(), faults: Faults::default() };
    let cloud = start(options).await.unwrap();
    let wire = Wire { dir, cloud };
    wire.function("f").await;
    wire.dynamodb("ListTables", json!({})).await.ok();
    wire.json("logs", "CreateLogGroup", json!({"logGroupName": "/g"})).await.ok();
    check(&parent);
}

#[tokio::test]
async fn unused_code_is_swept_at_the_next_start() {
    let wire = Wire::start().await;
    wire.function("f").await;
    let code = |wire: &Wire| std::fs::read_dir(wire.dir.path().join("code")).unwrap().count();
    assert_eq!(code(&wire), 1);
    assert_eq!(wire.lambda("DELETE", "/2015-03-31/functions/f", Value::Null).await.status, 204);
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    let wire = Wire::open(dir, Faults::default()).await;
    assert_eq!(code(&wire), 0);
    let gone = wire.lambda("GET", "/2015-03-31/functions/f", Value::Null).await;
    assert_eq!(gone.error(), error(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn a_damaged_table_store_is_named() {
    let wire = Wire::start().await;
    let table = json!({
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    wire.dynamodb("CreateTable", table).await.ok();
    let path = wire.dir.path().join("dynamodb/eu-west-1.sqlite");
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    let whole = std::fs::read(&path).unwrap();
    let other = b"no database at all, but longer than the header of one ".repeat(10);
    for damaged in [&whole[..5_000], &other[..]] {
        std::fs::write(&path, damaged).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let options = Options { dir: dir.path().to_owned(), listen, faults: Faults::default() };
        let Err(refused) = start(options).await else { panic!("it was taken") };
        let refused = refused.to_string();
        assert!(refused.contains(path.to_str().unwrap()) && refused.contains("move the file away"), "{refused}");
    }
    // What is inside is looked at when it is needed.
    let mut spoilt = whole.clone();
    spoilt[4096..].fill(0xff);
    std::fs::write(&path, spoilt).unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let told = match start(Options { dir: dir.path().to_owned(), listen, faults: Faults::default() }).await {
        Err(refused) => refused.to_string(),
        Ok(cloud) => Wire { dir, cloud }.dynamodb("DescribeTable", json!({"TableName": "orders"})).await.body,
    };
    assert!(told.contains("eu-west-1.sqlite") && told.contains("move the file away"), "{told}");
}

#[tokio::test]
async fn lost_code_is_noticed() {
    let wire = Wire::start().await;
    let created = wire.function("f").await;
    let code = wire.dir.path().join("code");
    let shown = async |wire: &Wire| {
        let function = wire.lambda("GET", "/2015-03-31/functions/f/configuration", Value::Null).await.ok();
        function["CodeSha256"].as_str().unwrap().to_owned()
    };
    assert_eq!(shown(&wire).await, created["CodeSha256"]);
    // While it runs: who calls the function hears of it, and from then on everybody sees it.
    std::fs::remove_dir_all(&code).unwrap();
    for _ in 0..2 {
        let refused = wire.lambda("POST", "/2015-03-31/functions/f/invocations", json!({})).await;
        assert_eq!(refused.error(), error(502, "InvalidZipFileException"));
        assert!(
            refused.body.contains("function f ") && refused.body.contains(code.to_str().unwrap()),
            "{}",
            refused.body
        );
        assert_eq!(shown(&wire).await, "");
    }
    std::fs::create_dir(&code).unwrap();
    let upload = json!({"ZipFile": STANDARD.encode(zip("#!/bin/sh\nexit 1\n"))});
    wire.lambda("PUT", "/2015-03-31/functions/f/code", upload).await.ok();
    assert_eq!(shown(&wire).await, created["CodeSha256"]);
    // While it does not run: it is told at the start.
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    std::fs::remove_dir_all(&code).unwrap();
    let wire = Wire::open(dir, Faults::default()).await;
    assert_eq!(shown(&wire).await, "");
}

/// A change is written alone, until as much has changed as there is.
#[tokio::test]
async fn a_change_costs_what_it_changes() {
    let wire = Wire::start().await;
    let path = |file: &str| wire.dir.path().join(file);
    let size = |file: &str| std::fs::metadata(path(file)).map_or(0, |file| file.len());
    let group = async |number: usize| {
        wire.json("logs", "CreateLogGroup", json!({"logGroupName": format!("/g/{number}")})).await.ok();
    };
    let (mut written, mut wholes, mut last) = (0, 0, 0);
    for number in 0..2_000 {
        group(number).await;
        let (journal, document) = (size("cloud.journal"), size("cloud.json"));
        if document != last {
            (wholes, last) = (wholes + 1, document);
            written += document;
        }
        // The journal is begun anew by the change after the document.
        written += journal.min(1_000);
    }
    assert!((1..=10).contains(&wholes), "the document was written {wholes} times");
    assert!(written < 2_000 * 1_000 + 4 * last, "{written} bytes were written");
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    let wire = Wire::open(dir, Faults::default()).await;
    let groups = wire.json("logs", "DescribeLogGroups", json!({"logGroupNamePrefix": "/g/1999"})).await.ok();
    assert_eq!(groups["logGroups"][0]["logGroupName"], "/g/1999");
}

/// `stored.json` was written by the first version of the cloud. Whoever changes what is stored keeps it readable.
#[tokio::test]
async fn what_a_cloud_of_before_has_stored_is_kept() {
    let before: Value = serde_json::from_str(include_str!("stored.json")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cloud.json");
    std::fs::write(&path, before.to_string()).unwrap();
    let wire = Wire::open(dir, Faults::default()).await;

    let role = wire.iam(&[("Action", "GetRole"), ("RoleName", "orders")]).await;
    assert_eq!(role.element("Path"), Some("/deployer/shop/"));
    let function = wire.lambda("GET", "/2015-03-31/functions/orders", Value::Null).await.ok();
    assert_eq!(function["Configuration"]["Environment"]["Variables"]["TABLE"], "orders");
    assert_eq!(function["Concurrency"]["ReservedConcurrentExecutions"], 7);
    let apis = wire.gateway("GET", "/restapis", Value::Null).await.ok();
    let api = apis["item"][0]["id"].as_str().unwrap();
    let stage = wire.gateway("GET", &format!("/restapis/{api}/stages/prod"), Value::Null).await.ok();
    assert_eq!(stage["variables"]["color"], "blue");
    let plans = wire.gateway("GET", "/usageplans", Value::Null).await.ok();
    assert_eq!(plans["item"][0]["quota"]["limit"], 10);
    let backups = wire.dynamodb("ListBackups", json!({})).await.ok();
    assert_eq!(backups["BackupSummaries"][0]["BackupName"], "before");
    let groups = wire.json("logs", "DescribeLogGroups", json!({})).await.ok();
    assert_eq!(groups["logGroups"][0]["retentionInDays"], 30);
    let targets = wire.json("events", "ListTargetsByRule", json!({"Rule": "nightly"})).await.ok();
    assert_eq!(targets["Targets"][0]["Input"], "{}");
    let secret = wire.json("secretsmanager", "GetSecretValue", json!({"SecretId": "shop"})).await.ok();
    assert_eq!(secret["SecretString"], "s");
    let parameter = json!({"Name": "/shop/key", "WithDecryption": true});
    assert_eq!(wire.json("ssm", "GetParameter", parameter).await.ok()["Parameter"]["Value"], "v");

    // After a change it is written as it was.
    wire.json("ssm", "DeleteParameter", json!({"Name": "/shop/key"})).await.ok();
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    let after: Value = serde_json::from_slice(&std::fs::read(dir.path().join("cloud.json")).unwrap()).unwrap();
    let mut expected = before;
    expected["regions"]["eu-west-1"]["parameters"] = json!({});
    // Its code did not come with the document.
    let function = &mut expected["regions"]["eu-west-1"]["functions"]["orders"];
    (function["code_sha256"], function["code_size"]) = (json!(""), json!(0));
    assert_eq!(after, expected);
}
