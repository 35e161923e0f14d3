//! Firing a rule: the event goes to every target that lets EventBridge in.

use super::lookup::no_such_rule;
use crate::arn::{ACCOUNT, function_arn, rule_arn};
use crate::context::Context;
use crate::runtime::{InvokeOptions, permission};
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use crate::store::rule::EventRule;
use crate::wire::ServiceResult;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

/// What became of a firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FiringReport {
    /// `id` of the event.
    pub event_id: String,
    /// `time` of the event.
    pub time: String,
    /// By target.
    pub deliveries: Vec<DeliveryReport>,
}

/// What became of one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryReport {
    /// The target's id.
    pub target_id: String,
    /// The target's function.
    pub arn: String,
    /// The request id of the invocation, which is in the function's log. `None`: not delivered.
    pub request_id: Option<String>,
    /// Why it was not delivered.
    pub error: Option<String>,
}

/// Fires a rule now, whatever its schedule and whether it is enabled or not. The functions run asynchronously.
///
/// # Errors
/// `ResourceNotFoundException` when there is no such rule.
pub fn fire(cx: &Context, region: &str, name: &str) -> ServiceResult<FiringReport> {
    let document = cx.store.snapshot();
    let rule = document.region(region).rules.rules.get(name).ok_or_else(|| no_such_rule(name))?;
    Ok(deliver(cx, &document, region, name, rule, cx.clock.now()))
}

/// Delivers the event of a firing at `at`. What cannot be delivered is also explained in the cloud's own log, because AWS
/// counts it in a metric and tells nobody.
pub(super) fn deliver(
    cx: &Context,
    document: &CloudDocument,
    region: &str,
    name: &str,
    rule: &EventRule,
    at: OffsetDateTime,
) -> FiringReport {
    let source = rule_arn(region, name);
    let event_id = uuid::Uuid::new_v4().to_string();
    let time = at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z")).unwrap_or_default();
    let event = scheduled_event(&event_id, &time, region, &source);
    let deliveries = rule
        .targets
        .iter()
        .map(|(id, target)| {
            let payload = target.input.clone().unwrap_or_else(|| event.to_string());
            let delivered = receiver(document, region, &target.arn, &source).and_then(|function| {
                cx.runtime
                    .enqueue(function, &Bytes::from(payload), InvokeOptions::default())
                    .map_err(|error| error.to_string())
            });
            if let Err(why) = &delivered {
                eprintln!("rule {name} did not reach its target {id}: {why}");
            }
            DeliveryReport {
                target_id: id.clone(),
                arn: target.arn.clone(),
                request_id: delivered.as_ref().ok().cloned(),
                error: delivered.err(),
            }
        })
        .collect();
    FiringReport { event_id, time, deliveries }
}

fn scheduled_event(id: &str, time: &str, region: &str, source: &str) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": time,
        "region": region,
        "resources": [source],
        "detail": {},
    })
}

fn receiver<'a>(
    document: &'a CloudDocument,
    region: &str,
    arn: &str,
    source: &str,
) -> Result<&'a FunctionRecord, String> {
    let name = function_name(region, arn).ok_or_else(|| format!("{arn} is no Lambda function of {region}"))?;
    let function = document
        .region(region)
        .functions
        .get(name)
        .ok_or_else(|| format!("there is no function {name} in {region}"))?;
    if permission::allows(function, "events.amazonaws.com", source) {
        return Ok(function);
    }
    Err(format!("no statement of the policy of {name} allows events.amazonaws.com to invoke it from {source}"))
}

/// Reads the name in the ARN of a function of this account and region.
pub(super) fn function_name<'a>(region: &str, arn: &'a str) -> Option<&'a str> {
    let name = arn.strip_prefix(&function_arn(region, ""))?;
    let name = name.strip_suffix(":$LATEST").unwrap_or(name);
    (!name.is_empty() && !name.contains(':')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_is_that_of_aws() {
        let event = scheduled_event("id-1", "2026-01-31T12:00:00Z", "ap-south-1", &rule_arn("ap-south-1", "tick"));
        insta::assert_json_snapshot!(event, @r#"
        {
          "account": "000000000000",
          "detail": {},
          "detail-type": "Scheduled Event",
          "id": "id-1",
          "region": "ap-south-1",
          "resources": [
            "arn:aws:events:ap-south-1:000000000000:rule/tick"
          ],
          "source": "aws.events",
          "time": "2026-01-31T12:00:00Z",
          "version": "0"
        }
        "#);
    }

    #[test]
    fn only_functions_of_this_account_and_region_are_targets() {
        for (arn, expected) in [
            ("arn:aws:lambda:ap-south-1:000000000000:function:f", Some("f")),
            ("arn:aws:lambda:ap-south-1:000000000000:function:f:$LATEST", Some("f")),
            ("arn:aws:lambda:ap-south-1:000000000000:function:f:live", None),
            ("arn:aws:lambda:us-east-1:000000000000:function:f", None),
            ("arn:aws:lambda:ap-south-1:111111111111:function:f", None),
            ("arn:aws:lambda:ap-south-1:000000000000:function:", None),
        ] {
            assert_eq!(function_name("ap-south-1", arn), expected, "{arn}");
        }
    }
}
