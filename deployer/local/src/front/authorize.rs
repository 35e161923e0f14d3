//! Who may call what: the identity policies of callers, applied as IAM does.
//!
//! Anybody may do everything, but for two kinds of callers, told apart by the access key id of their signature: those that
//! `PUT /_deployer/callers/{access-key-id}` restricted, and functions, which may do what their role allows. Each service has a
//! table of what its operations need: actions and resources as AWS's Service Authorization Reference has them, with the
//! dependent actions (tags at creation, `iam:PassRole`). What is not in a table is denied. Of the condition keys these are known:
//! `aws:RequestTag/…`, `iam:PassedToService` and `iam:PolicyARN`; a condition on another one is judged as if the key were absent.

mod apigateway;
mod asked;
mod caller;
mod dynamodb;
mod events;
mod iam;
mod lambda;
mod logs;
mod secretsmanager;
mod ssm;

pub use caller::{Caller, Callers, access_key};

use crate::front::json::{Call, Fault};
use crate::policy::{Request, Verdict};
use crate::store::Document;
use asked::Asked;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Something that a call needs to be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Demand {
    /// As IAM spells it: `lambda:CreateFunction`.
    action: String,
    /// An ARN, or `*` where the action knows no resources.
    resource: String,
    /// Condition keys in lower case.
    keys: BTreeMap<String, String>,
}

impl Demand {
    fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), keys: BTreeMap::new() }
    }

    fn key(mut self, name: &str, value: impl Into<String>) -> Self {
        self.keys.insert(name.to_owned(), value.into());
        self
    }
}

/// One demand and how it was judged, for the call log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// `lambda:CreateFunction`
    pub action: String,
    /// An ARN or `*`.
    pub resource: String,
    /// Whether the caller's policies allow it.
    pub allowed: bool,
}

/// What a call needs, by the table of its service; `None` when the operation is in none.
fn demands(service: &str, asked: &Asked<'_>) -> Option<Vec<Demand>> {
    match service {
        "dynamodb" => dynamodb::demands(asked),
        "iam" => iam::demands(asked),
        "lambda" => lambda::demands(asked),
        "apigateway" => apigateway::demands(asked),
        "events" => events::demands(asked),
        "logs" => logs::demands(asked),
        "secretsmanager" => secretsmanager::demands(asked),
        "ssm" => ssm::demands(asked),
        // Everybody may ask who they are, whatever their policies say ("GetCallerIdentity").
        "sts" => (asked.operation == "GetCallerIdentity").then(Vec::new),
        "tagging" => (asked.operation == "GetResources").then(|| vec![Demand::new("tag:GetResources", "*")]),
        _ => None,
    }
}

/// What an allowed call is answered without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permit {
    /// Why the tags of a function are not told.
    untold_tags: Option<String>,
}

impl Permit {
    /// Takes out of an answer what the caller may not see.
    pub fn withhold(&self, answer: &mut Value) {
        if let Some(refusal) = &self.untold_tags {
            lambda::hide_tags(answer, refusal);
        }
    }
}

/// Judges a call: what it needs, up to the first thing that is not allowed, and whether it may be carried out. A call that may
/// not has the service's own `AccessDenied` for an answer.
pub fn check(caller: &Caller, document: &Document, service: &str, call: &Call) -> (Vec<Judged>, Result<Permit, Fault>) {
    if matches!(caller, Caller::Anybody) {
        return (Vec::new(), Ok(Permit::default()));
    }
    let asked = Asked { region: &call.region, operation: &call.operation, input: &input(service, call), document };
    let mut judged = Vec::new();
    let mut judge = |demand: &Demand, verdict: Verdict| {
        let allowed = verdict == Verdict::Allowed;
        judged.push(Judged { action: demand.action.clone(), resource: demand.resource.clone(), allowed });
        if allowed { None } else { Some(verdict) }
    };
    let Some(demands) = demands(service, &asked) else {
        // Nobody's, not even of who may do everything: its entry is missing.
        let prefix = if service == "tagging" { "tag" } else { service };
        let demand = Demand::new(format!("{prefix}:{}", call.operation), "*");
        judge(&demand, Verdict::Unmentioned);
        return (judged, Err(denied(caller, service, &call.operation, &demand, Verdict::Unmentioned)));
    };
    for demand in &demands {
        if let Some(verdict) = judge(demand, verdict(caller, demand)) {
            return (judged, Err(denied(caller, service, &call.operation, demand, verdict)));
        }
    }
    let to_see_tags = if service == "lambda" { lambda::to_see_tags(&asked) } else { None };
    let untold_tags = to_see_tags.and_then(|demand| {
        let verdict = judge(&demand, verdict(caller, &demand))?;
        Some(refusal(caller, &demand, verdict))
    });
    (judged, Ok(Permit { untold_tags }))
}

fn verdict(caller: &Caller, demand: &Demand) -> Verdict {
    let keys = demand.keys.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    caller.judge(&Request { account: None, action: &demand.action, resource: &demand.resource, keys })
}

/// The input as members. The engine of the tables reads the body itself, so that it was not decoded before.
fn input<'a>(service: &str, call: &'a Call) -> Cow<'a, Value> {
    match service {
        "dynamodb" => Cow::Owned(serde_json::from_slice(&call.payload).unwrap_or_default()),
        _ => Cow::Borrowed(&call.body),
    }
}

/// `AccessDenied` as the service says it: awsQuery and REST with 403, awsJson with 400.
fn denied(caller: &Caller, service: &str, operation: &str, demand: &Demand, verdict: Verdict) -> Fault {
    let (status, code) = match service {
        "iam" | "sts" => (403, "AccessDenied"),
        "lambda" | "apigateway" => (403, "AccessDeniedException"),
        _ => (400, "AccessDeniedException"),
    };
    let message = match (operation, demand.action.as_str()) {
        ("CreateLogGroup", "logs:TagResource") => format!(
            "User with accountId: {} is not authorized to perform CreateLogGroup with Tags. An additional permission \
             \"logs:TagResource\" is required.",
            crate::ACCOUNT
        ),
        _ => refusal(caller, demand, verdict),
    };
    Fault::new(status, code, message)
}

/// IAM's words ("Troubleshoot access denied error messages").
fn refusal(caller: &Caller, Demand { action, resource, .. }: &Demand, verdict: Verdict) -> String {
    let because = match verdict {
        Verdict::Denied => "with an explicit deny in an identity-based policy".to_owned(),
        _ => format!("because no identity-based policy allows the {action} action"),
    };
    format!("User: {} is not authorized to perform: {action} on resource: {resource} {because}", caller.arn())
}

#[cfg(test)]
mod tests;
