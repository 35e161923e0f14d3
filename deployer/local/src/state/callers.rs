//! Who calls, and with which policies.

use crate::ACCOUNT;
use crate::policy::{Policy, Request, RolePolicies, Verdict};
use crate::store::Document;
use crate::store::function::FunctionRecord;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The first part of the access key ids of functions; the region and the name follow.
const FUNCTION: &str = "function";

/// The access key id that a function signs with: it says whose role is to be asked.
pub fn access_key(function: &FunctionRecord) -> String {
    format!("{FUNCTION}/{}/{}", function.region, function.name)
}

/// Somebody who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// May do everything.
    Anybody,
    /// May do what one policy says.
    Restricted {
        /// The access key id.
        key: String,
        /// Its policy.
        policy: Arc<Policy>,
    },
    /// May do what the policies of its role say.
    Function {
        /// Name of its role.
        role: String,
        /// Name of the function.
        name: String,
        /// Its role's policies.
        policies: RolePolicies,
    },
}

impl Caller {
    /// As AWS names the caller.
    pub fn arn(&self) -> String {
        match self {
            Self::Anybody => format!("arn:aws:iam::{ACCOUNT}:user/local"),
            Self::Restricted { key, .. } => format!("arn:aws:iam::{ACCOUNT}:user/{key}"),
            Self::Function { role, name, .. } => format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"),
        }
    }

    /// What the caller's policies say about a request.
    pub(super) fn judge(&self, request: &Request<'_>) -> Verdict {
        match self {
            Self::Anybody => Verdict::Allowed,
            Self::Restricted { policy, .. } => policy.judge(request),
            // What an attached policy of AWS allows that is not known here cannot be judged: it must not get in the way.
            Self::Function { policies, .. } => match policies.judge(request) {
                Verdict::Unmentioned if !policies.complete => Verdict::Allowed,
                verdict => verdict,
            },
        }
    }
}

/// A restriction: the policy as it came, and as it is judged by.
#[derive(Clone, Debug)]
struct Restriction {
    document: Value,
    policy: Arc<Policy>,
}

/// The callers that are restricted. Like faults they are gone when the cloud stops.
#[derive(Debug, Default)]
pub struct Callers(RwLock<BTreeMap<String, Restriction>>);

impl Callers {
    /// Lets an access key do what the policy allows and nothing else.
    ///
    /// # Errors
    /// What is wrong with the access key id or with the policy.
    pub fn restrict(&self, key: &str, document: &str) -> Result<(), String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=128).contains(&key.len()) || !key.bytes().all(plain) {
            return Err(format!("access key id {key:?} is not 1 to 128 letters, digits, - and _"));
        }
        crate::control::iam::check_identity(document).map_err(|fault| fault.to_string())?;
        let policy = Arc::new(Policy::parse(document).map_err(|error| error.to_string())?);
        let document = serde_json::from_str(document).map_err(|error| error.to_string())?;
        let mut callers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        callers.insert(key.to_owned(), Restriction { document, policy });
        Ok(())
    }

    /// Lets an access key do everything again. False when it was not restricted.
    pub fn release(&self, key: &str) -> bool {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(key).is_some()
    }

    /// The policies by access key id.
    pub fn all(&self) -> BTreeMap<String, Value> {
        let callers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        callers.iter().map(|(key, restriction)| (key.clone(), restriction.document.clone())).collect()
    }

    /// Whoever has an access key id.
    pub fn of(&self, key: &str, document: &Document) -> Caller {
        if let Some((region, name)) =
            key.strip_prefix(FUNCTION).and_then(|rest| rest.strip_prefix('/')?.split_once('/'))
        {
            return function(region, name, document);
        }
        match self.0.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            Some(Restriction { policy, .. }) => Caller::Restricted { key: key.to_owned(), policy: Arc::clone(policy) },
            None => Caller::Anybody,
        }
    }
}

/// A function as a caller. One that is gone, or whose role is, may do nothing any more.
fn function(region: &str, name: &str, document: &Document) -> Caller {
    let arn = document.region(region).functions.get(name).map(|function| function.role.as_str()).unwrap_or_default();
    let role = arn.rsplit('/').next().unwrap_or_default();
    let known = document.iam.roles.get(role).filter(|role| role.arn == arn);
    Caller::Function {
        role: role.to_owned(),
        name: name.to_owned(),
        policies: known.map(RolePolicies::of).unwrap_or_default(),
    }
}
