//! A whole cloud with a function that runs the probe.

use super::http::{query, rest, target};
use super::{REGION, probe, zip};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deployer_local::store::OpenError;
use deployer_local::{Cloud, Faults, Options, StartError};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tempfile::TempDir;

/// The function's ARN.
pub const FUNCTION: &str = "arn:aws:lambda:ap-south-1:000000000000:function:probe";

pub struct Started {
    pub dir: TempDir,
    pub cloud: Cloud,
    pub addr: SocketAddr,
}

/// Starts an empty cloud.
pub async fn start() -> Started {
    start_in(tempfile::tempdir().unwrap()).await
}

/// Starts a cloud in a directory.
pub async fn start_in(dir: TempDir) -> Started {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Options { dir: dir.path().to_owned(), listen, faults: Faults::default() };
    for _ in 0..1_000 {
        match deployer_local::start(options.clone()).await {
            // See `unlocked`.
            Err(StartError::Store(OpenError::Locked { .. })) => tokio::time::sleep(Duration::from_millis(10)).await,
            started => {
                let cloud = started.unwrap();
                return Started { dir, addr: cloud.addr(), cloud };
            }
        }
    }
    panic!("the store stays locked");
}

impl Started {
    /// Creates the function `probe`, its role and its log group.
    pub fn create_function(&self) {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("Action", "CreateRole"), ("Version", "2010-05-08"), ("RoleName", "probe")])
            .append_pair("AssumeRolePolicyDocument", trust)
            .finish();
        query(self.addr, "iam", &form);
        let logs = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("Action", "PutRolePolicy"), ("Version", "2010-05-08"), ("RoleName", "probe")])
            .extend_pairs([("PolicyName", "logs"), ("PolicyDocument", logs)])
            .finish();
        query(self.addr, "iam", &form);
        self.logs("CreateLogGroup", &json!({ "logGroupName": "/aws/lambda/probe" }));
        let code = STANDARD.encode(zip(&[("bootstrap", probe(), 0o755)]));
        let input = json!({
            "FunctionName": "probe",
            "Runtime": "provided.al2023",
            "Role": "arn:aws:iam::000000000000:role/probe",
            "Handler": "bootstrap",
            "Code": { "ZipFile": code },
            "Timeout": 10,
        });
        rest(self.addr, "lambda", "POST", "/2015-03-31/functions", &input);
    }

    /// Lets a service invoke the function.
    pub fn permit(&self, sid: &str, principal: &str, source_arn: &str) {
        let input = json!({
            "StatementId": sid,
            "Action": "lambda:InvokeFunction",
            "Principal": principal,
            "SourceArn": source_arn,
        });
        rest(self.addr, "lambda", "POST", "/2015-03-31/functions/probe/policy", &input);
    }

    pub fn logs(&self, operation: &str, input: &Value) -> Value {
        target(self.addr, "logs", &format!("Logs_20140328.{operation}"), input)
    }

    pub fn events(&self, operation: &str, input: &Value) -> Value {
        target(self.addr, "events", &format!("AWSEvents.{operation}"), input)
    }

    /// The values of a metric in the last hour, put together.
    pub fn metric(&self, namespace: &str, metric: &str, stat: &str, dimensions: &[(&str, &str)]) -> Vec<f64> {
        let now = deployer_local::clock::real_ms() / 1000;
        let dimensions: Vec<_> =
            dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        let metric = json!({ "Namespace": namespace, "MetricName": metric, "Dimensions": dimensions });
        let query = json!({ "Id": "q", "MetricStat": { "Metric": metric, "Period": 7200, "Stat": stat } });
        let input = json!({ "MetricDataQueries": [query], "StartTime": now - 3600, "EndTime": now + 60 });
        let answer = target(self.addr, "monitoring", "GraniteServiceVersion20100801.GetMetricData", &input);
        let values = answer["MetricDataResults"][0]["Values"].as_array().unwrap();
        values.iter().map(|value| value.as_f64().unwrap()).collect()
    }

    pub fn gateway(&self, method: &str, path: &str, input: &Value) -> Value {
        rest(self.addr, "apigateway", method, path, input)
    }

    /// The function's log, line by line.
    pub fn lines(&self) -> Vec<String> {
        let found = self.logs("FilterLogEvents", &json!({ "logGroupName": "/aws/lambda/probe" }));
        let events = found["events"].as_array().unwrap();
        events.iter().map(|event| event["message"].as_str().unwrap().trim_end().to_owned()).collect()
    }

    /// `arn:aws:execute-api:…:<api>/<rest>`
    pub fn execute_api(api: &str, rest: &str) -> String {
        format!("arn:aws:execute-api:{REGION}:000000000000:{api}/{rest}")
    }
}
