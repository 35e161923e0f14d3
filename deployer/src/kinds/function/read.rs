//! Reading a function: one GetFunction tells configuration, tags and concurrency.

use super::environment;
use super::spec::FunctionSpec;
use crate::aws::{AwsError, ErrorClass, op, tags};
use crate::kinds::{ObservedResource, PendingTransition, StepContext, StepResult, TransitionPhase};
use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State};
use aws_types::request_id::RequestId;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// The form of `LastModified`.
const LAST_MODIFIED: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond][offset_hour sign:mandatory][offset_minute]"
);

/// Reads the function `cx` is about.
pub async fn observe(cx: &StepContext<'_>) -> StepResult<Option<ObservedResource<FunctionSpec>>> {
    let lambda = &cx.clients().lambda;
    let Some(answer) = cx.find(&op::GET_FUNCTION, || lambda.get_function().function_name(cx.name()).send()).await?
    else {
        return Ok(None);
    };
    let Some(configuration) = answer.configuration() else { return Ok(None) };
    // Without its tags it would pass for somebody else's.
    if let Some(error) = answer.tags_error() {
        return Err(AwsError {
            op: &op::LAMBDA_LIST_TAGS,
            code: error.error_code().to_owned(),
            message: error.message().to_owned(),
            request_id: answer.request_id().map(str::to_owned),
            status: None,
            class: ErrorClass::Denied,
            advice: Vec::new(),
        }
        .into());
    }
    let tags = cx.session.managed(tags::from_map(answer.tags()));
    let arn = configuration.function_arn().unwrap_or_default().to_owned();
    Ok(Some(ObservedResource {
        owner: cx.session.owner(&tags),
        state: (),
        settling: settling(configuration.state(), configuration.last_update_status()),
        spec: FunctionSpec {
            health: health(configuration),
            role: configuration.role().unwrap_or_default().to_owned(),
            runtime: configuration.runtime().map(|r| r.as_str().to_owned()).unwrap_or_default(),
            handler: configuration.handler().unwrap_or_default().to_owned(),
            architecture: configuration.architectures().first().map_or("x86_64", |a| a.as_str()).to_owned(),
            memory: configuration.memory_size().unwrap_or_default(),
            timeout: configuration.timeout().unwrap_or_default(),
            ephemeral_storage: configuration.ephemeral_storage().map_or(512, |e| e.size()),
            description: configuration.description().unwrap_or_default().to_owned(),
            environment: environment::observed(cx, configuration, &tags),
            tracing: configuration
                .tracing_config()
                .and_then(|t| t.mode())
                .map_or("PassThrough", |m| m.as_str())
                .to_owned(),
            code_sha256: configuration.code_sha256().map(str::to_owned),
            reserved_concurrency: answer.concurrency().and_then(|c| c.reserved_concurrent_executions()),
            tags,
        },
        outputs: BTreeMap::from([("name".to_owned(), cx.name().to_owned()), ("arn".to_owned(), arn)]),
        hold: None,
        changed_at: configuration.last_modified().and_then(changed_at),
    }))
}

/// Reads when code or settings were changed: `2026-11-27T00:13:53.000+0000`.
fn changed_at(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, LAST_MODIFIED).ok()
}

/// Returns what a function waits for. An endpoint that tells no status is not AWS and has nothing to wait for.
pub fn settling(state: Option<&State>, update: Option<&LastUpdateStatus>) -> Option<PendingTransition> {
    let (phase, reason) = match (state, update) {
        (Some(State::Deleting), _) => (TransitionPhase::Leaving, "the function to be gone (it is Deleting)"),
        // It may be deleted before it is Active.
        (Some(State::Pending), _) => (TransitionPhase::Changing, "the function to become Active (it is Pending)"),
        (_, Some(LastUpdateStatus::InProgress)) => (TransitionPhase::Changing, "an update of the function to finish"),
        _ => return None,
    };
    Some(PendingTransition { phase, reason: reason.to_owned() })
}

fn health(configuration: &FunctionConfiguration) -> String {
    if configuration.last_update_status() == Some(&LastUpdateStatus::Failed) {
        let reason = configuration.last_update_status_reason().unwrap_or("no reason was given");
        return format!("its last update failed: {reason}");
    }
    match configuration.state() {
        // An idle function becomes Inactive and wakes by itself.
        None | Some(State::Active | State::Inactive | State::Pending) => "Active".to_owned(),
        Some(other) => format!("{}: {}", other.as_str(), configuration.state_reason().unwrap_or("no reason was given")),
    }
}

/// Returns the name in a function's ARN; `None` for a version, an alias or another service.
pub fn name_of(arn: &str) -> Option<String> {
    let name = arn.split_once(":lambda:")?.1.split_once(":function:")?.1;
    (!name.contains(':')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_change_is_read_as_lambda_writes_it() {
        let at = changed_at("2026-11-27T00:13:53.250+0000").map(|at| at.unix_timestamp());
        assert_eq!(at, Some(1_795_738_433));
        assert_eq!(changed_at("yesterday"), None);
    }

    #[test]
    fn a_failed_update_is_no_health() {
        let made = FunctionConfiguration::builder().state(State::Active);
        assert_eq!(health(&made.clone().last_update_status(LastUpdateStatus::Successful).build()), "Active");
        let failed =
            made.last_update_status(LastUpdateStatus::Failed).last_update_status_reason("no such subnet").build();
        assert_eq!(health(&failed), "its last update failed: no such subnet");
    }

    #[test]
    fn a_function_settles_while_it_is_made_or_updated() {
        assert!(settling(Some(&State::Pending), None).is_some());
        assert!(settling(Some(&State::Active), Some(&LastUpdateStatus::InProgress)).is_some());
        assert!(settling(Some(&State::Active), Some(&LastUpdateStatus::Successful)).is_none());
        assert!(settling(Some(&State::Inactive), None).is_none());
        assert_eq!(name_of("arn:aws:lambda:r:1:function:f").as_deref(), Some("f"));
        assert_eq!(name_of("arn:aws:lambda:r:1:function:f:7"), None);
    }
}
