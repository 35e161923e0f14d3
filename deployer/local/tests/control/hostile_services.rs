//! What no client should send to any service: every operation with members of the wrong type, nested, huge and cut. Every request is
//! answered, none with a fault of the cloud itself, and the process stays.

use crate::wire::{REGION, Reply, Wire};
use deployer_local::service::{SERVICES, Service, ServiceOperation};
use deployer_local::wire::WireProtocol;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

/// Members that inputs have, most of them with a value that makes sense, so that some requests get beyond the first check.
fn members() -> Vec<(&'static str, Value)> {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let patch = json!([{"op": "replace", "path": "/name", "value": "x"}]);
    let stat = json!({"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"});
    let trust = crate::wire::TRUST;
    vec![
        ("Action", json!("lambda:InvokeFunction")),
        ("AssumeRolePolicyDocument", json!(trust)),
        ("Code", json!({"ZipFile": "AA=="})),
        ("EndTime", json!(4_000_000_000_u64)),
        ("Environment", json!({"Variables": {"A": "1"}})),
        ("FunctionName", json!("f")),
        ("GlobalSecondaryIndexes", json!([])),
        ("Handler", json!("bootstrap")),
        ("KeySchema", json!([{"AttributeName": "id", "KeyType": "HASH"}])),
        ("Limit", json!(1)),
        ("Marker", json!("x")),
        ("MaxItems", json!("1")),
        ("MemorySize", json!(128)),
        ("MetricDataQueries", json!([{"Id": "q", "MetricStat": stat}])),
        ("Name", json!("n")),
        ("NextToken", json!("x")),
        ("Path", json!("/")),
        ("PermissionsBoundary", json!("arn:aws:iam::000000000000:policy/p")),
        ("PolicyArn", json!("arn:aws:iam::aws:policy/AdministratorAccess")),
        ("PolicyDocument", json!(policy)),
        ("PolicyName", json!("p")),
        ("Principal", json!("apigateway.amazonaws.com")),
        ("ResourceARNList", json!(["arn:aws:lambda:eu-west-1:000000000000:function:f"])),
        ("ResourceArn", json!("arn:aws:dynamodb:eu-west-1:000000000000:table/t")),
        ("Role", json!("arn:aws:iam::000000000000:role/f-role")),
        ("RoleName", json!("f-role")),
        ("Rule", json!("n")),
        ("Runtime", json!("provided.al2023")),
        ("ScheduleExpression", json!("rate(1 minute)")),
        ("SecretId", json!("s")),
        ("SecretString", json!("x")),
        ("StartTime", json!(0)),
        ("State", json!("DISABLED")),
        ("StatementId", json!("s")),
        ("TableName", json!("t")),
        ("TagFilters", json!([{"Key": "k", "Values": ["v"]}])),
        ("TagKeys", json!(["k"])),
        ("Tags", json!([{"Key": "k", "Value": "v"}])),
        ("Targets", json!([{"Id": "1", "Arn": "arn:aws:lambda:eu-west-1:000000000000:function:f", "Input": "{}"}])),
        ("Timeout", json!(3)),
        ("TimeToLiveSpecification", json!({"Enabled": true, "AttributeName": "e"})),
        ("apiStages", json!([{"apiId": "a", "stage": "s"}])),
        ("authorizationType", json!("NONE")),
        ("binaryMediaTypes", json!(["*/*"])),
        ("endTime", json!(4_000_000_000_000_u64)),
        ("endpointConfiguration", json!({"types": ["REGIONAL"]})),
        ("filterPattern", json!("{ $.a = 1 }")),
        ("limit", json!(1)),
        ("logEvents", json!([{"timestamp": 1, "message": "m"}])),
        ("logGroupIdentifier", json!("/g")),
        ("logGroupName", json!("/g")),
        ("logStreamName", json!("s")),
        ("name", json!("n")),
        ("nextToken", json!("x")),
        ("patchOperations", patch),
        ("pathPart", json!("{proxy+}")),
        ("quota", json!({"limit": 1, "period": "DAY"})),
        ("requestParameters", json!({"method.request.querystring.a": true})),
        ("responseTemplates", json!({"application/json": "{}"})),
        ("retentionInDays", json!(7)),
        ("stageName", json!("prod")),
        ("startTime", json!(0)),
        ("tags", json!({"k": "v"})),
        ("throttle", json!({"rateLimit": 1.5, "burstLimit": 1})),
        ("type", json!("MOCK")),
        ("uri", json!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:x/invocations")),
        ("variables", json!({"a": "b"})),
    ]
}

/// A value that nobody expects.
fn odd() -> impl Strategy<Value = Value> {
    let numbers = [json!(-1), json!(1e300), json!(u64::MAX), json!(i64::MIN), json!(0.5)];
    let plain = [json!(null), json!(true), json!(""), json!([]), json!({}), json!([[[]]]), json!({"": {"": ""}})];
    let words = [
        "arn:aws:iam::1:role/",
        "arn:aws:lambda",
        "..",
        "a/../b",
        "\u{0}",
        "${x}",
        "((((",
        "[[[[",
        "{{{{",
        "%",
        "\u{10ffff}",
    ];
    let leaf = prop_oneof![
        prop::sample::select(numbers.to_vec()),
        prop::sample::select(plain.to_vec()),
        prop::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        (prop::sample::select(words.to_vec()), 1..3_000_usize).prop_map(|(word, times)| json!(word.repeat(times))),
        "\\PC{0,40}".prop_map(|text| json!(text)),
    ];
    (leaf, prop_oneof![4 => Just(0), 1 => 1..110_usize], any::<bool>()).prop_map(|(leaf, levels, list)| {
        (0..levels).fold(leaf, |inner, _| if list { json!([inner]) } else { json!({ "a": inner }) })
    })
}

/// An input: some members as they should be, some not.
fn input() -> impl Strategy<Value = Map<String, Value>> {
    let members = members();
    let count = members.len();
    let some = prop::collection::vec((0..count, prop::option::weighted(0.3, odd())), 0..14);
    some.prop_map(move |chosen| {
        let member = |(at, odd): (usize, Option<Value>)| {
            let (name, value) = &members[at];
            ((*name).to_owned(), odd.unwrap_or_else(|| value.clone()))
        };
        chosen.into_iter().map(member).collect()
    })
}

fn operations() -> Vec<(&'static Service, &'static ServiceOperation)> {
    // The function has no program that could run here.
    let runs = |operation: &ServiceOperation| operation.spec.name == "Invoke";
    let all = SERVICES.iter().flat_map(|service| service.operations.iter().map(move |operation| (*service, operation)));
    all.filter(|(_, operation)| !runs(operation)).collect()
}

async fn send(
    wire: &Wire,
    service: &Service,
    operation: &ServiceOperation,
    input: &Map<String, Value>,
    cut: Option<usize>,
) -> Option<Reply> {
    let name = operation.spec.name;
    let json = Value::Object(input.clone()).to_string();
    let bytes = &json.as_bytes()[..cut.map_or(json.len(), |cut| cut % (json.len() + 1))];
    let scope = (service.spec.name, REGION);
    match (service.spec.protocol, operation.spec.route) {
        (WireProtocol::Query(_), _) => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("Action", name);
            form.extend_pairs(input.iter().map(|(name, value)| (name, text(value))));
            wire.call(scope, "POST", "/", &[], form.finish().as_bytes()).await
        }
        (WireProtocol::Rest, Some(route)) => {
            // Labels take what the input has for them, if a path can hold it.
            let fill = |segment: &str| match segment.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
                Some(label) => {
                    let value = input.get(label).and_then(Value::as_str).unwrap_or("f");
                    form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>()
                }
                None => segment.to_owned(),
            };
            let mut path = route.path.split('/').map(fill).collect::<Vec<_>>().join("/");
            if let Some((name, value)) = route.when {
                path += &format!("?{name}={value}");
            }
            wire.call(scope, route.method, &path, &[], bytes).await
        }
        _ => {
            let target = format!("Service.{name}");
            let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.1")];
            wire.call(scope, "POST", "/", &headers, bytes).await
        }
    }
}

#[test]
fn every_operation_answers_whatever_it_is_sent() {
    let runtime = Runtime::new().unwrap();
    let wire = runtime.block_on(async {
        let wire = Wire::start().await;
        wire.function("f").await;
        let made = wire.gateway("POST", "/restapis", json!({"name": "f"})).await.ok();
        assert!(made["id"].is_string());
        wire
    });
    let operations = operations();
    let mut runner = TestRunner::new(Config { failure_persistence: None, max_shrink_iters: 256, ..Config::default() });
    let cut = prop::option::weighted(0.1, any::<usize>());
    let tried = runner.run(&(0..operations.len(), input(), cut), |(at, input, cut)| {
        let (service, operation) = operations[at];
        let told = || format!("{} {} {}", service.spec.name, operation.spec.name, Value::Object(input.clone()));
        let reply = runtime.block_on(send(&wire, service, operation, &input, cut));
        let Some(reply) = reply else { return Err(TestCaseError::fail(format!("no answer to {}", told()))) };
        prop_assert!(reply.status < 500 || reply.status == 501, "{} {} for {}", reply.status, reply.body, told());
        Ok(())
    });
    tried.unwrap();
}
