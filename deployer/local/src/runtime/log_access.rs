//! What a function's role lets Lambda do with the function's log.
//!
//! On AWS a role that may not write has no log at all, and a role that may create the group brings a deleted one back: both
//! are mistakes that a deployment can make, so they are made here too.

use crate::arn::log_group_arn;
use crate::policy::{PolicyRequest, PolicyVerdict, RolePolicies};
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use std::collections::BTreeMap;

/// What Lambda may do on behalf of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogAccess {
    /// `logs:CreateLogStream` and `logs:PutLogEvents`.
    pub write: bool,
    /// `logs:CreateLogGroup`.
    pub create_group: bool,
}

impl LogAccess {
    /// Reads the access of a function's role as it is now.
    pub fn of(document: &CloudDocument, function: &FunctionRecord) -> Self {
        let Some(role) = document.iam.roles.values().find(|role| role.arn == function.role) else {
            return Self { write: false, create_group: false };
        };
        let policies = RolePolicies::of(role, &document.iam);
        let group = log_group_arn(&function.region, &function.logging.group);
        let may = |action: &str| {
            // The service authorization reference names the group for one of these actions and the stream for another;
            // in practice a policy on either form of the ARN works.
            [format!("{group}:*"), format!("{group}:log-stream:x"), group.clone()].iter().any(|resource| {
                let request = PolicyRequest { account: None, action, resource, keys: BTreeMap::new() };
                policies.judge(&request) == PolicyVerdict::Allowed
            })
        };
        Self {
            write: may("logs:CreateLogStream") && may("logs:PutLogEvents"),
            create_group: may("logs:CreateLogGroup"),
        }
    }
}
