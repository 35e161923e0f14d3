//! Functions.

use crate::wire::{Wire, error, function, zip};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const FUNCTIONS: &str = "/2015-03-31/functions";

#[tokio::test]
async fn a_function_keeps_what_it_was_given() {
    let wire = Wire::start().await;
    let role = wire.role("r").await;
    let mut input = function("orders", &role);
    let zip = STANDARD.decode(input["Code"]["ZipFile"].as_str().unwrap()).unwrap();
    input["MemorySize"] = json!(256);
    input["Environment"] = json!({"Variables": {"TABLE": "orders"}});
    input["Architectures"] = json!(["arm64"]);
    input["Tags"] = json!({"deployer:stack": "shop"});
    assert_eq!(wire.lambda("POST", FUNCTIONS, input.clone()).await.status, 201);
    let mut found = wire.lambda("GET", &format!("{FUNCTIONS}/orders"), Value::Null).await.ok();
    assert_eq!(found["Configuration"]["CodeSha256"], STANDARD.encode(Sha256::digest(&zip)));
    assert_eq!(found["Configuration"]["CodeSize"], zip.len());
    for changing in ["CodeSha256", "CodeSize", "RevisionId", "LastModified"] {
        found["Configuration"].as_object_mut().unwrap().remove(changing);
    }
    found["Configuration"]["RuntimeVersionConfig"]["RuntimeVersionArn"] = json!("[version]");
    found["Code"].as_object_mut().unwrap().remove("Location");
    insta::assert_json_snapshot!(found, @r#"
    {
      "Code": {
        "RepositoryType": "S3"
      },
      "Configuration": {
        "Architectures": [
          "arm64"
        ],
        "Description": "",
        "Environment": {
          "Variables": {
            "TABLE": "orders"
          }
        },
        "EphemeralStorage": {
          "Size": 512
        },
        "FunctionArn": "arn:aws:lambda:eu-west-1:000000000000:function:orders",
        "FunctionName": "orders",
        "Handler": "bootstrap",
        "LastUpdateStatus": "Successful",
        "LoggingConfig": {
          "LogFormat": "Text",
          "LogGroup": "/aws/lambda/orders"
        },
        "MemorySize": 256,
        "PackageType": "Zip",
        "Role": "arn:aws:iam::000000000000:role/r",
        "Runtime": "provided.al2023",
        "RuntimeVersionConfig": {
          "RuntimeVersionArn": "[version]"
        },
        "SnapStart": {
          "ApplyOn": "None",
          "OptimizationStatus": "Off"
        },
        "State": "Active",
        "Timeout": 3,
        "TracingConfig": {
          "Mode": "PassThrough"
        },
        "Version": "$LATEST"
      },
      "Tags": {
        "deployer:stack": "shop"
      }
    }
    "#);
    let again = wire.lambda("POST", FUNCTIONS, input).await;
    assert_eq!(again.error(), error(409, "ResourceConflictException"));
    assert_eq!(again.message(), "Function already exist: orders");
}

#[tokio::test]
async fn limits_are_those_of_lambda() {
    let wire = Wire::start().await;
    let role = wire.role("r").await;
    let invalid = error(400, "InvalidParameterValueException");
    let constraint = error(400, "ValidationException");
    for (member, value, expected) in [
        ("Role", json!("arn:aws:iam::000000000000:role/none"), &invalid),
        ("Role", json!("none"), &constraint),
        ("Role", json!("arn:aws:iam::111111111111:role/r"), &error(403, "AccessDeniedException")),
        ("FunctionName", json!("a b"), &constraint),
        ("FunctionName", json!("x".repeat(65)), &invalid),
        ("MemorySize", json!(127), &constraint),
        ("MemorySize", json!(10_241), &constraint),
        ("Timeout", json!(0), &constraint),
        ("Timeout", json!(901), &constraint),
        ("Timeout", json!(-1), &error(400, "SerializationException")),
        ("Architectures", json!(["sparc"]), &constraint),
        ("Handler", Value::Null, &invalid),
        ("Runtime", json!("nodejs22.x"), &error(501, "NotImplementedException")),
        ("Environment", json!({"Variables": {"AWS_REGION": "x"}}), &invalid),
        ("Environment", json!({"Variables": {"1A": "x"}}), &constraint),
        ("Environment", json!({"Variables": {"BIG": "x".repeat(4096)}}), &invalid),
        ("Tags", json!({"aws:x": "y"}), &invalid),
        ("Code", json!({}), &invalid),
        ("Code", json!({"ZipFile": ""}), &invalid),
        ("Code", json!({"ZipFile": STANDARD.encode("no zip")}), &invalid),
        ("Code", json!({"ZipFile": "%"}), &error(400, "SerializationException")),
        ("Code", json!({"S3Bucket": "b"}), &error(501, "NotImplementedException")),
        ("Layers", json!(["arn"]), &error(501, "NotImplementedException")),
    ] {
        let mut input = function("f", &role);
        input[member] = value.clone();
        let reply = wire.lambda("POST", FUNCTIONS, input).await;
        assert_eq!(&reply.error(), expected, "{member} {value}: {reply:?}");
    }
    assert_eq!(wire.lambda("GET", FUNCTIONS, Value::Null).await.ok(), json!({"Functions": []}));
}

#[tokio::test]
async fn zips_cannot_leave_their_directory() {
    let wire = Wire::start().await;
    let role = wire.role("r").await;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("../../evil", zip::write::SimpleFileOptions::default()).unwrap();
    let escaping = writer.finish().unwrap().into_inner();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.add_symlink("bootstrap", "/etc/passwd", zip::write::SimpleFileOptions::default()).unwrap();
    let linking = writer.finish().unwrap().into_inner();
    let plain = |names: &[&str]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in names {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let refused = error(400, "InvalidParameterValueException");
    for (zip, expected) in [
        (escaping, refused.clone()),
        (linking, error(501, "NotImplementedException")),
        // No disk can hold these.
        (plain(&["bootstrap", "bootstrap/more"]), refused.clone()),
        (plain(&["more/bootstrap", "more"]), refused.clone()),
        (plain(&["x".repeat(5_000).as_str()]), refused.clone()),
        (plain(&["d/".repeat(3_000).as_str()]), refused),
    ] {
        let mut input = function("f", &role);
        input["Code"]["ZipFile"] = json!(STANDARD.encode(zip));
        assert_eq!(wire.lambda("POST", FUNCTIONS, input).await.error(), expected);
    }
    let left: Vec<_> = std::fs::read_dir(wire.dir.path().join("code")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn updates_change_only_what_is_given() {
    let wire = Wire::start().await;
    let created = wire.function("f").await;
    let configuration = format!("{FUNCTIONS}/f/configuration");
    let updated = wire.lambda("PUT", &configuration, json!({"Timeout": 9})).await.ok();
    assert_eq!((&updated["Timeout"], &updated["MemorySize"]), (&json!(9), &json!(128)));
    assert_ne!(updated["RevisionId"], created["RevisionId"]);
    let stale = wire.lambda("PUT", &configuration, json!({"Timeout": 1, "RevisionId": created["RevisionId"]})).await;
    assert_eq!(stale.error(), error(412, "PreconditionFailedException"));

    let code = format!("{FUNCTIONS}/f/code");
    let other = STANDARD.encode(zip("#!/bin/sh\nexit 2\n"));
    let dry = wire.lambda("PUT", &code, json!({"ZipFile": other, "DryRun": true})).await.ok();
    assert_ne!(dry["CodeSha256"], created["CodeSha256"]);
    let still = wire.lambda("GET", &configuration, Value::Null).await.ok();
    assert_eq!(still["CodeSha256"], created["CodeSha256"]);
    let real = wire.lambda("PUT", &code, json!({"ZipFile": other, "Architectures": ["arm64"]})).await.ok();
    assert_eq!((&real["CodeSha256"], &real["Architectures"]), (&dry["CodeSha256"], &json!(["arm64"])));
}

#[tokio::test]
async fn permissions_come_and_go() {
    let wire = Wire::start().await;
    wire.function("f").await;
    let policy = format!("{FUNCTIONS}/f/policy");
    assert_eq!(wire.lambda("GET", &policy, Value::Null).await.error(), error(404, "ResourceNotFoundException"));
    let add = json!({
        "StatementId": "gateway",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": "arn:aws:execute-api:eu-west-1:000000000000:abc/prod/GET/orders/*",
        "SourceAccount": "000000000000",
    });
    assert_eq!(wire.lambda("POST", &policy, add.clone()).await.status, 201);
    assert_eq!(wire.lambda("POST", &policy, add).await.error(), error(409, "ResourceConflictException"));
    let found = wire.lambda("GET", &policy, Value::Null).await.ok();
    let document: Value = serde_json::from_str(found["Policy"].as_str().unwrap()).unwrap();
    insta::assert_json_snapshot!(document["Statement"], @r#"
    [
      {
        "Action": "lambda:InvokeFunction",
        "Condition": {
          "ArnLike": {
            "AWS:SourceArn": "arn:aws:execute-api:eu-west-1:000000000000:abc/prod/GET/orders/*"
          },
          "StringEquals": {
            "AWS:SourceAccount": "000000000000"
          }
        },
        "Effect": "Allow",
        "Principal": {
          "Service": "apigateway.amazonaws.com"
        },
        "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:f",
        "Sid": "gateway"
      }
    ]
    "#);
    let other = wire.lambda("DELETE", &format!("{policy}/other"), Value::Null).await;
    assert_eq!(other.message(), "Statement other is not found in resource policy.");
    assert_eq!(wire.lambda("DELETE", &format!("{policy}/gateway"), Value::Null).await.status, 204);
    let none = wire.lambda("DELETE", &format!("{policy}/gateway"), Value::Null).await;
    assert_eq!(none.message(), "No policy is associated with the given resource.");
}

#[tokio::test]
async fn reserved_concurrency_zero_throttles() {
    let wire = Wire::start().await;
    wire.function("f").await;
    let put = "/2017-10-31/functions/f/concurrency";
    let too_much = wire.lambda("PUT", put, json!({"ReservedConcurrentExecutions": 901})).await;
    assert_eq!(too_much.error(), error(400, "InvalidParameterValueException"));
    wire.lambda("PUT", put, json!({"ReservedConcurrentExecutions": 0})).await.ok();
    let of_a_version = "/2017-10-31/functions/f:$LATEST/concurrency";
    let qualified = wire.lambda("PUT", of_a_version, json!({"ReservedConcurrentExecutions": 1})).await;
    assert_eq!(qualified.error(), error(400, "InvalidParameterValueException"));
    assert!(qualified.message().starts_with("This operation is permitted on Lambda functions only."), "{qualified:?}");
    let invoked = wire.lambda("POST", &format!("{FUNCTIONS}/f/invocations"), json!({})).await;
    assert_eq!(invoked.error(), error(429, "TooManyRequestsException"));
    let reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
    assert_eq!(invoked.json(), json!({"Type": "User", "Reason": reason, "message": "Rate Exceeded."}));
    assert_eq!(wire.lambda("DELETE", put, Value::Null).await.status, 204);
    let get = wire.lambda("GET", "/2019-09-30/functions/f/concurrency", Value::Null).await;
    assert_eq!(get.ok(), json!({}));
}

#[tokio::test]
async fn names_may_be_arns_of_this_region() {
    let wire = Wire::start().await;
    wire.function("f").await;
    let arn = "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af";
    assert_eq!(wire.lambda("GET", &format!("{FUNCTIONS}/{arn}"), Value::Null).await.status, 200);
    let tags = format!("/2017-03-31/tags/{arn}");
    assert_eq!(wire.lambda("POST", &tags, json!({"Tags": {"a": "b", "c": "d"}})).await.status, 204);
    assert_eq!(wire.lambda("DELETE", &format!("{tags}?tagKeys=a&tagKeys=x"), Value::Null).await.status, 204);
    assert_eq!(wire.lambda("GET", &tags, Value::Null).await.ok(), json!({"Tags": {"c": "d"}}));
    let version = wire.lambda("GET", &format!("{FUNCTIONS}/f?Qualifier=live"), Value::Null).await;
    assert_eq!(version.error(), error(404, "ResourceNotFoundException"));
}
