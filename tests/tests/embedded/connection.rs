//! What can be wrong between here and AWS: one clear message each, with operation, code, request id and what to do.

use tests::fake_endpoint::{FakeAnswer, FakeEndpoint};
use tests::sandbox::SHOP;
use tests::{ProgramOutput, Sandbox};

fn with_keys() -> Sandbox {
    Sandbox::new(SHOP)
        .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secret-of-the-tester")
        // No look at the metadata service of a machine in the cloud.
        .with("AWS_EC2_METADATA_DISABLED", "true")
}

#[track_caller]
fn fails(sandbox: &Sandbox, fake: &FakeEndpoint, command: &[&str]) -> ProgramOutput {
    let outcome = sandbox.run(&[command, &["--endpoint-url", &fake.endpoint()]].concat()).exits(1);
    assert!(!outcome.to_string().contains("secret-of-the-tester"), "{outcome}");
    outcome
}

#[test]
fn expired_credentials() {
    let fake = FakeEndpoint::start(|asked| match asked.service.as_str() {
        "sts" | "iam" => FakeAnswer::xml(403, "ExpiredToken", "The security token included in the request is expired"),
        _ => FakeAnswer::json(400, "ExpiredTokenException", "The security token included in the request is expired"),
    });
    let sandbox = with_keys();
    insta::assert_snapshot!("expired", fails(&sandbox, &fake, &["up", "--yes"]).transcript());
    insta::assert_snapshot!("expired_json", fails(&sandbox, &fake, &["up", "--yes", "--output", "json"]).transcript());
    for command in [&["plan"][..], &["status"], &["outputs"], &["down", "--yes"], &["logs"], &["invoke", "api"]] {
        let outcome = fails(&sandbox, &fake, command);
        assert!(outcome.stderr.contains("expired") && outcome.stderr.contains("log in again"), "{outcome}");
        assert_eq!(outcome.stderr.matches("log in again").count(), 1, "told once\n{outcome}");
    }
}

#[test]
fn unknown_credentials() {
    let fake = FakeEndpoint::start(|asked| match asked.service.as_str() {
        "sts" | "iam" => {
            FakeAnswer::xml(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        }
        _ => FakeAnswer::json(
            400,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
    });
    insta::assert_snapshot!("unknown_credentials", fails(&with_keys(), &fake, &["up", "--yes"]).transcript());
}

/// A caller that may read everything but may not create a table.
#[test]
fn a_missing_permission() {
    let fake = FakeEndpoint::start(|asked| {
        match (asked.service.as_str(), asked.operation.as_str()) {
        ("sts", _) => FakeAnswer::identity("123456789012"),
        ("dynamodb", "DescribeTable") => {
            let message = "User: arn:aws:iam::123456789012:user/tester is not authorized to perform: dynamodb:DescribeTable";
            FakeAnswer::json(400, "AccessDeniedException", message)
        }
        ("logs", _) => FakeAnswer::Reply(200, "application/x-amz-json-1.1", r#"{"logGroups":[]}"#.to_owned()),
        ("dynamodb", _) => FakeAnswer::json(400, "ResourceNotFoundException", "not there"),
        ("iam", "ListRoles") => FakeAnswer::Reply(
            200,
            "text/xml",
            "<ListRolesResponse><ListRolesResult><IsTruncated>false</IsTruncated><Roles/></ListRolesResult></ListRolesResponse>".to_owned(),
        ),
        ("iam", _) => FakeAnswer::xml(404, "NoSuchEntity", "not there"),
        ("tagging", _) => FakeAnswer::Reply(200, "application/x-amz-json-1.1", r#"{"ResourceTagMappingList":[]}"#.to_owned()),
        ("apigateway", _) => FakeAnswer::Reply(200, "application/json", r#"{"item":[]}"#.to_owned()),
        _ => FakeAnswer::json(404, "ResourceNotFoundException", "not there"),
    }
    });
    let sandbox = with_keys();
    insta::assert_snapshot!("denied", fails(&sandbox, &fake, &["up", "--yes"]).transcript());
    insta::assert_snapshot!("denied_plan", fails(&sandbox, &fake, &["plan"]).transcript());
}

#[test]
fn nobody_answers() {
    let sandbox = with_keys();
    // A port that was free a moment ago.
    let addr = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
    let up = sandbox.run(&["up", "--yes", "--endpoint-url", &format!("http://{addr}")]).exits(1);
    insta::assert_snapshot!("unreachable", up.transcript());
}

#[test]
fn no_credentials_anywhere() {
    let fake = FakeEndpoint::start(|_| FakeAnswer::identity("123456789012"));
    let sandbox = Sandbox::new(SHOP).with("AWS_EC2_METADATA_DISABLED", "true");
    insta::assert_snapshot!("no_credentials", fails(&sandbox, &fake, &["up", "--yes"]).transcript());
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn no_such_profile() {
    let fake = FakeEndpoint::start(|_| FakeAnswer::identity("123456789012"));
    let sandbox = Sandbox::new(SHOP).with("AWS_EC2_METADATA_DISABLED", "true");
    insta::assert_snapshot!(
        "no_profile",
        fails(&sandbox, &fake, &["up", "--yes", "--profile", "nowhere"]).transcript()
    );
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn no_region() {
    let fake = FakeEndpoint::start(|_| FakeAnswer::identity("123456789012"));
    let sandbox = with_keys();
    sandbox.edit("region = \"ap-south-1\"\n", "");
    insta::assert_snapshot!("no_region", fails(&sandbox, &fake, &["up", "--yes"]).transcript());
    let option = fails(&sandbox, &fake, &["plan", "--region", "Mumbai"]);
    let variable = fails(&sandbox.with("AWS_REGION", "Mumbai"), &fake, &["plan"]);
    for wrong in [option, variable] {
        assert!(wrong.stderr.contains("not a region such as ap-south-1: did you mean ap-south-1 (Mumbai)?"), "{wrong}");
    }
    assert_eq!(fake.requests().len(), 0);
}

/// The description's region counts more than the environment's, the option's more than the description's.
#[test]
fn whose_region_counts() {
    let sandbox = with_keys().with("AWS_REGION", "eu-west-1");
    let cloud = sandbox.start_cloud();
    let region = |args: &[&str]| {
        let plan =
            sandbox.run(&[&["up", "--dry-run", "--output", "json", "--endpoint-url", &cloud.endpoint], args].concat());
        plan.ok().json_lines().iter().find(|line| line["event"] == "target").map(|line| line["region"].clone())
    };
    assert_eq!(region(&[]), Some("ap-south-1".into()));
    assert_eq!(region(&["--region", "us-east-2"]), Some("us-east-2".into()));
    sandbox.edit("region = \"ap-south-1\"\n", "");
    assert_eq!(region(&[]), Some("eu-west-1".into()));
    std::fs::create_dir_all(sandbox.home().join(".aws")).expect("a directory in the sandbox");
    std::fs::write(sandbox.home().join(".aws/config"), "[profile work]\nregion = sa-east-1\n").expect("a file there");
    std::fs::write(
        sandbox.home().join(".aws/credentials"),
        "[work]\naws_access_key_id = a\naws_secret_access_key = b\n",
    )
    .expect("a file there");
    assert_eq!(
        region(&["--profile", "work"]),
        Some("eu-west-1".into()),
        "the environment before the profile, as everywhere"
    );
}

/// The variable is as good as the option, and it is shown where the calls go.
#[test]
fn an_endpoint_from_the_environment() {
    let outer = Sandbox::new(SHOP);
    let cloud = outer.start_cloud();
    let sandbox = with_keys().with("AWS_ENDPOINT_URL", &cloud.endpoint);
    let up = sandbox.run(&["up", "--yes"]).ok();
    assert!(up.stderr.contains(&cloud.endpoint), "{up}");
    assert_eq!(cloud.census().len(), 5);
}

/// An endpoint that is no AWS at all.
#[test]
fn something_else_answers() {
    let fake =
        FakeEndpoint::start(|_| FakeAnswer::Reply(200, "text/html", "<html>Welcome to nginx!</html>".to_owned()));
    insta::assert_snapshot!("not_aws", fails(&with_keys(), &fake, &["up", "--yes"]).transcript());
    let fake = FakeEndpoint::start(|_| FakeAnswer::Reply(404, "text/html", "<html>Not found</html>".to_owned()));
    insta::assert_snapshot!("not_found_everywhere", fails(&with_keys(), &fake, &["up", "--yes"]).transcript());
}

/// Where the end of the credentials is known, no run begins that cannot finish.
#[test]
fn credentials_that_end() {
    let sandbox = with_keys().with("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z");
    let cloud = sandbox.start_cloud();
    let up = sandbox.run(&["up", "--yes", "--endpoint-url", &cloud.endpoint]).exits(1);
    assert!(up.stderr.contains("the AWS credentials expired") && up.stderr.contains("2026-01-01T00:00:00Z"), "{up}");
    assert_eq!(cloud.calls(), [""; 0], "nothing is asked");

    let soon = time::OffsetDateTime::now_utc() + time::Duration::minutes(4);
    let soon = soon.format(&time::format_description::well_known::Rfc3339).expect("a date has a form");
    let sandbox = sandbox.with("AWS_CREDENTIAL_EXPIRATION", &soon);
    let plan = sandbox.run(&["up", "--dry-run", "--endpoint-url", &cloud.endpoint]).ok();
    assert!(plan.stderr.contains("the AWS credentials expire in "), "{plan}");
    let local = sandbox.local(&["up", "--dry-run"]).ok();
    assert!(!local.stderr.contains("expire"), "the embedded cloud has credentials of its own\n{local}");
}

/// A process that gives credentials says when they end, and is asked once.
#[test]
fn a_process_that_gives_credentials() {
    let sandbox = Sandbox::new(SHOP).with("AWS_PROFILE", "work");
    let cloud = sandbox.start_cloud();
    let give = |until: &str| {
        let answer = format!(
            "#!/bin/sh\necho asked >> \"$HOME/asked\"\necho '{{\"Version\": 1, \"AccessKeyId\": \"a\", \"SecretAccessKey\": \"b\", \
             \"SessionToken\": \"c\", \"Expiration\": \"{until}\"}}'\n"
        );
        std::fs::create_dir_all(sandbox.home().join(".aws")).expect("a directory in the sandbox");
        let program = sandbox.home().join("give");
        std::fs::write(&program, answer).expect("a file there");
        let config = format!("[profile work]\ncredential_process = sh {}\n", program.display());
        std::fs::write(sandbox.home().join(".aws/config"), config).expect("a file there");
    };
    give("2099-01-01T00:00:00Z");
    sandbox.run(&["plan", "--endpoint-url", &cloud.endpoint]).ok();
    let asked = std::fs::read_to_string(sandbox.home().join("asked")).expect("it was asked");
    assert_eq!(asked.lines().count(), 1, "{asked}");
    give("2026-01-01T00:00:00Z");
    let plan = sandbox.run(&["plan", "--endpoint-url", &cloud.endpoint]).exits(1);
    assert!(plan.stderr.contains("expired"), "{plan}");
}

/// What is under way when the credentials end fails once, what is left does not begin, and the next run goes on.
#[test]
fn credentials_that_end_in_the_middle() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    let refuse = |nth: u64| {
        let effect = serde_json::json!({"refuse": {"status": 403, "code": "ExpiredTokenException",
            "message": "The security token included in the request is expired"}});
        serde_json::json!({"planned": [{"writes_only": true, "nth": nth, "times": 1000, "effect": effect}]})
    };
    for (nth, first) in [(4, true), (2, false)] {
        cloud.faults(refuse(nth));
        cloud.forget_calls();
        let up = sandbox.local(&["up", "--yes"]).exits(1);
        let told = up.stderr.matches("log in again").count();
        assert_eq!(told, 1, "told once\n{up}");
        assert!(up.stderr.contains("run the command again"), "{up}");
        // Its grant needs the function, which comes late.
        assert!(!first || up.stderr.contains("not started"), "{up}");
    }
    cloud.faults(serde_json::json!({}));
    sandbox.up();
    sandbox.is_converged();
}

/// Whoever answers, or does not: what was awaited is said within a bounded time.
#[test]
fn nobody_that_speaks_aws() {
    let sandbox = with_keys();
    // The system accepts, and nobody ever says anything.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = format!("https://{}", silent.local_addr().expect("a bound socket has an address"));
    // Somebody who takes a greeting of TLS for a request and leaves.
    let plain = FakeEndpoint::start(|_| FakeAnswer::Disconnect);
    let no_tls = plain.endpoint().replace("http:", "https:");
    for (endpoint, says) in [
        ("http://no-such-host.invalid", "dns error"),
        (&silent, "HTTP connect timeout occurred after 3.1s"),
        (&no_tls, "The other side speaks no TLS"),
        (&plain.endpoint(), "no clear answer came from AWS (sts:GetCallerIdentity)"),
    ] {
        let up = sandbox.run(&["up", "--yes", "--endpoint-url", endpoint]).exits(1);
        assert!(up.stderr.contains(says) && up.stderr.contains(endpoint), "{up}");
        assert_eq!(up.stderr.matches("\nerror: ").count(), 1, "{up}");
    }
}

/// The wrong account is refused before anything is written, whatever is wrong there besides.
#[test]
fn another_account() {
    let sandbox = with_keys();
    let cloud = sandbox.start_cloud();
    sandbox.edit("region = \"ap-south-1\"\n", "region = \"ap-south-1\"\naccount = \"123456789012\"\n");
    let up = sandbox.run(&["up", "--yes", "--endpoint-url", &cloud.endpoint]).exits(1);
    insta::assert_snapshot!("another_account", up.transcript());
    assert_eq!(cloud.writes(), [""; 0]);
}
