//! Who may call what: the identity policies of callers, applied as IAM does.
//!
//! Anybody may do everything, but for two kinds of callers, told apart by the access key id of their signature: those that
//! `PUT /_deployer/callers/{access-key-id}` restricted, and functions, which may do what their role allows. What a call needs
//! is declared with its operation; an operation that no service declares is denied.

use crate::policy::{PolicyDecision, PolicyRequest, PolicyVerdict};
use crate::service::{AnswerRedaction, RequestView, RequiredPermission, Service, ServiceOperation};
use crate::state::{CallerIdentity, PermissionDecision};
use crate::store::CloudDocument;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde_json::Value;
use std::borrow::Cow;

/// What an allowed call is answered without, and what the caller is told instead.
#[derive(Debug, Default)]
pub(super) struct AllowedCall(Option<(AnswerRedaction, String)>);

impl AllowedCall {
    /// Takes out of an answer what the caller may not see.
    pub fn redact(&self, answer: &mut Value) {
        if let Self(Some((redaction, refusal))) = self {
            (redaction.redact)(answer, refusal);
        }
    }
}

/// Judges a call: what it needs, up to the first thing that is not allowed, and whether it may be carried out. A call that may
/// not has the service's own `AccessDenied` for an answer.
pub(super) fn authorize(
    caller: &CallerIdentity,
    document: &CloudDocument,
    service: &Service,
    operation: Option<&ServiceOperation>,
    call: &Call,
) -> (Vec<PermissionDecision>, ServiceResult<AllowedCall>) {
    if matches!(caller, CallerIdentity::Anybody) {
        return (Vec::new(), Ok(AllowedCall::default()));
    }
    let mut judge = Judge { caller, region: &call.region, decisions: Vec::new() };
    let (code_status, code) = service.spec.errors.denied;
    let denied = |refusal: String| Err(ServiceError::new(code_status, code, refusal));
    let Some(operation) = operation else {
        let action = format!("{}:{}", service.spec.action_prefix, call.operation);
        let unmentioned = PolicyDecision { verdict: PolicyVerdict::Unmentioned, statement: None };
        let refusal = judge.deny(&RequiredPermission::new(action, "*"), unmentioned);
        return (judge.decisions, denied(refusal));
    };
    let input = input(operation, call);
    let view = RequestView {
        service: &service.spec,
        operation: &operation.spec,
        region: &call.region,
        input: &input,
        document,
    };
    if let Some(refusal) = (operation.needs)(&view).iter().find_map(|permission| judge.refusal(permission)) {
        return (judge.decisions, denied(refusal));
    }
    let redaction = operation.redaction.and_then(|redaction| {
        let refusal = judge.refusal(&(redaction.needs)(&view))?;
        Some((redaction, refusal))
    });
    (judge.decisions, Ok(AllowedCall(redaction)))
}

/// Returns the input as members. A body that was not decoded is decoded for this alone.
fn input<'a>(operation: &ServiceOperation, call: &'a Call) -> Cow<'a, Value> {
    if operation.spec.blob && call.body.is_null() {
        return Cow::Owned(serde_json::from_slice(&call.payload).unwrap_or_default());
    }
    Cow::Borrowed(&call.body)
}

/// Judges permissions one by one and remembers how.
struct Judge<'a> {
    caller: &'a CallerIdentity,
    region: &'a str,
    decisions: Vec<PermissionDecision>,
}

impl Judge<'_> {
    /// Judges a permission; `None` when the caller has it, else what the caller is told.
    fn refusal(&mut self, permission: &RequiredPermission) -> Option<String> {
        let keys = permission.keys.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let request = PolicyRequest { account: None, action: &permission.action, resource: &permission.resource, keys };
        match self.caller.judge(&request) {
            PolicyDecision { verdict: PolicyVerdict::Allowed, statement } => {
                self.remember(permission, true, statement);
                None
            }
            decision => Some(self.deny(permission, decision)),
        }
    }

    /// Denies a permission, in IAM's words ("Troubleshoot access denied error messages").
    fn deny(&mut self, permission: &RequiredPermission, decision: PolicyDecision) -> String {
        self.remember(permission, false, decision.statement);
        let RequiredPermission { action, resource, refusal, .. } = permission;
        let because = match decision.verdict {
            PolicyVerdict::Denied => "with an explicit deny in an identity-based policy".to_owned(),
            PolicyVerdict::OutOfBounds => format!("because no permissions boundary allows the {action} action"),
            _ => format!("because no identity-based policy allows the {action} action"),
        };
        refusal.clone().unwrap_or_else(|| {
            let caller = self.caller.arn(self.region);
            format!("User: {caller} is not authorized to perform: {action} on resource: {resource} {because}")
        })
    }

    fn remember(&mut self, permission: &RequiredPermission, allowed: bool, statement: Option<String>) {
        let (action, resource) = (permission.action.clone(), permission.resource.clone());
        self.decisions.push(PermissionDecision { action, resource, allowed, statement });
    }
}

#[cfg(test)]
mod tests;
