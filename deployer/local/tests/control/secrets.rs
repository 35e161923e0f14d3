//! Parameters of Systems Manager and secrets of Secrets Manager.

use crate::wire::{Wire, error};
use deployer_local::Faults;
use serde_json::json;

#[tokio::test]
async fn parameters_are_put_read_and_deleted() {
    let wire = Wire::start().await;
    let ssm = async |operation: &str, input| wire.json("ssm", operation, input).await;
    let put =
        |value: &str, more: bool| json!({"Name": "/a/key", "Value": value, "Type": "SecureString", "Overwrite": more});
    assert_eq!(ssm("PutParameter", put("hunter2", false)).await.ok()["Version"], 1);
    assert_eq!(ssm("PutParameter", put("x", false)).await.error(), error(400, "ParameterAlreadyExists"));
    assert_eq!(ssm("PutParameter", put("hunter3", true)).await.ok()["Version"], 2);
    let found = ssm("GetParameter", json!({"Name": "/a/key", "WithDecryption": true})).await.ok();
    assert_eq!(found["Parameter"]["Value"], "hunter3");
    assert_eq!(found["Parameter"]["ARN"], "arn:aws:ssm:eu-west-1:000000000000:parameter/a/key");
    let several = ssm("GetParameters", json!({"Names": ["/a/key", "/b"], "WithDecryption": true})).await.ok();
    assert_eq!((&several["Parameters"][0]["Name"], &several["InvalidParameters"]), (&json!("/a/key"), &json!(["/b"])));
    // No ciphertext is made up.
    assert_eq!(ssm("GetParameter", json!({"Name": "/a/key"})).await.error(), error(501, "NotImplementedException"));
    assert_eq!(ssm("GetParameters", json!({"Names": []})).await.error(), error(400, "ValidationException"));
    for (name, value) in [("a/b", "x"), ("/a b", "x"), ("", "x"), ("/a", ""), ("/a", &"x".repeat(4097))] {
        let input = json!({"Name": name, "Value": value, "Type": "String"});
        assert_eq!(ssm("PutParameter", input).await.error(), error(400, "ValidationException"), "{name}");
    }
    assert_eq!(
        ssm("PutParameter", json!({"Name": "b", "Value": "x"})).await.error(),
        error(400, "ValidationException")
    );
    ssm("DeleteParameter", json!({"Name": "/a/key"})).await.ok();
    assert_eq!(ssm("DeleteParameter", json!({"Name": "/a/key"})).await.error(), error(400, "ParameterNotFound"));
    assert_eq!(
        ssm("GetParameter", json!({"Name": "/a/key", "WithDecryption": true})).await.error(),
        error(400, "ParameterNotFound")
    );
}

#[tokio::test]
async fn secrets_are_made_changed_and_deleted() {
    let wire = Wire::start().await;
    let call = async |operation: &str, input| wire.json("secretsmanager", operation, input).await;
    let token = "11111111-1111-4111-8111-111111111111";
    let create = json!({"Name": "a/db", "SecretString": "hunter2", "ClientRequestToken": token});
    let arn = call("CreateSecret", create.clone()).await.ok()["ARN"].as_str().unwrap().to_owned();
    assert!(arn.starts_with("arn:aws:secretsmanager:eu-west-1:000000000000:secret:a/db-"), "{arn}");
    // The answer was lost, and the same request comes again.
    assert_eq!(call("CreateSecret", create).await.ok()["ARN"], arn.as_str());
    let other = json!({"Name": "a/db", "SecretString": "x"});
    assert_eq!(call("CreateSecret", other.clone()).await.error(), error(400, "ResourceExistsException"));
    call("PutSecretValue", json!({"SecretId": "a/db", "SecretString": "hunter3"})).await.ok();
    for id in ["a/db", arn.as_str(), arn.rsplit_once('-').unwrap().0] {
        assert_eq!(call("GetSecretValue", json!({"SecretId": id})).await.ok()["SecretString"], "hunter3", "{id}");
    }
    call("CreateSecret", json!({"Name": "empty"})).await.ok();
    for id in ["empty", "nowhere"] {
        let reply = call("GetSecretValue", json!({"SecretId": id})).await;
        assert_eq!(reply.error(), error(400, "ResourceNotFoundException"), "{id}");
    }
    let short = json!({"SecretId": "a/db", "RecoveryWindowInDays": 1});
    assert_eq!(call("DeleteSecret", short).await.error(), error(400, "InvalidParameterException"));
    call("DeleteSecret", json!({"SecretId": "a/db"})).await.ok();
    for (operation, input) in [
        ("GetSecretValue", json!({"SecretId": "a/db"})),
        ("PutSecretValue", json!({"SecretId": "a/db", "SecretString": "x"})),
        ("CreateSecret", other),
    ] {
        assert_eq!(call(operation, input).await.error(), error(400, "InvalidRequestException"), "{operation}");
    }
    call("DeleteSecret", json!({"SecretId": "a/db", "ForceDeleteWithoutRecovery": true})).await.ok();
    assert_eq!(
        call("GetSecretValue", json!({"SecretId": "a/db"})).await.error(),
        error(400, "ResourceNotFoundException")
    );
    let both = json!({"Name": "b", "SecretString": "x", "SecretBinary": "eA=="});
    assert_eq!(call("CreateSecret", both).await.error(), error(400, "InvalidParameterException"));
    assert_eq!(call("CreateSecret", json!({"Name": "a b"})).await.error(), error(400, "ValidationException"));
}

/// What is saved with every change is all that a cloud starts from.
#[tokio::test]
async fn they_are_saved_when_they_are_answered() {
    let wire = Wire::start().await;
    wire.json("ssm", "PutParameter", json!({"Name": "k", "Value": "v", "Type": "String"})).await.ok();
    wire.json("secretsmanager", "CreateSecret", json!({"Name": "s", "SecretBinary": "eA=="})).await.ok();
    // As `kill -9` would leave it: the cloud that wrote it still runs.
    let copy = tempfile::tempdir().unwrap();
    for file in ["cloud.json", "cloud.journal"] {
        // There is no document before there is something to be written as a whole.
        std::fs::copy(wire.dir.path().join(file), copy.path().join(file)).ok();
    }
    let again = Wire::open(copy, Faults::default()).await;
    let parameter = json!({"Name": "k", "WithDecryption": true});
    assert_eq!(again.json("ssm", "GetParameter", parameter).await.ok()["Parameter"]["Value"], "v");
    let secret = again.json("secretsmanager", "GetSecretValue", json!({"SecretId": "s"})).await.ok();
    assert_eq!(secret["SecretBinary"], "eA==");
}

#[tokio::test]
async fn an_account_says_what_it_has_left() {
    let wire = Wire::start().await;
    wire.function("f").await;
    wire.lambda("PUT", "/2017-10-31/functions/f/concurrency", json!({"ReservedConcurrentExecutions": 30})).await.ok();
    let settings = wire.lambda("GET", "/2016-08-19/account-settings", serde_json::Value::Null).await.ok();
    assert_eq!(settings["AccountLimit"]["UnreservedConcurrentExecutions"], 970);
    assert_eq!(settings["AccountUsage"]["FunctionCount"], 1);
}
