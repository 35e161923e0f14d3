//! ARNs are computed, never stored: everything but a REST API's id follows from partition, region, account and names.

/// Account of the embedded cloud.
const LOCAL_ACCOUNT: &str = "000000000000";

/// What ARNs are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArnScope {
    /// `aws`, or that of a region apart, such as `aws-cn`.
    pub partition: String,
    /// Region.
    pub region: String,
    /// Account id.
    pub account: String,
    /// Where the services are, where it is not AWS: URLs are made from it.
    pub endpoint: Option<String>,
}

/// Returns the partition of a region and the domain of its endpoints (botocore's `partitions.json`).
pub fn partition(region: &str) -> (&'static str, &'static str) {
    let mut words = region.split('-');
    match (words.next(), words.next()) {
        (Some("cn"), _) => ("aws-cn", "amazonaws.com.cn"),
        (Some("us"), Some("gov")) => ("aws-us-gov", "amazonaws.com"),
        (Some("us"), Some("iso")) => ("aws-iso", "c2s.ic.gov"),
        (Some("us"), Some("isob")) => ("aws-iso-b", "sc2s.sgov.gov"),
        (Some("eu"), Some("isoe")) => ("aws-iso-e", "cloud.adc-e.uk"),
        (Some("us"), Some("isof")) => ("aws-iso-f", "csp.hci.ic.gov"),
        (Some("eusc"), _) => ("aws-eusc", "amazonaws.eu"),
        _ => ("aws", "amazonaws.com"),
    }
}

impl ArnScope {
    /// Makes the scope of `account` in `region`, with the partition that the region belongs to.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        let region = region.into();
        let partition = partition(&region).0;
        ArnScope { partition: partition.to_owned(), region, account: account.into(), endpoint: None }
    }

    /// Returns the same scope of services that are at `endpoint`.
    #[must_use]
    pub fn at(self, endpoint: Option<&str>) -> Self {
        Self { endpoint: endpoint.map(str::to_owned), ..self }
    }

    fn arn(&self, service: &str, rest: impl std::fmt::Display) -> String {
        format!("arn:{}:{service}:{}:{}:{rest}", self.partition, self.region, self.account)
    }

    /// Returns the ARN of a DynamoDB table.
    pub fn table(&self, name: &str) -> String {
        self.arn("dynamodb", format_args!("table/{name}"))
    }

    /// Returns the ARN of a Lambda function.
    pub fn function(&self, name: &str) -> String {
        self.arn("lambda", format_args!("function:{name}"))
    }

    /// Returns the ARN of an IAM role; `path` begins and ends with a slash.
    pub fn role(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:role{path}{name}", self.partition, self.account)
    }

    /// Returns the ARN of a role that others manage as it is where this scope is: the embedded cloud has one account, and roles of
    /// any other are those of the same name there.
    pub fn role_of_others(&self, role: &str) -> String {
        let mut parts: Vec<&str> = role.splitn(6, ':').collect();
        if let Some(account) = parts.get_mut(4).filter(|_| self.account == LOCAL_ACCOUNT) {
            *account = LOCAL_ACCOUNT;
        }
        parts.join(":")
    }

    /// Returns the ARN of a log group as the tagging operations take it, without `:*`.
    pub fn log_group(&self, name: &str) -> String {
        self.arn("logs", format_args!("log-group:{name}"))
    }

    /// Returns the ARN of an EventBridge rule on the default bus.
    pub fn rule(&self, name: &str) -> String {
        self.arn("events", format_args!("rule/{name}"))
    }

    /// Returns the ARN of an SQS queue.
    pub fn queue(&self, name: &str) -> String {
        self.arn("sqs", name)
    }

    /// Returns the URL of an SQS queue, which its operations name it by.
    pub fn queue_url(&self, name: &str) -> String {
        let account = &self.account;
        match &self.endpoint {
            Some(endpoint) => format!("{}/{account}/{name}", endpoint.trim_end_matches('/')),
            None => format!("https://sqs.{}.{}/{account}/{name}", self.region, partition(&self.region).1),
        }
    }

    /// Returns the ARN of an event source mapping of Lambda.
    pub fn event_source_mapping(&self, uuid: &str) -> String {
        self.arn("lambda", format_args!("event-source-mapping:{uuid}"))
    }

    /// Returns the ARN of a parameter of Systems Manager, whose name may begin with a slash.
    pub fn parameter(&self, name: &str) -> String {
        self.arn("ssm", format_args!("parameter/{}", name.trim_start_matches('/')))
    }

    /// Returns the ARN, as a pattern, of a secret of Secrets Manager, which adds six characters to the name.
    pub fn secret(&self, name: &str) -> String {
        self.arn("secretsmanager", format_args!("secret:{name}-??????"))
    }

    /// Returns the URI that API Gateway calls to invoke a function.
    pub fn invocation_uri(&self, function: &str) -> String {
        format!(
            "arn:{}:apigateway:{}:lambda:path/2015-03-31/functions/{}/invocations",
            self.partition,
            self.region,
            self.function(function)
        )
    }

    /// Requests to an API: the source of an invoke grant.
    pub fn execute_api(&self, api: &str, stage: &str, method: &str, path: &str) -> String {
        self.arn("execute-api", format_args!("{api}/{stage}/{method}{path}"))
    }

    /// Returns the ARN of what is at a path of API Gateway's own API, such as `/restapis/abc`, as IAM policies and the tagging
    /// operations name it.
    pub fn gateway(&self, path: &str) -> String {
        format!("arn:{}:apigateway:{}::{path}", self.partition, self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::{ArnScope, partition};

    #[test]
    fn every_region_is_in_a_partition() {
        for (region, expected) in [
            ("eu-central-1", ("aws", "amazonaws.com")),
            ("cn-northwest-1", ("aws-cn", "amazonaws.com.cn")),
            ("us-gov-west-1", ("aws-us-gov", "amazonaws.com")),
            ("us-iso-east-1", ("aws-iso", "c2s.ic.gov")),
            ("us-isob-east-1", ("aws-iso-b", "sc2s.sgov.gov")),
            ("eu-isoe-west-1", ("aws-iso-e", "cloud.adc-e.uk")),
            ("us-isof-south-1", ("aws-iso-f", "csp.hci.ic.gov")),
            ("eusc-de-east-1", ("aws-eusc", "amazonaws.eu")),
        ] {
            assert_eq!(partition(region), expected, "{region}");
            let arn = ArnScope::new("1", region).table("t");
            assert_eq!(arn, format!("arn:{}:dynamodb:{region}:1:table/t", expected.0));
        }
    }

    #[test]
    fn arns_follow_the_partition_of_the_region() {
        let india = ArnScope::new("123456789012", "ap-south-1");
        assert_eq!(india.table("Orders"), "arn:aws:dynamodb:ap-south-1:123456789012:table/Orders");
        assert_eq!(india.role("/deployer/orders/prod/", "r"), "arn:aws:iam::123456789012:role/deployer/orders/prod/r");
        assert_eq!(
            india.execute_api("abc", "prod", "*", "/orders*"),
            "arn:aws:execute-api:ap-south-1:123456789012:abc/prod/*/orders*"
        );
        let role = "arn:aws:iam::210987654321:role/team/orders";
        assert_eq!(india.role_of_others(role), role);
        assert_eq!(
            ArnScope::new("000000000000", "x").role_of_others(role),
            "arn:aws:iam::000000000000:role/team/orders"
        );
        assert_eq!(india.parameter("/orders/key"), "arn:aws:ssm:ap-south-1:123456789012:parameter/orders/key");
        assert_eq!(india.parameter("key"), "arn:aws:ssm:ap-south-1:123456789012:parameter/key");
        assert_eq!(india.gateway("/restapis/abc"), "arn:aws:apigateway:ap-south-1::/restapis/abc");
        assert_eq!(india.queue("jobs.fifo"), "arn:aws:sqs:ap-south-1:123456789012:jobs.fifo");
        assert_eq!(india.queue_url("jobs"), "https://sqs.ap-south-1.amazonaws.com/123456789012/jobs");
        assert_eq!(
            ArnScope::new("1", "cn-north-1").queue_url("jobs"),
            "https://sqs.cn-north-1.amazonaws.com.cn/1/jobs"
        );
        let here = india.clone().at(Some("http://127.0.0.1:4566/"));
        assert_eq!(here.queue_url("jobs"), "http://127.0.0.1:4566/123456789012/jobs");
        assert_eq!(ArnScope::new("1", "cn-north-1").function("f"), "arn:aws-cn:lambda:cn-north-1:1:function:f");
        assert_eq!(ArnScope::new("1", "us-gov-west-1").partition, "aws-us-gov");
    }
}
