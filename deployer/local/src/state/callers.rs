//! Who calls, and with which policies.

use crate::arn::global_arn;
use crate::lock;
use crate::policy::{PolicyDecision, PolicyDocument, PolicyRequest, PolicyVerdict, RolePolicies, document};
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// The first part of the access key ids of functions; the region and the name follow.
const FUNCTION: &str = "function";

/// Returns the access key id that a function signs with: it says whose role is to be asked.
pub fn access_key(function: &FunctionRecord) -> String {
    format!("{FUNCTION}/{}/{}", function.region, function.name)
}

/// Somebody who calls.
#[derive(Clone, Debug)]
pub enum CallerIdentity {
    /// May do everything.
    Anybody,
    /// May do what one policy says.
    Restricted {
        /// The access key id.
        key: String,
        /// Its policy.
        policy: Arc<PolicyDocument>,
    },
    /// May do what the policies of its role say.
    Function {
        /// Name of its role.
        role: String,
        /// `AROA…`; empty when the role is gone.
        role_id: String,
        /// Name of the function.
        name: String,
        /// Its role's policies.
        policies: RolePolicies,
    },
}

impl CallerIdentity {
    /// Returns the ARN that AWS names the caller by in the partition of a region.
    pub fn arn(&self, region: &str) -> String {
        match self {
            Self::Anybody => global_arn("iam", region, "user/local"),
            Self::Restricted { key, .. } => global_arn("iam", region, format_args!("user/{key}")),
            Self::Function { role, name, .. } => global_arn("sts", region, format_args!("assumed-role/{role}/{name}")),
        }
    }

    /// Returns the unique id that AWS knows the caller by: a user's, or a role's with the name of the session.
    pub fn user_id(&self) -> String {
        match self {
            Self::Anybody => "AIDALOCALUSER00000000".to_owned(),
            Self::Restricted { key, .. } => key.clone(),
            Self::Function { role_id, name, .. } => format!("{role_id}:{name}"),
        }
    }

    /// Returns what the caller's policies say about a request, and which statement says it.
    pub(crate) fn judge(&self, request: &PolicyRequest<'_>) -> PolicyDecision {
        match self {
            Self::Anybody => PolicyDecision { verdict: PolicyVerdict::Allowed, statement: None },
            Self::Restricted { policy, .. } => policy.decide(request),
            // What an attached policy of AWS allows that is not known here cannot be judged: it must not get in the way.
            Self::Function { policies, .. } => match policies.decide(request) {
                PolicyDecision { verdict: PolicyVerdict::Unmentioned, .. } if !policies.complete => PolicyDecision {
                    verdict: PolicyVerdict::Allowed,
                    statement: Some("an attached policy of AWS that the embedded cloud does not know".to_owned()),
                },
                decision => decision,
            },
        }
    }
}

/// A restriction: the policy as it came, and as it is judged by.
#[derive(Clone, Debug)]
struct CallerRestriction {
    document: Value,
    policy: Arc<PolicyDocument>,
}

/// The callers that are restricted. Like faults they are gone when the cloud stops.
#[derive(Debug, Default)]
pub struct RestrictedCallers(RwLock<BTreeMap<String, CallerRestriction>>);

impl RestrictedCallers {
    /// Lets an access key do what the policy allows and nothing else.
    ///
    /// # Errors
    /// What is wrong with the access key id or with the policy.
    pub fn restrict(&self, key: &str, policy: &str) -> Result<(), String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=128).contains(&key.len()) || !key.bytes().all(plain) {
            return Err(format!("access key id {key:?} is not 1 to 128 letters, digits, - and _"));
        }
        document::check_identity(policy).map_err(|error| error.to_string())?;
        let document = serde_json::from_str(policy).map_err(|error| error.to_string())?;
        let policy = Arc::new(PolicyDocument::parse(policy).map_err(|error| error.to_string())?);
        let mut callers = lock::write(&self.0);
        callers.insert(key.to_owned(), CallerRestriction { document, policy });
        Ok(())
    }

    /// Lets an access key do everything again. False when it was not restricted.
    pub fn release(&self, key: &str) -> bool {
        lock::write(&self.0).remove(key).is_some()
    }

    /// Returns the policies by access key id.
    pub fn all(&self) -> BTreeMap<String, Value> {
        let callers = lock::read(&self.0);
        callers.iter().map(|(key, restriction)| (key.clone(), restriction.document.clone())).collect()
    }

    /// Finds out who has an access key id.
    pub fn of(&self, key: &str, document: &CloudDocument) -> CallerIdentity {
        if let Some((region, name)) =
            key.strip_prefix(FUNCTION).and_then(|rest| rest.strip_prefix('/')?.split_once('/'))
        {
            return function(region, name, document);
        }
        match lock::read(&self.0).get(key) {
            Some(CallerRestriction { policy, .. }) => {
                CallerIdentity::Restricted { key: key.to_owned(), policy: Arc::clone(policy) }
            }
            None => CallerIdentity::Anybody,
        }
    }
}

/// Finds a function as a caller. One that is gone, or whose role is, may do nothing any more.
fn function(region: &str, name: &str, document: &CloudDocument) -> CallerIdentity {
    let role_arn =
        document.region(region).functions.get(name).map(|function| function.role.as_str()).unwrap_or_default();
    let role = role_arn.rsplit('/').next().unwrap_or_default();
    let known = document.iam.roles.get(role).filter(|role| role.arn == role_arn);
    CallerIdentity::Function {
        role: role.to_owned(),
        role_id: known.map(|role| role.id.clone()).unwrap_or_default(),
        name: name.to_owned(),
        policies: known.map(|role| RolePolicies::of(role, &document.iam)).unwrap_or_default(),
    }
}
