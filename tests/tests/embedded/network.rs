//! The ways to AWS and to credentials that the AWS CLI knows: profiles, proxies, certificates; and what becomes of a run whose line breaks.

use serde_json::json;
use std::fs;
use std::time::Duration;
use tests::Sandbox;
use tests::fake_endpoint::{FakeAnswer, FakeEndpoint, TEST_CA};
use tests::forward::{ForwardRule, Forwarder};
use tests::sandbox::SHOP;

const KEYS: &str = "[work]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = b\n";

fn sandbox(config: &str) -> Sandbox {
    let sandbox = Sandbox::new(SHOP).with("AWS_EC2_METADATA_DISABLED", "true");
    fs::create_dir_all(sandbox.home().join(".aws")).expect("a directory in the sandbox");
    fs::write(sandbox.home().join(".aws/config"), config).expect("a file there");
    fs::write(sandbox.home().join(".aws/credentials"), KEYS).expect("a file there");
    fs::write(sandbox.path("ca.pem"), TEST_CA).expect("a file there");
    sandbox
}

/// Answers who is asking, and refuses the rest: enough to see by which way a call came.
fn refusing(asked: &tests::fake_endpoint::ReceivedRequest) -> FakeAnswer {
    match asked.service.as_str() {
        "sts" => FakeAnswer::identity("123456789012"),
        _ => FakeAnswer::json(403, "AccessDeniedException", "not for you"),
    }
}

#[test]
fn a_profile_that_is_asked_for_counts_before_keys_in_the_environment() {
    let fake = FakeEndpoint::start(refusing);
    let keys = |sandbox: Sandbox, args: &[&str]| {
        let before = fake.requests().len();
        sandbox.run(&[&["plan", "--endpoint-url", &fake.endpoint()], args].concat()).exits(1);
        let mut keys: Vec<_> = fake.requests()[before..].iter().map(|request| request.access_key.clone()).collect();
        keys.dedup();
        keys
    };
    let with_keys = || sandbox("").with("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT").with("AWS_SECRET_ACCESS_KEY", "y");
    assert_eq!(keys(with_keys(), &["--profile", "work"]), ["AKIAPROFILE"]);
    assert_eq!(keys(with_keys().with("AWS_PROFILE", "work"), &[]), ["AKIAENVIRONMENT"]);
    assert_eq!(keys(with_keys(), &[]), ["AKIAENVIRONMENT"]);
    assert_eq!(keys(sandbox("").with("AWS_PROFILE", "work"), &[]), ["AKIAPROFILE"]);
    // Half a pair in the environment is nobody's.
    assert_eq!(keys(sandbox("").with("AWS_ACCESS_KEY_ID", "AKIAHALF"), &["--profile", "work"]), ["AKIAPROFILE"]);
    assert_eq!(keys(sandbox("").with("AWS_ACCESS_KEY_ID", "AKIAHALF"), &[]), [""; 0]);
}

#[test]
fn every_profile_that_gives_nothing_says_why() {
    let fake = FakeEndpoint::start(refusing);
    let config = "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
         [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n\
         [profile old]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = dev\n\
         [profile console]\nlogin_session = arn:aws:iam::123456789012:user/ann\n\
         [profile chain]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = nowhere\n\
         [profile half]\naws_access_key_id = AKIAHALF\n\
         [profile proc]\ncredential_process = sh -c \"echo no ticket >&2; exit 3\"\n\
         [profile empty]\nregion = eu-west-1\n";
    let sandbox = sandbox(config);
    let mut told = String::new();
    for profile in ["nosuch", "sso", "old", "console", "chain", "half", "proc", "empty"] {
        let plan =
            sandbox.run(&["plan", "--profile", profile, "--endpoint-url", &fake.endpoint()]).exits(1).transcript();
        told += &plan;
    }
    insta::assert_snapshot!("profiles", told.replace(&sandbox.home().display().to_string(), "[HOME]"));
    assert_eq!(fake.requests().len(), 0, "nothing was sent");
    fs::write(sandbox.home().join(".aws/config"), "[profile work]\nregion eu-west-1\n").expect("a file there");
    let plan = sandbox.run(&["plan", "--profile", "work"]).exits(1);
    assert!(plan.stderr.contains("~/.aws/config:2: the line has no `=`"), "{plan}");
    // What is on this machine alone needs none of it.
    sandbox.local(&["up", "--dry-run"]).ok();
}

/// The host is known to the proxy alone, and its certificate signed by the company's own authority.
#[test]
fn behind_a_proxy_and_an_authority_of_ones_own() {
    let fake = FakeEndpoint::start_tls(refusing);
    let proxy = Forwarder::start(ForwardRule::Proxy);
    let host = fake.endpoint().replace("https://127.0.0.1", "aws.test");
    let endpoint = format!("https://{host}");
    let behind = |config: &str| sandbox(config).with("AWS_PROFILE", "work").with("HTTPS_PROXY", &proxy.url());
    let plan = |sandbox: &Sandbox| sandbox.run(&["plan", "--endpoint-url", &endpoint]).exits(1);

    let told = plan(&behind(""));
    assert!(told.stderr.contains("certificate") && told.stderr.contains("AWS_CA_BUNDLE"), "{told}");
    assert!(told.stderr.contains(&proxy.url()) && told.stderr.contains("(HTTPS_PROXY)"), "{told}");
    assert_eq!(fake.requests().len(), 0);
    assert!(proxy.asked().iter().all(|asked| *asked == host), "{:?}", proxy.asked());

    let told = plan(&behind("").with("AWS_CA_BUNDLE", "ca.pem"));
    assert!(told.stderr.contains("not for you"), "AWS itself refused\n{told}");
    let told = plan(&behind("[profile work]\nca_bundle = ca.pem\n"));
    assert!(told.stderr.contains("not for you"), "{told}");
    let told = plan(&behind("[profile work]\nca_bundle = deployer.toml\n"));
    assert!(told.stderr.contains("~/.aws/config:2: ca_bundle: deployer.toml has no certificate"), "{told}");

    let asked = proxy.asked().len();
    let told = plan(&behind("").with("AWS_CA_BUNDLE", "ca.pem").with("NO_PROXY", "aws.test"));
    assert!(told.stderr.contains(&format!("the host of {endpoint} is unknown here")), "{told}");
    assert_eq!(proxy.asked().len(), asked, "it was not asked");
    // This machine is never called through a proxy.
    let local =
        sandbox("").with("AWS_PROFILE", "work").with("HTTPS_PROXY", &proxy.url()).with("AWS_CA_BUNDLE", "ca.pem");
    let told = local.run(&["plan", "--endpoint-url", &fake.endpoint()]).exits(1);
    assert!(told.stderr.contains("not for you") && proxy.asked().len() == asked, "{told}");
}

#[test]
fn a_proxy_that_does_not_help_is_named() {
    let refusing = Forwarder::start(ForwardRule::RefusingProxy("407 Proxy Authentication Required"));
    let gone = Forwarder::start(ForwardRule::Proxy);
    gone.cut();
    for (proxy, says) in [
        (refusing.url().replace("://", "://ann:secret-of-ann@"), "The proxy wants a name and a password"),
        (gone.url(), "nothing listens at the proxy"),
        ("socks5://127.0.0.1:1080".to_owned(), "HTTPS_PROXY names a proxy of the scheme `socks5`"),
    ] {
        let sandbox = sandbox("").with("AWS_PROFILE", "work").with("HTTPS_PROXY", &proxy);
        let plan = sandbox.run(&["plan"]).exits(1);
        assert!(plan.stderr.contains(says), "{plan}");
        assert!(plan.stderr.contains("HTTPS_PROXY") && !plan.stderr.contains("secret-of-ann"), "{plan}");
    }
}

/// The line breaks while a run is under way and comes back: the run says what it waits for and ends well.
#[test]
fn a_line_that_breaks_and_comes_back() {
    let sandbox = sandbox("").with("AWS_PROFILE", "work");
    let cloud = sandbox.start_cloud();
    let line = Forwarder::start(ForwardRule::Line(
        cloud.endpoint.trim_start_matches("http://").parse().expect("an address of this machine"),
    ));
    cloud.faults(json!({"table_creating_ms": 60_000}));
    let mut up = sandbox.spawn(&["up", "--yes", "--endpoint-url", &line.url()]);
    up.until("for the table to become ACTIVE");
    line.cut();
    let waits = up.until("to be reachable again");
    assert!(waits.contains(&line.url()), "{waits}");
    line.mend();
    cloud.advance(Duration::from_secs(60));
    up.finish().ok();
    sandbox.is_converged();
}
