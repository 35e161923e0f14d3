//! `deployer schedule`: runs what is scheduled without waiting for its time.
//!
//! EventBridge has no call for this. The embedded cloud fires the rule itself, with everything that happens when its time has come; on
//! AWS the targets of the rule are invoked as EventBridge would, asynchronously and with the same event, by whoever runs this.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::{candidates, target};
use crate::aws::op;
use crate::error::{Error, Result};
use crate::kinds::{RunSession, ScheduleBlock};
use crate::local;
use crate::ui::Screen;
use aws_sdk_eventbridge::types::Target;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

/// `deployer schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ScheduleArgs {
    /// Send a schedule's event to its function now
    Fire(ScheduleFire),
}

/// `deployer schedule fire`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
The function runs in the background, as it does when the schedule fires by itself: what came of it
is in its log. A schedule that is not enabled can be fired too.

Examples:
  deployer schedule fire expiry
  deployer schedule fire expiry --local && deployer logs expiry --local")]
pub struct ScheduleFire {
    /// Schedule of the stack
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::schedules))]
    pub schedule: String,
}

/// What became of a firing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FiringResult {
    /// `id` of the event.
    event_id: String,
    /// `time` of the event.
    time: String,
    /// By target of the rule.
    deliveries: Vec<TargetDelivery>,
}

/// What became of one target.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetDelivery {
    /// ARN of the function.
    arn: String,
    /// Id of the invocation, which is in the function's log; none when it was not delivered.
    request_id: Option<String>,
    /// Why it was not delivered.
    error: Option<String>,
}

/// Runs the command: where the event went, on stdout; 1 when it did not reach every target.
pub async fn run(global: &GlobalArgs, args: &ScheduleArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let ScheduleArgs::Fire(args) = args;
    let stack = target::load(global, screen)?;
    let rule = stack.pick::<ScheduleBlock>(&args.schedule)?.name;
    let session = target::session(global, stack, StartPolicy::No).await?;
    let fired = match session.aws.connection.endpoint.as_deref().filter(|_| session.aws.connection.local) {
        Some(endpoint) => fire_locally(endpoint, &session.aws.connection.region, &rule).await?,
        None => fire_on_aws(&session, &rule).await?,
    };
    if fired.deliveries.is_empty() {
        return Err(Error::refused(format!("the rule {rule} has no target: nothing was run"))
            .hint("Bring the stack up: `deployer up` gives it its target again.")
            .into());
    }
    let failed = fired.deliveries.iter().any(|delivery| delivery.error.is_some());
    let exit_code = if failed { exit_code::FAILED } else { exit_code::DONE };
    screen.answer(|_| render(&rule, &fired), || document(&args.schedule, &rule, &fired, exit_code))?;
    Ok(exit_code)
}

async fn fire_locally(endpoint: &str, region: &str, rule: &str) -> Result<FiringResult> {
    let body = json!({"region": region, "name": rule});
    local::ask(endpoint, http::Method::POST, "fire", Some(&body))
        .await
        .map_err(|error| error.fact("rule", rule).hint("Bring the stack up first: `deployer up --local`."))
}

async fn fire_on_aws(session: &RunSession, rule: &str) -> Result<FiringResult> {
    let events = &session.aws.connection.clients.events;
    let described =
        session.aws.caller.call(&op::DESCRIBE_RULE, &|_| (), || events.describe_rule().name(rule).send()).await;
    let described = described.map_err(|error| {
        let missing = error.is_not_found();
        let error = Error::from(error).fact("rule", rule);
        if missing { error.hint("Bring the stack up first: `deployer up`.") } else { error }
    })?;
    // A rule has five targets at most: one page.
    let listed = session
        .aws
        .caller
        .call(&op::LIST_TARGETS_BY_RULE, &|_| (), || events.list_targets_by_rule().rule(rule).send())
        .await
        .map_err(|error| Error::from(error).fact("rule", rule))?;
    let event_id = uuid::Uuid::new_v4().to_string();
    let time = in_seconds(OffsetDateTime::now_utc());
    let event = scheduled_event(&event_id, &time, described.arn().unwrap_or_default());
    let deliveries = listed.targets().iter().map(|target| deliver(session, target, &event));
    Ok(FiringResult { event_id, time, deliveries: futures::future::join_all(deliveries).await })
}

async fn deliver(session: &RunSession, target: &Target, event: &Value) -> TargetDelivery {
    let lambda = &session.aws.connection.clients.lambda;
    let payload = target.input().map_or_else(|| event.to_string(), str::to_owned).into_bytes();
    let sent = session.aws.caller.call(&op::INVOKE, &|_| (), || {
        let invoke = lambda.invoke().function_name(target.arn()).invocation_type(InvocationType::Event);
        invoke.payload(Blob::new(payload.clone())).send()
    });
    let (request_id, error) = match sent.await {
        Ok(answer) => (aws_sdk_lambda::operation::RequestId::request_id(&answer).map(str::to_owned), None),
        Err(error) => (None, Some(Error::from(error).message)),
    };
    TargetDelivery { arn: target.arn().to_owned(), request_id, error }
}

/// Returns the event of a schedule as EventBridge writes it ("Scheduled events" in the user guide of EventBridge); account and region are
/// those of the rule.
fn scheduled_event(id: &str, time: &str, rule_arn: &str) -> Value {
    let mut parts = rule_arn.split(':').skip(3);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": time,
        "region": region,
        "resources": [rule_arn],
        "detail": {},
    })
}

fn in_seconds(at: OffsetDateTime) -> String {
    // It cannot fail: every part of the format is a part of a date with a time.
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z")).unwrap_or_default()
}

/// Returns the name in a function's ARN; of anything else the ARN.
fn function_name(arn: &str) -> &str {
    arn.split_once(":function:").map_or(arn, |(_, name)| name)
}

fn render(rule: &str, fired: &FiringResult) -> String {
    let mut out = format!("{rule} fired; event time {}\n", fired.time);
    for delivery in &fired.deliveries {
        let function = function_name(&delivery.arn);
        out.push_str(&match (&delivery.error, &delivery.request_id) {
            (Some(error), _) => format!("  {function} was not reached: {error}\n"),
            (None, Some(request)) => format!("  invoked {function} (request {request})\n"),
            (None, None) => format!("  {function} runs\n"),
        });
    }
    out
}

fn document(schedule: &str, rule: &str, fired: &FiringResult, exit_code: u8) -> Value {
    let deliveries: Vec<_> = fired
        .deliveries
        .iter()
        .map(|it| json!({"function": function_name(&it.arn), "request_id": it.request_id, "error": it.error}))
        .collect();
    json!({"schedule": schedule, "rule": rule, "event_id": fired.event_id, "time": fired.time, "deliveries": deliveries, "exit_code": exit_code})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_is_eventbridges() {
        let event =
            scheduled_event("id", "2026-01-31T12:00:00Z", "arn:aws-cn:events:cn-north-1:123456789012:rule/tick");
        insta::assert_json_snapshot!(event, @r#"
        {
          "account": "123456789012",
          "detail": {},
          "detail-type": "Scheduled Event",
          "id": "id",
          "region": "cn-north-1",
          "resources": [
            "arn:aws-cn:events:cn-north-1:123456789012:rule/tick"
          ],
          "source": "aws.events",
          "time": "2026-01-31T12:00:00Z",
          "version": "0"
        }
        "#);
        assert_eq!(in_seconds(OffsetDateTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn what_happened_is_told() {
        let delivery = |function: &str, request_id: Option<&str>, error: Option<&str>| TargetDelivery {
            arn: format!("arn:aws:lambda:eu-west-1:123456789012:function:{function}"),
            request_id: request_id.map(str::to_owned),
            error: error.map(str::to_owned),
        };
        let fired = FiringResult {
            event_id: "e".to_owned(),
            time: "2026-01-31T12:00:00Z".to_owned(),
            deliveries: vec![
                delivery("job", Some("r"), None),
                delivery("gone", None, Some("there is no such function")),
            ],
        };
        insta::assert_snapshot!(render("shop-dev-tick", &fired), @r"
        shop-dev-tick fired; event time 2026-01-31T12:00:00Z
          invoked job (request r)
          gone was not reached: there is no such function
        ");
        insta::assert_json_snapshot!(document("tick", "shop-dev-tick", &fired, 1), @r#"
        {
          "deliveries": [
            {
              "error": null,
              "function": "job",
              "request_id": "r"
            },
            {
              "error": "there is no such function",
              "function": "gone",
              "request_id": null
            }
          ],
          "event_id": "e",
          "exit_code": 1,
          "rule": "shop-dev-tick",
          "schedule": "tick",
          "time": "2026-01-31T12:00:00Z"
        }
        "#);
    }
}
